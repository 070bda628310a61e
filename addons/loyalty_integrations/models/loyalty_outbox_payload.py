"""What is sent: rendered for a whole batch, by the mapping of the connection, when it is about to be sent."""

import hashlib
import json
import logging
import time

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..adapters import base
from ..domain.outcomes import Permanent
from .loyalty_outbox import STATE_FLOWS

_logger = logging.getLogger(__name__)

#: What a flow binds: subject of the mapping and of the binding.
SUBJECTS = {base.PUSH_MEMBER: "member", base.PUSH_REDEMPTION: "redemption", base.PUSH_POINTS: "points"}


def digest(payload):
    """What tells one payload from another, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


class LoyaltyOutboxPayload(models.Model):
    _inherit = "loyalty.outbox"

    def _payloads(self, adapter):
        """What to send, of rows of one connection: dict id -> payload, or the error of making it, or None: nothing has changed.

        What is an event is rendered once and frozen; what is a state is rendered anew at every try.
        """
        frozen = self.filtered(lambda row: row.payload and row.flow not in STATE_FLOWS)
        payloads = {row.id: row.payload for row in frozen}
        for flow, rows in (self - frozen).grouped("flow").items():
            payloads |= rows._render(flow, adapter)
        for row in self - frozen:
            if isinstance(payloads[row.id], dict):
                row.payload = payloads[row.id]
        self.flush_recordset(["payload"])
        return payloads

    def _render(self, flow, adapter):
        """All at once; where that fails, one by one, so that one record that can't be rendered holds up no other."""
        try:
            with self.env.cr.savepoint():
                return getattr(self, f"_render_{flow}")(adapter)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            if len(self) > 1:
                return {row.id: row._render(flow, adapter)[row.id] for row in self}
            _logger.exception("outbox row %s can't be rendered", self.id)
            return {self.id: Permanent(f"it could not be put into words ({type(error).__name__})", "internal")}

    def _render_push_member(self, adapter):
        return self._render_mapped("loyalty.member")

    def _render_push_redemption(self, adapter):
        return self._render_mapped("loyalty.redemption")

    def _render_push_points(self, adapter):
        return self._render_mapped("loyalty.points.entry")

    def _render_push_message(self, adapter):
        """As whoever sent it wrote it; a member is named as the other system knows it."""
        members = self.env["loyalty.member"].browse(row.res_id for row in self if row.model == "loyalty.member")
        bindings = self.env["loyalty.binding"]._of(self.connection_id, "member", members)
        return {row.id: row._addressed(bindings) for row in self}

    def _addressed(self, bindings):
        if self.model != "loyalty.member":
            return self.data
        if self.res_id not in bindings:
            return Permanent("the member isn't known there", "not_bound")
        return {**self.data, "to": {"external": bindings[self.res_id].external_id}}

    def _render_mapped(self, model):
        """By the connection's published mapping, from one snapshot of all these records.

        Of what is known there only what is news is sent: a field that both systems keep goes where it has changed here, lest
        it overwrite a change there that nobody has read yet; one that people decide about waits for them.
        """
        connection, subject = self.connection_id, SUBJECTS[self[:1].flow]
        mapping = connection._mapping(subject)
        records = self.env[model].with_context(active_test=False).browse(self.mapped("res_id")).exists()
        bindings = self.env["loyalty.binding"]._of(connection, subject, records)
        snapshot = records._integration_snapshot(connection)
        held = self.env["loyalty.sync.conflict"]._held(self.env["loyalty.binding"].union(*bindings.values()))
        payloads = {}
        for row in self:
            if row.res_id not in snapshot:
                payloads[row.id] = Permanent("the record does not exist any more", "no_record")
                continue
            bound = bindings.get(row.res_id)
            payload, problems = mapping._to_remote(snapshot[row.res_id], creating=not bound)
            if problems:
                payloads[row.id] = Permanent("; ".join(problems), "mapping")
            elif bound and not row.replay_of_id:
                payloads[row.id] = mapping._news(payload, bound.base or None, held.get(bound.id, ()))
            else:
                payloads[row.id] = payload
        return payloads

    def _external_ids(self):
        """dict id -> number of the record there that a row is about, where it is known."""
        known = {}
        for flow, rows in self.filtered(lambda row: row.flow in SUBJECTS).grouped("flow").items():
            records = self.env[rows[0].model].browse(rows.mapped("res_id"))
            bindings = self.env["loyalty.binding"]._of(rows.connection_id, SUBJECTS[flow], records)
            known |= {row.id: bindings[row.res_id].external_id for row in rows if row.res_id in bindings}
        return known

    def _binding(self):
        """Which record there this row is about, where it is known."""
        subject = SUBJECTS.get(self.flow)
        if not subject:
            return self.env["loyalty.binding"]
        same = self.with_prefetch().browse(self._prefetch_ids).filtered(lambda row: row.flow == self.flow)
        bindings = self.env["loyalty.binding"]._of(
            self.connection_id, subject, self.env[self.model].browse(same.mapped("res_id"))
        )
        return bindings.get(self.res_id, self.env["loyalty.binding"])

    def _bind(self, sent, payload):
        subject = SUBJECTS.get(self.flow)
        if subject and sent.external_id:
            binding = self._binding()
            base, pushed = {**(binding.base or {}), **payload}, binding.pushed or {}
            if self.connection_id.pull_contacts or self.connection_id.pull_enrolments:
                # What was read before this and is taken after it must not take it back.
                pushed = {**pushed, **dict.fromkeys(payload, round(time.time(), 3))}
            self.env["loyalty.binding"]._keep(
                self.connection_id, subject, self.env[self.model].browse(self.res_id), sent.external_id,
                pushed_hash=digest(base), base=base, pushed=pushed,
            )  # fmt: skip
