from odoo.addons.point_of_sale.tests.test_frontend import TestPointOfSaleHttpCommon
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestTillScreen(TestPointOfSaleHttpCommon):
    def test_a_member_pays_with_points_and_earns_in_the_browser(self):
        env = self.env(su=True)
        env["loyalty.program"].search([]).active = False
        program = env["loyalty.program"].create({"name": "Club", "is_membership": True, "company_id": env.company.id})
        env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
        customer, stranger = env["res.partner"].create([{"name": "Li Na"}, {"name": "Passer-by"}])
        member = env["loyalty.member"].create({"program_id": program.id, "partner_id": customer.id})
        env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 1000}])
        self.whiteboard_pen.list_price = 8  # and 2 for its attribute
        self.main_pos_config.use_pricelist = False
        self.start_pos_tour("loyalty_membership_pos_spend")
        entries = member.entry_ids.sorted("id").mapped(lambda entry: (entry.kind, entry.points))
        self.assertEqual(entries[1:], [("spend", -1000), ("earn", 20), ("spend", -20), ("earn", 9)])
        self.assertFalse(env["loyalty.card"].search([("partner_id", "=", stranger.id)]))
        self.assertEqual(env["loyalty.ledger.verification"].verify(program.id)["problems"], [])
