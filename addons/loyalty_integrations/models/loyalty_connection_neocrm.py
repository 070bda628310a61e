from odoo import fields, models
from odoo.addons.base.models.res_partner import _tz_get

from ..adapters import neocrm
from .secret import Secret


class LoyaltyConnectionNeocrm(models.Model):
    """销售易: settings of its connections."""

    _inherit = "loyalty.connection"

    system = fields.Selection(selection_add=[("neocrm", "Neocrm")], ondelete={"neocrm": "cascade"})
    neocrm_token_url = fields.Char(
        "Sign-in Address", default="https://login.xiaoshouyi.com/auc/oauth2/token",
        help="Of your cluster, e.g. https://login-p10.xiaoshouyi.com/auc/oauth2/token; older ones: "
             "https://api.xiaoshouyi.com/oauth2/token.",
    )  # fmt: skip
    neocrm_api_url = fields.Char(
        "Neocrm API Address", default="https://api.xiaoshouyi.com",
        help="Used where the sign-in doesn't name the address of your cluster; if it does, that one is used.",
    )  # fmt: skip
    neocrm_client_id = fields.Char("Client ID", help="Of the connected app (创建连接应用) that was made for this.")
    neocrm_client_secret = Secret("Client Secret", help="Of the same connected app.")
    neocrm_username = fields.Char(
        "Neocrm User", help="A user made for this, who may see and change the records. What it writes is shown as its work."
    )
    neocrm_password = Secret("Neocrm Password", help="Of this user, without the security token.")
    neocrm_security_token = Secret(
        "Security Token",
        help="8 characters that Neocrm mails to the user. Empty if our address is on Neocrm's list of trusted ones.",
    )
    neocrm_redirect_uri = fields.Char("Redirect URI", help="As it stands in the connected app, if Neocrm asks for it.")
    neocrm_member_object = fields.Selection(
        [("account", "Accounts"), ("contact", "Contacts"), ("custom", "A custom object")], "Members Are",
        default="account", help="Which records of Neocrm are the members. Map the fields anew after changing it.",
    )  # fmt: skip
    neocrm_custom_object = fields.Char("Custom Object", help="Its API name, e.g. vipMember__c.")
    neocrm_entity_type = fields.Char(
        "Business Type", help="ID of the business type (业务类型) that new records get. Only records of this type are fetched."
    )
    neocrm_key_field = fields.Char(
        "Member Number Field", default=neocrm.KEY_FIELD,
        help="API name of a text field that you make for this, without duplicates (不允许重复). By it a member is known there: "
             "without it, members would be created again and again.",
    )  # fmt: skip
    neocrm_match_field = fields.Char(
        "Recognise By",
        help="API name of a field, e.g. phone. A record there that has no member number yet, and the same value as the "
             "member, is taken for the member. Empty: a member who isn't known by number is created.",
    )  # fmt: skip
    neocrm_won_field = fields.Char(
        "Won Deals: Field", default="saleStageId", help="API name of the field of an opportunity that tells whether it is won."
    )
    neocrm_won_stage = fields.Char(
        "Won Deals: Values", help="Numbers that mean won, with commas: of saleStageId the IDs of the stages; of winRate 100."
    )
    neocrm_won_link = fields.Char(
        "Won Deals: Customer", default="accountId",
        help="API name of the field of an opportunity that names the customer, of the kind that members are.",
    )  # fmt: skip
    neocrm_points_object = fields.Char(
        "Points: Object", help="API name of the custom object of which each line of points becomes a record, e.g. pointsLine__c."
    )
    neocrm_points_key = fields.Char(
        "Points: Number Field", default=neocrm.POINTS_KEY,
        help="API name of a field of it without duplicates (不允许重复), for the line's number, by which it is known there.",
    )  # fmt: skip
    neocrm_tz = fields.Selection(
        _tz_get, "Neocrm Time Zone", default="Asia/Shanghai", help="Days in Neocrm begin at midnight in this time zone."
    )

    def _missing_settings(self):
        missing = super()._missing_settings()
        if self.system == "neocrm" and self.push_points and not self.neocrm_points_object:
            missing.append(self._fields["neocrm_points_object"]._description_string(self.env))
        return missing
