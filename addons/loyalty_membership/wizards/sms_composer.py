from odoo import models

from ..models.in_process import journey_events


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _prepare_mass_sms(self, records, sms_record_values):
        """A journey's SMS is tracked, so that what its provider reports later finds it."""
        rows = super()._prepare_mass_sms(records, sms_record_values)
        if journey_events(self.env):
            trackers = self.env["sms.tracker"].sudo()  # sudo: written by the system alone
            sent = rows.filtered(lambda sms: sms.state == "outgoing")
            known = set(trackers.search([("sms_uuid", "in", sent.mapped("uuid"))]).mapped("sms_uuid"))
            trackers.create([{"sms_uuid": uuid} for uuid in sent.mapped("uuid") if uuid not in known])
        return rows
