"""Gifts that are given up here: not ordered any more, and, where they may have been ordered, somebody's to take back there."""

from odoo import api, fields, models

from ..adapters import base
from ..domain.outcomes import Permanent

#: States of a redemption whose gift the member gets, and of one who doesn't get it.
WANTED, ENDED = ("approved", "delivering", "done"), ("rejected", "cancelled", "expired")
#: What a row was refused for before anything was sent.
_NEVER_SENT = ("mapping", "no_record", "cancelled")


class LoyaltyOutboxTakenBack(models.Model):
    _inherit = "loyalty.outbox"

    def _check_wanted(self, connection, redemption_id):
        """:raise Permanent: the gift of this row was given up since it was queued"""
        if self.env["loyalty.redemption"].browse(redemption_id).exists().state not in WANTED:
            told = connection._as_responsible().env._("The redemption was given up here: its gift is not ordered.")
            raise Permanent(told, "cancelled")

    @api.model
    def _take_back(self, redemptions):
        """These were given up: skip what waits, and have taken back there what was sent, or may have been.

        What waits is written to: should a worker take it at this moment, one of both transactions begins anew, so that nothing
        is sent that isn't told.
        """
        rows = self.sudo()._of_gifts(redemptions)  # sudo: whoever cancels a redemption may not see what is queued
        sent = rows.filtered(lambda row: row._may_be_there())
        rows.filtered(lambda row: row.state in ("pending", "retry", "verify", "dead")).write({
            "state": "skipped", "done_at": fields.Datetime.now(), "error_code": "cancelled",
            "error_message": self.env._("The redemption was given up here: its gift is not ordered."),
        })  # fmt: skip
        for connection, mine in sent.grouped("connection_id").items():
            connection._ask_to_take_back(mine)

    @api.model
    def _of_gifts(self, redemptions):
        """Their rows, and what was sent as new of them."""
        keys = [f"{base.PUSH_REDEMPTION}:gift:{number}" for number in redemptions.ids]
        connections = self.env["loyalty.connection"].with_context(active_test=False).search([("state", "!=", "draft")])
        rows = newer = self.search([("connection_id", "in", connections.ids), ("dedupe_key", "in", keys)])
        while newer := self.search([("replay_of_id", "in", newer.ids)]):
            rows |= newer
        return rows

    def _may_be_there(self):
        self.ensure_one()
        if self.state in ("in_flight", "verify", "done"):
            return True
        if self.state == "pending":
            return bool(self.error_kind)
        return self.error_code not in _NEVER_SENT and (self.state != "skipped" or bool(self.attempts))


class LoyaltyRedemptionTakenBack(models.Model):
    _inherit = "loyalty.redemption"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ENDED and self.env["loyalty.connection"]._listening():  # a flow may be off by now
            self.env["loyalty.outbox"]._take_back(self)
        return result


class LoyaltyConnectionTakenBack(models.Model):
    _inherit = "loyalty.connection"

    def _ask_to_take_back(self, rows):
        """An activity for each gift whose order may be there, with the order's number."""
        own = self._as_responsible()
        users = own.user_id.filtered("active") or own.env.ref("base.user_admin")
        for number, mine in rows.grouped("res_id").items():
            orders = ", ".join(dict.fromkeys(filter(None, map(self._number_there, mine.sorted("id")))))
            redemption = own.env["loyalty.redemption"].browse(number)
            own.activity_schedule(
                "mail.mail_activity_data_todo", user_id=users.id,
                summary=own.env._("Take back the gift of %s", redemption.name),
                note=own.env._(
                    "%(redemption)s was given up here after it was sent to %(system)s: take back %(order)s there.",
                    redemption=redemption.name, system=own.name, order=orders or redemption.name,
                ),
            )  # fmt: skip

    def _number_there(self, row):
        """How the other system calls the record of this row, as people there know it."""
        adapter = self._adapter_class()(self._settings(secrets=False), None)
        return adapter.number_there(row.flow, row.payload or {}, row.idempotency_key) or row.external_id

    def _as_responsible(self):
        """In the language of who is told."""
        return self.with_context(lang=self.user_id.lang or self.company_id.partner_id.lang or self.env.lang)
