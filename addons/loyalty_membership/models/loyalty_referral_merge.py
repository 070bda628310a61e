"""Referrals of members who are merged: they go with the member, end where both are one, and come back with an undone merge."""

from odoo import models
from odoo.tools import SQL

from .in_process import REFERRED

#: What became of a referral: all of it goes back, or none.
OUTCOME = (
    "state", "reason", "rewarded_on", "purchase_id", "referrer_activity_id", "friend_activity_id", "referrer_points",
    "friend_points", "attempt",
)  # fmt: skip


class LoyaltyReferralMerge(models.Model):
    _inherit = "loyalty.referral"

    def _outcomes(self):
        """What became of these referrals, and who brought the friend; dict of id (text) -> dict."""
        self.flush_model()
        rows = self.env.execute_query(SQL("SELECT r.id, to_jsonb(r) FROM loyalty_referral r WHERE r.id = ANY(%s)", self.ids))
        return {str(row_id): {name: row[name] for name in (*OUTCOME, "referrer_id")} for row_id, row in rows}

    def _look_again(self):
        """Let the job look at these referrals."""
        if self:
            self.to_settle = True
            self._wake()


class LoyaltyMemberMergedReferrals(models.Model):
    _inherit = "loyalty.member"

    def _hand_over(self, target):
        bought = {self: self.purchase_count, target: target.purchase_count}
        member, target = self.with_context(**REFERRED), target.with_context(**REFERRED)
        moved, cards = super(LoyaltyMemberMergedReferrals, member)._hand_over(target)
        return {**moved, **self._hand_over_brought(target, bought)}, cards

    def _hand_over_brought(self, target, bought):
        """Leave to the target whom this member brought, and who brought this member, unless one of them did.

        :param bought: dict member -> number of purchases before the merge
        :return: what changed, for the merge to be undone by
        """
        referrals, both = self.env["loyalty.referral"], self | target
        friends = referrals.search([("friend_id", "in", both.ids)])
        before = friends._outcomes()
        between = friends.filtered(lambda referral: referral.referrer_id in both)
        refunds = between._refuse("merged")
        brought = referrals.search([("referrer_id", "=", self.id)]) - between
        brought.referrer_id = target
        mine, theirs = ((friends - between).filtered(lambda r: r.friend_id == member) for member in (self, target))  # noqa: B023
        moved = mine if target not in friends.friend_id else referrals
        moved.friend_id = target
        if not (moved or mine.purchase_id):
            mine._refuse("merged")
        for referral, other in ((mine, target), (theirs, self)):
            if referral.state in ("joined", "taken_back") and bought[other]:
                referral._refuse("bought_before")
        after = friends._outcomes()
        return {
            "loyalty.referral.referrer_id": brought.ids,
            "loyalty.referral.friend_id": moved.ids,
            "refused_referrals": {key: [before[key], after[key]] for key in before if before[key] != after[key]},
            "refused_activities": refunds.ids,
        }


class LoyaltyMemberMergeReferrals(models.Model):
    _inherit = "loyalty.member.merge"

    def _return_others(self, lived_on):
        """Referrals are as they were before, but for what happened to them since.

        Those that were rewarded since stay with the survivor, who has the points for them.
        """
        result = super()._return_others(lived_on)
        again = self._accept_referrals()
        back = self._return_friends() | self._return_brought()
        again.filtered(lambda referral: lived_on or referral.state == "bought")._look_again()
        back.filtered(lambda referral: not referral.purchase_id and referral.state == "bought")._look_again()
        return result

    def _accept_referrals(self):
        """Those that the merge refused, and that are as it left them, are what they were, with their points."""
        noted = self.moved.get("refused_referrals", {})
        referrals = self.env["loyalty.referral"].browse(map(int, noted)).exists()
        now = referrals._outcomes()
        again = referrals.filtered(lambda r: self._as_left(noted[str(r.id)][1], now[str(r.id)]))
        for referral in again:
            before, after = noted[str(referral.id)]
            referral.write({name: before[name] for name in OUTCOME if before[name] != after[name]})
        activities = again.referrer_activity_id | again.friend_activity_id
        refunds = self.env["loyalty.transaction"].browse(self.moved.get("refused_activities", ()))
        refunds.filtered(lambda refund: refund.origin_id in activities)._give_again(self)
        return again

    def _as_left(self, after, now):
        """Whether a referral is as the merge left it; who brought the friend may have been merged since."""
        referrer = self.env["loyalty.member"].browse(after["referrer_id"])
        same = {after["referrer_id"], referrer.merged_into_id.id}
        return now["referrer_id"] in same and all(now[name] == after[name] for name in OUTCOME)

    def _return_friends(self):
        friends = self._moved_back("friend_id")
        if self.env["loyalty.referral"].search_count([("friend_id", "=", self.merged_id.id)], limit=1):
            return friends.browse()  # somebody is said to have brought the merged member since
        friends.friend_id = self.merged_id
        return friends

    def _return_brought(self):
        brought = self._moved_back("referrer_id")
        brought.referrer_id = self.merged_id
        return brought

    def _moved_back(self, field):
        """The referrals that moved by this field, are still the survivor's, and were not rewarded since."""
        last = self.columns["last"]["loyalty.transaction"]
        referrals = self.env["loyalty.referral"].browse(self.moved.get(f"loyalty.referral.{field}", ())).exists()
        return referrals.filtered(
            lambda r: r[field] == self.survivor_id and max(r.referrer_activity_id.id, r.friend_activity_id.id) <= last
        )
