"""A connection to a Kingdee of our own, as the form makes it."""

from odoo.addons.loyalty_membership.tests.common import LoyaltyCase

from .common_sending import Sending
from .fakes.kingdee import Kingdee


class KingdeeConnectionCase(LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(Kingdee())
        self.enterContext(self.enter_registry_test_mode())
        self.env.cr.precommit.clear()
        self.registry.clear_cache()
        self.connection = self.connect()

    def connect(self, **values):
        given = {f"kingdee_{name}": getattr(self.fake, name) for name in Kingdee.options}
        return self.env["loyalty.connection"].create({
            "name": "Kingdee", "system": "kingdee", "program_id": self.program.id, "allow_private": True, "rate_calls": 1000,
            "kingdee_base_url": self.fake.base_url, "kingdee_org_number": "100", **given, **values,
        })  # fmt: skip


class KingdeeFlowsCase(Sending, KingdeeConnectionCase):
    def setUp(self):
        super().setUp()
        self.connection.write({
            "push_member": True, "push_redemption": True, "pull_purchases": True, "kingdee_stock_number": "CK001",
        })  # fmt: skip
        self.connection.action_activate()
        self.member.partner_id.street = "南京路 1 号"
