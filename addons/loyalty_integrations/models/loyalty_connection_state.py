"""Switching a connection on and off, and what stops it."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..domain.outcomes import RemoteError
from .loyalty_connection import FLOWS


class LoyaltyConnectionState(models.Model):
    _inherit = "loyalty.connection"

    tested_at = fields.Datetime("Last Tested", readonly=True, copy=False)
    test_result = fields.Char(readonly=True, copy=False)
    test_passed = fields.Boolean(readonly=True, copy=False)

    def action_test(self):
        """Sign in over there and tell what came of it."""
        self.check_access("write")
        passed, told = self._test()
        # sudo: these are written by the button alone
        self.sudo().write({"tested_at": fields.Datetime.now(), "test_result": told, "test_passed": passed})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if passed else "danger",
                "title": self.env._("It works") if passed else self.env._("It does not work"),
                "message": told,
                "sticky": not passed,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _test(self):
        """(whether the other system can be used, what it said)"""
        if missing := self._missing_settings():
            return False, self.env._("Fill in first: %s.", ", ".join(missing))
        try:
            with self._adapter() as adapter:
                return True, adapter.check()
        except RemoteError as error:
            return False, self._told(error)

    def action_activate(self):
        """Let it work, after it has shown that it can."""
        self.check_access("write")
        for connection in self:
            if not any(connection[flow] for flow in FLOWS if flow in connection.supported_flows):
                raise UserError(self.env._("%s: switch on what it shall do first.", connection.name))
            passed, told = connection._test()
            own = connection.sudo()  # sudo: the state is moved by these methods alone
            own.write({"tested_at": fields.Datetime.now(), "test_result": told, "test_passed": passed})
            if not passed:
                raise UserError(self.env._("%(name)s can't be activated: %(problem)s", name=connection.name, problem=told))
            own.write({"state": "active", "stopped_because": False})
            own.activity_unlink(["loyalty_integrations.activity_connection"])
            own._reset_meter()
        self.env["loyalty.outbox"]._wake()

    def action_pause(self):
        """Send and fetch nothing for now; what changes is kept."""
        self.check_access("write")
        self.filtered(lambda connection: connection.state == "active").sudo().state = "paused"  # sudo: as in action_activate

    def _stop(self, error):
        """Stop this connection, which can't work until somebody mends it, and tell who is responsible, in their language."""
        user = self.user_id.filtered("active") or self.env.ref("base.user_admin")
        self = self.with_context(lang=user.lang)
        told = self._told(error)
        self.write({"state": "error", "stopped_because": told})
        self._ask_for_help(self.env._("%(name)s was stopped: %(problem)s", name=self.name, problem=told))

    def _ask_for_help(self, note):
        """One activity at a time; the latest note."""
        kind = "loyalty_integrations.activity_connection"
        users = self.user_id.filtered("active") or self.env.ref("base.user_admin")
        open_ones = self.activity_search([kind])
        note = plaintext2html(note)  # it may quote the other system
        if open_ones:
            open_ones.write({"note": note})
        else:
            self.activity_schedule(kind, note=note, user_id=users.id)
