"""What a referral is worth: given to both sides after the friend's first paid purchase, and taken back with it."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..domain.limits import cap_window
from .loyalty_referral import REFERRAL, REFERRED


class LoyaltyReferralSettle(models.Model):
    _inherit = "loyalty.referral"

    def _settle(self, skip_locked=False):
        """Bring these referrals in step with what the friends have bought; calling it again changes nothing.

        :param skip_locked: pass over those whose members somebody else holds
        """
        for program, referrals in self.exists().grouped("program_id").items():
            locked = (referrals.friend_id | referrals.referrer_id)._lock(skip_locked=skip_locked)
            mine = referrals.filtered(lambda r: r.friend_id in locked and r.referrer_id in locked)  # noqa: B023
            mine.invalidate_recordset()
            mine._settle_in(program)

    def _settle_in(self, program):
        standing, paid, still = self._standing_purchases(program)
        fallen, earned = self.browse(), {}
        for referral in self.filtered(lambda referral: referral.state != "refused").sorted("id"):
            first = paid.get(referral.friend_id, self.env["loyalty.transaction"])[:1]
            if referral.purchase_id.id in still:
                continue
            if first and referral.purchase_id:
                referral.purchase_id = first  # another one has been the first since
            elif first:
                earned[referral] = first
            elif referral.purchase_id:
                fallen |= referral
            else:
                waits = referral.friend_id in standing
                referral.state = "bought" if waits else "taken_back" if referral.attempt else "joined"
                referral.reason = "unpaid" if waits else False
        fallen._take_back()
        self._reward(program, self._without_oneself(earned))
        self.to_settle = False

    def _standing_purchases(self, program):
        """What these friends have bought and not returned, the first one first; and those of them that are paid.

        :return: two dicts friend -> transactions, and the ids of all that are paid.  Of a purchase there must be money left:
            what was paid with points alone is none, and a free gift that is kept makes none.
        """
        theirs = Domain("member_id", "in", self.friend_id.ids) | Domain("id", "in", self.purchase_id.ids)
        bought = self.env["loyalty.transaction"].search(
            theirs & Domain("type", "=", "purchase") & Domain("is_refunded", "=", False), order="id"
        )
        bought = bought & bought._parts()._with_money_left()
        unpaid = bought.sale_order_id.filtered(lambda order: not order._loyalty_is_paid(program))
        paid = bought.filtered(lambda row: row.sale_order_id not in unpaid)
        return bought.grouped("member_id"), paid.grouped("member_id"), {*paid.ids}

    # ------------------------------------------------------------------
    # Giving
    # ------------------------------------------------------------------

    @api.model
    def _without_oneself(self, earned):
        """Refuse those who turn out to be one person, by what both are known by now; the others."""
        reasons = self._one_person([(referral.friend_id, referral.referrer_id) for referral in earned])
        for referral in [referral for referral in earned if referral.friend_id in reasons]:
            referral._refuse(reasons[referral.friend_id])
            del earned[referral]
        return earned

    @api.model
    def _reward(self, program, earned):
        """Book the points of both sides.

        :param earned: dict referral -> the friend's first paid purchase
        """
        if not earned:
            return
        today, rewarded = program._today(), self._rewarded_this_month(program, earned)
        rows, sides = [], {}
        for referral, purchase in earned.items():
            reason = referral._why_not(program, rewarded)
            mine, friends = (
                referral._row(REFERRAL, referral.referrer_id, may=not reason),
                referral._row(REFERRED, referral.friend_id, may=referral.friend_id._may_earn()),
            )
            rewarded[referral.referrer_id] = rewarded.get(referral.referrer_id, 0) + (not reason)
            referral.write({
                "purchase_id": purchase.id,
                "state": "bought" if reason else "rewarded",
                "reason": reason,
                "rewarded_on": not reason and today,
                "attempt": referral.attempt + 1,
            })
            rows += [row for row in (mine, friends) if row]
            sides[referral] = (mine, friends)
        booked = self.env["loyalty.transaction"]._book(program, rows, locked=True)
        activities = {id(row): transaction for row, transaction in zip(rows, booked, strict=True)}
        for referral, (mine, friends) in sides.items():
            referral._note_activities(activities.get(id(mine)), activities.get(id(friends)))

    def _note_activities(self, mine, friends):
        self.write({
            "referrer_activity_id": mine and mine.id,
            "friend_activity_id": friends and friends.id,
            "referrer_points": mine.points if mine else 0,
            "friend_points": friends.points if friends else 0,
        })

    @api.model
    def _rewarded_this_month(self, program, referrals):
        """How often these referrers were rewarded in this month of the program; dict referrer -> number.

        What was taken back since counts all the same: else whoever may keep spent points could have them without end.
        """
        journal = self.env["loyalty.transaction"]
        first, last = cap_window("month", program._today())
        referrers = self.env["loyalty.member"].union(*(referral.referrer_id for referral in referrals))
        return dict(journal._read_group(
            [("member_id", "in", referrers.ids), ("type", "=", "activity"), ("activity_code", "=", REFERRAL),
             ("date", ">=", journal._utc(program, first)), ("date", "<", journal._utc(program, last + timedelta(days=1)))],
            ["member_id"], ["__count"],
        ))  # fmt: skip

    def _why_not(self, program, rewarded):
        """Why who brought this friend gets nothing for it, or False."""
        if not self.referrer_id._may_earn():
            return "barred"
        limit = program.referral_limit
        return "limit" if limit and rewarded.get(self.referrer_id, 0) >= limit else False

    def _row(self, code, member, may):
        """The activity of one side, as a row of the journal; None where it gives nothing."""
        if not may or (self.program_id.id, code) not in self._activities():
            return None
        return {
            "member": member,
            "type": "activity",
            "activity_code": code,
            "date": fields.Datetime.now(),
            "source": "odoo",
            "reference": f"{code}:{self.id}:{self.attempt + 1}",
        }

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------

    def _take_back(self):
        """Take the points of both sides back; a later purchase may earn them again, unless some of them were spent and forgiven.

        :return: the refunds of the activities
        """
        refunds = self.env["loyalty.transaction"]
        for program, referrals in self.grouped("program_id").items():
            activities = referrals.referrer_activity_id | referrals.friend_activity_id
            refunds |= refunds._take_back_activities(program, activities)
        kept = refunds._with_points_forgiven().origin_id
        lost = self.filtered(lambda referral: (referral.referrer_activity_id | referral.friend_activity_id) & kept)
        self.write({
            "state": "taken_back", "reason": False, "purchase_id": False, "rewarded_on": False, "referrer_activity_id": False,
            "friend_activity_id": False, "referrer_points": 0, "friend_points": 0,
        })  # fmt: skip
        lost.write({"state": "refused", "reason": "forgiven"})
        return refunds

    def _refuse(self, reason):
        """It turned out that this is none; the members are locked by the caller.

        :return: the refunds of the activities
        """
        refunds = self.filtered("purchase_id")._take_back()
        self.write({"state": "refused", "reason": reason})
        return refunds
