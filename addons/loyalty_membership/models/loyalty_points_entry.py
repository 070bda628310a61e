from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..domain.explain import explain
from .ledger_guard import close_balances_of_members, close_table, freeze_rows

#: Facts of an entry: what PostgreSQL refuses to change once the row is there.
FACTS = (
    "member_id",
    "program_id",
    "company_id",
    "kind",
    "points",
    "qualifying_points",
    "forgiven",
    "date",
    "available_on",
    "expires_on",
    "transaction_id",
    "rule_id",
    "reverses_id",
    "origin_model",
    "origin_id",
    "detail",
    "basis",
    "note",
    "create_uid",
    "create_date",
)


class LoyaltyPointsEntry(models.Model):
    """One line of the ledger. A positive posted entry is a *lot*.

    Entries are facts: they are written by ``_post`` (see ``loyalty_points_door``) and by nothing
    else, and PostgreSQL itself refuses to change or delete them.  What may still move are
    ``remaining``, and ``state`` from pending to posted or void.
    """

    _name = "loyalty.points.entry"
    _inherit = ["loyalty.sums"]
    _description = "Points Entry"
    _order = "date desc, id desc"
    _rec_name = "explanation"

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(related="member_id.partner_id", string="Customer")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(
        [
            ("earn", "Earned"),
            ("revoke", "Clawed back"),
            ("spend", "Spent"),
            ("restore", "Given back"),
            ("expire", "Expired"),
            ("adjust", "Adjusted"),
            ("opening", "Opening balance"),
            ("transfer_in", "Transferred in"),
            ("transfer_out", "Transferred out"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection([("pending", "Pending"), ("posted", "Posted"), ("void", "Void")], required=True, readonly=True)
    points = fields.Float(digits=(16, 2), required=True, readonly=True)
    qualifying_points = fields.Float(digits=(16, 2), readonly=True, help="Count for the tier; they are never spent.")
    remaining = fields.Float(
        digits=(16, 2),
        readonly=True,
        help="Of a lot, what is not used yet; of a claw-back, what is still owed (negative).",
    )
    forgiven = fields.Float(
        digits=(16, 2),
        readonly=True,
        help="Points that should have been clawed back and that the program lets the member keep.",
    )
    date = fields.Datetime(required=True, readonly=True, help="When it happened.")
    posted_at = fields.Datetime(readonly=True, help="When it was booked.")
    available_on = fields.Date(readonly=True, help="First day on which these points can be spent.")
    expires_on = fields.Date(readonly=True, help="Last day on which these points can be spent.")
    transaction_id = fields.Many2one("loyalty.transaction", string="Purchase", readonly=True, ondelete="restrict")
    rule_id = fields.Many2one("loyalty.earning.rule", readonly=True, ondelete="restrict")
    reverses_id = fields.Many2one("loyalty.points.entry", readonly=True, ondelete="restrict", index="btree_not_null")
    origin_model = fields.Char(readonly=True)
    origin_id = fields.Many2oneReference(model_field="origin_model", readonly=True)
    detail = fields.Json(readonly=True, help="How the points were worked out.")
    basis = fields.Json(
        readonly=True,
        help="What each purchase line weighs in this award; empty: every line by its amount.",
    )
    note = fields.Char("Reason", readonly=True)
    allocation_ids = fields.One2many("loyalty.points.allocation", "entry_id", "Paid From", readonly=True)
    taken_ids = fields.One2many("loyalty.points.allocation", "lot_id", "Used By", readonly=True)
    explanation = fields.Char(compute="_compute_explanation")

    _date_idx = models.Index("(date DESC, id DESC)")
    _statement_idx = models.Index("(member_id, date DESC, id DESC)")
    _lot_idx = models.Index("(member_id, expires_on, date, id) WHERE remaining > 0")
    _debt_idx = models.Index("(member_id, id) WHERE remaining < 0")
    _expiry_idx = models.Index("(expires_on, member_id) WHERE remaining > 0 AND expires_on IS NOT NULL")
    _release_idx = models.Index("(available_on, id) WHERE state = 'pending'")
    _origin_idx = models.Index("(origin_model, origin_id) WHERE origin_id IS NOT NULL")
    _rule_idx = models.Index("(rule_id, member_id, date) WHERE rule_id IS NOT NULL")
    _posted_at_idx = models.Index("USING brin (posted_at)")
    # The same document can't be answered twice by the same rule.
    _award_unique = models.UniqueIndex(
        "(transaction_id, kind, COALESCE(rule_id, 0), COALESCE(reverses_id, 0)) WHERE transaction_id IS NOT NULL",
        "These points are booked already.",
    )

    @api.depends("kind", "detail", "note", "rule_id", "transaction_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        words = self._explanation_words()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            # sudo: rules and purchases are named to whoever may read the entry
            entry_sudo = entry.sudo()
            title = kinds.get(entry.kind) if entry.kind != "earn" else entry_sudo.rule_id.name
            told = entry.note
            if (entry.detail or {}).get("parts"):
                told = explain(self._in_language(entry.detail, entry_sudo.transaction_id.tier_id), words)
            elif not told and entry.transaction_id:
                told = entry_sudo.transaction_id.display_name
            entry.explanation = self._entitled(title, told)

    @api.model
    def _explain_award(self, award, tier):
        """Explain an award that is not booked yet, as its entry will."""
        # sudo: whoever is told an award is told its rule by name
        rule = self.env["loyalty.earning.rule"].sudo().browse(award.rule_id)
        return self._entitled(rule.name, explain(self._in_language(award.detail, tier), self._explanation_words()))

    @api.model
    def _in_language(self, detail, tier):
        """Name what multiplied in the reader's language; the detail keeps the names of its day."""
        # sudo: as in _explain_award
        rules, tier = self.env["loyalty.earning.rule"].sudo(), self.env["loyalty.tier"].sudo().browse(tier.id)

        def named(factor):
            source = tier if factor["kind"] == "tier" else rules.browse(factor["rule_id"] or ())
            return dict(factor, name=source.name or factor["name"])

        return dict(detail, parts=[dict(part, factors=[*map(named, part["factors"])]) for part in detail["parts"]])

    @api.model
    def _entitled(self, title, told):
        return self.env._("%(title)s: %(told)s", title=title, told=told) if title and told else title or told or ""

    @api.model
    def _explanation_words(self):
        """The templates of an explanation in the user's language (see ``domain.explain``)."""
        return {
            "note": self.env._("{told}; {note}"),
            "factor": self.env._("{value} ({label})"),
            "birthday": self.env._("birthday"),
            "unit": self.env._("{basis} pcs"),
            "fixed": self.env._("{points} at once"),
            "before": self.env._("less {points} given before"),
            "streak": self.env._("{days} days in a row"),
            "cap_day": self.env._("limited to {limit} a day"),
            "cap_week": self.env._("limited to {limit} a week"),
            "cap_month": self.env._("limited to {limit} a month"),
            "cap_year": self.env._("limited to {limit} a year"),
            "cap_lifetime": self.env._("limited to {limit} in all"),
            "budget": self.env._("{cut} less, the campaign is used up"),
        }

    @api.model
    def _spent_by(self, documents):
        """What these documents, all of one model, have spent and given back, in its order."""
        # sudo: whoever sells settles what the document has booked, without seeing the ledger
        return self.sudo().search(
            [
                ("origin_model", "=", documents._name),
                ("origin_id", "in", documents.ids),
                ("kind", "in", ("spend", "restore")),
                ("expires_on", "=", False),
            ],
            order="id",
        )

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
        return AccessError(
            self.env._(
                "The points ledger can't be edited. To correct points, book an adjustment: "
                "it adds a line that says what was changed and why."
            )
        )

    def init(self):  # noqa: ODW8106
        old, new = (SQL(", ").join(SQL("%s.%s", SQL(row), SQL.identifier(name)) for name in FACTS) for row in ("OLD", "NEW"))
        close_balances_of_members(self.env.cr)
        close_table(self.env.cr, self._table)
        freeze_rows(
            self.env.cr,
            self._table,
            SQL(
                """(%s) IS DISTINCT FROM (%s)
                   OR OLD.state <> 'pending' AND (OLD.state, OLD.posted_at) IS DISTINCT FROM (NEW.state, NEW.posted_at)""",
                old,
                new,
            ),
        )
