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
    """What is asked of the card, asked of the member; a rule that asks for anything else stays as it is."""
    rule = condition.value
    if condition.field_expr != "card_id" or condition.operator not in ("any", "any!") or not isinstance(rule, Domain):
        return condition
    if any(_of_its_member(question) is None for question in rule.iter_conditions()):
        return condition
    return rule.map_conditions(_of_its_member)


def _of_its_member(condition):
    """One question about a member's card; None: only the card can tell."""
    if condition.field_expr in OF_THE_CARD:
        return condition
    if condition.field_expr == "is_member" and condition.operator in ("in", "not in"):
        return Domain((condition.operator == "in") == (True in condition.value))
    if condition.field_expr == "member_ids" and condition.operator == "any":
        return Domain(condition.value)
    return None
