"""Erasing a person for good: nobody can be told from what is left, and every sum of ledger and journal stays."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .in_process import ADJUSTMENT, ERASING, says
from .personal_traces import remove_traces

#: What is blanked of the member; the figures that ledger and journal keep stay.
PERSONAL = ("birthdate", "gender", "referrer_id", "source_id", "medium_id", "campaign_id", "properties", "state_reason")


class LoyaltyMemberErasure(models.Model):
    _inherit = "loyalty.member"

    erased_at = fields.Datetime(
        "Erased On", readonly=True, copy=False, help="Since then nothing tells who this was. The points and purchases stay."
    )

    # ------------------------------------------------------------------
    # Who is erased
    # ------------------------------------------------------------------

    def _persons(self):
        """The persons behind these members: of a merged one, the survivor, who has all of it."""
        return self.filtered(lambda member: not member.merged_into_id) | self.merged_into_id

    def _with_merged(self):
        """These persons and whoever was merged into them."""
        return self | self.with_context(active_test=False).search([("merged_into_id", "in", self.ids)])

    def _personal_fields(self):
        """Names of the fields that say who a member is; own ones of the database included."""
        own = [name for name, field in self._fields.items() if field.manual and field.store and not field.required]
        return [*PERSONAL, *own]

    # ------------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------------

    def _erase(self, reason, case=None):
        """Erase the persons behind these members, and all who were merged into them; who is erased already stays so.

        :param reason: why, in words that name nobody: they stand in the ledger
        :param case: a number to find the request by, or None
        :return: the persons who were erased now
        """
        # sudo: what a person leaves is spread over tables that no manager may write; the caller was asked
        members = self.sudo().with_context(tracking_disable=True, mail_notrack=True, active_test=False, **ERASING)
        members._persons()._with_merged()._lock()
        members.invalidate_model(["merged_into_id", "erased_at"])
        persons = members._persons().filtered(lambda member: not member.erased_at)
        for person in persons:
            person._erase_one(reason)
            person._log_erasure(reason, case)
        return persons.with_env(self.env)

    def _erase_one(self, reason):
        everyone = self._with_merged()
        self._forfeit_points(everyone, self.env._("Member erased: %s", reason))
        coupons = self._cancel_coupons(everyone)
        holds = everyone.partner_id._erasure_holds(everyone)
        free = self.env["res.partner"].union(*(partner for partner, needed in holds.items() if not needed))
        everyone._close_for_good()
        stand_in = free[:1] or self._stand_in()
        for member in everyone:
            member.card_id.write({"partner_id": stand_in.id, "code": member._erased_number()})
        coupons.write({"partner_id": stand_in.id})
        free._erase_person(self._erased_name())
        everyone._forget_what_was_said(coupons)
        self.env["loyalty.member.merge"]._forget(everyone)
        # Last: what was freed may be somebody else's phone by now, and is theirs from here on.
        self.env["loyalty.member.identity"].search([("member_id", "in", everyone.ids)]).unlink()

    def _erased_name(self):
        return self.env._("Erased member %s", f"{self.id:06d}")

    def _erased_number(self):
        """No number of a card: nothing but the member's own id, which entries and purchases go on naming."""
        return f"erased-{self.id:06d}"

    def _stand_in(self):
        """A contact that is nobody, where the member's own must stay for its invoices or the like."""
        return self.env["res.partner"].create({"name": self._erased_name(), "active": False, "company_id": self.company_id.id})

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _forfeit_points(self, everyone, note):
        """Book the balance away, points that are owed too, by an entry like any other; pending points end unspent."""
        entries = self.env["loyalty.points.entry"]
        entries._catch_up(everyone)
        everyone._sweep_merged()
        entries.search([("member_id", "in", everyone.ids), ("state", "=", "pending")])._void()
        self.invalidate_recordset()
        if self.points:
            entries._post([self.with_context(**ADJUSTMENT, loyalty_note=note)._adjustment(-self.points, 0)])

    def _cancel_coupons(self, everyone):
        """Take back the unused coupons of tiers; all of them, used ones too, are to name the person no more."""
        grants = self.env["loyalty.tier.benefit.grant"].search([("member_id", "in", everyone.ids)])
        grants._withdraw()
        return grants.card_id

    def _close_for_good(self):
        names = self._personal_fields()
        self.write({
            **dict.fromkeys(names, False),
            "state": "closed",
            "active": False,
            "tier_until": False,  # no job is to review the tier of who is gone
            "tier_manual_until": False,
            "erased_at": fields.Datetime.now(),
        })
        self.flush_recordset()
        self.env.cr.execute(SQL("UPDATE loyalty_member SET properties = NULL WHERE id = ANY(%s)", self.ids))
        self.invalidate_recordset(["properties"])

    def _forget_what_was_said(self, coupons):
        """Chatter and files go; of consents and tier changes the fact stays without its words; so do lines of native history."""
        self.env.flush_all()
        for statement in (
            "UPDATE loyalty_consent SET wording = NULL WHERE member_id = ANY(%s)",
            "UPDATE loyalty_tier_change SET note = NULL WHERE member_id = ANY(%s)",
            """UPDATE loyalty_history SET description = '-'
                WHERE card_id IN (SELECT card_id FROM loyalty_member WHERE id = ANY(%s))""",
        ):
            self.env.cr.execute(SQL(statement, self.ids))
        self.env.invalidate_all()
        remove_traces(self)
        remove_traces(self.card_id | coupons)

    def _log_erasure(self, reason, case):
        told = self.env._("Erased: %s", reason)
        self._message_log(body=self.env._("%(told)s, case %(case)s", told=told, case=case) if case else told)

    # ------------------------------------------------------------------
    # Gone is gone
    # ------------------------------------------------------------------

    def _refuse_erased(self):
        # sudo: what was erased is erased for everybody
        for member in self.sudo().filtered("erased_at")[:1]:
            raise UserError(self.env._(
                "%s: this person's data were erased, which can't be undone. Who comes back joins as a new member.",
                member.display_name,
            ))  # fmt: skip

    def _check_may_return(self):
        self._refuse_erased()
        return super()._check_may_return()

    def write(self, vals):
        if not self.env.su:
            self._refuse_erased()
        return super().write(vals)

    def _merge_into(self, target, reason=False, through="members"):
        (self | target)._refuse_erased()
        return super()._merge_into(target, reason, through)

    @api.model
    def _merge_partners(self, sources, target):
        everyone = self.with_context(active_test=False)
        everyone.search([("partner_id", "in", (sources | target).ids)])._refuse_erased()
        return super()._merge_partners(sources, target)


class LoyaltyCardErasure(models.Model):
    """Nobody gets the card of who was erased."""

    _inherit = "loyalty.card"

    def write(self, vals):
        if {"partner_id", "code", "active"} & vals.keys() and not says(self.env, ERASING):
            self.filtered("is_member")._members()._refuse_erased()
        return super().write(vals)
