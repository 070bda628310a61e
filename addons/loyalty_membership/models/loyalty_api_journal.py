"""From validated calls to rows of the journal: look up, lock, tell repeats, book, answer."""

import functools
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from psycopg2.errors import UniqueViolation

from . import api_arguments as arguments
from .api_arguments import ApiArgumentError
from .loyalty_transaction import ReferenceConflict


class Draft:
    """One row of a call on its way into the journal: what was said, and what became of it."""

    def __init__(self, kind, values=None, error=None):
        self.kind = kind
        self.values = values
        self.error = error
        self.member = self.store = self.row = self.transaction = self.applicant = self.referrer = self.referral = None
        self.duplicate = False
        if values:
            self.key = values.get("source") or "", values.get("reference")

    @functools.cached_property
    def digest(self):
        """What tells a repeated call from another one; the member is compared as a record."""
        named = ("member", "source", "reference")
        return arguments.digest(self.kind, {key: value for key, value in self.values.items() if key not in named})

    @classmethod
    def parse(cls, kind, shape, values, path, *details):
        """Validate one row; a wrong one becomes a draft that holds its error."""
        try:
            if not isinstance(values, dict):
                raise ApiArgumentError(path, f"must be an object, got {arguments.shown(values)}")
            return cls(kind, shape(values, *details))
        except UserError as error:
            return cls(kind, error=error)


