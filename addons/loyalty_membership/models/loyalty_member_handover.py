"""What a merged member leaves to the survivor: sums add up, the survivor's own word stands, nothing is given twice.

All of it is noted on the ``loyalty.member.merge``, by which it can be undone.
"""

from odoo import api, models
from odoo.tools import SQL

from ..domain import tiers as ladder
from ..domain.points import to_decimal
from .ledger_guard import door

#: Sums that the ledger keeps of a member; the survivor's are those of all merged members together.
SUMS = ("qualifying_points", "lifetime_earned", "lifetime_redeemed")
#: The survivor's stand; what is missing comes from the merged member.
PROFILE = ("birthdate", "gender", "team_id", "source_id", "medium_id", "campaign_id")


class LoyaltyMemberHandover(models.Model):
    _inherit = "loyalty.member"

    @api.model
    def _handed_over_models(self):
        """Where rows hang on a member and go with the member: list of (model, field, *key).

        Override and add your own: the rows whose ``field`` names a merged member name the survivor
        from then on, set-wise, however many they are, and come back by their ids when the merge is
        undone.  ``key`` are the other columns of a unique key that the member is part of: a row that
        the survivor has, too, by that key stays where it is.  Rows that only repeat another row's
        member (lines of a purchase) are rows like any other.  What a row has stored of its member
        (a store, an address) stays as it was.

        Not for points entries: they stay where they were booked, and transfers say what moved.
        """
        return [
            ("loyalty.transaction", "member_id"),
            ("loyalty.transaction.line", "member_id"),
            ("loyalty.member.identity", "member_id"),
            ("loyalty.consent", "member_id"),
            ("loyalty.redemption", "member_id"),
            ("loyalty.draw.result", "member_id"),
            ("loyalty.draw.ticket", "member_id"),
            ("loyalty.draw.number", "member_id", "version_id", "source", "reference"),
            ("loyalty.tier.benefit.grant", "member_id", "benefit_id", "occasion"),
            ("loyalty.journey.run", "member_id", "journey_id", "occasion"),
            ("loyalty.journey.event", "member_id"),
            ("loyalty.member", "merged_into_id"),
            ("loyalty.member", "referrer_id"),
        ]

    def _hand_over(self, target):
        """Leave to the target what this member has; points were swept already, the tier follows the journal.

        :return: what moved and what became of the customer's coupons, as ``loyalty.member.merge`` notes it
        """
        self._hand_over_figures(target)
        self._hand_over_profile(target)
        self._hand_over_properties(target)
        self._leave_referrals(target)
        moved = {"additional": self._keep_identities().ids}
        for model, field, *key in self._handed_over_models():
            moved[f"{model}.{field}"] = self._move_rows(target, model, field, key)
        self._hand_over_purchases(target)
        self._take_referrer(target)
        self._hand_over_tags(target)
        return moved, self._hand_over_cards(target)

    def _move_rows(self, target, model, field, key=(), ids=None):
        """Let the rows of a model that name this member name the target; their ids.

        :param key: see ``_handed_over_models``
        :param ids: these rows alone
        """
        rows, name = self.env[model], SQL.identifier(field)
        rows.flush_model()
        where = [SQL("r.%s = %s", name, self.id)]
        if ids is not None:
            where.append(SQL("r.id = ANY(%s)", list(ids)))
        if model == self._name:  # nobody is referred by themselves
            where.append(SQL("r.id <> %s", target.id))
        if key:
            same = [SQL("o.%s IS NOT DISTINCT FROM r.%s", SQL.identifier(name), SQL.identifier(name)) for name in key]
            theirs = SQL(" AND ").join([SQL("o.%s = %s", name, target.id), *same])
            where.append(SQL("NOT EXISTS (SELECT FROM %s o WHERE %s)", SQL.identifier(rows._table), theirs))
        with door(self.env.cr):  # what members have drawn can't be changed otherwise
            moved = self.env.execute_query(SQL(
                "UPDATE %s r SET %s = %s WHERE %s RETURNING id",
                SQL.identifier(rows._table), name, target.id, SQL(" AND ").join(where),
            ))  # fmt: skip
        rows.invalidate_model()
        return sorted(row[0] for row in moved)

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

    def _hand_over_purchases(self, target):
        """Add the figures of the purchases, which moved already."""
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

    def _leave_referrals(self, target):
        """Nobody comes to be referred by themselves, when whom this member brought becomes the target's."""
        if self in self.browse(target._referrers()):
            target.referrer_id = False

    def _take_referrer(self, target):
        """Who brought this member brought the target, who has nobody yet."""
        if not target.referrer_id and target.id not in self._referrers():
            target.referrer_id = self.referrer_id

    def _hand_over_tags(self, target):
        new = self.partner_id.category_id - target.partner_id.category_id
        if new:
            target.partner_id.category_id |= new

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
