"""One draw of one member: may they, what it costs, what they win, all in one transaction."""

from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL
from psycopg2.errors import UniqueViolation

from ..domain import draw as lots
from .loyalty_catalog_item_offer import RedemptionRefused


class DrawRefused(UserError):
    """A member can't draw now; ``argument`` is what the API blames: the member or the draw."""

    def __init__(self, argument, message):
        super().__init__(message)
        self.argument = argument


class LoyaltyDrawPlay(models.Model):
    _inherit = "loyalty.draw"

    def _draw(self, member, source, reference):
        """Let a member draw once; the same source and reference once more is the same draw.

        The caller has asked whether the user may do so, and calls with sudo.

        :return: the result, and whether it was there before
        :raise DrawRefused: the draw is not open, or not to this member; nothing is written then
        :raise ReferenceConflict: another draw, or another member's, is recorded under this reference
        """
        self.ensure_one()
        # Locked before known references are looked up: whoever draws for this member at this moment is waited for, and
        # seen, since every draw changes the member.
        member._lock()
        results = self.env["loyalty.draw.result"]
        if known := results._known(self.program_id, source, reference):
            known._check_repeats(self, member)
            return known, True
        self._hold()
        moment = fields.Datetime.now()
        day = self.program_id._local(moment).date()
        self._check_may_draw(member, day)
        values = {
            "id": results._next_id(), "draw_id": self.id, "program_id": self.program_id.id, "company_id": self.company_id.id,
            "member_id": member.id, "date": moment, "day": day, "source": source, "reference": reference,
        }  # fmt: skip
        values |= self._pay(member, values["id"])
        version, numbers = self._version(), self.env["loyalty.draw.number"]
        number = numbers._number(version, member, source, reference)
        try:
            with self._alone_at_reference():
                return self._settle(member, values, version, number), False
        except Exception:
            # Whatever went wrong may have to do with what was won: the next try has the same number.
            numbers._keep(version, member, source, reference, number)
            raise

    # ------------------------------------------------------------------
    # May they
    # ------------------------------------------------------------------

    def _check_may_draw(self, member, day):
        member._check_not_barred()
        if refusal := self._refusal(member, day):
            raise refusal

    def _refusal(self, member, day):
        """Why a member can't draw on this day, or None."""
        self.ensure_one()
        return self._closed(day) or self._not_invited(member) or self._drawn_enough(member, day) or self._cannot_pay(member)

    def _closed(self, day):
        if self.state != "running" or not self.active:
            return DrawRefused("draw", self.env._("%s is not running.", self.name))
        if self.date_from and day < self.date_from:
            return DrawRefused("draw", self.env._("%(draw)s begins on %(day)s.", draw=self.name, day=self.date_from))
        if self.date_to and day > self.date_to:
            return DrawRefused("draw", self.env._("%(draw)s ended on %(day)s.", draw=self.name, day=self.date_to))
        return None

    def _not_invited(self, member):
        customer = member.partner_id
        for allowed, own in (
            (self.program_id, member.program_id), (self.tier_ids, member.tier_id), (self.team_ids, member.team_id),
            (self.tag_ids, customer.category_id),
        ):  # fmt: skip
            if allowed and not allowed & own:
                return DrawRefused("member", self.env._(
                    "%(member)s may not take part in %(draw)s: it is for others.", member=member.display_name, draw=self.name
                ))  # fmt: skip
        return None

    def _drawn_enough(self, member, day):
        results = self.env["loyalty.draw.result"]
        own = [("member_id", "=", member.id), ("draw_id", "=", self.id)]
        if self.daily_limit and results.search_count([*own, ("day", "=", day)]) >= self.daily_limit:
            return DrawRefused("member", self.env._(
                "%(member)s has used up the draws of today: %(number)s a day.",
                member=member.display_name, number=self.daily_limit,
            ))  # fmt: skip
        if self.total_limit and results.search_count(own) >= self.total_limit:
            return DrawRefused("member", self.env._(
                "%(member)s has used up all draws: %(number)s in all.",
                member=member.display_name, number=self.total_limit,
            ))  # fmt: skip
        return None

    def _cannot_pay(self, member):
        if self.env["loyalty.draw.ticket"]._open_of(member, self, limit=1):
            return None
        if self.tickets_only:
            return DrawRefused("member", self.env._("%s has no ticket for this draw.", member.display_name))
        if member.points < self.points:
            return DrawRefused("member", self.env._(
                "%(member)s has not enough points: %(missing)s more are needed.",
                member=member.display_name, missing=f"{self.points - max(member.points, 0):g}",
            ))  # fmt: skip
        return None

    # ------------------------------------------------------------------
    # Paying, drawing
    # ------------------------------------------------------------------

    def _pay(self, member, result_id):
        """Take a ticket, the oldest first, or else the points; what of it the result names."""
        if ticket := self.env["loyalty.draw.ticket"]._open_of(member, self, limit=1):
            self._touch(member)
            return {"ticket_id": ticket.id}
        if not self.points:
            self._touch(member)
            return {}
        entry = self.env["loyalty.points.entry"]._post(
            [{
                "member_id": member.id, "kind": "spend", "points": -self.points, "note": self._told(member).name,
                "origin_model": "loyalty.draw.result", "origin_id": result_id,
            }],
            locked=True,
        )  # fmt: skip
        return {"ticket_entry_id": entry.id, "points": -entry.points}

    @api.model
    def _touch(self, member):
        """Change the member, so that who waits for the lock sees this draw, or is made to try again."""
        self.env.cr.execute(SQL("UPDATE loyalty_member SET write_date = %s WHERE id = %s", fields.Datetime.now(), member.id))

    def _told(self, member):
        """This draw in the member's language."""
        return self.with_context(lang=member.partner_id.lang or self.env.lang)

    def _settle(self, member, values, version, number):
        """Write what a number wins, and hand it over.

        Should the last piece of the prize go to somebody else in this very moment, the same number is read by the odds
        that are then in force: no second number is drawn, or who is slower would have other odds.
        """
        odds = version._odds()
        prizes = self.env["loyalty.draw.prize"].browse(odds.units)
        gone = prizes._gone(member, values["day"])
        values |= {"version_id": version.id, "number": str(number), "total": str(odds.total)}
        while True:
            prize = prizes.browse(lots.choose(odds, number, gone))
            values["odds"] = lots.spell(lots.in_force(odds, gone), odds.total)
            if result := self._win(prize, values):
                self.env.flush_all()  # what else may go wrong, goes wrong here
                return result
            gone |= {prize.id}

    def _win(self, prize, values):
        """Write that this prize was drawn, and hand it over; nothing if it is gone by now."""
        results = self.env["loyalty.draw.result"]
        try:
            with self.env.cr.savepoint():
                if result := results._book(prize, values):
                    result.ticket_id.result_id = result
                    result._note_brought(prize._award(result))
                return result
        except RedemptionRefused:
            return results

    @contextmanager
    def _alone_at_reference(self):
        """Try again if another member draws under the same reference at this moment: the next try finds it, and refuses."""
        try:
            yield
        except UniqueViolation as error:
            if error.diag.constraint_name != "loyalty_draw_result_reference_unique":
                raise
            raise ConcurrencyError("a reference is booked by two callers at once") from error
