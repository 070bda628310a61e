"""A step keeps its own server action: made, changed, copied and deleted with it."""

from odoo import api, fields, models

#: Of server actions that a step keeps, which people's lists don't show.
USAGE = "loyalty_journey"
#: A step's kind -> the kind of its server action.
STATES = {
    "mail": "mail_post",
    "sms": "sms",
    "coupon": "loyalty_coupon",
    "points": "loyalty_points",
    "tag": "loyalty_tag",
    "tier": "loyalty_tier",
    "activity": "next_activity",
}
#: What a step forgets when it does something else: whatever it names can't be deleted meanwhile.
FORGOTTEN = {
    "mail": "mail_template_id",
    "sms": "sms_template_id",
    "coupon": "coupon_program_id",
    "tier": "tier_id",
    "action": "server_action_id",
}
#: Texts of the action that are the member's to read: column of the step -> of the action.
TEXTS = {"points_reason": "loyalty_reason"}


class LoyaltyJourneyStepKept(models.Model):
    _inherit = "loyalty.journey.step"

    action_id = fields.Many2one(string="Server Action")

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create([self._forgetting(vals, vals.get("kind", "mail")) for vals in vals_list])
        steps._check_may_run()
        steps._keep_action()
        return steps

    def write(self, vals):
        result = super().write(self._forgetting(vals, vals["kind"]) if "kind" in vals else vals)
        if vals.keys() & {"kind", "server_action_id"}:
            self._check_may_run()
        if vals.keys() - {"action_id", "sequence"}:
            self._keep_action()
        return result

    def unlink(self):
        # sudo: as in _keep_action
        own = self.sudo().action_id._of_steps()
        result = super().unlink()
        own.unlink()
        return result

    @api.model
    def _forgotten(self):
        return FORGOTTEN

    @api.model
    def _forgetting(self, vals, kind):
        return vals | {name: False for other, name in self._forgotten().items() if other != kind}

    @api.model
    def _states(self):
        """For each kind, that of the server action."""
        return STATES

    def _keep_action(self):
        """Make each step's server action do what the step says."""
        # sudo: a server action is an administrator's to write; this one does what the step's own fields can say, and no more
        for step in self.sudo():
            old = step.action_id._of_steps()
            if step.kind == "action":
                step.action_id = step.server_action_id
            elif old.state == self._states()[step.kind]:
                old.write(step._action_values())
                old = old.browse()
            else:
                step.action_id = step.action_id.create(step._action_values())
            old.unlink()

    def _action_values(self):
        """What the server action of this step is."""
        return {
            "name": self.env._("%(journey)s: %(step)s", journey=self.journey_id.name, step=self.name),
            "model_id": self.env["ir.model"]._get_id("loyalty.member"),
            "usage": USAGE,
            "state": self._states()[self.kind],
            **getattr(self, f"_action_values_{self.kind}")(),
        }

    def _action_values_mail(self):
        return {"template_id": self.mail_template_id.id, "mail_post_method": "email"}

    def _action_values_sms(self):
        return {"sms_template_id": self.sms_template_id.id, "sms_method": "sms"}

    def _action_values_coupon(self):
        return {"loyalty_coupon_program_id": self.coupon_program_id.id, "loyalty_coupon_days": self.coupon_days}

    def _action_values_points(self):
        return {
            "loyalty_points": self.points,
            "loyalty_reason": self.points_reason,
            "loyalty_points_days": self.points_days,
            "loyalty_is_qualifying": self.is_qualifying,
        }

    def _action_values_tag(self):
        return {"loyalty_tag_operation": self.tag_operation, "loyalty_tag_ids": [(6, 0, self.tag_ids.ids)]}

    def _action_values_tier(self):
        return {"loyalty_tier_id": self.tier_id.id, "loyalty_tier_months": self.tier_months}

    def _action_values_activity(self):
        named = self.activity_for == "user"
        return {
            "activity_type_id": self.activity_type_id.id,
            "activity_summary": self.activity_summary,
            "activity_note": self.activity_note,
            "activity_date_deadline_range": self.activity_days,
            "activity_date_deadline_range_type": "days",
            "activity_user_type": "specific" if named else "generic",
            "activity_user_field_name": not named and self.activity_for,
            "activity_user_id": self.user_id.id,
        }

    @api.model
    def _action_texts(self):
        """Texts that members read in their language: column of the step -> column of the action."""
        return TEXTS


class LoyaltyJourneyOfStep(models.Model):
    _inherit = "loyalty.journey"

    def write(self, vals):
        result = super().write(vals)
        if not {"name", "purpose"}.isdisjoint(vals):
            self.step_ids._keep_action()
        return result

    def unlink(self):
        self.step_ids.unlink()  # PostgreSQL would delete them without their actions
        return super().unlink()


class IrActionsServerOfStep(models.Model):
    _inherit = "ir.actions.server"

    usage = fields.Selection(selection_add=[(USAGE, "Journey Step")], ondelete={USAGE: "cascade"})
    loyalty_step_ids = fields.One2many("loyalty.journey.step", "action_id", "Journey Steps", readonly=True)

    def _text_kept(self, name):
        """Where a text for members is kept, as (record, field): of a step by itself, whose translations may come at any time."""
        step = self._of_steps().loyalty_step_ids[:1]
        kept = {there: here for here, there in step._action_texts().items()}
        return (step, kept[name]) if step and name in kept else (self, name)

    def _of_steps(self):
        """Those that a step keeps for itself."""
        return self.filtered(lambda action: action.usage == USAGE)


class LoyaltyMemberSalesperson(models.Model):
    _inherit = "loyalty.member"

    salesperson_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
