"""A step in words: when, on what condition, what."""

from odoo import api, fields, models

from ..domain.points import plain, to_decimal


class LoyaltyJourneyStepTold(models.Model):
    _inherit = "loyalty.journey.step"

    name = fields.Char(compute="_compute_name", store=True, readonly=False, precompute=True)
    when_told = fields.Char("When", compute="_compute_when_told")
    condition_told = fields.Char("Only If", compute="_compute_condition_told")
    summary = fields.Char("What", compute="_compute_summary")

    @api.depends("kind")
    def _compute_name(self):
        """Until somebody gives it a name of its own, a step is called by what it does."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for step in self:
            if not step.name or step.name in kinds.values():
                step.name = kinds.get(step.kind)

    @api.depends("wait_number", "wait_unit", "at_hour", "hour")
    @api.depends_context("lang")
    def _compute_when_told(self):
        for step in self:
            number = step.wait_number
            words = {
                "hour": self.env._("1 hour later") if number == 1 else self.env._("%s hours later", number),
                "day": self.env._("1 day later") if number == 1 else self.env._("%s days later", number),
                "week": self.env._("1 week later") if number == 1 else self.env._("%s weeks later", number),
            }
            told = words.get(step.wait_unit, "") if number else self.env._("At once")
            if step.at_hour:
                minutes = round(step.hour * 60)
                hour = f"{minutes // 60:02d}:{minutes % 60:02d}"
                told = self.env._("%(when)s, at %(hour)s", when=told, hour=hour) if number else self.env._("At %s", hour)
            step.when_told = told

    @api.depends("member_domain", "otherwise")
    @api.depends_context("lang")
    def _compute_condition_told(self):
        for step in self:
            if (step.member_domain or "[]") == "[]":
                step.condition_told = False
            elif step.otherwise == "end":
                step.condition_told = self.env._("Some members; for others it ends")
            else:
                step.condition_told = self.env._("Some members")

    @api.depends(
        "kind", "mail_template_id.name", "sms_template_id.name", "coupon_program_id.name", "coupon_days", "points", "points_days",
        "tag_operation", "tag_ids.name", "tier_id.name", "tier_months", "activity_type_id.name", "activity_summary",
        "activity_for", "user_id.name", "server_action_id",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_summary(self):
        for step in self:
            what = getattr(step, f"_summary_{step.kind}", None)
            step.summary = what and what()

    def _summary_mail(self):
        return self.mail_template_id.sudo().name  # sudo: only what it is called

    def _summary_sms(self):
        return self.sms_template_id.sudo().name  # sudo: as above

    def _summary_coupon(self):
        name = self.coupon_program_id.sudo().name  # sudo: as above
        if not self.coupon_days:
            return name
        return self.env._("%(what)s, valid %(days)s days", what=name, days=self.coupon_days)

    def _summary_points(self):
        number = plain(to_decimal(self.points))
        if not self.points_days:
            return self.env._("%s points", number)
        return self.env._("%(what)s, valid %(days)s days", what=self.env._("%s points", number), days=self.points_days)

    def _summary_tag(self):
        tags = ", ".join(self.tag_ids.mapped("name"))
        return self.env._("Without: %s", tags) if self.tag_operation == "remove" else tags

    def _summary_tier(self):
        if not self.tier_months:
            return self.tier_id.name
        return self.env._("%(tier)s, guaranteed %(months)s months", tier=self.tier_id.name, months=self.tier_months)

    def _summary_activity(self):
        what = self.activity_summary or self.activity_type_id.name
        whose = {"account_manager_id": self.env._("account manager"), "salesperson_id": self.env._("salesperson")}
        return self.env._("%(what)s (%(whose)s)", what=what, whose=whose.get(self.activity_for, self.user_id.name))

    def _summary_action(self):
        return self.server_action_id.sudo().name  # sudo: as above
