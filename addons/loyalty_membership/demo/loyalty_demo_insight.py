from odoo import api, models


class LoyaltyDemoInsight(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _measure(self):
        """The statistics of the club's members, and what its predictions lack, as after a first night."""
        program = self.env["loyalty.program"].search([("name", "=", "Members Club")], limit=1)
        while program and not program._is_measured_today():
            program._measure_next()
        for fit in self.env["loyalty.prediction.fit"]._of_today(program):
            while fit.state in ("waiting", "predicting"):
                fit._go_on()
