from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import UserError, ValidationError

from .secret import Secret


class LoyaltyConnectionKingdee(models.Model):
    """金蝶云星空: settings of its connections, see docs/integrations/kingdee.md."""

    _inherit = "loyalty.connection"

    system = fields.Selection(selection_add=[("kingdee", "Kingdee K3 Cloud")], ondelete={"kingdee": "cascade"})
    kingdee_base_url = fields.Char("Kingdee Address", help="As it is in the browser, up to and with /K3Cloud/.")
    kingdee_sign_in = fields.Selection(
        [("login_by_sign", "Signed sign-in"), ("signed_headers", "Each call signed"), ("app_secret", "Sign-in with the secret")],
        "Sign-in", default="login_by_sign",
        help="Signed sign-in: opens a session; the app secret is never sent.\n"
             "Each call signed: no session at all; for the public cloud, and servers of 2022 and later.\n"
             "Sign-in with the secret: for servers that know neither.",
    )  # fmt: skip
    kingdee_hash = fields.Selection(
        [("sha256", "SHA-256"), ("sha1", "SHA-1")], "Signature", default="sha256",
        help="SHA-1 for servers before patch PT-146911 (8.0.0.202205).",
    )  # fmt: skip
    kingdee_acct_id = fields.Char(
        "Data Centre ID", help="Of the third-party authorisation there: 14 characters, e.g. 6290000000abcd."
    )
    kingdee_user = fields.Char("Integration User", help="It must be allowed to call the WebAPI, see the integrator's guide.")
    kingdee_app_id = fields.Char("App ID", help="Of the third-party authorisation there: e.g. 123456_ and 32 characters.")
    kingdee_app_secret = Secret("Kingdee App Secret")
    kingdee_lcid = fields.Selection(
        [("2052", "Chinese (simplified)"), ("1033", "English"), ("3076", "Chinese (traditional)")], "Language There",
        default="2052", help="Of names and messages.",
    )  # fmt: skip
    kingdee_tz = fields.Selection(_tz_get, "Time Zone There", default="Asia/Shanghai", help="What the clock of the server shows.")
    kingdee_org_number = fields.Char(
        "Organisation", help="Number of the organisation that customers and outbound orders belong to, e.g. 100."
    )
    kingdee_prefix = fields.Char(
        "Our Numbers Begin With", default="LOY-", help="Customers and outbound orders that are made from here are known by it. "
        "Each connection to the same data centre needs one of its own.",
    )  # fmt: skip

    kingdee_customer_group = fields.Char("Customer Group", help="Number of the group that new customers are put into.")
    kingdee_member_audit = fields.Boolean("Audit New Customers", default=True, help="Otherwise people audit them there.")

    kingdee_earn_on = fields.Selection(
        [("order", "Audited sales orders"), ("outbound", "Audited outbound orders")], "Points Are Earned By", default="order",
        help="One of the two, for the same goods would count twice. Audited returns are refunds.",
    )  # fmt: skip
    kingdee_all_customers = fields.Boolean(
        "Customers from Elsewhere, Too", help="Also fetch documents of customers that were not made from here."
    )
    kingdee_page_size = fields.Integer(
        "Rows per Page", default=1000, help="Not more than the server gives: 2000 unless it was set."
    )

    kingdee_redemption_until = fields.Selection(
        [("save", "Save only"), ("submit", "Save and submit"), ("audit", "Save, submit and audit")], "Outbound Orders",
        default="audit",
        help="How far an outbound order is taken from here. An audited one has left the stock and counts as delivered.",
    )  # fmt: skip
    kingdee_bill_type = fields.Char("Document Type", default="XSCKD01_SYS", help="Number of the outbound orders' document type.")
    kingdee_stock_number = fields.Char("Warehouse", help="Number of the warehouse that gifts leave, unless the mapping says it.")
    kingdee_currency = fields.Char("Settlement Currency", default="PRE001", help="Its number there: PRE001 is the renminbi.")
    kingdee_gift_customer = fields.Char(
        "Customer of Gifts", help="Number of the customer that all gifts are booked to. Empty: each to the member's own."
    )

    def write(self, vals):
        """What numbers begin with and what earns is fixed: otherwise customers are made, and goods counted, a second time."""
        for connection in self.filtered(lambda connection: connection.system == "kingdee" and connection.state != "draft"):
            for name in ("kingdee_prefix", "kingdee_earn_on"):
                if name in vals and vals[name] != connection[name]:
                    label = self._fields[name]._description_string(self.env)
                    raise UserError(self.env._("%s is fixed once the connection was activated: make another connection.", label))
        return super().write(vals)

    @api.constrains("kingdee_page_size")
    def _check_kingdee_page_size(self):
        if any(connection.system == "kingdee" and not 1 <= connection.kingdee_page_size <= 10000 for connection in self):
            raise ValidationError(self.env._("Rows per page must be 1 to 10000."))

    @api.constrains("kingdee_prefix")
    def _check_kingdee_prefix(self):
        for connection in self.filtered(lambda connection: connection.system == "kingdee"):
            if not 1 <= len(connection.kingdee_prefix or "") <= 10 or not connection.kingdee_prefix.isascii():
                raise ValidationError(self.env._("What our numbers begin with must be 1 to 10 letters, digits or signs."))
