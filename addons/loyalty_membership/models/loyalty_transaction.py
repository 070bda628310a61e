from itertools import islice, zip_longest

from odoo import api, fields, models
from odoo.exceptions import UserError

from . import set_wise

#: What a line repeats of its purchase, to be sliced by.
OF_THE_PURCHASE = ("program_id", "company_id", "currency_id", "member_id", "team_id", "date")
#: What a row takes over as the caller gives it.
AS_GIVEN = (
    "type", "date", "source", "reference", "digest", "activity_code", "origin_id", "sale_order_id", "earn_on", "amount_basis",
)  # fmt: skip


class ReferenceConflict(UserError):
    """The same reference came again with another content."""

    http_status = 409


class LoyaltyTransaction(models.Model):
    """The purchase journal: every purchase, refund and activity of every channel, in one form.

    A row is a fact, unique by (program, source, reference); points are worked out from rows and
    from nothing else.  Amounts are in the program's currency, negative for refunds.
    """

    _name = "loyalty.transaction"
    _inherit = ["loyalty.sums"]
    _description = "Purchase"
    _order = "date desc, id desc"
    _rec_name = "reference"

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(related="member_id.partner_id", string="Customer")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    type = fields.Selection(
        [("purchase", "Purchase"), ("addition", "Addition"), ("refund", "Refund"), ("activity", "Activity")],
        required=True, readonly=True,
        help="An addition is more of a purchase that came later: the rest of a delivery, a price that was raised.",
    )  # fmt: skip
    date = fields.Datetime(required=True, readonly=True, index=True, help="When it happened.")
    team_id = fields.Many2one("crm.team", "Store", readonly=True, index="btree_not_null", ondelete="restrict")
    tier_id = fields.Many2one("loyalty.tier", readonly=True, ondelete="restrict", help="The member's tier at that time.")
    source = fields.Char(required=True, readonly=True, help="The system that it comes from.")
    reference = fields.Char(required=True, readonly=True, help="Its number there.")
    digest = fields.Char(readonly=True, help="Tells a repeated call from another purchase of the same number.")
    activity_code = fields.Char(readonly=True)
    origin_id = fields.Many2one(
        "loyalty.transaction", "Belongs To", readonly=True, index="btree_not_null", ondelete="restrict",
        help="The purchase that this takes back, or adds to.",
    )  # fmt: skip
    is_refunded = fields.Boolean("Fully Refunded", readonly=True)
    is_cancelled = fields.Boolean(
        "Order Cancelled", readonly=True, help="Its order was cancelled; should the order start again, that is another purchase."
    )
    earn_on = fields.Selection(
        lambda self: self.env["loyalty.program"]._fields["earn_on"].selection, "Earned When", readonly=True,
        help="Of an order: what the program said when it first earned. The order is settled by that.",
    )  # fmt: skip
    amount_basis = fields.Selection(
        lambda self: self.env["loyalty.program"]._fields["amount_basis"].selection, "Points On", readonly=True,
        help="Of an order: what the program said when it first earned. The order is settled by that.",
    )  # fmt: skip
    sale_order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="What counts for points.")
    points = fields.Float(digits=(16, 2), readonly=True)
    line_ids = fields.One2many("loyalty.transaction.line", "transaction_id", readonly=True)
    entry_ids = fields.One2many("loyalty.points.entry", "transaction_id", "Points Entries", readonly=True)

    _reference_unique = models.UniqueIndex(
        "(program_id, source, reference)", "A purchase with this reference is recorded already."
    )
    _member_idx = models.Index("(member_id, date DESC, id DESC)")
    # Journeys look for what was written lately.
    _created_idx = models.Index("USING brin (create_date)")

    @api.depends("reference", "source", "sale_order_id", "activity_code", "type")
    @api.depends_context("lang")
    def _compute_display_name(self):
        types = dict(self._fields["type"]._description_selection(self.env))
        activities = dict(self.env["loyalty.earning.rule"]._fields["activity"]._description_selection(self.env))
        for transaction in self:
            activity = activities.get(transaction.activity_code, transaction.activity_code)
            name = transaction.sale_order_id.sudo().name or activity or transaction.reference
            transaction.display_name = f"{types.get(transaction.type, '')} {name}"

    # ------------------------------------------------------------------
    # Booking
    # ------------------------------------------------------------------

    @api.model
    def _known(self, program, source, references):
        """Rows that are recorded already; dict reference -> transaction."""
        found = self.search_fetch(
            [
                ("program_id", "=", program.id),
                ("source", "=", source),
                ("reference", "in", list(references)),
            ],
            ["reference", "digest"],
        )
        return {transaction.reference: transaction for transaction in found}

    @api.model
    def _book(self, program, rows, locked=False):
        """Record purchases and activities that are not recorded yet, and award their points.

        The members are locked here, unless the caller has; look up repeated references after
        locking, before calling.

        :param rows: dicts with ``member`` (record), ``type``, ``date`` (UTC), ``source``,
            ``reference``, and optionally ``team_id``, ``digest``, ``activity_code``,
            ``sale_order_id``, ``earn_on``, ``amount_basis`` and ``lines``: dicts with ``product_id``, ``name``, ``sku``,
            ``category_id``, ``quantity``, ``amount`` (program currency), ``sale_line_id``
        :return: the transactions, in the order of the rows
        """
        if not locked:
            self.env["loyalty.member"].union(*(row["member"] for row in rows))._lock()
        booked = {}
        for batch in self._rounds(program, rows):
            booked.update(self._book_round(program, batch))
        transactions = self.browse(booked[id(row)] for row in rows)
        transactions._after_insert()
        return transactions

    @api.model
    def _book_round(self, program, rows):
        """Book rows that don't depend on each other; dict id of the row -> id of its transaction."""
        if not rows:
            return {}
        members = self.env["loyalty.member"].union(*(row["member"] for row in rows))
        awards = self._evaluate(program, rows)
        created = self._create_rows(program, rows, points=[sum(a.points for a in granted) for granted in awards])
        self._award(program, created, awards)
        members._count_transactions(created)
        members._update_tiers(transactions={t.member_id.id: t.id for t in created})
        return dict(zip(map(id, rows), created.ids, strict=True))

    @api.model
    def _rounds(self, program, rows):
        """Split rows so that what one purchase changes counts for the next of the same member.

        Without rules that look at a member's tier or earlier points, all can go at once.
        """
        if not self._looks_back(program, rows):
            return [rows] if rows else []
        rounds, seen = [], {}
        for row in rows:
            number = seen[row["member"].id] = seen.get(row["member"].id, -1) + 1
            if number == len(rounds):
                rounds.append([])
            rounds[number].append(row)
        return rounds

    @api.model
    def _looks_back(self, program, rows):
        """Whether what a member did before may change what these rows give."""
        rules = program.sudo().earning_rule_ids
        return (
            any(rule.cap_points or rule.first_purchase or rule.kind == "multiplier" for rule in rules)
            or any("tier_ids" in (rule.filters or {}) or rule.member_domain not in (False, "[]") for rule in rules)
            or any(tier.earn_multiplier != 1 or tier.birthday_multiplier != 1 for tier in program.tier_ids)
        )

    @api.model
    def _create_rows(self, program, rows, sign=1, points=()):
        """Write rows and their lines; ``sign`` -1 for refunds, whose rows say what they take back as positive."""
        header = {
            "program_id": program.id,
            "company_id": program.company_id.id,
            "currency_id": program.currency_id.id,
        }
        headers = [header | self._row_values(row, sign, earned) for row, earned in zip_longest(rows, points, fillvalue=0)]
        transactions = set_wise.insert(self, headers, program.currency_id.rounding)
        lines = [
            self._line_values(line, sign) | {name: values[name] for name in OF_THE_PURCHASE} | {"transaction_id": transaction_id}
            for transaction_id, values, row in zip(transactions._ids, headers, rows, strict=True)
            for line in row.get("lines", ())
        ]
        made = iter(set_wise.insert(self.env["loyalty.transaction.line"], lines, program.currency_id.rounding)._ids)
        ids = [tuple(islice(made, len(row.get("lines", ())))) for row in rows]
        self._fields["line_ids"]._insert_cache(transactions, ids)
        return transactions

    @api.model
    def _row_values(self, row, sign, points):
        member = row["member"]
        tier = row["grows"].root.tier_id if "grows" in row else member.tier_id
        given = {name: row.get(name) for name in AS_GIVEN}
        return given | {
            "member_id": member.id,
            "tier_id": tier.id,
            "team_id": row.get("team_id") or member.team_id.id,
            "amount": sign * sum(line["amount"] for line in row.get("lines", ())),
            "points": float(points),
        }

    @api.model
    def _line_values(self, line, sign):
        return line | {"quantity": sign * line["quantity"], "amount": sign * line["amount"]}

    @api.model
    def _record_activity_once(self, members, code, occasion=""):
        """Record something a member did or is, once an occasion, if a rule gives points for it."""
        for program, group in members.grouped("program_id").items():
            if code not in program.earning_rule_ids.filtered(lambda r: r.trigger == "activity").mapped("activity_code"):
                continue
            references = {member: self._activity_reference(code, member, occasion) for member in group}
            known = self._known(program, "odoo", references.values()).keys() | self._known_by_merged(code, group, occasion)
            self._book(program, [
                {
                    "member": member,
                    "type": "activity",
                    "activity_code": code,
                    "date": fields.Datetime.now(),
                    "source": "odoo",
                    "reference": reference,
                }
                for member, reference in references.items()
                if reference not in known and member.state == "active"
            ])  # fmt: skip

    @api.model
    def _activity_reference(self, code, member, occasion):
        return ":".join(filter(None, (code, str(member.id), occasion)))

    @api.model
    def _known_by_merged(self, code, members, occasion):
        """References under which the occasion would be recorded for members who had it before they were merged."""
        merged = members.with_context(active_test=False).search([("merged_into_id", "in", members.ids)])
        references = {self._activity_reference(code, member, occasion): member.merged_into_id for member in merged}
        known = self._known(members.program_id, "odoo", references) if references else ()
        return {self._activity_reference(code, references[reference], occasion) for reference in known}

    def action_view_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_points_entry")
        return dict(action, domain=[("transaction_id", "=", self.id)], context={})
