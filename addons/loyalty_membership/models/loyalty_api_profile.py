from odoo import api, models
from odoo.tools import SQL

from . import api_arguments as arguments
from .in_process import TOLD_TO_MEMBER


class LoyaltyApiProfile(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    @api.readonly
    def get_member(self, member, source=None, program=None):
        """Tell all about a member that a shop, till or app shows.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param program: name or id; the one of the caller's company
        :return: ``code`` (the number), ``name``, ``state`` (active, frozen, closed), ``joined_on``,
            ``birthdate``, ``gender``, ``store``, ``tier: {code, name}``,
            ``next_tier: {code, name, missing}`` (``missing`` in what the program counts: qualifying points,
            money or purchases), ``points`` (to spend now; negative: owed), ``pending``, ``debt``,
            ``expiring: {date, points}`` (what ends next), ``stats: {purchases, amount, average, first,
            last}`` (money in the program's currency), ``segments`` (their names, in the member's language, as of
            their last refresh)
        :raise UserError: 404 unknown member; 422 wrong argument
        """
        facade, program = self._open(program)
        found = facade._find_member(program, member, source)
        return {
            "code": found.code,
            "name": found.partner_id.name,
            "state": found.state,
            "joined_on": facade._day(found.joined_on),
            "birthdate": facade._day(found.birthdate),
            "gender": found.gender or None,
            "store": found.team_id.name or None,
            "tier": facade._tier(found.tier_id),
            "next_tier": facade._next_tier(found),
            "points": facade._number(found.points),
            "pending": facade._number(found.points_pending),
            "debt": facade._number(found.points_debt),
            "expiring": facade._expiring(found),
            "stats": facade._statistics(found),
            "segments": found.with_context(lang=facade._language(found)).segment_ids.mapped("name"),
        }

    @api.model
    def _next_tier(self, member):
        if not member.next_tier_id:
            return None
        return {**self._tier(member.next_tier_id), "missing": self._number(member.next_tier_missing)}

    @api.model
    def _expiring(self, member):
        if not member.next_expiry_date:
            return None
        return {"date": self._day(member.next_expiry_date), "points": self._number(member.next_expiry_points)}

    @api.model
    def _statistics(self, member):
        return {
            "purchases": member.purchase_count,
            "amount": self._number(member.purchase_amount),
            "average": self._number(member.purchase_average),
            "first": self._moment(member.first_purchase_at),
            "last": self._moment(member.last_purchase_at),
        }

    @api.model
    @api.readonly
    def get_statement(
        self, member, since=None, until=None, limit=None, offset=None, source=None, program=None
    ):  # fmt: skip
        """List what happened to a member's points, newest first.

        :param since: only what happened at or after this moment, ISO 8601
        :param until: only what happened before this moment
        :param limit: 1 to 500 entries; 50
        :param offset: how many of the newest to skip; 0
        :return: ``{total, entries: [{date, kind, state, points, balance, expires_on, explanation,
            reference}]}``: ``total`` counts all entries between the two moments; ``balance`` is what the
            member had after a posted entry, null for a pending or void one; ``explanation`` is in
            the member's language, ``reference`` the purchase's
        :raise UserError: 404 unknown member; 422 wrong argument
        """
        facade, program = self._open(program)
        zone, now = facade._clock(program)
        window = (
            arguments.moment(since, "since", zone, now, future=True),
            arguments.moment(until, "until", zone, now, future=True),
            50 if limit is None else arguments.integer(limit, "limit", 1, 500),
            0 if offset is None else arguments.integer(offset, "offset", 0, 10**9),
        )
        found = facade._find_member(program, member, source)
        rows = facade.env["loyalty.points.entry"]._rows_between(found, *window[:2], limit=window[2], offset=window[3])
        total = facade._statement_total(found, *window[:2])
        entries = facade.env["loyalty.points.entry"].with_context(lang=facade._language(found), **TOLD_TO_MEMBER)
        entries = entries.browse(row[0] for row in rows)
        return {
            "total": total,
            "entries": [facade._statement_entry(entry, row[1]) for entry, row in zip(entries, rows, strict=True)],
        }

    @api.model
    def _statement_entry(self, entry, balance):
        return {
            "date": self._moment(entry.date),
            "kind": entry.kind,
            "state": entry.state,
            "points": self._number(entry.points),
            "balance": None if entry.state != "posted" else self._number(balance),
            "expires_on": self._day(entry.expires_on),
            "explanation": entry.explanation,
            "reference": entry.transaction_id.reference or None,
        }

    @api.model
    def _statement_total(self, member, since, until):
        [[total]] = self.env.execute_query(SQL(
            "SELECT COUNT(*) FROM loyalty_points_entry WHERE member_id = %s AND %s",
            member.id, self.env["loyalty.points.entry"]._between(since, until),
        ))  # fmt: skip
        return total
