from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.loyalty_member_statement import DEFAULT_PERIOD, MOST_PRINTED, MOST_STATEMENTS


class LoyaltyMemberStatement(models.TransientModel):
    """Of which time a statement is wanted, and as what."""

    _name = "loyalty.member.statement"
    _inherit = "loyalty.members.chosen"
    _description = "Points Statement"

    member_ids = fields.Many2many("loyalty.member", required=True, context={"active_test": False})
    period = fields.Selection(lambda self: self.env["loyalty.member"]._statement_periods(), required=True, default=DEFAULT_PERIOD)
    first = fields.Date("Begin", help="Empty: from the first movement on.")
    last = fields.Date("End", help="Empty: up to today.")
    can_send = fields.Boolean(compute="_compute_can_send")

    @api.depends_context("uid")
    def _compute_can_send(self):
        """A mail goes to the customer, whom marketing doesn't read."""
        self.can_send = self.env.user.has_group("loyalty_membership.group_store")

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_print(self):
        self._check(MOST_PRINTED)
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
            raise UserError(self.env._("This server can't print PDF: wkhtmltopdf is missing. Take the Excel file instead."))
        return self._open("statement.pdf")

    def action_workbook(self):
        self._check()
        return self._open("statement.xlsx")

    def action_send(self):
        """Open Odoo's own composer, with the statement attached; nothing is sent before somebody says so."""
        self._check()
        if not self.can_send:
            raise AccessError(self.env._("Only store staff and managers write to members."))
        members = self.member_ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Statement"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "comment" if len(members) == 1 else "mass_mail",
                "default_model": "loyalty.member",
                "default_res_ids": members.ids,
                "default_template_id": self.env.ref("loyalty_membership.mail_template_statement").id,
                "default_email_layout_xmlid": "mail.mail_notification_light",
                "force_email": True,
                "loyalty_statement": self._asked(),
            },
        }

    def _check(self, most=MOST_STATEMENTS):
        """Say here what is wrong, not on a page of its own."""
        self.ensure_one()
        self.member_ids._check_papers(most)
        for program in self.member_ids.program_id:
            self.member_ids._statement_days(self.period, program._today(), self.first, self.last)

    def _asked(self):
        days = {"first": self.first, "last": self.last} if self.period == "own" else {}
        return {"period": self.period, **{name: day.isoformat() for name, day in days.items() if day}}

    def _open(self, name):
        ids = ",".join(map(str, self.member_ids.ids))
        url = f"/loyalty_membership/members/{ids}/{name}?{urlencode(self._asked())}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new", "close": True}
