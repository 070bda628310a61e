"""What is noticed of members, points, tiers and redemptions: each model tells the outbox what has changed of it."""

from odoo import api, models

#: Of a customer, what a member's profile there may show.
PROFILE = {
    "name", "phone", "email", "lang", "category_id", "street", "street2", "city", "zip", "state_id", "country_id", "comment",
}  # fmt: skip


class LoyaltyMemberChanges(models.Model):
    _inherit = "loyalty.member"

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._tell_connections(fresh=True)
        return members

    def write(self, vals):
        result = super().write(vals)
        self._tell_connections()
        return result

    def _count_transactions(self, transactions, *args, **kwargs):
        result = super()._count_transactions(transactions, *args, **kwargs)
        self._tell_connections()
        return result

    def _tell_connections(self, fresh=False):
        self.env["loyalty.outbox"]._note("member", dict.fromkeys(self.ids, fresh))


class LoyaltyPointsEntryChanges(models.Model):
    _inherit = "loyalty.points.entry"

    @api.model
    def _insert_entries(self, relation):
        rows = super()._insert_entries(relation)
        self._tell_connections(rows)
        return rows

    def _change_state(self, state):
        result = super()._change_state(state)
        self._tell_connections([{"id": entry.id, "member_id": entry.member_id.id, "state": state} for entry in self])
        return result

    @api.model
    def _tell_connections(self, rows):
        outbox = self.env["loyalty.outbox"]
        outbox._note("points", {row["id"]: False for row in rows if row["state"] == "posted"})
        outbox._note("member", dict.fromkeys((row["member_id"] for row in rows), False))


class LoyaltyTierChangeChanges(models.Model):
    _inherit = "loyalty.tier.change"

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        self.env["loyalty.outbox"]._note("tier", dict.fromkeys(changes.ids, False))
        self.env["loyalty.outbox"]._note("member", dict.fromkeys(changes.member_id.ids, False))
        return changes


class LoyaltyRedemptionChanges(models.Model):
    _inherit = "loyalty.redemption"

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env["loyalty.outbox"]._note("redemption", {row.id: row.state for row in self if row.state != "draft"})
        return result


class ResPartnerChanges(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if PROFILE & vals.keys() and self.env["loyalty.connection"]._listening():
            # sudo: whoever may change the customer changes what is known of the member
            members = self.env["loyalty.member"].sudo().with_context(active_test=False)
            members.search([("partner_id", "in", self.ids)])._tell_connections()
        return result


class LoyaltySegmentChanges(models.Model):
    _inherit = "loyalty.segment"

    def _segments_changed(self, changed):
        """What is told of a member holds the tags of the contact, and segments are among them."""
        result = super()._segments_changed(changed)
        self.env["loyalty.outbox"]._note_members(changed)
        return result
