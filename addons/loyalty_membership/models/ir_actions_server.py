"""What a server action may do with members, beside Odoo's own kinds: what is asked for, and who may have it done."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..domain.points import plain, to_decimal

#: Models on whose records these kinds run: members, or what is a member's.
MODELS = ("loyalty.member", "loyalty.points.entry", "loyalty.tier.change", "loyalty.transaction", "loyalty.redemption")
#: Kinds that only a membership manager runs by hand.
MANAGED = {"loyalty_points", "loyalty_coupon", "loyalty_tier"}


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[
            ("loyalty_points", "Grant Points"),
            ("loyalty_coupon", "Issue Coupon"),
            ("loyalty_tag", "Add or Remove Tag"),
            ("loyalty_tier", "Move to Tier"),
        ],
        ondelete={
            "loyalty_points": "cascade",
            "loyalty_coupon": "cascade",
            "loyalty_tag": "cascade",
            "loyalty_tier": "cascade",
        },
    )
    loyalty_points = fields.Float("Points Per Member", digits=(16, 2))
    loyalty_reason = fields.Char("Reason Of The Points", translate=True, help="Members read it in their statement.")
    loyalty_points_days = fields.Integer("Points Valid For (Days)", help="0: as long as the program says.")
    loyalty_is_qualifying = fields.Boolean("Points Count For Tiers")
    loyalty_coupon_program_id = fields.Many2one(
        "loyalty.program", "Coupon", domain=[("program_type", "in", ("coupons", "next_order_coupons"))],
        index="btree_not_null", ondelete="restrict", help="What is sent with a coupon is the coupon program's choice.",
    )  # fmt: skip
    loyalty_coupon_days = fields.Integer("Coupon Valid For (Days)", help="0: it does not end.")
    loyalty_tag_operation = fields.Selection([("add", "Add"), ("remove", "Remove")], "Tags Are", default="add")
    loyalty_tag_ids = fields.Many2many("res.partner.category", "loyalty_action_tag_rel", string="Customer Tags")
    loyalty_tier_id = fields.Many2one("loyalty.tier", "Tier", index="btree_not_null", ondelete="restrict")
    loyalty_tier_months = fields.Integer(
        "Tier Guaranteed For (Months)", help="The member doesn't fall below the tier for so long. 0: as tiers that are reached."
    )

    _loyalty_not_negative = models.Constraint(
        """CHECK (loyalty_points >= 0 AND loyalty_points < 1e12 AND loyalty_points_days >= 0 AND loyalty_coupon_days >= 0
                  AND loyalty_tier_months >= 0)""",
        "Points, days and months can't be negative.",
    )

    # ------------------------------------------------------------------
    # What it is called, what is missing
    # ------------------------------------------------------------------

    def _name_depends(self):
        return [*super()._name_depends(), "loyalty_points", "loyalty_coupon_program_id", "loyalty_tag_operation",
                "loyalty_tag_ids", "loyalty_tier_id"]  # fmt: skip

    def _generate_action_name(self):
        tags = ", ".join(self.loyalty_tag_ids.mapped("name"))
        if self.state == "loyalty_points" and self.loyalty_points:
            return self.env._("Grant %s points", plain(to_decimal(self.loyalty_points)))
        if self.state == "loyalty_coupon" and self.loyalty_coupon_program_id:
            return self.env._("Issue coupon %s", self.loyalty_coupon_program_id.name)
        if self.state == "loyalty_tag" and tags:
            return self.env._("Remove tag %s", tags) if self.loyalty_tag_operation == "remove" else self.env._("Add tag %s", tags)
        if self.state == "loyalty_tier" and self.loyalty_tier_id:
            return self.env._("Move to tier %s", self.loyalty_tier_id.name)
        return super()._generate_action_name()

    @api.model
    def _warning_depends(self):
        return [*super()._warning_depends(), "loyalty_points", "loyalty_reason", "loyalty_coupon_program_id", "loyalty_tag_ids",
                "loyalty_tier_id"]  # fmt: skip

    def _get_warning_messages(self):
        warnings = super()._get_warning_messages()
        if self._is_for_members():
            if self.model_id and self.model_id.model not in MODELS:
                warnings.append(self.env._("This action is for members, and for what members buy, earn and redeem."))
            if missing := self._loyalty_missing():
                warnings.append(missing)
        return warnings

    def _loyalty_missing(self):
        """What the action lacks, in words; None: nothing."""
        if self.state == "loyalty_points" and not self.loyalty_points > 0:
            return self.env._("Enter how many points members get: a number above 0.")
        if self.state == "loyalty_points" and not (self.loyalty_reason or "").strip():
            return self.env._("Say why members get the points: they read it in their statement.")
        if self.state == "loyalty_coupon" and not self.loyalty_coupon_program_id:
            return self.env._("Choose the coupon that members get.")
        if self.state == "loyalty_tag" and not self.loyalty_tag_ids:
            return self.env._("Choose the tags.")
        if self.state == "loyalty_tier" and not self.loyalty_tier_id:
            return self.env._("Choose the tier.")
        return None

    def _is_for_members(self):
        return (self.state or "").startswith("loyalty_")

    @api.depends("model_id")
    def _compute_allowed_states(self):
        result = super()._compute_allowed_states()
        for action in self:
            if action.model_id and action.model_id.model not in MODELS:
                action.allowed_states = [state for state in action.allowed_states if not state.startswith("loyalty_")]
        return result

    @api.depends("state")
    def _compute_available_model_ids(self):
        ours = self.filtered(lambda action: action._is_for_members())
        ours.available_model_ids = self.env["ir.model"].browse(map(self.env["ir.model"]._get_id, MODELS))
        return super(IrActionsServer, self - ours)._compute_available_model_ids()

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def _can_execute_action_on_records(self, records):
        """Refuse what the user may not do by hand; what rules and journeys do was decided by who made them."""
        super()._can_execute_action_on_records(records)
        if records.env.su:
            return
        kinds = set(self._with_children().mapped("state"))
        if not any(kind.startswith("loyalty_") for kind in kinds):
            return
        members = self._members_of(records)
        members.check_access("write")
        members._check_not_oneself()
        if self._managed_kinds() & kinds and not records.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may do this with members."))
        if "loyalty_points" in kinds:
            members.program_id._refuse_points_by_hand()
        if "loyalty_tag" in kinds:
            members.sudo().partner_id.with_env(records.env).check_access("write")  # sudo: whose contact it is
        able = members._to_act_on()
        if members and not able:
            raise UserError(self.env._("Nothing was done: these members are frozen, closed, archived, merged or erased."))

    @api.model
    def _managed_kinds(self):
        return MANAGED

    def _with_children(self):
        """These actions with those that they run, however deep."""
        every = todo = self
        while todo:
            todo = todo.child_ids - every
            every |= todo
        return every

    @api.model
    def _members_of(self, records):
        """Whom these records are about, archived members too, with the rights of whoever has the records."""
        if records._name == "loyalty.member" or records._name not in MODELS:
            return records if records._name == "loyalty.member" else records.env["loyalty.member"]
        # sudo: whose entry it is, is no secret; whether that member may be acted on is asked next
        return records.sudo().with_context(active_test=False).member_id.with_env(records.env)
