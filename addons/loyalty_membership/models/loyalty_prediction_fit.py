from odoo import api, fields, models

STATES = [
    ("waiting", "Waiting"),
    ("predicting", "Predicting"),
    ("done", "Done"),
    ("too_little", "Too Little Data"),
    ("failed", "Broken Off"),
]
UNFINISHED = ("waiting", "predicting")


class LoyaltyPredictionFit(models.Model):
    """What a program's purchases taught on one day: the parameters of both models, and how good they are.

    BG/NBD says when members buy, Gamma-Gamma for how much (``domain.buying``, ``domain.spending``). A run of the job fits them,
    then predicts members in the order of their ids; ``reached`` is how far it came.
    """

    _name = "loyalty.prediction.fit"
    _description = "Prediction Quality"
    _order = "date desc, id desc"
    _rec_name = "date"

    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="program_id.company_id", store=True, index="btree_not_null")
    date = fields.Date("Day", required=True, readonly=True, help="The last day that counts, in the program's time zone.")
    state = fields.Selection(STATES, required=True, readonly=True, default="waiting")
    reached = fields.Integer(readonly=True, help="The id of the last member who was predicted.")
    problem = fields.Char(readonly=True)
    findings = fields.Json(readonly=True, help="Why there is no prediction, and what is doubtful, by codes.")

    # What there was
    customers = fields.Integer("Members Who Bought", readonly=True, aggregator=None)
    repeaters = fields.Integer("Came Back", readonly=True, aggregator=None, help="Bought on a second day.")
    payers = fields.Integer("Paid Again", readonly=True, aggregator=None, help="Paid for a purchase on a second day.")
    purchases = fields.Integer("Purchases After The First", readonly=True, aggregator=None, help="Several on one day are one.")
    predicted_count = fields.Integer("Members Predicted", readonly=True, aggregator=None)

    # When members buy: BG/NBD
    buying_r = fields.Float("r", readonly=True, aggregator=None)
    buying_alpha = fields.Float("alpha (days)", readonly=True, aggregator=None)
    buying_a = fields.Float("a", readonly=True, aggregator=None)
    buying_b = fields.Float("b", readonly=True, aggregator=None)
    buying_likelihood = fields.Float("Log-Likelihood", readonly=True, aggregator=None)

    # For how much: Gamma-Gamma
    spending_p = fields.Float("p", readonly=True, aggregator=None)
    spending_q = fields.Float("q", readonly=True, aggregator=None)
    spending_gamma = fields.Float("v", readonly=True, aggregator=None)
    spending_paid = fields.Float("Paid Purchases", readonly=True, aggregator=None, help="The share that cost anything.")
    spending_likelihood = fields.Float("Log-Likelihood Of Money", readonly=True, aggregator=None)

    # The test: what was known on a day in the past, against what came
    split_on = fields.Date("Predicted From", readonly=True, help="Only what was known on this day was used in the test.")
    split_days = fields.Integer("Days Tested", readonly=True, aggregator=None)
    calibration_ids = fields.One2many("loyalty.prediction.calibration", "fit_id", "Test", readonly=True)
    total_predicted = fields.Float("Purchases Expected", digits=(16, 0), readonly=True, aggregator=None)
    total_actual = fields.Float("Purchases Made", digits=(16, 0), readonly=True, aggregator=None)
    total_naive = fields.Float(
        "If All Went On As Before", digits=(16, 0), readonly=True, aggregator=None,
        help="The purchases if every member had bought on as often as until then.",
    )  # fmt: skip
    error = fields.Float(readonly=True, aggregator=None, compute="_compute_error", store=True)
    error_naive = fields.Float("Error If All Went On", readonly=True, aggregator=None, compute="_compute_error", store=True)
    off = fields.Float("Off A Member", digits=(16, 2), readonly=True, aggregator=None, help="Purchases, without sign.")
    off_naive = fields.Float("Off A Member If All Went On", digits=(16, 2), readonly=True, aggregator=None)

    _program_day_unique = models.UniqueIndex("(program_id, date)")

    @api.depends("total_predicted", "total_naive", "total_actual")
    def _compute_error(self):
        for fit in self:
            fit.error = fit.total_actual and fit.total_predicted / fit.total_actual - 1
            fit.error_naive = fit.total_actual and fit.total_naive / fit.total_actual - 1
