"""What comes to a purchase later: the rest of an order that is delivered in parts, a price that is raised."""

from typing import Any, NamedTuple

from odoo import api, models

from ..domain.additions import Past


class Grows(NamedTuple):
    """What a row of an addition adds to.

    ``lines`` is what is left of the purchase ``root`` and can earn: dicts as in a row, with ``line_id``.
    """

    root: Any
    lines: list
    past: Past


class LoyaltyTransactionAdditions(models.Model):
    _inherit = "loyalty.transaction"

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
        journal stays in step without points, then and later.

        :param row: as for ``_book``, ``type`` aside
        """
        parts, earns = root._parts(), row["member"].state == "active"
        left = parts.line_ids._left()
        past = parts._past(left)
        grows = Grows(root, self._lines_left(left, past.standing.unearned), past)
        row = dict(row, type="addition", origin_id=root.id, grows=grows)
        [awards] = self._evaluate(program, [row]) if earns else [[]]
        addition = self._create_rows(program, [row], points=[sum(award.points for award in awards)])
        self._award(program, addition, [[award for award in awards if self._is_told(award)]])
        addition.standing = addition._stands(past, awards, left, earns).to_json()
        row["member"]._count_transactions(addition, revived=root.filtered("is_refunded").ids)
        parts.filtered("is_refunded").write({"is_refunded": False})
        if awards:
            row["member"]._update_tiers(transactions={row["member"].id: addition.id})
        addition._after_insert()
        return addition

    @api.model
    def _lines_left(self, left, unearned):
        return [
            {
                "line_id": line.id,
                "product_id": line.product_id.id,
                "category_id": line.category_id.id,
                "amount": amount,
                "quantity": quantity,
            }
            for line, (amount, quantity) in left.items()
            if (amount or quantity) and line.id not in unearned
        ]

    @api.model
    def _is_told(self, award):
        """Whether a member sees an award: what the first part gave in full is not told again."""
        return award.points or award.qualifying or award.detail.keys() & {"cap", "budget"}
