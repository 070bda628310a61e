from odoo import api, models

from ..domain.points import to_decimal
from . import api_arguments as arguments
from . import api_shapes as shapes
from .api_arguments import ApiArgumentError, ApiUnknown
from .loyalty_api_journal import Draft


class Left:
    """What is left of a purchase's line while a refund is put together."""

    def __init__(self, line, refunded):
        amount, quantity = refunded.get(line, (0, 0))
        self.line = line
        self.amount = to_decimal(round(line.amount - amount, 6))
        self.quantity = to_decimal(round(line.quantity - quantity, 6))
        self.taken = self.taken_quantity = to_decimal(0)

    def __bool__(self):
        return self.amount > 0 or self.quantity > 0

    def take(self, amount, quantity):
        self.amount, self.quantity = self.amount - amount, self.quantity - quantity
        self.taken, self.taken_quantity = self.taken + amount, self.taken_quantity + quantity


class LoyaltyApiRefunds(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def record_refund(
        self, source, reference, original_reference, lines=None, date=None, currency=None, program=None
    ):  # fmt: skip
        """Record that a purchase, or some of it, was given back, and take back what that part had earned.

        :param source: the system that recorded the purchase
        :param reference: its own number of this refund
        :param original_reference: the number under which the purchase was recorded
        :param lines: list of ``{line | sku | name, quantity?, amount?}``, all positive: ``line`` is the
            position in the purchase, from 1; without ``amount`` the quantity's share of what is left is
            given back, without either all of it.  No lines: everything that is left.
        :param date: when, ISO 8601; now
        :param currency: ISO 4217 code of the amounts, exchanged at the purchase's rate; the program's
        :param program: name or id; the one of the caller's company
        :return: ``{transaction, points, balance, tier: {code, name}, duplicate}``; ``points`` is negative
        :raise UserError: 404 unknown purchase; 409 known reference with another content; 422 wrong argument, or more
            than is left
        """
        facade, program = self._open(program)
        zone, now = facade._clock(program)
        draft = Draft("refund", {
            **shapes.origin({"source": source, "reference": reference}),
            "original": arguments.text(original_reference, "original_reference", 128, required=True),
            "lines": None if lines is None else [
                shapes.refund_line(line, f"lines[{index}]") for index, line in enumerate(arguments.rows(lines, "lines"))
            ],
            "date": arguments.moment(date, "date", zone, now),
            "currency": arguments.text(currency, "currency", 3),
        })  # fmt: skip
        facade._refund(program, draft, now)
        answer = facade._answers([draft])[0]
        return {name: answer[name] for name in ("transaction", "points", "balance", "tier", "duplicate")}

    # ------------------------------------------------------------------
    # Refunds
    # ------------------------------------------------------------------

    @api.model
    def _refund(self, program, draft, now):
        original = self._find_original(program, draft)
        draft.member = original.member_id
        # Locked before known references are looked up, see _record.
        draft.member._lock()
        if not self._skip_repeats(program, [draft]):
            self._checked(draft.error)
            return
        if draft.values["date"] and draft.values["date"] < original.date:
            raise ApiArgumentError("date", f"must not be before the purchase, {self._moment(original.date)}")
        rows = self._refund_rows(program, original, draft)
        row = {
            "member": draft.member,
            "date": draft.values["date"] or max(now, original.date),
            "team_id": original.team_id.id,
            "source": draft.key[0],
            "reference": draft.key[1],
            "digest": draft.digest,
            "origin_id": original.id,
            "lines": rows,
        }
        with self._alone_at_reference():
            draft.transaction = self.env["loyalty.transaction"]._book_refunds(program, [row])

    @api.model
    def _find_original(self, program, draft):
        original = self.env["loyalty.transaction"].search([
            ("program_id", "=", program.id),
            ("source", "=", draft.key[0]),
            ("reference", "=", draft.values["original"]),
            ("type", "=", "purchase"),
        ])  # fmt: skip
        if not original:
            raise ApiUnknown(
                "original_reference",
                f"there is no purchase {arguments.shown(draft.values['original'])} of {arguments.shown(draft.key[0])}",
            )
        return original

    @api.model
    def _refund_rows(self, program, original, draft):
        refunded = original.line_ids._refunded()
        left = [Left(line, refunded) for line in original.line_ids.sorted("id")]
        currency, rate = self._refund_rate(program, original, draft)
        if draft.values["lines"] is None:
            for item in left:
                item.take(item.amount, item.quantity)
        else:
            for index, wanted in enumerate(draft.values["lines"]):
                path = f"lines[{index}]"
                if wanted["amount"] is not None:
                    amount = self._converted(wanted["amount"], currency, rate, program.currency_id)
                    wanted = dict(wanted, amount=to_decimal(amount))
                self._take(program, self._chosen(left, wanted, path), wanted, path)
        rows = [self._refund_line(item) for item in left if item.taken or item.taken_quantity]
        if not rows:
            raise ApiArgumentError("original_reference", "nothing of this purchase is left to refund")
        return rows

    @api.model
    def _refund_rate(self, program, original, draft):
        """Currency and rate of the day of the purchase, so that what was paid comes back in full."""
        day = Draft("refund", dict(draft.values, date=original.date))
        return self._checked(self._find_rates(program, [day], original.date)[day])

    @api.model
    def _chosen(self, left, wanted, path):
        """The lines that a caller names, those of which nothing is left included."""
        if wanted["line"] is not None:
            chosen = left[wanted["line"] - 1 : wanted["line"]]
        else:
            name = "sku" if wanted["sku"] else "name"
            chosen = [item for item in left if item.line[name] == wanted[name]]
        if not chosen:
            raise ApiArgumentError(path, "there is no such line in this purchase")
        if not any(chosen):
            raise ApiArgumentError(path, "nothing of this line is left to refund")
        return chosen

    @api.model
    def _take(self, program, chosen, wanted, path):
        """Take what is wanted from these lines, the first ones first."""
        amount, quantity = wanted["amount"], wanted["quantity"]
        self._check_left(f"{path}.amount", amount, sum(item.amount for item in chosen))
        self._check_left(f"{path}.quantity", quantity, sum(item.quantity for item in chosen))
        everything = amount is None and quantity is None
        for item in chosen:
            if everything:
                item.take(item.amount, item.quantity)
                continue
            units = min(item.quantity, quantity or to_decimal(0))
            money = self._share_of(program, item, units) if amount is None else min(item.amount, amount)
            if quantity is None and money == item.amount:
                units = item.quantity
            item.take(money, units)
            quantity = quantity and quantity - units
            amount = amount and amount - money

    @api.model
    def _share_of(self, program, item, units):
        if not units or units == item.quantity:
            return item.amount if units else units
        share = item.amount * units / item.quantity
        return min(item.amount, to_decimal(program.currency_id.round(float(share))))

    @api.model
    def _check_left(self, path, wanted, left):
        if wanted is not None and wanted > left:
            raise ApiArgumentError(path, f"is {wanted:f}, and only {left:f} is left to refund")

    @api.model
    def _refund_line(self, item):
        line = item.line
        return {
            "origin_line_id": line.id,
            "product_id": line.product_id.id,
            "category_id": line.category_id.id,
            "name": line.name,
            "sku": line.sku,
            "quantity": float(item.taken_quantity),
            "amount": float(item.taken),
        }
