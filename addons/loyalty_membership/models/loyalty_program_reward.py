from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Command


class LoyaltyProgram(models.Model):
    """Points as money: the one native reward that a membership program always has.

    The reward is the truth and ``point_value`` shows it, so whoever edits either edits both. A program whose points are
    not money keeps the reward archived.
    """

    _inherit = "loyalty.program"

    _DEFAULT_POINT_VALUE = 0.01

    def _point_reward(self):
        """Return the reward that pays for orders with points, archived or not."""
        self.ensure_one()
        rewards = self.with_context(active_test=False).reward_ids.filtered(
            lambda reward: (
                reward.reward_type == "discount"
                and reward.discount_mode == "per_point"
                and reward.discount_applicability == "order"
            )
        )
        return rewards.sorted("active", reverse=True)[:1]

    @api.depends(
        "is_membership",
        "reward_ids.active",
        "reward_ids.discount",
        "reward_ids.discount_applicability",
        "reward_ids.discount_mode",
        "reward_ids.reward_type",
    )
    def _compute_point_value(self):
        for program in self:
            reward = program.is_membership and program._point_reward()
            program.point_value = reward.discount if reward and reward.active else 0.0

    def _inverse_point_value(self):
        for program in self.filtered("is_membership"):
            reward, value = program._point_reward(), program.point_value
            self._check_point_value(value)
            if not reward:
                program.reward_ids = [Command.create(self._point_reward_values(value, program.points_precision))]
                program._translate_point_reward()
            elif value > 0:
                # With its own name, or Odoo would name it anew after the changed discount.
                reward.write({"discount": value, "active": True, "description": reward.description})
            elif reward.active:
                reward.active = False

    @api.model
    def _point_reward_values(self, value, precision):
        self._check_point_value(value)
        return {
            "reward_type": "discount",
            "discount_mode": "per_point",
            "discount_applicability": "order",
            "discount": value or self._DEFAULT_POINT_VALUE,
            "required_points": float(precision),
            "description": self.env._("Points as money"),
            "active": value > 0,
        }

    @api.model
    def _check_point_value(self, value):
        if value < 0:
            raise ValidationError(self.env._("The value of one point can't be negative; 0 means points are not money."))

    def _translate_point_reward(self):
        """Name the reward, and with it the line on the order, in every language of the database.

        A name that somebody gave stays: only our own is put into another language.
        """
        languages = [self.with_context(lang=code) for code, _name in self.env["res.lang"].get_installed()]
        # English is what everything else falls back on, installed or not.
        everywhere = [*languages, self.with_context(lang="en_US")]
        own_names = {programs.env._("Points as money") for programs in everywhere}
        for programs in languages:
            name = programs.env._("Points as money")
            for program in programs:
                reward = program._point_reward()
                if reward.description != name and reward.description in own_names:
                    reward.description = name

    @api.constrains("reward_ids")
    def _constrains_reward_ids(self):
        # An archived "points as money" is enough: such a program's points are spent elsewhere, e.g. on gifts.
        memberships = self.filtered("is_membership")
        for program in memberships:
            super(LoyaltyProgram, program.with_context(active_test=False))._constrains_reward_ids()
        return super(LoyaltyProgram, self - memberships)._constrains_reward_ids()
