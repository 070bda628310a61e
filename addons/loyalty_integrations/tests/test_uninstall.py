"""What the addon leaves when it goes; its tables and records are taken along by Odoo itself."""

from odoo.tests import tagged

from ..hooks import uninstall_hook
from .common import EchoCase


@tagged("post_install", "-at_install")
class TestUninstall(EchoCase):
    def test_settings_and_saved_searches_go_along_and_those_of_others_stay(self):
        parameters, filters = self.env["ir.config_parameter"], self.env["ir.filters"]
        parameters.set_param("loyalty_integrations.keep_days", "40")
        parameters.set_param("loyalty_membership.anything", "1")
        own, other = filters.create([{"name": "Mine", "model_id": model} for model in ("loyalty.outbox", "loyalty.member")])
        uninstall_hook(self.env)
        self.assertFalse(parameters.get_param("loyalty_integrations.keep_days"))
        self.assertEqual(parameters.get_param("loyalty_membership.anything"), "1")
        self.assertEqual((own | other).exists(), other)
