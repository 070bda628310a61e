"""Tickets that a till or shop sends: into the inbox in one transaction, done in the next, and the same answer ever after."""

import json
from dataclasses import dataclass, field

from odoo import SUPERUSER_ID, models

from ..domain.ticket import BadTicket, content_hash, parse_ticket
from .loyalty_inbox import FAILED
from .own_transaction import own_transaction

IN_PROGRESS_WAIT = 2


@dataclass
class Told:
    """What is answered to one ticket."""

    status: int
    body: dict
    headers: dict = field(default_factory=dict)


@dataclass
class Accepted:
    """A ticket that is in the inbox. ``fresh``: it wasn't before; ``known``: it was, under another key."""

    row_id: int
    fresh: bool
    known: bool = False


def problem(status, error, message, **more):
    return Told(status, {"status": "failed", "error": error, "message": message, **more})


class LoyaltyInboxTickets(models.Model):
    _inherit = "loyalty.inbox"

    def _answer_tickets(self, connection, items, keys):
        """Take in these tickets, do what they ask for, and say what came of each: list of ``Told``.

        :param items: what was sent, each as ``domain.ticket.parse_json`` gives it
        :param keys: what the sender calls each of them, or ""
        """
        taken = self._in_own_transaction(connection, lambda own, inbox: inbox._accept_tickets(own, items, keys))
        ids = list({one.row_id for one in taken if isinstance(one, Accepted)})
        if not ids:
            return taken
        if connection.till_answer == "later":
            self._wake()
            return self._in_own_transaction(connection, lambda own, inbox: inbox._tell(taken, ids))
        return self._in_own_transaction(connection, lambda own, inbox: inbox._settle_tickets(taken, ids))

    def _in_own_transaction(self, connection, act):
        """Let ``act(connection, inbox)`` be committed before anything is answered."""

        def run(cr):
            # sudo: whoever calls is nobody here; the connection says what may be booked
            env = self.env(cr=cr, user=SUPERUSER_ID, su=True)
            return act(connection.with_env(env), self.with_env(env))

        return own_transaction(self.env, run)

    # ------------------------------------------------------------------
    # Taking in
    # ------------------------------------------------------------------

    def _accept_tickets(self, connection, items, keys):
        """Insert what isn't here yet; list of ``Accepted``, or ``Told`` of those that are refused."""
        rows = [self._ticket(connection, item, key) for item, key in zip(items, keys, strict=True)]
        good = [row for row in rows if isinstance(row, dict)]
        inserted = self._insert(connection, good) if good else self
        known = self.search([
            ("connection_id", "=", connection.id),
            # Numbers are in the index behind their kind: without it, all that this till ever sent would be read.
            "|", "&", ("kind", "in", [row["kind"] for row in good]), ("event_id", "in", [row["event_id"] for row in good]),
            ("idempotency_key", "in", [row["idempotency_key"] for row in good if row["idempotency_key"]]),
        ])  # fmt: skip
        by_number = {(row.kind, row.event_id): row for row in known}
        by_key = {row.idempotency_key: row for row in known if row.idempotency_key}
        return [
            self._recognise(row, by_number.get((row["kind"], row["event_id"])), by_key.get(row["idempotency_key"]), inserted)
            if isinstance(row, dict) else row
            for row in rows
        ]  # fmt: skip

    def _ticket(self, connection, item, key):
        """The row of one ticket, or why it is refused."""
        source = connection._inbox_source()
        if isinstance(item, dict) and item.get("source") not in (None, "", source):
            return problem(403, "unknown_source", f"this key sends for {source}")
        try:
            kind, data = parse_ticket(item, source, key)
        except BadTicket as error:
            missing = error.path == "external_id" and not (isinstance(item, dict) and item.get("external_id"))
            return problem(400 if missing else 422, "key_missing" if missing else "invalid", str(error), argument=error.path)
        return {
            "kind": kind,
            "event_id": data["reference"],
            "data": data,
            "body_hash": content_hash(kind, data),
            "idempotency_key": key or None,
            "original_reference": data.get("original_reference"),
            "raw_body": json.dumps(item, ensure_ascii=True, default=str),
        }

    def _recognise(self, ticket, row, keyed, inserted):
        """Whether a ticket is the one in the inbox, may take its place, or contradicts it."""
        same = row and row.body_hash == ticket["body_hash"]
        if keyed and not (same and keyed == row):
            return problem(422, "idempotency_key_reused", "this key stands for another ticket")
        if not same:
            if row.state not in FAILED:
                error = "reference_reused" if ticket["idempotency_key"] else "idempotency_key_reused"
                return problem(422, error, f"{ticket['event_id']} was sent before, with another content")
            row._replace(ticket)  # what was refused may be corrected
            return Accepted(row.id, fresh=True)
        other = ticket["idempotency_key"]
        return Accepted(row.id, row in inserted, bool(other) and row.idempotency_key != other)

    # ------------------------------------------------------------------
    # Doing and telling
    # ------------------------------------------------------------------

    def _settle_tickets(self, taken, ids):
        """Do what waits of these, unless somebody else does at this moment."""
        mine = self.browse(ids)._lock_waiting()
        mine._process()
        return self._tell(taken, ids, mine)

    def _tell(self, taken, ids, mine=None):
        rows = {row.id: row for row in self.browse(ids)}
        return [one if isinstance(one, Told) else rows[one.row_id]._told(one, mine) for one in taken]

    def _told(self, accepted, mine):
        """What is answered to a ticket that is this row; ``mine``: the rows that were done in this call, None: in none."""
        if self.result:
            replayed = not accepted.fresh and (mine is None or self not in mine)
            status = 200 if accepted.known and replayed and self.result["status"] == 201 else self.result["status"]
            return Told(status, self.result["body"], {"Idempotent-Replayed": "true"} if replayed else {})
        if self.state == "received" and mine is not None and self not in mine:
            body = {"status": "failed", "error": "in_progress", "message": "this ticket is being booked at this moment"}
            return Told(409, body, {"Retry-After": str(IN_PROGRESS_WAIT)})
        return Told(202, self._status())

    def _status(self):
        """What is known of this ticket now, for whoever sent it."""
        if self.result:
            return self.result["body"]
        states = {"received": "accepted", "parked": "parked", "dead": "failed", "dismissed": "failed", "done": "unclaimed"}
        told = {
            "status": states[self.state],
            "inbox_id": str(self.id),
            "status_url": f"/loyalty/v1/purchases/{self.id}",
        }
        if self.state != "received":
            told |= {"reason": self.error_code, "message": self.error_message}
        return told
