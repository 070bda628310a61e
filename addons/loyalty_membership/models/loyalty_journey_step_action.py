"""What a step does with a member, in words that need no rights on server actions."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..domain.points import quantize, to_decimal
from .in_process import JourneyEvents

#: By what a message of this kind goes; other kinds send nothing.
CHANNELS = {"mail": "email", "sms": "sms"}
#: What each kind needs, and how it is asked for.
NEEDED = {
    "mail": "mail_template_id",
    "sms": "sms_template_id",
    "coupon": "coupon_program_id",
    "points": "points",
    "tag": "tag_ids",
    "tier": "tier_id",
    "activity": "activity_type_id",
    "action": "server_action_id",
}


class LoyaltyJourneyStepAction(models.Model):
    _inherit = "loyalty.journey.step"

    kind = fields.Selection(
        [
            ("mail", "Send a mail"),
            ("sms", "Send an SMS"),
            ("coupon", "Give a coupon"),
            ("points", "Give points"),
            ("tag", "Change tags"),
            ("tier", "Move to a tier"),
            ("activity", "Put a to-do on somebody's list"),
            ("action", "Something else (server action)"),
        ],
        "Does",
        required=True,
        default="mail",
    )
    mail_template_id = fields.Many2one(
        "mail.template", "Mail", domain=[("model", "=", "loyalty.member")], index="btree_not_null", ondelete="restrict"
    )
    sms_template_id = fields.Many2one(
        "sms.template", "SMS", domain=[("model", "=", "loyalty.member")], index="btree_not_null", ondelete="restrict"
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program", string="Coupon", domain=[("program_type", "in", ("coupons", "next_order_coupons"))],
        index="btree_not_null", ondelete="restrict", help="What is sent with a coupon is the coupon program's choice.",
    )  # fmt: skip
    coupon_days = fields.Integer("Coupon Valid For (Days)", default=30, help="0: it does not end.")
    points = fields.Float(digits=(16, 2))
    points_reason = fields.Char("Reason", translate=True, help="Members read it in their statement.")
    points_days = fields.Integer("Points Valid For (Days)", help="0: as long as the program says.")
    is_qualifying = fields.Boolean("Count For Tiers")
    tag_operation = fields.Selection([("add", "Add"), ("remove", "Remove")], "Tags Are", required=True, default="add")
    tag_ids = fields.Many2many("res.partner.category", "loyalty_journey_step_tag_rel", string="Customer Tags")
    tier_id = fields.Many2one(
        "loyalty.tier", domain="[('program_id', '=', program_id)]", index="btree_not_null", ondelete="restrict"
    )
    tier_months = fields.Integer(
        "Guaranteed For (Months)", help="The member doesn't fall below the tier for so long. 0: as tiers that are reached."
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type", "To-Do", domain=["|", ("res_model", "=", False), ("res_model", "=", "loyalty.member")],
        ondelete="restrict", default=lambda self: self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False),
    )  # fmt: skip
    activity_summary = fields.Char("About", translate=True)
    activity_note = fields.Html("Note", translate=True)
    activity_days = fields.Integer("Due In (Days)", default=1)
    activity_for = fields.Selection(
        [
            ("account_manager_id", "The account manager of the tier"),
            ("salesperson_id", "The customer's salesperson"),
            ("user", "A colleague"),
        ],
        "On Whose List",
        required=True,
        default="account_manager_id",
    )
    user_id = fields.Many2one(
        "res.users", "Colleague", default=lambda self: self.env.user, domain=[("share", "=", False)], ondelete="restrict",
        help="Who has it on the list; of members without an account manager or salesperson, too.",
    )  # fmt: skip
    server_action_id = fields.Many2one(
        "ir.actions.server", "Action", index="btree_not_null", ondelete="restrict",
        domain=lambda self: self._runnable_domain(), help="An administrator makes such actions, and says who may run them.",
    )  # fmt: skip

    _not_negative = models.Constraint(
        "CHECK (wait_number >= 0 AND coupon_days >= 0 AND points_days >= 0 AND tier_months >= 0 AND activity_days >= 0)",
        "Waits, days and months can't be negative.",
    )

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------

    @api.constrains("kind", *NEEDED.values(), "points_reason", "activity_for", "user_id")
    def _check_complete(self):
        for step in self:
            if missing := step._missing():
                raise ValidationError(self.env._("Step %(step)s: %(missing)s", step=step.name, missing=missing))

    @api.model
    def _needed(self):
        """For each kind, the field without which it can't be."""
        return NEEDED

    def _missing(self):
        """What a step lacks, in words; None: nothing."""
        words = {
            "mail": self.env._("choose the mail that is sent."),
            "sms": self.env._("choose the SMS that is sent."),
            "coupon": self.env._("choose the coupon that members get."),
            "points": self.env._("enter how many points members get: a number above 0."),
            "tag": self.env._("choose the tags."),
            "tier": self.env._("choose the tier."),
            "activity": self.env._("choose what there is to do."),
            "action": self.env._("choose the action."),
        }
        name = self._needed()[self.kind]
        if not (self[name] > 0 if name == "points" else self[name]):
            return words.get(self.kind)
        if self.kind == "points" and not (self.points_reason or "").strip():
            return self.env._("say why members get the points: they read it in their statement.")
        if self.kind == "activity" and not self.user_id:
            return self.env._("choose the colleague who has it on the list where there is nobody else.")
        return None

    @api.constrains("kind", "points", "journey_id")
    def _check_points(self):
        for step in self.filtered(lambda step: step.kind == "points"):
            precision = step.program_id.points_precision
            if quantize(to_decimal(step.points), precision, "down") != to_decimal(step.points):
                raise ValidationError(self.env._("The program's points are counted in steps of %s.", precision))

    @api.constrains("kind", "tier_id", "mail_template_id", "sms_template_id", "coupon_program_id", "journey_id")
    def _check_fitting(self):
        for step in self:
            if step.kind == "tier" and step.tier_id.program_id != step.program_id:
                raise ValidationError(self.env._("%s is a tier of another program.", step.tier_id.display_name))
            for template in (step.mail_template_id, step.sms_template_id):
                if template and template.model != "loyalty.member":
                    raise ValidationError(self.env._("%s is not written to members: choose another one.", template.display_name))
            coupon = step.coupon_program_id
            if coupon and coupon.program_type not in ("coupons", "next_order_coupons"):
                raise ValidationError(self.env._("%s is not a coupon program.", coupon.display_name))
            if coupon.company_id and coupon.company_id != step.company_id:
                raise ValidationError(self.env._("%s is a coupon of another company.", coupon.display_name))

    # ------------------------------------------------------------------
    # Server actions of an administrator
    # ------------------------------------------------------------------

    @api.model
    def _runnable_domain(self):
        """The server actions on members that the user may run, as Odoo says: by its groups, or else by the right to write."""
        domain = [("model_id.model", "=", "loyalty.member"), ("usage", "=", "ir_actions_server"), ("parent_id", "=", False)]
        groups = [("group_ids", "in", self.env.user.all_group_ids.ids)]
        if self.env["loyalty.member"].has_access("write"):
            groups = ["|", ("group_ids", "=", False), *groups]
        return [*domain, *groups]

    def _check_may_run(self):
        """Refuse actions that the user may not run, which the superuser would run for them."""
        if self.env.su:
            return
        chosen = (
            self.filtered(lambda step: step.kind == "action").sudo().server_action_id
        )  # sudo: only an administrator reads them
        allowed = chosen.sudo().filtered_domain(self._runnable_domain())
        for action in chosen - allowed:
            raise AccessError(self.env._("You may not run the server action %s: ask an administrator for it.", action.name))

    # ------------------------------------------------------------------
    # What the journey asks
    # ------------------------------------------------------------------

    def _channel(self):
        """By what the step sends a message; None: it sends nothing."""
        return CHANNELS.get(self.kind)

    def _needs_manager(self):
        """Whether only a manager may start a journey with this step: it gives away points, or tiers."""
        # sudo: what an administrator's action does is no secret of rights
        kinds = self.sudo().action_id._with_children().mapped("state")
        return bool({"loyalty_points", "loyalty_tier"} & set(kinds))

    def _act(self, members, events):
        """Do it with these members, all at once, as the system; whatever is sent is queued.

        :param events: dict member id -> id of the ``loyalty.journey.event``
        :return: those of these members for whom it was done; not the frozen, closed, archived, merged and erased
        """
        self.ensure_one()
        members = members._to_act_on()
        if not members:
            return members
        # As the system: members and coupons of all stores are concerned, and whoever starts a journey was asked for the rights.
        action = self.with_user(SUPERUSER_ID).with_company(self.company_id).action_id.with_context(
            active_model="loyalty.member", active_ids=members.ids, active_id=members.ids[0],
            loyalty_journey_events=JourneyEvents(events), mail_notify_force_send=False,
        )  # fmt: skip
        context = action._get_eval_context(action)
        action._run(context["records"], context)  # not run(): who may was asked when the action was chosen
        return members
