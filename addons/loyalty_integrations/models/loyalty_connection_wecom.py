from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..adapters import wecom
from ..domain.envelope import Refused, aes_key
from .secret import Secret


class LoyaltyConnectionWecom(models.Model):
    """企业微信: settings of its connections."""

    _inherit = "loyalty.connection"

    system = fields.Selection(selection_add=[("wecom", "WeCom")], ondelete={"wecom": "cascade"})
    wecom_api_url = fields.Char(
        "WeCom Address", default=wecom.API_URL, help="Another one where WeCom is reached through a gateway of your own."
    )
    wecom_corp_id = fields.Char("Corp ID", help="WeCom console, My Company, Company Information, at the end: ww...")
    wecom_agent_id = fields.Char("Agent ID", help="Of the app that was made for this: App Management, the app, AgentId.")
    wecom_secret = Secret("App Secret", help="Of the same app. It is shown in the WeCom app of whoever asks for it.")
    wecom_callback_token = Secret("Callback Token", help="As it was made where the app receives messages.")
    wecom_callback_aes_key = Secret("EncodingAESKey", help="As it was made where the app receives messages: 43 characters.")
    wecom_tag_group = fields.Char(
        "Tag Group", default="会员等级",
        help="Contacts get the member's tier and tags as company tags of this group. It is made where it doesn't exist; tags "
             "of other groups are never touched.",
    )  # fmt: skip
    wecom_member_link = fields.Selection(
        [("mobile", "Mobile in the staff's remark"), ("unionid", "UnionID"), ("state", "State of the contact-me code")],
        "Contacts Are Known By", default="mobile",
        help="Mobile: the number that staff noted in the contact's remark is the member's phone.\n"
             "UnionID: the member has it as an external ID of the source \"unionid\".\n"
             "State: the contact-me code that the customer scanned carries the member number.",
    )  # fmt: skip
    wecom_staff = fields.Char(
        "Default Staff Member", help="User ID of whoever writes to contacts when a message names nobody, e.g. zhangsan."
    )
    wecom_callback_url = fields.Char(
        "Callback Address", compute="_compute_wecom_callback_url", groups="base.group_system",
        help="Enter it in the WeCom console where the app receives messages, and where customer contact events are received.",
    )  # fmt: skip

    def _compute_wecom_callback_url(self):
        for connection in self:
            address = f"{connection.get_base_url()}/loyalty/callback/wecom/{connection.callback_key}"
            connection.wecom_callback_url = connection.system == "wecom" and connection.callback_key and address

    callback_refused_at = fields.Datetime(
        "Last Refused Callback", compute="_compute_callback_refused", groups="base.group_system"
    )
    callback_refused = fields.Char("Refused Because", compute="_compute_callback_refused", groups="base.group_system")

    @api.constrains("wecom_callback_aes_key")
    def _check_wecom_callback_aes_key(self):
        for connection in self:
            key = connection._secret("wecom_callback_aes_key")
            try:
                if key:
                    aes_key(key)
            except Refused as error:
                raise ValidationError(self.env._(
                    "The EncodingAESKey has 43 letters and digits: copy it from the WeCom console as it is."
                )) from error  # fmt: skip

    @api.depends("meter_ids.refused_at", "meter_ids.refused_code")
    def _compute_callback_refused(self):
        reasons = {
            "settings": self.env._("Corp ID, Callback Token or EncodingAESKey is missing here."),
            "signature": self.env._("Its signature is wrong: the Callback Token here is not the one in the WeCom console."),
            "stale": self.env._("It was sent more than five minutes ago or hence: check the server's clock."),
            "sealed": self.env._("It can't be decrypted: the EncodingAESKey here is not the one in the WeCom console."),
            "receive_id": self.env._("It is for another company: check the Corp ID."),
            "body": self.env._("It is no message of WeCom."),
        }
        for connection in self:
            meter = connection._meter()
            connection.callback_refused_at = meter.refused_at
            connection.callback_refused = reasons.get(meter.refused_code)

    def _note_refused_callback(self, code):
        """Keep why a callback was refused; the same at most once a minute.

        :param code: of ``domain.envelope.Refused``
        """
        meter, now = self._meter(), fields.Datetime.now()
        if meter.refused_code != code or meter.refused_at < fields.Datetime.subtract(now, minutes=1):
            meter.write({"refused_at": now, "refused_code": code})
