from odoo.addons.loyalty_membership.tests.test_demo import DemoCase, MenusOpen, demo_steps
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestIntegrationsDemo(MenusOpen, DemoCase):
    addon = "loyalty_integrations"
    empty = frozenset()
    rights = f"{DemoCase.rights},base.group_system"

    def of_demo(self, model):
        return self.env[model].search([("connection_id.program_id", "=", self.club.id)])

    def test_there_is_a_connection_of_each_system_and_none_would_call_anybody(self):
        connections = self.env["loyalty.connection"].search([("program_id", "=", self.club.id)])
        systems = {value for value, _label in connections._fields["system"].selection}
        self.assertEqual({*connections.mapped("system")}, systems)
        calling = connections.filtered(lambda connection: connection.state == "active" and connection.system != "till")
        self.assertFalse(calling)

    def test_tickets_are_in_every_state_that_a_manager_meets(self):
        self.assertLessEqual({"done", "parked", "dead"}, {*self.of_demo("loyalty.inbox").mapped("state")})

    def test_loading_it_again_changes_nothing(self):
        models = ("loyalty.outbox", "loyalty.inbox", "loyalty.binding", "loyalty.sync.conflict", "loyalty.sync.run")
        before = [len(self.of_demo(model)) for model in models]
        for step in demo_steps(self.addon):
            getattr(self.env["loyalty.demo"], step)()
        self.assertEqual([len(self.of_demo(model)) for model in models], before)
