from odoo.addons.loyalty_membership.tests.translations import TranslationsHold
from odoo.tests import TransactionCase, tagged

#: What a field may look like, and other people's own words.
EXAMPLES = (
    "-----BEGIN CERTIFICATE-----", "100", "1000002", "300001", "6290000000abcd", "915959", "https://",
    "https://erp.example.com/K3Cloud/", "https://shop.example.com/webhooks", "loyalty@example.com", "pointsLine__c",
    "vipMember__c", "whsec_…", "ww0123456789abcdef", "zhangsan",
)  # fmt: skip
NAMES = ("EncodingAESKey", "SHA-1", "SHA-256", "UnionID")
NEUTRAL = {
    "ID": "as in all of Odoo",
    "https://": "how a link begins",
    **dict.fromkeys(EXAMPLES, "an example"),
    **dict.fromkeys(NAMES, "the other system's or the world's own name of it"),
}
WORDS = {
    "Connection": "连接",
    "Outbox": "待发队列",
    "Inbox": "接收箱",
    "Conflict": "冲突",
    "Binding": "绑定",
}


@tagged("post_install", "-at_install")
class TestIntegrationsTranslations(TranslationsHold, TransactionCase):
    addon = "loyalty_integrations"
    neutral = NEUTRAL
    words = WORDS
