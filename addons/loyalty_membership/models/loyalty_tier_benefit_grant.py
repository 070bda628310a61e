from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class LoyaltyTierBenefitGrant(models.Model):
    """That a member got a benefit for an occasion: the unique key is what makes a coupon be given once."""

    _name = "loyalty.tier.benefit.grant"
    _description = "Granted Tier Benefit"
    _order = "id desc"
    _rec_name = "occasion"

    benefit_id = fields.Many2one("loyalty.tier.benefit", required=True, readonly=True, ondelete="restrict")
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True)
    occasion = fields.Char(required=True, readonly=True, help="What it was given for, e.g. the month 2026-11.")
    withdrawn = fields.Boolean(readonly=True, help="The coupon was taken back unused, because the tier was lost with a refund.")
    card_id = fields.Many2one("loyalty.card", string="Coupon", readonly=True, index="btree_not_null", ondelete="set null")

    _occasion_unique = models.Constraint(
        "UNIQUE (benefit_id, occasion, member_id)", "This benefit was given to this member for this occasion already."
    )

    @api.model
    def _claim(self, benefits, members, occasion):
        """Record that ``members`` get ``benefits`` for ``occasion``; return only what nobody has recorded before."""
        if not benefits or not members:
            return self
        benefits.flush_recordset(["company_id"])
        members.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO loyalty_tier_benefit_grant
                       (benefit_id, member_id, company_id, occasion, create_uid, create_date, write_uid, write_date)
                SELECT benefit.id, member.id, benefit.company_id, %(occasion)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM loyalty_tier_benefit benefit, loyalty_member member
                 WHERE benefit.id IN %(benefits)s AND member.id IN %(members)s
                 ORDER BY benefit.id, member.id
                    ON CONFLICT DO NOTHING
                RETURNING id
                """,
                occasion=occasion,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                benefits=benefits._ids,
                members=members._ids,
            )
        )
        benefits.invalidate_recordset(["grant_ids"], flush=False)
        return self.browse(grant_id for (grant_id,) in rows)

    def _give(self):
        """Make the coupons of new grants, and return these. What is sent with a coupon is its own program's choice."""
        cards = self.env["loyalty.card"].create([grant._coupon_values() for grant in self])
        for grant, card in zip(self, cards, strict=True):
            grant.card_id = card
        return self

    def _withdraw(self):
        """Take back the coupons that nobody has used."""
        # sudo: the refund takes the coupon back, whoever books it
        unused = self.sudo().filtered(lambda grant: not grant.withdrawn and grant.card_id.points > 0)
        unused.card_id.write({"points": 0, "active": False})
        unused.withdrawn = True

    def _return(self):
        """Give back coupons that were withdrawn: the member is on the tier again."""
        withdrawn = self.sudo().filtered("withdrawn")  # sudo: as in _withdraw
        withdrawn.with_context(active_test=False).card_id.write({"points": 1, "active": True})
        withdrawn.withdrawn = False

    def _coupon_values(self):
        benefit = self.benefit_id
        days = benefit.valid_days
        return {
            "program_id": benefit.coupon_program_id.id,
            "partner_id": self.member_id.partner_id.id,
            "points": 1,
            "expiration_date": benefit.program_id._today() + timedelta(days=days) if days else False,
        }
