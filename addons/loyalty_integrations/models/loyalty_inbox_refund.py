"""Refunds and cancelled purchases from the inbox into the journal; those that come before their purchase wait for it."""

from odoo import models
from odoo.exceptions import UserError

from .loyalty_inbox import ANONYMOUS, UNKNOWN

MISSING = "original_missing"


class LoyaltyInboxRefund(models.Model):
    _inherit = "loyalty.inbox"

    def _process_refund(self):
        """Book these refunds of one connection, each on its own: it is refused or parked alone."""
        rows, connection = self - self._wait_for_their_day(), self.connection_id
        wanted = {row.original_reference for row in rows}
        purchases = self.env["loyalty.transaction"]._known(connection.program_id, connection._inbox_source(), wanted)
        received = self._known(connection, "purchase", wanted)
        theirs = rows._members()
        for row in rows:
            ticket = received.get(row.original_reference, self.browse())
            original = ticket.transaction_id or purchases.get(row.original_reference)
            if original:
                row._book_refund(original, ticket)
            elif not row.original_reference:
                row._fail("no_original", self.env._("It does not say which purchase it takes back."))
            elif ticket.error_code == ANONYMOUS:
                row._park(ANONYMOUS, self.env._("Its purchase names no member."), again=False)
            elif row.stream and (ticket.error_code == UNKNOWN if ticket else row not in theirs):
                row._park(UNKNOWN, self.env._("Nobody in the program is known by what it names."))
            else:
                row._park(MISSING, self.env._("Its purchase %s is not booked yet.", row.original_reference))

    def _process_void(self):
        """A purchase that was cancelled is all of it given back."""
        self._process_refund()

    def _book_refund(self, original, ticket, reference=""):
        try:
            with self.env.cr.savepoint():
                answer = self._facade().record_refund(
                    source=self.connection_id._inbox_source(),
                    reference=reference or self._journal_reference(),
                    original_reference=original.reference,
                    lines=self._refund_lines(original, ticket),
                    date=self.data.get("date"),
                    currency=self.data.get("currency"),
                    program=self.connection_id.program_id.id,
                )
        except UserError as error:
            self._note_refusal(str(error), error.http_status, getattr(error, "context", {}).get("argument"))
        else:
            self._note_answer(answer)

    def _journal_reference(self):
        """Its number in the journal, which has one list for all: tills count sales and refunds apart, both from 1."""
        return f"{self.kind}:{self.data['reference']}"

    def _refund_lines(self, original, ticket):
        """The lines to give back, as the API names them; None: all that is left.

        :raise UserError: it can't be told which
        """
        if amount := self.data.get("amount"):
            return self._lines_of_amount(original, float(amount))
        sold = (ticket.data or {}).get("lines", ())
        positions = {line["line_id"]: number for number, line in enumerate(sold, 1) if line.get("line_id")}
        lines = [self._refund_line(line, number, positions) for number, line in enumerate(self.data.get("lines", ()))]
        return lines or None

    def _lines_of_amount(self, original, amount):
        """An amount without lines: all that is left of the purchase, or some of its only line."""
        left = float(sum(money for money, _units in original.line_ids._left().values()))
        if original.currency_id.compare_amounts(left, amount) == 0:
            return None
        if len(original.line_ids) == 1:
            return [{"line": 1, "amount": amount}]
        raise UserError(
            self.env._("lines: say what was given back; the purchase has several lines, and this is not all that is left.")
        )

    def _refund_line(self, line, number, positions):
        """Named by the first that is known of its number in the sale, its sku and its name."""
        named = {"line": positions.get(line.get("line_id")), "sku": line.get("sku"), "name": line.get("name")}
        name = next((name for name, value in named.items() if value), None)
        if not name:
            raise UserError(self.env._(
                "lines[%(number)s].line_id: the purchase has no line %(line)s.", number=number, line=line.get("line_id") or "–"
            ))  # fmt: skip
        return {name: named[name], **self._as_line(line, ())}
