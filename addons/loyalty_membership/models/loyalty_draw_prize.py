from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..domain import draw as lots
from ..domain.points import to_decimal

KINDS = [("thanks", "Thank you"), ("points", "Points"), ("coupon", "Coupon"), ("item", "Catalogue")]
#: What tells one prize from another; nobody makes another one of a prize that was won.
WHAT_IT_IS = ("draw_id", "kind", "points", "coupon_program_id", "item_id")


class LoyaltyDrawPrize(models.Model):
    """What can be won in a draw, by what odds, and how often."""

    _name = "loyalty.draw.prize"
    _description = "Prize"
    _inherit = ["image.mixin"]
    _order = "draw_id, sequence, id"
    _check_company_auto = True

    draw_id = fields.Many2one("loyalty.draw", required=True, index=True, ondelete="cascade")
    program_id = fields.Many2one(related="draw_id.program_id")
    company_id = fields.Many2one(related="draw_id.company_id", store=True)
    mode = fields.Selection(related="draw_id.mode")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(required=True, translate=True, help="What the winner reads.")
    kind = fields.Selection(
        KINDS,
        required=True, default="points",
        help="Thank you: nothing. Each draw has one such prize, which takes the odds that no other prize takes. "
        "Catalogue: a gift, or anything else that points buy.",
    )  # fmt: skip
    points = fields.Float("Points Won", digits=(16, 2))
    coupon_program_id = fields.Many2one(
        "loyalty.program", string="Coupon", ondelete="restrict", index="btree_not_null", check_company=True,
        domain=[("program_type", "in", ("coupons", "next_order_coupons"))],
        help="The coupon program whose coupon the winner gets.",
    )  # fmt: skip
    valid_days = fields.Integer("Valid For (Days)", help="The coupon ends this many days after it was won. 0: it does not end.")
    item_id = fields.Many2one(
        "loyalty.catalog.item", "Catalogue Item", ondelete="restrict", index="btree_not_null",
        domain="[('program_id', '=', program_id)]",
        help="A gift, a voucher or whatever the catalogue has. The winner gets a redemption that costs nothing. The item's own "
        "stock counts, too.",
    )  # fmt: skip
    percent = fields.Float(digits=(16, 4), help="The odds of this prize, to four decimals.")
    weight = fields.Integer(help="The odds of this prize: its share of the sum of all weights.")
    share = fields.Float("Odds %", compute="_compute_share", digits=(16, 4), help="The stated odds of this prize.")
    quantity = fields.Integer("Stock", help="How often it can be won in all. 0: without end.")
    daily_limit = fields.Integer("A Day", help="How often it can be won on one day of the program's time zone. 0: no limit.")
    member_limit = fields.Integer("A Member", help="How often one member can win it. 0: no limit.")
    given = fields.Integer("Won So Far", compute="_compute_given")
    left = fields.Integer(compute="_compute_given", help="What is left of the stock; -1: without end.")

    _odds_positive = models.Constraint("CHECK (percent >= 0 AND weight >= 0)", "Odds can't be negative.")
    _limits_positive = models.Constraint(
        "CHECK (quantity >= 0 AND daily_limit >= 0 AND member_limit >= 0 AND valid_days >= 0)",
        "Stock and limits can't be negative; 0 means none.",
    )
    _points_needed = models.Constraint("CHECK (kind != 'points' OR points > 0)", "Tell how many points this prize brings.")
    _coupon_needed = models.Constraint(
        "CHECK (kind != 'coupon' OR coupon_program_id IS NOT NULL)", "Choose the coupon that this prize gives."
    )
    _item_needed = models.Constraint(
        "CHECK (kind != 'item' OR item_id IS NOT NULL)", "Choose the item of the catalogue that this prize gives."
    )
    _thanks_unlimited = models.Constraint(
        "CHECK (kind != 'thanks' OR quantity = 0 AND daily_limit = 0 AND member_limit = 0)",
        "The thank-you prize has neither stock nor limits: it takes whatever no other prize takes.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("mode", "kind", "percent", "weight", "active", "draw_id.prize_ids.percent", "draw_id.prize_ids.weight",
                 "draw_id.prize_ids.kind", "draw_id.prize_ids.active")  # fmt: skip
    def _compute_share(self):
        for prize in self:
            others = prize.draw_id.prize_ids.filtered("active") - prize
            if not prize.active:
                prize.share = 0
            elif prize.mode == "weights":
                total = sum(others.mapped("weight")) + prize.weight
                prize.share = 100 * prize.weight / total if total else 0
            elif prize.kind == "thanks":
                prize.share = max(100 - sum(others.filtered(lambda other: other.kind != "thanks").mapped("percent")), 0)
            else:
                prize.share = prize.percent

    @api.depends("quantity")
    def _compute_given(self):
        # sudo: a number tells nothing about a member
        results = self.env["loyalty.draw.result"].sudo()
        counts = dict(results._read_group([("prize_id", "in", self.ids)], ["prize_id"], ["__count"]))
        for prize in self:
            prize.given = counts.get(prize._origin, 0)
            prize.left = max(prize.quantity - prize.given, 0) if prize.quantity else -1

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind == "thanks":
            self.percent = self.quantity = self.daily_limit = self.member_limit = 0
            self.name = self.name or self.env._("Thank you for taking part")

    def _key(self):
        """The id; of a line that is not saved yet, something that is none."""
        return self.id if isinstance(self.id, int) else hash(self.id)

    # ------------------------------------------------------------------
    # Constraints and CRUD
    # ------------------------------------------------------------------

    @api.constrains("coupon_program_id")
    def _check_coupon_program(self):
        for prize in self.filtered("coupon_program_id"):
            if prize.coupon_program_id.program_type not in ("coupons", "next_order_coupons"):
                raise ValidationError(self.env._("%s is not a coupon program.", prize.coupon_program_id.display_name))

    @api.constrains("item_id")
    def _check_item(self):
        for prize in self.filtered("item_id"):
            if prize.item_id.program_id != prize.program_id:
                raise ValidationError(self.env._("%s is in the catalogue of another program.", prize.item_id.name))

    @api.constrains("points", "kind", "draw_id")
    def _check_steps(self):
        for prize in self.filtered(lambda prize: prize.kind == "points"):
            prize.program_id._check_in_steps(prize.name, prize.points)

    @api.constrains("percent")
    def _check_percent(self):
        for prize in self:
            lots.percent_units(to_decimal(round(prize.percent, 4)))
            if prize.percent > 100:
                raise ValidationError(self.env._("%s: no odds are above 100 %%.", prize.name))

    @api.model_create_multi
    def create(self, vals_list):
        prizes = super().create(vals_list)
        prizes.draw_id._bar_drawing()
        prizes.draw_id._note_odds()
        return prizes

    def write(self, vals):
        self.draw_id._bar_drawing()
        facts = [name for name in WHAT_IT_IS if name in vals]
        for prize in self.filtered("given"):
            if any(prize._fields[name].convert_to_write(prize[name], prize) != vals[name] for name in facts):
                raise UserError(self.env._("%s was won already: archive it and add another prize.", prize.name))
        result = super().write(vals)
        self.draw_id._note_odds()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_stated(self):
        """A prize that was won, or could be, is named by what members were told."""
        for prize in self:
            if prize.given or prize.draw_id.version_ids:
                raise UserError(self.env._("%s was in a draw that members could take part in: archive it instead.", prize.name))

    # ------------------------------------------------------------------
    # Limits
    # ------------------------------------------------------------------

    def _gone(self, member, day):
        """Ids of those of these prizes that this member can't win on this day."""
        self.flush_recordset()
        rows = self.env.execute_query(SQL(
            """
            SELECT p.id, p.quantity, p.daily_limit, p.member_limit,
                   CASE WHEN p.quantity > 0 THEN (SELECT COUNT(*) FROM loyalty_draw_result r WHERE r.prize_id = p.id) END,
                   CASE WHEN p.daily_limit > 0 THEN (
                        SELECT COUNT(*) FROM loyalty_draw_result r WHERE r.prize_id = p.id AND r.day = %(day)s) END,
                   CASE WHEN p.member_limit > 0 THEN (
                        SELECT COUNT(*) FROM loyalty_draw_result r WHERE r.prize_id = p.id AND r.member_id = %(member)s) END
              FROM loyalty_draw_prize p WHERE p.id IN %(ids)s
            """,
            day=day, member=member.id, ids=self._ids or (0,),
        ))  # fmt: skip
        used = {row[0]: zip(row[1:4], (number or 0 for number in row[4:]), strict=True) for row in rows}
        gone = {prize for prize, limits in used.items() if lots.left(limits) == 0}
        return gone | set(self.filtered("item_id")._sold_out(member).ids)

    def _sold_out(self, member):
        """Those of these prizes whose item is not to be had any more, where the member gets it."""
        left = self.item_id._left(self.env.user.sale_team_id or member.team_id)
        return self.filtered(lambda prize: not prize.item_id.active or left[prize.item_id] == 0)
