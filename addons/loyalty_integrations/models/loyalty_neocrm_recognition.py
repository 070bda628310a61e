"""Recognising members that Neocrm has already needs what the mapping sends: without it each would be made a second time."""

from odoo import models

from ..adapters import base
from ..domain.outcomes import Permanent


class LoyaltyConnectionRecognition(models.Model):
    _inherit = "loyalty.connection"

    def _test(self):
        passed, told = super()._test()
        if passed and self[base.PUSH_MEMBER] and (field := self._unsent_match()):
            return False, self.env._("“Recognise By” is %s: add a line to the field mapping that sends it.", field)
        return passed, told

    def _unsent_match(self):
        """The field that members are recognised by there, if nothing is sent to it; else ""."""
        field = self.neocrm_match_field if self.system == "neocrm" else ""
        sent = {line.remote for line in self._mapping("member")._lines() if line.sent} if field else ()
        return "" if not field or field in sent else field


class LoyaltyOutboxRecognition(models.Model):
    _inherit = "loyalty.outbox"

    def _render_push_member(self, adapter):
        payloads = super()._render_push_member(adapter)
        if not (field := self.connection_id._unsent_match()):
            return payloads
        known = self._external_ids()
        refused = Permanent(f"the mapping sends nothing to {field}, by which records are recognised", "no_match")
        return {number: payload if number in known else refused for number, payload in payloads.items()}
