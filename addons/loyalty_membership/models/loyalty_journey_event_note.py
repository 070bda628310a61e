from odoo import api, models
from odoo.tools import SQL

from .in_process import journey_events


class LoyaltyJourneyEventNote(models.Model):
    _inherit = "loyalty.journey.event"

    @api.model
    def _note(self, name, values):
        """Note on the events of the step that is acting what its members were given; nothing outside of journeys.

        :param name: a column of the event
        :param values: dict member id -> value
        """
        events = journey_events(self.env)
        noted = [(events[member], value) for member, value in values.items() if member in events]
        if not noted:
            return
        self.flush_model()
        ids, noted = zip(*noted, strict=True)
        self.env.cr.execute(SQL(
            """UPDATE loyalty_journey_event e SET %(column)s = v.value
                 FROM unnest(%(ids)s::int[], %(values)s::%(type)s[]) AS v(id, value) WHERE e.id = v.id""",
            column=SQL.identifier(name), ids=list(ids), values=list(noted), type=SQL(self._fields[name].column_type[1]),
        ))  # fmt: skip
        self.browse(ids).invalidate_recordset([name])
