from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyRedemptionScan(models.TransientModel):
    """The counter where members pick up: scan or type the code, see what it is, hand it over."""

    _name = "loyalty.redemption.scan"
    _description = "Hand Over By Code"

    code = fields.Char("Pick-up Code")
    redemption_id = fields.Many2one("loyalty.redemption", compute="_compute_redemption_id")
    problem = fields.Char(compute="_compute_redemption_id")
    member_id = fields.Many2one(related="redemption_id.member_id")
    item_id = fields.Many2one(related="redemption_id.item_id")
    image_128 = fields.Image(related="redemption_id.image_128")
    quantity = fields.Integer(related="redemption_id.quantity")
    state = fields.Selection(related="redemption_id.state")
    order_currency_id = fields.Many2one(related="redemption_id.order_currency_id")
    money_due = fields.Monetary(related="redemption_id.money_due", currency_field="order_currency_id")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_redemption_id(self):
        for scan in self:
            code = (scan.code or "").strip()
            redemption = self.env["loyalty.redemption"]
            # As the user: whoever may not see a redemption finds none.
            scan.redemption_id = code and redemption.search(["|", ("code", "=", code), ("name", "=", code.upper())], limit=1)
            scan.problem = scan._problem(code)

    def _problem(self, code):
        if code and not self.redemption_id:
            return self.env._("Nothing waits under %s. Check the code, and whether it is for another store.", code)
        if self.redemption_id and self.redemption_id.state != "approved":
            states = dict(self.redemption_id._fields["state"]._description_selection(self.env))
            return self.env._("It is %s: there is nothing to hand over.", states[self.redemption_id.state].lower())
        return False

    def action_hand_over(self):
        """Hand over, and be ready for the next code."""
        return self._hand_over()

    def action_collect_and_hand_over(self):
        """As ``action_hand_over``, of what the member pays the rest of now."""
        return self._hand_over(collect=True)

    def _hand_over(self, collect=False):
        self.ensure_one()
        if not self.redemption_id or self.problem:
            raise UserError(self.problem or self.env._("Scan or type a code first."))
        redemption = self.redemption_id
        redemption.action_collect_and_hand_over() if collect else redemption.action_hand_over()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_redemption_scan")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("%s was handed over.", redemption.display_name), "next": action},
        }

    def action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.redemption",
            "view_mode": "form",
            "res_id": self.redemption_id.id,
        }
