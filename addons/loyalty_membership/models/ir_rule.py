from odoo import api, models
from odoo.fields import Domain

#: What a member repeats of the native card.
OF_THE_CARD = {"company_id", "program_id"}


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        """Ask what the card's rules ask of the member's own columns: joining a million cards takes longer than all else."""
        domain = super()._compute_domain(model_name, mode)
        return domain.map_conditions(_of_the_member) if model_name == "loyalty.member" else domain


def _of_the_member(condition):
    rule = condition.value
    if (
        condition.field_expr == "card_id"
        and condition.operator in ("any", "any!")
        and isinstance(rule, Domain)
        and {asked.field_expr for asked in rule.iter_conditions()} <= OF_THE_CARD
    ):
        return rule
    return condition
