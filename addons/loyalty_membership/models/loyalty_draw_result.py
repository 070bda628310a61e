import json
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from psycopg2.errors import UniqueViolation

from .ledger_guard import close_table, door, freeze_rows
from .loyalty_draw_prize import KINDS
from .loyalty_transaction import ReferenceConflict

#: What a result says of its draw: PostgreSQL refuses to change it. The member changes with a merge alone.
FACTS = (
    "draw_id", "program_id", "company_id", "prize_id", "kind", "version_id", "date", "day", "number", "total", "odds", "points",
    "piece", "day_piece", "ticket_entry_id", "ticket_id", "source", "reference", "create_uid", "create_date",
)  # fmt: skip
#: The keys that hand out the pieces of a prize, and the columns that number them.
PIECES = {"loyalty_draw_result_piece_unique": "piece", "loyalty_draw_result_day_piece_unique": "day_piece"}
#: What the prize brought; written once, right after the result.
BROUGHT = ("prize_entry_id", "card_id", "redemption_id")


class LoyaltyDrawResult(models.Model):
    """What one draw of one member came to, and all that is needed to see that it went by the odds.

    Results are facts: they are written by ``_book`` and by nothing else, and PostgreSQL itself refuses to change or delete
    them.  A draw can't be taken back.

    Of a prize with a stock each result takes a numbered piece, and of one with a daily limit a number of the day.  The
    unique keys make two winners of the last piece take turns, without a counter that everybody who draws would wait for:
    the second one finds the piece taken, whatever it has read before.
    """

    _name = "loyalty.draw.result"
    _description = "Draw"
    _inherit = ["loyalty.sums"]
    _order = "date desc, id desc"

    draw_id = fields.Many2one("loyalty.draw", required=True, readonly=True, ondelete="restrict")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(related="member_id.partner_id", string="Customer")
    prize_id = fields.Many2one("loyalty.draw.prize", required=True, readonly=True, ondelete="restrict")
    kind = fields.Selection(KINDS, readonly=True)
    date = fields.Datetime(required=True, readonly=True, help="When it was drawn.")
    day = fields.Date(required=True, readonly=True, help="The day of the program's time zone.")
    version_id = fields.Many2one("loyalty.draw.version", "Version Of The Odds", required=True, readonly=True, ondelete="restrict")
    odds = fields.Json("Odds In Force", readonly=True, help="The exact probability of each prize, by its id.")
    odds_told = fields.Char(compute="_compute_odds_told")
    number = fields.Char("Number Drawn", required=True, readonly=True, help="The random number; it is below the total.")
    total = fields.Char("Out Of", required=True, readonly=True)
    piece = fields.Integer(readonly=True, help="Which piece of the prize's stock it was.")
    day_piece = fields.Integer("Piece Of The Day", readonly=True)
    points = fields.Float("Points Paid", digits=(16, 2), readonly=True)
    ticket_entry_id = fields.Many2one(
        "loyalty.points.entry", "Paid By", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    ticket_id = fields.Many2one("loyalty.draw.ticket", readonly=True, index="btree_not_null", ondelete="restrict")
    prize_entry_id = fields.Many2one(
        "loyalty.points.entry", "Points Won", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    card_id = fields.Many2one("loyalty.card", "Coupon", readonly=True, index="btree_not_null", ondelete="restrict")
    redemption_id = fields.Many2one("loyalty.redemption", readonly=True, index="btree_not_null", ondelete="restrict")
    source = fields.Char(required=True, readonly=True, help="The system that asked for the draw.")
    reference = fields.Char(required=True, readonly=True, help="Its number there.")
    create_uid = fields.Many2one("res.users", "Drawn By")

    _reference_unique = models.UniqueIndex("(program_id, source, reference)", "A draw with this reference is recorded already.")
    _piece_unique = models.UniqueIndex("(prize_id, piece) WHERE piece IS NOT NULL")
    _day_piece_unique = models.UniqueIndex("(prize_id, day, day_piece) WHERE day_piece IS NOT NULL")
    _prize_idx = models.Index("(prize_id, day)")
    _member_idx = models.Index("(member_id, draw_id, day)")
    _draw_idx = models.Index("(draw_id, date DESC, id DESC)")

    @api.depends("member_id", "prize_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for result in self:
            # sudo: whoever may read the result knows who drew what
            told = result.sudo()
            result.display_name = f"{told.member_id.display_name}: {told.prize_id.name}"

    @api.depends("odds")
    @api.depends_context("lang")
    def _compute_odds_told(self):
        prizes = self.env["loyalty.draw.prize"]
        for result in self:
            odds = ((prizes.browse(int(prize)).name, Fraction(share)) for prize, share in (result.odds or {}).items())
            result.odds_told = ", ".join(f"{name} {float(100 * share):.6g} %" for name, share in odds if share)

    # ------------------------------------------------------------------
    # Booking
    # ------------------------------------------------------------------

    @api.model
    def _known(self, program, source, reference):
        return self.search([("program_id", "=", program.id), ("source", "=", source), ("reference", "=", reference)])

    def _check_repeats(self, draw, member):
        """Refuse another content under a reference that is recorded already."""
        if (self.draw_id, self.member_id) != (draw, member):
            raise ReferenceConflict(self.env._(
                "%(reference)s of %(system)s is recorded already, as another draw.",
                reference=self.reference, system=self.source,
            ))  # fmt: skip

    @api.model
    def _next_id(self):
        """The id of a result that is not there yet, so that what it costs can name it."""
        [(number,)] = self.env.execute_query(SQL("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", self._table))
        return number

    @api.model
    def _book(self, prize, values):
        """Write a result, with a piece of its prize that is free; nothing if there is none any more."""
        row = dict(values, prize_id=prize.id, kind=prize.kind)
        free = {"piece": prize._free_pieces(), "day_piece": prize._free_pieces(values["day"])}
        row |= {name: next(numbers, 0) for name, numbers in free.items()}
        while 0 not in (row["piece"], row["day_piece"]):
            try:
                return self._insert(row)
            except UniqueViolation as error:
                # Somebody else has it by now, though this transaction may not see who.
                if not (name := PIECES.get(error.diag.constraint_name)):
                    raise
                row[name] = next(free[name], 0)
        return self.browse()

    @api.model
    def _insert(self, row):
        values = {**row, "odds": json.dumps(row["odds"]), "create_uid": self.env.uid, "create_date": self.env.cr.now()}
        with door(self.env.cr):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s) VALUES %s",
                    SQL.identifier(self._table), SQL(", ").join(map(SQL.identifier, values)), tuple(values.values()),
                ),
                log_exceptions=False,
            )  # fmt: skip
        result = self.browse(row["id"])
        result.modified(row, create=True)
        return result

    def _note_brought(self, values):
        """Keep what the prize brought."""
        names = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())
        if values:
            with door(self.env.cr):
                self.env.cr.execute(SQL("UPDATE loyalty_draw_result SET %s WHERE id = %s", names, self.id))
            self.invalidate_recordset(list(values))

    # ------------------------------------------------------------------
    # Guards: whoever calls, RPC and administrators included
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):  # noqa: ODW8106
        raise self._refusal()

    def write(self, vals):  # noqa: ODW8106
        raise self._refusal()

    def unlink(self):  # noqa: ODW8106
        raise self._refusal()  # noqa: ODE8140

    def _refusal(self):
        return AccessError(self.env._("What was drawn was drawn: nobody can change, delete or make up a result."))

    def init(self):  # noqa: ODW8106
        close_table(self.env.cr, self._table)
        facts = [SQL("OLD.%(name)s IS DISTINCT FROM NEW.%(name)s", name=SQL.identifier(name)) for name in FACTS]
        once = [
            SQL("OLD.%(name)s IS NOT NULL AND OLD.%(name)s IS DISTINCT FROM NEW.%(name)s", name=SQL.identifier(name))
            for name in BROUGHT
        ]
        freeze_rows(self.env.cr, self._table, SQL(" OR ").join([*facts, *once]))
