"""What is done about WeCom's callbacks; when, ``loyalty_inbox_callback`` says."""

from odoo import models

from ..adapters.base import PUSH_MEMBER
from ..domain.outcomes import Gone


class LoyaltyConnectionWecomCallback(models.Model):
    _inherit = "loyalty.connection"

    def _take_wecom_callback(self, row, records):
        """Do what a callback tells: the contact is read anew, for an event says little and may be late.

        :param records: of ``_read_wecom_callback``, or the error of it
        """
        contact = row.data["external_userid"]
        if isinstance(records, Gone):
            self._wecom_binding(contact).unlink()
            return row._finish({"action": "unbound"})
        done = self._merge_contacts(records)[0]
        if done["action"] == "unchanged":
            self._wecom_mend_tags(records)
        return row._finish({name: done[name] for name in ("action", "reason")})

    def _read_wecom_callback(self, adapter, data):
        return adapter.contacts.fetch(data["external_userid"])

    def _wecom_binding(self, contact):
        bindings = self.env["loyalty.binding"]
        return bindings._with_external(self, "member", [contact]).get(contact, bindings)


class LoyaltyOutboxWecom(models.Model):
    _inherit = "loyalty.outbox"

    def _on_refused(self, error):
        """A contact who is none any more is not bound any more."""
        if self.connection_id.system == "wecom" and self.flow == PUSH_MEMBER and isinstance(error, Gone):
            self._binding().unlink()
        return super()._on_refused(error)
