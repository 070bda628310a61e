"""Messages to members and colleagues: queued like all else, and worth nothing after their time."""

import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..adapters import base

#: Hours after which a message isn't sent any more, unless its sender says otherwise.
VALID_HOURS = 24


class LoyaltyConnectionMessage(models.Model):
    _inherit = "loyalty.connection"

    def _message_members(self, members, message, marketing=True, valid_hours=VALID_HOURS):
        """Queue a message to those of these members who can and may have it.

        :param message: dict with ``title`` and ``text``, optionally ``url`` and ``button``; or a function of the member
            that answers one
        :param marketing: it needs the member's consent; a notice about the member's own points or orders goes to whoever has
            not refused such notices
        :return: (queued rows, members who are not known there, members without consent)
        """
        self._check_messages()
        known = members.browse(self.env["loyalty.binding"]._of(self, "member", members))
        willing = known._may_be_told(self.system, "marketing" if marketing else "service")
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
    def _message_channels(self):
        """Also the systems that are connected to send messages."""
        # sudo: by what a member can be reached is no secret of the connection
        sending = self.env["loyalty.connection"].sudo().search([("state", "=", "active"), ("push_message", "=", True)])
        systems = [system for system in sending.mapped("system") if system]
        return list(dict.fromkeys([*super()._message_channels(), *systems]))


class LoyaltyConsentOf(models.Model):
    _inherit = "loyalty.consent"

    @api.model
    def _channel_names(self):
        connections = self.env["loyalty.connection"]
        return {**dict(connections._fields["system"]._description_selection(self.env)), **super()._channel_names()}
