import re

from odoo import api, models

from . import api_arguments as arguments
from . import api_shapes as shapes
from .api_arguments import ApiArgumentError
from .loyalty_api_journal import Draft
from .loyalty_member_occasions import GIVEN_BY_ITSELF

_ACTIVITY = re.compile(r"[a-z0-9_]{1,64}")


class LoyaltyApiActivities(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def record_activity(self, member, activity, source, reference, date=None, program=None):
        """Record something that a member did, such as a check-in or a review, and give its points.

        A member checks in (``check_in``) once a day of the program's time zone: once more that day, under
        whatever reference, is a duplicate that gives nothing, and isn't recorded.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param activity: the code that earning rules of the program look for: a-z, 0-9 and _, up to 64;
            one that no rule rewards is recorded with 0 points; joined, birthday, anniversary,
            profile_completed, referral and referred are the program's
        :param source: the system that calls
        :param reference: its own number of this activity
        :param date: when, ISO 8601; now
        :param program: name or id; the one of the caller's company
        :return: ``{points, balance, duplicate}``
        :raise UserError: 404 unknown member; 409 known reference with another content; 422 wrong argument, or a
            member who is frozen or closed
        """
        facade, program = self._open(program)
        if not isinstance(activity, str) or not _ACTIVITY.fullmatch(activity):
            raise ApiArgumentError("activity", f"must have 1 to 64 of a-z, 0-9 and _, got {arguments.shown(activity)}")
        if activity in GIVEN_BY_ITSELF:
            raise ApiArgumentError("activity", f"{activity} is given by the program itself, once; name another one")
        draft = Draft(
            "activity",
            {
                "member": arguments.text(member, "member", required=True),
                "activity": activity,
                "date": arguments.moment(date, "date", *facade._clock(program)),
                **shapes.origin({"source": source, "reference": reference}),
            },
        )
        facade._record_one(program, draft)
        answer = facade._answers([draft])[0]
        if (draft.transaction.source, draft.transaction.reference) != draft.key:  # the check-in of that day
            answer |= {"points": 0, "duplicate": True}
        return {name: answer[name] for name in ("points", "balance", "duplicate")}

    @api.model
    def invite(self, member, source=None, program=None):
        """Tell a member's referral code and link, to share with friends, and what came of them.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param program: name or id; the one of the caller's company
        :return: ``{code, link, friends: {joined, bought, rewarded, refused, taken_back}, points}``; ``code`` is made when it
            is first asked for; ``link`` is null where the program has no address; ``friends`` counts those brought by
            state; ``points`` is what the member has for them
        :raise UserError: 404 unknown member; 422 wrong argument, or a member who is closed
        """
        facade, program = self._open(program)
        found = facade._find_member(program, member, source)
        if found._is_barred():
            raise facade._barred(found)
        found._make_referral_codes()
        referrals = facade.env["loyalty.referral"]
        states = dict.fromkeys(referrals._fields["state"].get_values(facade.env), 0)
        points = 0
        for state, count, given in referrals._read_group(
            [("referrer_id", "=", found.id)], ["state"], ["__count", "referrer_points:sum"]
        ):
            states[state], points = count, points + given
        return {
            "code": found.referral_code,
            "link": found.referral_link or None,
            "friends": states,
            "points": facade._number(points),
        }