class LoyaltyApiJournal(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def _clock(self, program):
        """The program's time zone, and now, naive UTC."""
        return ZoneInfo(program.tz or "UTC"), fields.Datetime.now()

    @api.model
    def _record(self, program, drafts):
        """Book these drafts, each once; those that can't be get an ``error`` and stay out.

        Works set-wise: the number of statements doesn't grow with the number of members.  Where rules look at
        what a member did before, it grows with the rows of the member who has most, see ``_rounds``.
        """
        self._look_up(program, drafts)
        # Locked before known references are looked up: whoever books the same reference at this
        # moment is waited for, and is seen.
        self.env["loyalty.member"].union(*(draft.member for draft in drafts if not draft.error))._lock()
        fresh = self._skip_repeats(program, [draft for draft in drafts if not draft.error])
        for draft in fresh:
            if draft.member.state != "active" or not draft.member.active:
                draft.error = self._barred(draft.member)
        fresh = [draft for draft in fresh if not draft.error]
        if fresh:
            with self._alone_at_reference():
                booked = self.env["loyalty.transaction"]._book(program, [draft.row for draft in fresh])
            for draft, transaction in zip(fresh, booked, strict=True):
                draft.transaction = transaction
        self._answer_twins(drafts)

    @api.model
    def _record_one(self, program, draft):
        """Book a single draft, or raise its error."""
        if not draft.error:
            self._record(program, [draft])
        if draft.error:
            raise draft.error

    @api.model
    def _barred(self, member):
        state = member.state if member.active or member.state != "active" else "archived"
        return ApiArgumentError("member", f"{member.code} is {state} and neither earns nor spends points")

    # ------------------------------------------------------------------
    # Look-ups
    # ------------------------------------------------------------------

    @api.model
    def _look_up(self, program, drafts):
        by_source = {}
        for draft in drafts:
            if not draft.error:
                by_source.setdefault(draft.key[0], []).append(draft)
        for source, group in by_source.items():
            members = self._find_members(program, {draft.values["member"] for draft in group}, source)
            for draft in group:
                draft.member = members.get(draft.values["member"])
                if not draft.member:
                    draft.error = self._unknown_member(draft.values["member"])
        good = [draft for draft in drafts if not draft.error]
        stores = self._find_stores(program, {draft.values["store"] for draft in good if draft.values.get("store")})
        for draft in good:
            draft.store = stores.get(draft.values.get("store"))
            if isinstance(draft.store, Exception):
                draft.error = draft.store
        self._make_rows(program, [draft for draft in good if not draft.error])

    @api.model
    def _make_rows(self, program, drafts):
        now = fields.Datetime.now()
        lines = self._lines_of(program, drafts, now)
        for draft in drafts:
            draft.row = {
                "member": draft.member,
                "type": draft.kind,
                "date": draft.values["date"] or now,
                "team_id": draft.store and draft.store.id,
                "digest": draft.digest,
                "activity_code": draft.values.get("activity"),
                "source": draft.key[0],
                "reference": draft.key[1],
                "lines": lines.get(draft, ()),
            }

    # ------------------------------------------------------------------
    # Repeats
    # ------------------------------------------------------------------

    @api.model
    def _known_drafts(self, program, drafts):
        """What is in the journal under these references; dict (source, reference) -> transaction."""
        found = self.env["loyalty.transaction"].search_fetch(
            [
                ("program_id", "=", program.id),
                ("source", "in", list({draft.key[0] for draft in drafts})),
                ("reference", "in", list({draft.key[1] for draft in drafts})),
            ],
            ["source", "reference", "digest", "member_id"],
        )
        return {(transaction.source, transaction.reference): transaction for transaction in found}

    @api.model
    def _skip_repeats(self, program, drafts):
        """Answer what is recorded already, refuse other contents; the rest is returned.

        A twin, the same reference once more in the same batch, waits for its first draft.
        """
        known = self._known_drafts(program, drafts)
        first = {}
        for draft in drafts:
            other = first.setdefault(draft.key, draft)
            if transaction := known.get(draft.key):
                same = (transaction.digest, transaction.member_id) == (draft.digest, draft.member)
                draft.transaction, draft.duplicate = transaction, True
            elif other is not draft:
                same = (other.digest, other.member) == (draft.digest, draft.member)
                draft.transaction, draft.duplicate = other, True
            else:
                continue
            if not same:
                draft.error = self._conflict(draft)
        return [draft for draft in drafts if not draft.error and not draft.duplicate]

    @contextmanager
    def _alone_at_reference(self):
        """Try the whole call again if another one books the same reference for another member at this moment.

        This transaction can't see what the other one says; the next try finds it, and answers by its content.
        """
        try:
            yield
        except UniqueViolation as error:
            if error.diag.constraint_name != "loyalty_transaction_reference_unique":
                raise
            raise ConcurrencyError("a reference is booked by two callers at once") from error

    @api.model
    def _answer_twins(self, drafts):
        for draft in drafts:
            if isinstance(draft.transaction, Draft):
                draft.error = draft.error or draft.transaction.error
                draft.transaction = draft.transaction.transaction

    @api.model
    def _conflict(self, draft):
        error = ReferenceConflict(
            f"reference: {arguments.shown(draft.key[1])} of {arguments.shown(draft.key[0])} is recorded already, "
            "with another content"
        )
        error.context = {"argument": "reference"}
        return error

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    @api.model
    def _awarded(self, transactions):
        """What journal rows have given or taken; dict transaction -> (points, still pending, qualifying)."""
        result = {}
        for transaction, state, points, qualifying in self.env["loyalty.points.entry"]._read_group(
            [("transaction_id", "in", transactions.ids)],
            ["transaction_id", "state"],
            ["points:sum", "qualifying_points:sum"],
        ):
            before = result.get(transaction, (0, 0, 0))
            pending = points if state == "pending" else 0
            result[transaction] = (before[0] + points, before[1] + pending, before[2] + qualifying)
        return result

    @api.model
    def _answers(self, drafts):
        """The answers to purchases and refunds, in the order of the drafts; wrong ones tell their error."""
        transactions = self.env["loyalty.transaction"].union(*(draft.transaction for draft in drafts if not draft.error))
        awarded = self._awarded(transactions)
        members = transactions.member_id
        state = {member.id: (self._number(member.points), self._tier(member.tier_id)) for member in members}
        answers = []
        for draft in drafts:
            if draft.error:
                answers.append({"error": self._row_error(draft.error)})
                continue
            points, pending, qualifying = map(self._number, awarded.get(draft.transaction, (0, 0, 0)))
            balance, tier = state[draft.member.id]
            answers.append({
                "transaction": draft.transaction.id,
                "points": points,
                "pending": pending,
                "qualifying_points": qualifying,
                "balance": balance,
                "tier": tier,
                "duplicate": draft.duplicate,
            })
        return answers

    @api.model
    def _row_error(self, error):
        answer = {"message": str(error), "status": int(error.http_status)}
        if argument := getattr(error, "context", {}).get("argument"):
            answer["argument"] = argument
        return answer
