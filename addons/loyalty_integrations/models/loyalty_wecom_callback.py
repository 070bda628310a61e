"""What WeCom's callbacks tell is done by the inbox: the contact is read anew, for an event says little and may be late."""

from odoo import models

from ..adapters.base import PUSH_MEMBER
from ..adapters.wecom_callback import ADDED
from ..domain.outcomes import AuthInvalid, Gone, Permanent, RemoteError
from .loyalty_connection_meter import Allowance


class LoyaltyConnectionWecomCallback(models.Model):
    _inherit = "loyalty.connection"

    def _take_wecom_callbacks(self, rows):
        """Do what these rows of the inbox tell."""
        allowance = Allowance(self._meter())
        try:
            with self._adapter(before=allowance) as adapter:
                for row in rows:
                    self._take_wecom_callback(adapter, row)
        finally:
            allowance.close()

    def _take_wecom_callback(self, adapter, row):
        contact = row.data["external_userid"]
        try:
            records = adapter.contacts.fetch(contact)
        except Gone:
            self._wecom_binding(contact).unlink()
            row._finish({"action": "unbound"})
        except Permanent as error:
            row._fail(error.code, error.message)
        except RemoteError as error:
            if isinstance(error, AuthInvalid):
                self._stop(error)
            row._park(error.code, error.message)
        else:
            done = self._merge_contacts(records)[0]
            if row.data["kind"] == ADDED and done["action"] == "unchanged":
                self._wecom_send_again(contact)
            row._finish({name: done[name] for name in ("action", "reason")})

    def _wecom_send_again(self, contact):
        """Another staff member has this contact now: the tags are missing there, though nothing has changed here."""
        binding = self._wecom_binding(contact)
        self.env["loyalty.binding"]._keep(
            self, "member", self.env["loyalty.member"].browse(binding.res_id), contact, pushed_hash=None, base=None
        )
        self.env["loyalty.member"].browse(binding.res_id)._tell_connections()

    def _wecom_binding(self, contact):
        bindings = self.env["loyalty.binding"]
        return bindings._with_external(self, "member", [contact]).get(contact, bindings)


class LoyaltyInboxCallback(models.Model):
    _inherit = "loyalty.inbox"

    def _process_callback(self):
        """Rows of one connection; each system has its own ``loyalty.connection._take_SYSTEM_callbacks(rows)``."""
        getattr(self.connection_id, f"_take_{self.connection_id.system}_callbacks")(self)


class LoyaltyOutboxWecom(models.Model):
    _inherit = "loyalty.outbox"

    def _on_refused(self, error):
        """A contact who is none any more is not bound any more."""
        if self.connection_id.system == "wecom" and self.flow == PUSH_MEMBER and isinstance(error, Gone):
            self._binding().unlink()
        return super()._on_refused(error)
