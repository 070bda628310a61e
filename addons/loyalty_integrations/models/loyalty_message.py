"""Messages to members and colleagues: queued like all else, and worth nothing after their time."""

import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..adapters import base

#: Hours after which a message isn't sent any more, unless its sender says otherwise.
VALID_HOURS = 24


class LoyaltyConnectionMessage(models.Model):
    _inherit = "loyalty.connection"

    def _message_members(self, members, message, marketing=True, valid_hours=VALID_HOURS):
        """Queue a message to those of these members who can and may have it.

        :param message: dict with ``title`` and ``text``, optionally ``url`` and ``button``; or a function of the member
            that answers one
        :param marketing: it needs the member's consent; a notice about the member's own points or orders doesn't
        :return: (queued rows, members who are not known there, members without consent)
        """
        self._check_messages()
        known = members.browse(self.env["loyalty.binding"]._of(self, "member", members))
        willing = known._with_consent(self.system) if marketing else known
        rows = self._queue_messages(
            [
                {
                    "model": "loyalty.member", "res_id": member.id, "member_id": member.id,
                    "data": message(member) if callable(message) else message,
                }
                for member in willing
            ],
            valid_hours,
        )  # fmt: skip
        return rows, members - known, known - willing

    def _message_staff(self, users, message, valid_hours=VALID_HOURS):
        """Queue a message to these colleagues; (queued rows, colleagues who are not known there)."""
        self._check_messages()
        listed = self.sudo().staff_ids.filtered(lambda row: row.user_id in users)  # sudo: whoever may send may address
        if not listed:
            return self.env["loyalty.outbox"], users
        message = {**message, "to": {"staff": listed.mapped("external_id")}}
        return self._queue_messages([{"data": message}], valid_hours), users - listed.user_id

    def _check_messages(self):
        if self.state == "draft" or not self.push_message:
            raise UserError(self.env._("%s sends no messages: switch them on, and activate it.", self.name))

    def _queue_messages(self, recipients, valid_hours):
        if not recipients:
            return self.env["loyalty.outbox"]
        until = fields.Datetime.add(fields.Datetime.now(), hours=valid_hours)
        outbox = self.env["loyalty.outbox"].sudo()  # sudo: the queue is written by its own methods; who may send was asked
        rows = outbox.create([
            {
                "connection_id": self.id, "flow": base.PUSH_MESSAGE, "event": "message", "valid_until": until,
                "idempotency_key": (key := uuid.uuid4().hex), "ordering_key": f"message:{key}", **recipient,
            }
            for recipient in recipients
        ])  # fmt: skip
        outbox._wake()
        return rows


class LoyaltyMemberConsentOf(models.Model):
    _inherit = "loyalty.member"

    @api.model
    def _consent_channels(self, system):
        """The channels that a consent may name for messages of this system."""
        return [system, "all"]

    def _with_consent(self, system):
        """Those of these members whose last word on messages of this system was yes."""
        rows = self.env.execute_query(SQL(
            """SELECT DISTINCT ON (member_id) member_id, given FROM loyalty_consent
                WHERE member_id = ANY(%s) AND channel = ANY(%s) AND purpose = 'marketing'
                ORDER BY member_id, date DESC, id DESC""",
            list(self.ids), self._consent_channels(system),
        ))  # fmt: skip
        willing = {number for number, given in rows if given}
        return self.filtered(lambda member: member.id in willing)
