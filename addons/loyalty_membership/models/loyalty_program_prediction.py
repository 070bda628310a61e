from odoo import fields, models
from odoo.exceptions import AccessError

#: Who reads how good predictions are, and may ask for new ones.
READERS = "loyalty_membership.group_marketing,loyalty_membership.group_manager"


class LoyaltyProgram(models.Model):
    """What predictions go by, and how they came out."""

    _inherit = "loyalty.program"

    value_days = fields.Integer(
        "Lifetime Counts", default=1095, required=True,
        help="The customer lifetime value counts the purchases of this many days from now: 1095 are three years.",
    )  # fmt: skip
    value_interest = fields.Float(
        "Interest A Year", default=0.1, required=True,
        help="Money that comes later is worth less: at 10 %, what comes in a year counts 1 / 1.1.",
    )  # fmt: skip
    value_margin = fields.Float(
        "Margin", default=1, required=True, help="The part of the spend that is left for you. At 100 %, the value is turnover."
    )
    churn_safe = fields.Float(
        "Low Risk From", default=0.7, required=True,
        help="From this probability on that a member is still a customer, the churn risk is low.",
    )  # fmt: skip
    churn_lost = fields.Float(
        "High Risk Below", default=0.3, required=True,
        help="Below this probability that a member is still a customer, the churn risk is high.",
    )  # fmt: skip

    prediction_fit_ids = fields.One2many(
        "loyalty.prediction.fit", "program_id", "Prediction Quality", readonly=True, groups=READERS
    )
    # Of the last one, which comes first.
    prediction_state = fields.Selection(related="prediction_fit_ids.state", string="Predictions", groups=READERS)
    prediction_problem = fields.Char(related="prediction_fit_ids.problem", groups=READERS)
    prediction_notice = fields.Text(related="prediction_fit_ids.notice", groups=READERS)
    prediction_doubts = fields.Text(related="prediction_fit_ids.doubts", groups=READERS)
    prediction_basis = fields.Char(related="prediction_fit_ids.basis", groups=READERS)
    prediction_test = fields.Char(related="prediction_fit_ids.test_told", groups=READERS)
    prediction_plot = fields.Json(related="prediction_fit_ids.plot", groups=READERS)

    _value_days_sound = models.Constraint(
        "CHECK (value_days BETWEEN 30 AND 3650)",
        "A lifetime value counts 30 to 3650 days: nobody knows what comes after ten years.",
    )
    _value_interest_sound = models.Constraint(
        "CHECK (value_interest >= 0 AND value_interest <= 1)", "The interest of a lifetime value is 0 to 100 % a year."
    )
    _value_margin_sound = models.Constraint(
        "CHECK (value_margin > 0 AND value_margin <= 1)", "The margin of a lifetime value is more than 0 and at most 100 %."
    )
    _churn_sound = models.Constraint(
        "CHECK (churn_lost > 0 AND churn_lost < churn_safe AND churn_safe <= 1)",
        "The risk is high below a lower probability than it is low from: for example below 30 %, and from 70 %.",
    )

    def action_predict(self):
        """Let the job predict the members of these programs anew, at once."""
        if not any(map(self.env.user.has_group, READERS.split(","))):
            raise AccessError(self.env._("Only marketing people and membership managers may ask for predictions."))
        self.check_access("read")
        # sudo: nobody writes fits; asked for above
        fits = self.env["loyalty.prediction.fit"].sudo()
        fits._of_today(self.filtered("is_membership").sudo())._ask()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The members are predicted in the background. It takes some seconds to minutes."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_predictions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_prediction")
        return dict(action, domain=[("program_id", "=", self.id)])

    def action_view_fit(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Prediction Quality"),
            "res_model": "loyalty.prediction.fit",
            "res_id": self.prediction_fit_ids[:1].id,
            "view_mode": "form",
        }
