from odoo import models
from odoo.exceptions import ValidationError

from ..domain.points import quantize, to_decimal


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    def _check_in_steps(self, name, points):
        """Refuse points, of whatever has this name, that the program can't book."""
        self.ensure_one()
        points = to_decimal(points)
        if quantize(points, self.points_precision, "down") != points:
            raise ValidationError(self.env._(
                "%(item)s: points of %(program)s come in steps of %(step)s.",
                item=name, program=self.name, step=self.points_precision,
            ))  # fmt: skip
