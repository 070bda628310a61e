"""What comes to a purchase later: the rest of an order that is delivered in parts, a price that is raised."""

from odoo import api, fields, models

from ..domain.points import plain, to_decimal

_NOTHING = (to_decimal(0), to_decimal(0))


class LoyaltyTransactionAdditions(models.Model):
    _inherit = "loyalty.transaction"

    standing = fields.Json(
        readonly=True,
        help="Technical: of an addition, what the whole purchase had given by then, and for which lines; later "
        "refunds are measured by it.",
    )

    def _roots(self):
        """The purchases that these rows are, or are additions to."""
        additions = self.filtered(lambda transaction: transaction.type == "addition")
        return (self - additions) | additions.origin_id

    def _parts(self):
        """These purchases and what was added to them later."""
        return self | self.search([("origin_id", "in", self.ids), ("type", "=", "addition")])

    def _is_first(self):
        """Whether the member had bought nothing that stayed before this, nor anything since that was the first then.

        False where no rule asks.
        """
        if not self.program_id.earning_rule_ids.filtered("first_purchase"):
            return False
        of_member = [("member_id", "=", self.member_id.id), ("is_refunded", "=", False)]
        if self.search_count([*of_member, ("type", "=", "purchase"), ("id", "<", self.id)], limit=1):
            return False
        others = [*of_member, ("id", "!=", self.id), ("origin_id", "!=", self.id)]
        return not self.env["loyalty.points.entry"].search_count(
            [(f"transaction_id.{name}", *rest) for name, *rest in others]
            + [("rule_id.first_purchase", "=", True), ("kind", "=", "earn"), ("state", "!=", "void")],
            limit=1,
        )

    @api.model
    def _book_addition(self, program, root, row):
        """Record more of a purchase and award what the whole now earns more.

        The members are locked by the caller.  Rules ask for the day, the store and the tier of the
        purchase; the points are as old as the addition.  Of a member who is frozen or closed the
        journal stays in step without points.

        :param row: as for ``_book``, ``type`` aside
        """
        parts = root._parts()
        held = parts._held()
        earlier = [
            {
                "line_id": line.id,
                "product_id": line.product_id.id,
                "category_id": line.category_id.id,
                "amount": amount,
                "quantity": quantity,
            }
            for line, (amount, quantity) in parts.line_ids._left().items()
            if amount or quantity
        ]
        row = dict(row, type="addition", origin_id=root.id, root=root, earlier=earlier)
        row["held"] = held if self.search_count([("origin_id", "=", root.id), ("type", "=", "refund")], limit=1) else None
        [awards] = self._evaluate(program, [row]) if row["member"].state == "active" else [[]]
        addition = self._create_rows(program, [row], points=[sum(award.points for award in awards)])
        self._award(program, addition, [[award for award in awards if self._is_told(award)]])
        addition.standing = addition._standing(earlier, held, awards)
        row["member"]._count_transactions(addition, revived=root.filtered("is_refunded").ids)
        parts.filtered("is_refunded").write({"is_refunded": False})
        if awards:
            row["member"]._update_tiers(transactions={row["member"].id: addition.id})
        return addition

    @api.model
    def _is_told(self, award):
        """Whether a member sees an award: what the first part gave in full is not told again."""
        return award.points or award.qualifying or award.detail.keys() & {"cap", "budget"}

    def _held(self):
        """What these rows have given and not taken back; dict rule id -> (points, qualifying points)."""
        entries = self.env["loyalty.points.entry"]
        alive = [("state", "!=", "void"), ("kind", "in", ("earn", "revoke"))]
        earned = entries.search([("transaction_id", "in", self.ids), *alive])
        held = {}
        for rule, points, qualifying in entries._read_group(
            ["|", ("id", "in", earned.ids), ("reverses_id", "in", earned.ids), *alive],
            ["rule_id"],
            ["points:sum", "qualifying_points:sum"],
        ):
            held[rule.id] = (to_decimal(points), to_decimal(qualifying))
        return held

    def _standing(self, earlier, held, awards):
        """What later refunds are measured by; plain JSON, numbers as text."""
        lines = [line["line_id"] for line in earlier] + self.line_ids.sorted("id").ids
        left = {line["line_id"]: (line["amount"], line["quantity"]) for line in earlier}
        left |= {line.id: (to_decimal(line.amount), to_decimal(line.quantity)) for line in self.line_ids}
        points = dict(held)
        for award in awards:
            before = points.get(award.rule_id, _NOTHING)
            points[award.rule_id] = (before[0] + award.points, before[1] + award.qualifying)
        return {
            "left": {str(line_id): [*map(plain, worth)] for line_id, worth in left.items()},
            "points": {str(rule_id): [*map(plain, both)] for rule_id, both in points.items()},
            "weights": {
                str(award.rule_id): {str(lines[index]): str(weight) for index, weight in award.weights.items()}
                for award in awards
            },
        }  # fmt: skip
