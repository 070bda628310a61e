"""Purchases from the inbox into the journal, set-wise."""

from odoo import SUPERUSER_ID, api, models
from odoo.addons.loyalty_membership.models.api_arguments import CLOCK_SKEW, ApiArgumentError, moment

from .loyalty_inbox import ANONYMOUS, NOT_YET, UNKNOWN


class LoyaltyInboxPurchase(models.Model):
    _inherit = "loyalty.inbox"

    def _facade(self):
        """The API as the system itself: what a connection may book is bounded by its program, not by who runs the job."""
        company = self.connection_id.program_id.company_id or self.connection_id.company_id or self.env.company
        lang = self.env.context.get("facade_lang", self.env.context.get("lang"))
        return self.env["loyalty.api"].with_user(SUPERUSER_ID).with_company(company).with_context(lang=lang)

    def _process_purchase(self):
        """Book these purchases of one connection; those of unknown customers, and of days to come, wait."""
        rows = self - self._wait_for_their_day()
        members = rows._members()
        unknown = rows.filtered(lambda row: row not in members)
        anonymous = unknown.filtered(lambda row: not row._named() and not row.data.get("customer"))
        anonymous._park(ANONYMOUS, self.env._("It names no member. Whose it is can be told later."), again=False)
        (unknown - anonymous)._park(UNKNOWN, self.env._("Nobody in the program is known by what it names."))
        if ready := rows - unknown:
            answers = self._facade().record_purchases(
                [row._as_purchase(members[row]) for row in ready], program=self.connection_id.program_id.id
            )
            for row, answer in zip(ready, answers, strict=True):
                row._note_answer(answer)

    def _wait_for_their_day(self):
        """Let fetched documents of days to come, such as orders in advance, wait until then; these. A till's clock is wrong."""
        early, program = self.browse(), self.connection_id.program_id
        zone, now = self._facade()._clock(program)
        for row in self.filtered("stream"):
            try:
                day = moment(row.data.get("date"), "date", zone, now, future=True)
            except ApiArgumentError:
                continue  # refused when it is booked
            if day and day > now + CLOCK_SKEW:
                row._park(NOT_YET, self.env._("It is of a day to come."), again=False)
                row.next_attempt_at = day
                early |= row
        return early

    def _note_answer(self, answer):
        if error := answer.get("error"):
            self._note_refusal(error["message"], error["status"], error.get("argument"))
            return
        tier = answer["tier"] or {}
        body = {
            "status": "processed",
            "inbox_id": str(self.id),
            "transaction_id": str(answer["transaction"]),
            "points": answer["points"],
            "pending": answer.get("pending", 0),
            "balance": answer["balance"],
            "tier": tier.get("code") or tier.get("name"),
        }
        self._finish(body, answer["transaction"], answer["duplicate"])

    def _note_refusal(self, message, status, argument):
        self._fail("conflict" if status == 409 else "refused", message, 422, argument)

    # ------------------------------------------------------------------
    # Whose
    # ------------------------------------------------------------------

    def _named(self):
        """The ways in which a row names its member, the surest first."""
        named = self.data.get("member") or []
        return [named] if isinstance(named, str) else named

    def _members(self):
        """dict row -> member, of those that are found; rows of one connection."""
        if not self:
            return {}
        connection, texts = self.connection_id, {name for row in self for name in row._named()}
        # sudo: whose a purchase is is looked up in the whole program
        found = self._facade().sudo()._find_members(connection.program_id, texts, connection._inbox_source())
        bound = self._bound_members()
        members = {}
        for row in self:
            named = [found.get(name) for name in row._named()] + [bound.get(row.data.get("customer"))]
            if member := next(filter(None, named), None):
                members[row] = member
        return members

    def _bound_members(self):
        """Members by what their customer is called in the other system; dict external id -> member."""
        customers = {row.data["customer"] for row in self if row.data.get("customer")}
        if not customers:
            return {}
        bindings = self.env["loyalty.binding"].search([
            ("connection_id", "=", self.connection_id.id), ("subject", "=", "member"), ("model", "=", "loyalty.member"),
            ("external_id", "in", list(customers)),
        ])  # fmt: skip
        members = self.env["loyalty.member"].browse(bindings.mapped("res_id")).exists()
        return {binding.external_id: members.browse(binding.res_id) for binding in bindings if binding.res_id in members._ids}

    # ------------------------------------------------------------------
    # As the API takes it
    # ------------------------------------------------------------------

    def _as_purchase(self, member):
        data = self.data
        return {
            "member": member.code,
            "source": self.connection_id._inbox_source(),
            "reference": data["reference"],
            "date": data.get("date"),
            "store": data.get("store"),
            "currency": data.get("currency"),
            "lines": [self._as_line(line, ("sku", "name", "category")) for line in data.get("lines", ())],
        }

    @api.model
    def _as_line(self, line, names):
        """A line with numbers; floats have digits enough for every amount that the journal takes."""
        numbers = {name: float(line[name]) for name in ("quantity", "amount") if line.get(name) is not None}
        return {name: line[name] for name in names if line.get(name)} | numbers
