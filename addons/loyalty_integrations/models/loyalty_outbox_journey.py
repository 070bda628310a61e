"""A message that a journey sent tells the journey's event what became of it."""

from odoo import api, fields, models
from odoo.addons.loyalty_membership.models.in_process import journey_events
from odoo.tools import SQL


class LoyaltyOutboxJourney(models.Model):
    _inherit = "loyalty.outbox"

    journey_event_id = fields.Many2one("loyalty.journey.event", readonly=True, index="btree_not_null", ondelete="set null")

    @api.model_create_multi
    def create(self, vals_list):
        events = journey_events(self.env)
        if events:
            vals_list = [{**vals, "journey_event_id": events.get(vals.get("member_id"), False)} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._tell_journeys()
        return result

    def _due(self):
        dues = super()._due()
        for row in self:
            dues[row.id].event = row.journey_event_id.id or 0
        return dues

    def _settle(self, shift, **values):
        result = super()._settle(shift, **values)
        if shift.due[self.id].event:
            self._tell_journeys()
        return result

    def _tell_journeys(self):
        self.flush_recordset(["state", "journey_event_id"])
        self.env["loyalty.journey.event"].flush_model(["message_state"])
        told = self.env.execute_query(SQL(
            """UPDATE loyalty_journey_event e
                  SET message_state = CASE o.state WHEN 'done' THEN 'sent' WHEN 'dead' THEN 'failed' WHEN 'skipped' THEN 'failed'
                                                   ELSE 'outgoing' END
                 FROM loyalty_outbox o WHERE o.id = ANY(%s) AND e.id = o.journey_event_id RETURNING e.id""",
            list(self.ids),
        ))  # fmt: skip
        self.env["loyalty.journey.event"].browse(number for (number,) in told).invalidate_recordset(["message_state"])
