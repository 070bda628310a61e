from odoo.addons.loyalty_membership.tests.translations import TranslationsHold
from odoo.tests import TransactionCase, tagged

NEUTRAL = {
    "ID": "as in all of Odoo",
    "id": "a field's name that Odoo's exporter takes for a term; never shown",
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
