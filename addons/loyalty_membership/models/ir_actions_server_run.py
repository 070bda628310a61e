"""Server actions on members, done: set-wise, for all records at once."""

from odoo import models


class IrActionsServerRun(models.Model):
    _inherit = "ir.actions.server"

    def _run_action_loyalty_points_multi(self, eval_context=None):
        if members := self._members_acted_on(eval_context):
            members._give_points(self)
        return False

    def _run_action_loyalty_coupon_multi(self, eval_context=None):
        if members := self._members_acted_on(eval_context):
            members._give_coupons(self.loyalty_coupon_program_id, self.loyalty_coupon_days)
        return False

    def _run_action_loyalty_tag_multi(self, eval_context=None):
        if members := self._members_acted_on(eval_context):
            members._change_tags(self.loyalty_tag_ids, self.loyalty_tag_operation == "remove")
        return False

    def _run_action_loyalty_tier_multi(self, eval_context=None):
        if members := self._members_acted_on(eval_context):
            members._move_to_tier(self.loyalty_tier_id, self.loyalty_tier_months)
        return False

    def _members_acted_on(self, eval_context, lock=True):
        """The members of the records but those for whom nothing is done; none at all while Odoo merely recomputes."""
        records = eval_context.get("records") or eval_context.get("record")
        if not records or self._is_recompute():
            return self.env["loyalty.member"].browse()
        # sudo: what the user may do was asked when the action began
        members = self._members_of(records).sudo()
        if lock:
            members._lock()
            members.invalidate_recordset()
        return members._to_act_on()

    def _get_runner(self):
        """The activities of a journey's step are planned all at once; Odoo plans one at a time."""
        if self.state == "next_activity" and self._of_steps():
            return self.env.registry[self._name]._run_activities_of_step, True
        return super()._get_runner()

    def _run_activities_of_step(self, eval_context=None):
        # sudo: as in _members_acted_on
        eval_context["records"].sudo()._to_act_on()._schedule_activities(self)
        return False
