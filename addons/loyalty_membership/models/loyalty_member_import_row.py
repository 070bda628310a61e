from odoo import api, fields, models


class LoyaltyMemberImportRow(models.Model):
    """A row of the file: what it says, what is wrong with it, and what became of it.

    Rows are made and changed by the import alone, set-wise.
    """

    _name = "loyalty.member.import.row"
    _description = "Row of a Member Import"
    _order = "import_id, sheet, number"
    _rec_name = "number"
    _log_access = False

    import_id = fields.Many2one("loyalty.member.import", required=True, readonly=True, ondelete="cascade")
    sheet = fields.Selection([("members", "Members"), ("points", "Points")], required=True, readonly=True)
    number = fields.Integer("Row", required=True, readonly=True, aggregator=None)
    raw = fields.Json(readonly=True)
    values = fields.Json(readonly=True)
    keys = fields.Json(readonly=True, help="Technical: what names the person.")
    person = fields.Char(readonly=True, help="Technical: the member, or the first row of the same person.")
    problems = fields.Json(readonly=True)
    name = fields.Char(readonly=True)
    outcome = fields.Selection(
        [
            ("new", "New member"),
            ("customer", "Customer who joins"),
            ("member", "Member already"),
            ("twice", "Twice in the file"),
            ("conflict", "Names several members"),
            ("unusable", "Can't be imported"),
            ("lot", "Lot of points"),
        ],
        "Would Be", readonly=True,
    )  # fmt: skip
    is_bad = fields.Boolean("Has Problems", readonly=True)
    state = fields.Selection(
        [
            ("read", "Read"),
            ("checked", "Checked"),
            ("todo", "Waiting"),
            ("created", "Created"),
            ("filled", "Filled in"),
            ("booked", "Booked"),
            ("skipped", "Left out"),
            ("failed", "Went wrong"),
        ],
        required=True, readonly=True, default="read",
    )  # fmt: skip
    message = fields.Text(readonly=True)
    told = fields.Char("What to Look At", compute="_compute_told")
    member_id = fields.Many2one("loyalty.member", readonly=True, ondelete="set null", index="btree_not_null")
    referrer = fields.Char(readonly=True, help="Technical: who is to be looked for once all rows are in.")

    # Also what is next to be dealt with: (import, state), members before points, in the order of the file.
    _number_unique = models.UniqueIndex("(import_id, sheet, number)", "This row is there already.")
    _next_idx = models.Index("(import_id, state, sheet, number)")
    _referrer_idx = models.Index("(import_id, id) WHERE referrer IS NOT NULL")

    @api.depends("message", "problems")
    def _compute_told(self):
        for row in self:
            row.told = "; ".join(filter(None, (row.message, *(row.problems or {}).values())))
