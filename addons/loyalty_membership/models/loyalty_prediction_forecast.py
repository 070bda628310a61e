"""Predictions of many members at once, written in one statement."""

import numpy as np
from odoo import models
from odoo.tools import SQL

from ..domain.forecast import Terms, churn_risk, forecast

#: What is written of a member, and how PostgreSQL takes it.
COLUMNS = {
    "member_id": "integer", "alive": "float", "churn_risk": "varchar", "purchases_90": "float", "purchases_365": "float",
    "money_known": "boolean", "amount_90": "float", "amount_365": "float", "lifetime_value": "float",
}  # fmt: skip
#: What rows are sliced by, as the member has it.
REPEATED = ("program_id", "company_id", "tier_id", "team_id")


class LoyaltyPredictionForecast(models.Model):
    _inherit = "loyalty.prediction.fit"

    def _predict(self, first, last):
        """Write what is expected of the members from one id to another, and forget who is none any more.

        :return: how many were predicted
        """
        self.env["loyalty.member"].flush_model()
        self.env["loyalty.transaction"].flush_model()
        self.env["loyalty.transaction.line"].flush_model()
        ids, histories = self._histories_of(first, last)
        self._forget_predictions(first, last, ids.tolist())
        if len(ids):
            self._store(self._predicted(ids, histories))
        return len(ids)

    def _predicted(self, ids, histories):
        """Lists of values by column, of members in their order."""
        when, much = self._models()
        program = self.program_id
        told = forecast(histories, when, much, Terms(program.value_days, program.value_interest, program.value_margin))
        risk = churn_risk(histories.frequency, told.alive, program.churn_safe, program.churn_lost)
        money = {"amount_90": told.money[90], "amount_365": told.money[365], "lifetime_value": told.value} if much else {}
        return {
            "member_id": ids.tolist(),
            "alive": told.alive.tolist(),
            "churn_risk": risk.tolist(),
            "purchases_90": told.purchases[90].round(2).tolist(),
            "purchases_365": told.purchases[365].round(2).tolist(),
            "money_known": [bool(much)] * len(ids),
            **{name: [None] * len(ids) for name in ("amount_90", "amount_365", "lifetime_value")},
            **{name: self._rounded(values) for name, values in money.items()},
        }

    def _rounded(self, amounts):
        unit = self.program_id.currency_id.rounding
        return (np.round(amounts / unit) * unit).round(6).tolist()

    def _store(self, columns):
        names = [*REPEATED, *COLUMNS, "predicted_on"]
        values = [
            *(SQL.identifier("m", name) for name in REPEATED),
            *(SQL.identifier("p", name) for name in COLUMNS),
            SQL("%s", self.date),
        ]
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_member_prediction (%(names)s)
               SELECT %(values)s FROM UNNEST(%(arrays)s) AS p (%(columns)s) JOIN loyalty_member m ON m.id = p.member_id
                   ON CONFLICT (member_id) DO UPDATE SET (%(names)s) = (%(excluded)s)""",
            names=SQL(", ").join(map(SQL.identifier, names)),
            values=SQL(", ").join(values),
            arrays=SQL(", ").join(SQL("%s::%s[]", columns[name], SQL(kind)) for name, kind in COLUMNS.items()),
            columns=SQL(", ").join(map(SQL.identifier, COLUMNS)),
            excluded=SQL(", ").join(SQL.identifier("excluded", name) for name in names),
        ))  # fmt: skip
        self.env["loyalty.member.prediction"].invalidate_model()

    def _forget_predictions(self, first=None, last=None, but=()):
        """Delete predictions of the program, or of the members from one id to another, but not of these."""
        where = SQL("program_id = %s", self.program_id.id)
        if last:
            where = SQL("%s AND member_id BETWEEN %s AND %s AND member_id <> ALL(%s)", where, first, last, list(but))
        self.env.cr.execute(SQL("DELETE FROM loyalty_member_prediction WHERE %s", where))
        self.env["loyalty.member.prediction"].invalidate_model()
