"""What winners get, by the kind of their prize: one method a kind, which returns what the result names of it."""

from datetime import timedelta

from odoo import models


class LoyaltyDrawAward(models.Model):
    _inherit = "loyalty.draw.prize"

    def _award(self, result):
        """Hand the prize over, in the transaction of the draw; the columns of the result that name what it brought."""
        self.ensure_one()
        return getattr(self, f"_award_{self.kind}")(result)

    def _award_thanks(self, result):
        return {}

    def _award_points(self, result):
        program = self.program_id
        told = self.with_context(lang=result.member_id.partner_id.lang or self.env.lang)
        entry = self.env["loyalty.points.entry"]._post(
            [{
                "member_id": result.member_id.id, "kind": "earn", "points": self.points, "note": told._title(),
                "expires_on": program._expires_on(program._today()),
                "origin_model": result._name, "origin_id": result.id,
            }],
            locked=True,
        )  # fmt: skip
        return {"prize_entry_id": entry.id}

    def _title(self):
        return self.env._("%(draw)s: %(prize)s", draw=self.draw_id.name, prize=self.name)

    def _award_coupon(self, result):
        program = self.program_id
        card = self.env["loyalty.card"].create({
            "program_id": self.coupon_program_id.id,
            "partner_id": result.member_id.partner_id.id,
            "points": 1,
            "expiration_date": program._today() + timedelta(days=self.valid_days) if self.valid_days else False,
        })
        return {"card_id": card.id}

    def _award_item(self, result):
        told = self.with_context(lang=result.member_id.partner_id.lang or self.env.lang)
        redemption = self.env["loyalty.redemption"]._award(result.member_id, self.item_id, 1, told._title())
        return {"redemption_id": redemption.id}
