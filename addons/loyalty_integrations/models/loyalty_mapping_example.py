"""A line of a mapping, shown at work while it is edited."""

from odoo import models

from ..domain.mapping import sent_value
from ..domain.mapping_line import Problem, Wrong
from ..domain.values import Where, text

_RECORDS = {"member": "loyalty.member", "redemption": "loyalty.redemption"}


class LoyaltyMappingExample(models.Model):
    _inherit = "loyalty.mapping"

    def _example(self, line):
        """What becomes of a value of the newest record that has one; False without any that the user may see."""
        model = self.env.get(_RECORDS.get(self.kind))
        if model is None or not line.remote_field_id or not model.has_access("read"):
            return False
        records = model.search([("program_id", "=", self.program_id.id)], limit=20)
        told = [values for _id, values in sorted(records._integration_snapshot().items(), reverse=True)] if records else []
        name = line.local_field_id.name
        values = next((values for values in told if values.get(name) not in (None, [], "")), told[0] if told else None)
        if values is None:
            return False
        before = text(values.get(name)) or "–"
        return f"{before}  →  {self._example_sent(line, values)}"

    def _example_sent(self, line, values):
        where = self._where()
        if any(step.problem for step in line.step_ids):
            return "…"
        try:
            compiled = line._as_line()
            return text(sent_value(compiled, values.get(compiled.local), Where(where.zone, where.region, values))) or "–"
        except Wrong as wrong:
            return self._told(Problem(compiled.local, compiled.remote, *wrong.args))
