"""What a merged member leaves to the survivor: sums add up, the survivor's own word stands, nothing is given twice."""

from odoo import models
from odoo.tools import SQL

from ..domain import tiers as ladder
from ..domain.points import to_decimal

#: Sums that the ledger keeps of a member; the survivor's are those of all merged members together.
SUMS = ("qualifying_points", "lifetime_earned", "lifetime_redeemed")
#: The survivor's stand; what is missing comes from the merged member.
PROFILE = ("birthdate", "gender", "team_id", "source_id", "medium_id", "campaign_id")


class LoyaltyMemberHandover(models.Model):
    _inherit = "loyalty.member"

    def _hand_over(self, target):
        """Leave to the target what this member has; points were swept already, the tier follows the journal."""
        self._hand_over_figures(target)
        self._hand_over_journal(target)
        self._hand_over_profile(target)
        self._hand_over_properties(target)
        self._hand_over_referrals(target)
        self._hand_over_benefits(target)
        self._keep_identities()
        for model in ("loyalty.member.identity", "loyalty.consent"):
            self.env[model].search([("member_id", "=", self.id)]).member_id = target

    def _hand_over_figures(self, target):
        """Add what this member's entries sum up to; they themselves stay."""
        self.env["loyalty.member"].flush_model()
        names = [SQL.identifier(name) for name in SUMS]
        add = SQL(", ").join(SQL("%s = COALESCE(t.%s, 0) + COALESCE(s.%s, 0)", name, name, name) for name in names)
        empty = SQL(", ").join(SQL("%s = 0", name) for name in names)
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member t SET %s, last_movement_at = GREATEST(t.last_movement_at, s.last_movement_at)
                 FROM loyalty_member s WHERE t.id = %s AND s.id = %s""", add, target.id, self.id,
        ))  # fmt: skip
        self.env.cr.execute(SQL("UPDATE loyalty_member SET %s WHERE id = %s", empty, self.id))
        (self | target).invalidate_recordset([*SUMS, "last_movement_at"])

    def _hand_over_journal(self, target):
        for table in ("loyalty_transaction", "loyalty_transaction_line"):
            self.env[table.replace("_", ".")].flush_model(["member_id"])
            self.env.cr.execute(SQL(
                "UPDATE %s SET member_id = %s WHERE member_id = %s", SQL.identifier(table), target.id, self.id
            ))  # fmt: skip
        self.env["loyalty.transaction"].invalidate_model()
        self.env["loyalty.transaction.line"].invalidate_model()
        moments = [m for m in (self.first_purchase_at, target.first_purchase_at) if m]
        latest = [m for m in (self.last_purchase_at, target.last_purchase_at) if m]
        target.write({
            "purchase_count": target.purchase_count + self.purchase_count,
            "purchase_amount": target.purchase_amount + self.purchase_amount,
            "first_purchase_at": min(moments, default=False),
            "last_purchase_at": max(latest, default=False),
        })
        self.write({"purchase_count": 0, "purchase_amount": 0})

    def _hand_over_profile(self, target):
        values = {name: self[name] for name in PROFILE if self[name] and not target[name]}
        values = {name: self._fields[name].convert_to_write(value, self) for name, value in values.items()}
        target.write({"joined_on": min(self.joined_on, target.joined_on), **values})

    def _hand_over_properties(self, target):
        """Fill the program's own fields that the target has empty."""
        self.env["loyalty.member"].flush_model(["properties"])
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member t
                  SET properties = s.properties || COALESCE((
                        SELECT jsonb_object_agg(key, value) FROM jsonb_each(t.properties)
                         WHERE value NOT IN ('null', 'false', '""', '[]')), '{}')
                 FROM loyalty_member s WHERE t.id = %s AND s.id = %s AND s.properties IS NOT NULL""",
            target.id, self.id,
        ))  # fmt: skip
        target.invalidate_recordset(["properties"])

    def _hand_over_referrals(self, target):
        """Whom this member brought, and who brought this member; nobody comes to be referred by themselves."""
        above = self.browse(target._referrers())
        if self in above:
            target.referrer_id = False
        everyone = self.with_context(active_test=False)
        everyone.search([("referrer_id", "=", self.id), ("id", "!=", target.id)]).referrer_id = target
        if not target.referrer_id and target.id not in self._referrers():
            target.referrer_id = self.referrer_id

    def _referrers(self):
        """Who brought this member, who brought those, and so on: ids."""
        found, member = [], self.referrer_id
        while member and member.id not in found:
            found.append(member.id)
            member = member.referrer_id
        return found

    def _hand_over_tier(self, target):
        """The higher tier stays, with its validity and its guarantee; of the same tier, the later days."""
        steps = target.program_id._ladder()
        here, there = (ladder.rank(steps, member.tier_id.id or None) for member in (self, target))
        if here == there >= 0:
            for_good = not (self.tier_until and target.tier_until)
            target.write({
                "tier_until": not for_good and max(self.tier_until, target.tier_until),
                "tier_manual_until": max(filter(None, (self.tier_manual_until, target.tier_manual_until)), default=False),
            })
        if here <= there:
            return
        self._log_merged_tier(target)
        self.env["loyalty.member"].flush_model()
        # No write of the tier: it would be logged as one that somebody set by hand.
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member t SET tier_id = s.tier_id, tier_since = s.tier_since, tier_until = s.tier_until,
                      tier_manual_until = s.tier_manual_until
                 FROM loyalty_member s WHERE t.id = %s AND s.id = %s""", target.id, self.id,
        ))  # fmt: skip
        target.invalidate_recordset(["tier_id", "tier_since", "tier_until", "tier_manual_until"])

    def _log_merged_tier(self, target):
        """Log the tier with what earns it today, so that refunds can take it; without where something else brought it."""
        program = target.program_id
        steps, value = program._ladder(), target._tier_values_of(program).get(target.id, 0.0)
        earned = ladder.rank(steps, ladder.earned(steps, to_decimal(value))) >= ladder.rank(steps, self.tier_id.id)
        self.env["loyalty.tier.change"].create({
            "member_id": target.id,
            "program_id": program.id,
            "company_id": program.company_id.id,
            "tier_from_id": target.tier_id.id,
            "tier_id": self.tier_id.id,
            "reason": "merged",
            "metric": earned and program.tier_metric,
            "value": value,
            "tier_until": self.tier_until,
        })

    def _hand_over_benefits(self, target):
        """What was given to one of them was given to the other; unused coupons follow."""
        grants = self.env["loyalty.tier.benefit.grant"]
        coupons = grants.search([("member_id", "=", self.id)]).card_id
        coupons.filtered(lambda card: card.partner_id == self.partner_id).partner_id = target.partner_id
        grants.flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_tier_benefit_grant g SET member_id = %(target)s
                WHERE member_id = %(source)s AND NOT EXISTS (
                      SELECT FROM loyalty_tier_benefit_grant o
                       WHERE o.member_id = %(target)s AND o.benefit_id = g.benefit_id AND o.occasion = g.occasion)""",
            target=target.id, source=self.id,
        ))  # fmt: skip
        grants.invalidate_model()
