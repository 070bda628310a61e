"""What rules with a budget have given to all members together."""

from odoo import api, models
from odoo.tools import SQL


class LoyaltyEarningRuleBudget(models.Model):
    _inherit = "loyalty.earning.rule"

    def write(self, vals):
        started = self.filtered(lambda rule: not rule.budget_points) if vals.get("budget_points") else self.browse()
        result = super().write(vals)
        started._count_budgets()
        return result

    def _count_budgets(self):
        """Start from what these rules have given and not taken back: it is only kept in step while there is a budget."""
        if not self:
            return
        self.env["loyalty.points.entry"].flush_model()
        self.flush_recordset()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_earning_rule r
                  SET budget_used = GREATEST(0, COALESCE((
                        SELECT SUM(e.points) FROM loyalty_points_entry e
                         WHERE e.rule_id = r.id AND e.kind IN ('earn', 'revoke') AND e.state <> 'void'), 0))
                WHERE r.id IN %s""",
            self._ids,
        ))  # fmt: skip
        self.invalidate_recordset(["budget_used"])

    @api.model
    def _spend_budgets(self, spent):
        """Book what rules with a budget have given, or got back; the row lock makes two givers take turns.

        Never below zero: purchases that were under way when the budget was set are not in it, and a
        refund of theirs must neither fail nor make the budget larger than it is.

        :param spent: dict rule id -> points
        """
        limited = self.browse(spent).filtered("budget_points")
        for rule in limited.sorted("id"):
            self.env.cr.execute(SQL(
                "UPDATE loyalty_earning_rule SET budget_used = GREATEST(0, COALESCE(budget_used, 0) + %s) WHERE id = %s",
                spent[rule.id], rule.id,
            ))  # fmt: skip
        limited.invalidate_recordset(["budget_used"])
