"""What other systems are told of redemptions, and of single lines of the ledger, for many at once."""

from odoo import models

from .loyalty_member_snapshot import told_day, told_moment, told_number


class LoyaltyRedemptionSnapshot(models.Model):
    _inherit = "loyalty.redemption"

    def _integration_snapshot(self, connection=None):
        """What is to be told of these redemptions: dict id -> dict of ``domain.canonical``; as ``loyalty.member``'s."""
        redemptions = self.sudo().with_context(active_test=False)  # sudo: as of members
        result = {}
        for company, group in redemptions.grouped("company_id").items():
            group = group.with_context(lang=company.partner_id.lang or self.env.lang)
            result |= {redemption.id: redemption._told_redemption() for redemption in group}
        return result

    def _told_redemption(self):
        customer, item = self.member_id.card_id.partner_id, self.item_id
        address = self.shipping_partner_id if self.delivery == "ship" else self.shipping_partner_id.browse()
        lines = (address.contact_address or "").splitlines()
        return {
            "code": self.name, "member_code": self.member_id.card_id.code, "member_name": customer.name or None,
            "phone": address.phone or customer.phone or None,
            "address": ", ".join(line.strip() for line in lines if line.strip()) or None,
            "item": item.name, "sku": self.product_id.default_code or None, "quantity": self.quantity,
            "points": told_number(self.points), "money": told_number(self.money), "store": self.team_id.name or None,
            "date": told_moment(self.submitted_at), "note": self.note or None,
        }  # fmt: skip


class LoyaltyPointsEntrySnapshot(models.Model):
    _inherit = "loyalty.points.entry"

    def _integration_snapshot(self, connection=None):
        """What is to be told of these lines of the ledger; as ``loyalty.member``'s."""
        entries = self.sudo().with_context(active_test=False)  # sudo: as of members
        bound = entries.member_id._numbers_there(connection)
        result = {}
        for program, group in entries.grouped("program_id").items():
            group = group.with_context(lang=program.company_id.partner_id.lang or self.env.lang)
            result |= {entry.id: {**entry._told_entry(), "member_external_id": bound.get(entry.member_id.id)} for entry in group}
        return result

    def _told_entry(self):
        card = self.member_id.card_id
        return {
            "entry_id": self.id, "code": card.code, "name": card.partner_id.name or None, "kind": self.kind,
            "points": told_number(self.points), "qualifying_points": told_number(self.qualifying_points),
            "date": told_moment(self.date), "expires_on": told_day(self.expires_on), "explanation": self.explanation or None,
            "reference": self.transaction_id.reference or None, "store": self.transaction_id.team_id.name or None,
        }  # fmt: skip
