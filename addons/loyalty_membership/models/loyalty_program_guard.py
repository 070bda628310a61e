from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

#: Fixed once points or purchases have been booked: each would change what ledger and journal already say.
_FIXED = ("points_precision", "program_type", "applies_on", "currency_id", "company_id")

#: Native fields that decide how a membership works, beside those of this addon.
_NATIVE = {
    "active", "applies_on", "company_id", "currency_id", "date_from", "date_to", "limit_usage", "max_usage", "name",
    "portal_visible", "pricelist_ids", "program_type", "rule_ids", "trigger",
}  # fmt: skip


class LoyaltyProgram(models.Model):
    """What a membership program must be, and who may change it."""

    _inherit = "loyalty.program"

    @api.model
    def _membership_values(self):
        """A membership is a native loyalty card program without rules: its points come from our own."""
        return {
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "portal_visible": True,
        }

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("default_is_membership"):
            values.update(
                self._membership_values(),
                rule_ids=[],
                reward_ids=[],
                communication_plan_ids=[],
                portal_point_name=self.env._("Points"),
                point_value=self._DEFAULT_POINT_VALUE,
                adjustment_approval=True,
            )
        return {name: value for name, value in values.items() if name in fields}

    # ------------------------------------------------------------ create, write

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_is_membership")
        memberships = [vals for vals in vals_list if vals.get("is_membership", default)]
        if memberships:
            self._check_configurator()
        for vals in memberships:
            self._prepare_membership(vals)
        programs = super().create(vals_list)
        programs.filtered("is_membership")._translate_point_reward()
        return programs

    def _prepare_membership(self, vals):
        """Complete the values of a new membership, in place.

        All fields that Odoo would compute from the program type are given, or it would compute them all and replace
        the rewards.
        """
        for name, value in self._membership_values().items():
            vals.setdefault(name, value)
        vals.setdefault("portal_point_name", self.env._("Points"))
        vals.setdefault("rule_ids", [])
        vals.setdefault("communication_plan_ids", [])
        rewards = list(vals.get("reward_ids") or [])
        reward = next((values for *_, values in rewards if values and values.get("discount_mode") == "per_point"), None)
        if reward is None:
            value = vals.setdefault("point_value", self._DEFAULT_POINT_VALUE)
            rewards.append(Command.create(self._point_reward_values(value, vals.get("points_precision") or "1")))
        else:
            # A duplicate brings its reward along; told here, or the app's default value would overwrite it.
            vals.setdefault("point_value", reward["discount"] if reward.get("active", True) else 0.0)
        vals["reward_ids"] = rewards

    def write(self, vals):
        joining = self.filtered(lambda program: not program.is_membership) if vals.get("is_membership") else self.browse()
        concerned = self.filtered("is_membership") | joining
        if concerned and any(name in vals for name in self._configuration_fields()):
            self._check_configurator()
        self._check_fixed(vals)
        if joining:
            # The type is not changed on the way: a promotion is refused rather than turned into something else.
            values = self._membership_values() | {"rule_ids": [Command.clear()]}
            del values["program_type"]
            vals = vals | values
        result = super().write(vals)
        if "program_type" in vals:
            self.env.registry.clear_cache()  # of the rules' products, see loyalty.rule
        if joining:
            joining._become_membership()
        if "points_precision" in vals:
            for program in self.filtered("is_membership"):
                program._point_reward().required_points = float(program.points_precision)
        return result

    def action_become_membership(self):
        """Turn ordinary loyalty programs into memberships, and open them there."""
        self.write({"is_membership": True})
        return self.action_open_membership()

    def action_open_membership(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_program")
        return dict(action, res_id=self.id, views=[(self.env.ref("loyalty_membership.view_program_form").id, "form")])

    def _become_membership(self):
        """Finish the switch of ordinary loyalty programs: the reward, and their customers as members."""
        for program in self.filtered(lambda program: not program._point_reward()):
            program.point_value = 0.0
        # sudo: also the cards that this administrator's own rights don't show become members
        # Others become members as soon as they have a customer, or are in use again.
        cards = (
            self
            .env["loyalty.card"]
            .sudo()
            .search([
                ("program_id", "in", self.ids),
                ("partner_id", "!=", False),
                ("is_member", "=", False),
            ])
        )
        self.env["loyalty.member"].sudo()._adopt_cards(cards)

    @api.depends("program_type")
    def _compute_from_program_type(self):
        # The defaults of the type would bring back the rules that a membership must not have.
        return super(LoyaltyProgram, self.filtered(lambda program: not program.is_membership))._compute_from_program_type()

    # ------------------------------------------------------------ who

    @api.model
    def _configuration_fields(self):
        own = {name for name, field in self._fields.items() if "loyalty_membership" in field._modules}
        return own | _NATIVE

    @api.model
    def _check_configurator(self):
        if self.env.su or self.env.user.has_group("loyalty_membership.group_admin"):
            return
        raise AccessError(self.env._("Only an administrator of the app Membership may configure membership programs."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_configurator(self):
        if any(program.is_membership for program in self):
            self._check_configurator()

    def unlink(self):
        # Rules first: they hold on to the tiers that they name, which go with the program.
        self.filtered("is_membership").with_context(active_test=False).earning_rule_ids.unlink()
        result = super().unlink()
        self.env.registry.clear_cache()  # of the native rules' products, which go with their program, see loyalty.rule
        return result

    # ------------------------------------------------------------ what

    def _check_fixed(self, vals):
        """Refuse what would change the meaning of points that are booked, or leave members without their program."""
        memberships = self.filtered("is_membership")
        names = [name for name in _FIXED if name in vals]
        changed = memberships.filtered(
            lambda program: any(program._fields[name].convert_to_write(program[name], program) != vals[name] for name in names)
        )
        if changed and (program := changed._with_bookings()):
            raise UserError(
                self.env._(
                    "The program %s has booked points or purchases: its company, type, currency and the precision of its "
                    "points are fixed. Start a new program instead.",
                    program.display_name,
                )
            )
        if "is_membership" in vals and not vals["is_membership"]:
            for program in memberships:
                if program.member_count:
                    raise UserError(
                        self.env._(
                            "The program %(program)s has %(count)s members and can't become an ordinary loyalty "
                            "program. Archive it to end it.",
                            program=program.display_name,
                            count=program.member_count,
                        )
                    )

    def _with_bookings(self):
        """One of these programs that has points or purchases booked, or none."""
        for model in ("loyalty.points.entry", "loyalty.transaction"):
            # sudo: rows that the user may not see count all the same
            if booked := self.env[model].sudo().search([("program_id", "in", self.ids)], limit=1, order="id"):
                return booked.program_id
        return self.browse()

    @api.constrains("is_membership", "program_type", "applies_on", "trigger")
    def _check_membership_type(self):
        for program in self.filtered("is_membership"):
            if any(program[name] != value for name, value in self._membership_values().items() if name != "portal_visible"):
                raise ValidationError(
                    self.env._(
                        "%s can't be a membership: only loyalty cards whose points apply automatically, on current and "
                        "future orders, can.",
                        program.display_name,
                    )
                )

    @api.constrains("is_membership", "rule_ids")
    def _check_no_native_rules(self):
        self.filtered("is_membership").with_context(active_test=False).rule_ids._check_no_membership()
