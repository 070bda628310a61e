"""Every screen opens for everybody who may see it, and costs the same however many rows it shows."""

from datetime import date

from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools.safe_eval import safe_eval

from .common import LoyaltyCase

GROUP = "loyalty_membership.group_"
ACTIONS = [
    "action_loyalty_member", "action_points_entry", "action_points_analysis", "action_transaction",
    "action_purchase_analysis", "action_product_analysis", "action_tier_change",
]  # fmt: skip


class ScreenCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.make_user("screen_store", f"{GROUP}store,sales_team.group_sale_salesman_all_leads")
        cls.manager = cls.make_user("screen_manager", f"{GROUP}manager,sales_team.group_sale_salesman_all_leads")
        cls.marketing = cls.make_user("screen_marketing", f"{GROUP}marketing")
        cls.viewer = cls.make_user("screen_viewer", "sales_team.group_sale_salesman_all_leads")

    def spec(self, node, model):
        """What the web client reads for a view: its fields, and those of the lists inside."""
        spec = {}
        for field in node.iterfind(".//field"):
            if any(parent.tag == "field" for parent in field.iterancestors() if parent in node.iterdescendants()):
                continue
            definition = model._fields[field.get("name")]
            spec[definition.name] = {}
            if definition.type == "many2one":
                spec[definition.name] = {"fields": {"display_name": {}}}
            inner = field.find("./list")
            if inner is not None:
                spec[definition.name] = {"fields": self.spec(inner, model.env[definition.comodel_name]), "limit": 40}
        return spec

    def view_of(self, model, kind, user):
        model = model.with_user(user)
        arch = model.get_views([(False, kind)])["views"][kind]["arch"]
        return model, self.spec(etree.fromstring(arch), model)


class TestScreens(ScreenCase):
    def test_members_open_for_store_marketing_and_manager(self):
        self.buy(100)
        for user in (self.store, self.marketing, self.manager):
            for kind in ("list", "kanban", "form"):
                model, spec = self.view_of(self.env["loyalty.member"], kind, user)
                rows = model.web_search_read([("id", "in", (self.member + self.other).ids)], spec)
                self.assertEqual(rows["length"], 2, f"{kind} as {user.login}")

    def test_every_action_shows_its_views(self):
        self.make_tiers(0)
        self.refund(self.buy(100))
        for name in ACTIONS:
            action = self.env.ref(f"loyalty_membership.{name}")
            for kind in action.view_mode.split(","):
                if kind in ("list", "kanban", "form"):
                    model, spec = self.view_of(self.env[action.res_model], kind, self.store)
                    self.assertTrue(model.web_search_read([], spec, limit=80)["records"], f"{name} {kind}")

    def test_filters_find_without_an_error(self):
        for name in ACTIONS:
            model = self.env[self.env.ref(f"loyalty_membership.{name}").res_model].with_user(self.manager)
            arch = etree.fromstring(model.get_views([(False, "search")])["views"]["search"]["arch"])
            for node in arch.iterfind(".//filter[@domain]"):
                self.assertLessEqual(len(model.search(safe_eval(node.get("domain"), {"uid": self.manager.id}), limit=1)), 1)
            for node in arch.iterfind(".//field[@filter_domain]"):
                found = model.search(safe_eval(node.get("filter_domain"), {"self": "nobody is called so"}), limit=1)
                self.assertFalse(found, f"{name} {node.get('name')}")

    def test_analyses_open_with_this_month_and_the_last(self):
        """Years of a million members take seconds to add up; and a default that names no filter would be ignored silently."""
        for name in ("action_points_analysis", "action_purchase_analysis", "action_product_analysis"):
            action = self.env.ref(f"loyalty_membership.{name}")
            defaults = [key.removeprefix("search_default_") for key in safe_eval(action.context)]
            arch = etree.fromstring(self.env[action.res_model].get_views([(False, "search")])["views"]["search"]["arch"])
            filters = {node.get("name"): node for node in arch.iterfind(".//filter")}
            self.assertLessEqual({*defaults}, {*filters}, name)
            self.assertIn("date", defaults)
            self.assertEqual(filters["date"].get("default_period"), "month,month-1")

    def test_seller_opens_customers_and_orders(self):
        self.buy(100)
        stranger = self.env["res.partner"].create({"name": "Nobody's member"})
        for partner, points in ((self.member.partner_id, 100), (stranger, 0)):
            model, spec = self.view_of(self.env["res.partner"], "form", self.viewer)
            [row] = model.browse(partner.id).web_read(spec)
            self.assertEqual((row["loyalty_points"], row["loyalty_is_member"]), (points, bool(points)))
            self.assertFalse(row["loyalty_can_enroll"])
            self.assertFalse(row["loyalty_member_count"], "a seller has no button to the member")
            order = (
                self
                .env["sale.order"]
                .with_user(self.viewer)
                .create({
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": self.product.id})],
                })
            )
            model, spec = self.view_of(self.env["sale.order"], "form", self.viewer)
            [row] = model.browse(order.id).web_read(spec)
            self.assertEqual(bool(row["loyalty_member_code"]), bool(points))
            self.assertEqual(row["loyalty_points"], points)
            self.assertEqual(bool(row["loyalty_explanation"]), bool(points))

    def test_lists_cost_the_same_for_two_rows_and_for_twenty(self):
        members = self.member | self.other
        for number in range(18):
            members |= self.make_member(f"Member {number}", phone=f"1380013{8100 + number}")
        for member in members:
            self.buy(100, member)
        for model, link in (
            ("loyalty.member", "id"),
            ("loyalty.points.entry", "member_id"),
            ("loyalty.transaction", "member_id"),
        ):
            for kind in ("list", "kanban"):
                screen, spec = self.view_of(self.env[model], kind, self.manager)
                costs = [self.cost(screen, spec, [(link, "in", some.ids)]) for some in (members, members[:2], members)]
                self.assertEqual(costs[1], costs[2], f"{model} {kind}")

    def cost(self, screen, spec, domain):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        screen.web_search_read(domain, spec, limit=80)
        return self.cr.sql_log_count - before


class TestMemberScreen(ScreenCase):
    def test_store_staff_enrol_a_customer_into_their_store(self):
        store = self.env["crm.team"].create({"name": "Store", "member_ids": [Command.link(self.store.id)]})
        partner = self.env["res.partner"].create({"name": "Zhao Min"})
        self.make_tiers(0, 2000)
        members = self.env["loyalty.member"].with_user(self.store).with_context(loyalty_own_store=True)
        with Form(members) as form:
            form.program_id = self.program
            form.partner_id = partner
            form.phone = "138 0013 8055"
        member = form.record
        self.assertEqual((member.team_id, partner.phone, member.tier_id.name), (store, "138 0013 8055", "Tier 0"))
        self.assertRegex(member.code, r"^044\d{13}$")

    def test_a_member_is_not_enrolled_twice_by_mistake(self):
        draft = self.env["loyalty.member"].new({"program_id": self.program.id, "phone": "+86 138-0013-8000"})
        self.assertIn("Li Na", draft._onchange_known()["warning"]["message"])
        draft = self.env["loyalty.member"].new({"program_id": self.program.id, "phone": "13800138077"})
        self.assertFalse(draft._onchange_known())

    def test_store_staff_read_the_tier_and_managers_set_it(self):
        tiers = self.make_tiers(0, 2000)
        with Form(self.member.with_user(self.store)) as form, self.assertRaises(AssertionError):
            form.tier_id = tiers[1]
        with Form(self.member.with_user(self.manager)) as form:
            form.tier_id = tiers[1]
        self.assertEqual(self.member.tier_id, tiers[1])

    def test_marketing_recognises_a_phone_but_cannot_call_it(self):
        self.assertEqual(self.member.with_user(self.marketing).phone, "138****8000")
        self.assertEqual(self.member.with_user(self.store).phone, "13800138000")

    def test_staff_find_a_member_by_number_phone_end_of_phone_or_name(self):
        self.env.company.country_id = self.env.ref("base.us")
        for user in (self.store, self.marketing):
            members = self.env["loyalty.member"].with_user(user)
            for text in (self.member.code, "138 0013 8000", "+86 13800138000", "8000", "Li Na"):
                found = members.search([("display_name", "ilike", text), ("program_id", "=", self.program.id)])
                self.assertEqual(found, self.member, f"{text} as {user.login}")

    def test_birthday_this_month(self):
        self.member.birthdate = fields.Date.context_today(self.member).replace(year=1990, day=1)
        self.other.birthdate = date(1990, self.member.birthdate.month % 12 + 1, 1)
        found = self.env["loyalty.member"].search([
            ("birthday_this_month", "=", True),
            ("program_id", "=", self.program.id),
        ])
        self.assertEqual(found, self.member)
        self.assertEqual((self.member + self.other).mapped("birthday_this_month"), [True, False])

    def test_the_ledger_shows_a_running_balance(self):
        for amount in (100, 50):
            self.buy(amount)
        self.buy(30, self.other)
        self.Entry._post([{"member_id": self.member.id, "kind": "spend", "points": -60}])
        entries = self.Entry.search([("program_id", "=", self.program.id)], order="id")
        self.assertEqual(entries.mapped("balance"), [100, 150, 30, 90])

    def test_a_purchase_shows_its_refunds(self):
        purchase = self.buy(100)
        self.assertFalse(purchase.refund_ids)
        refund = self.refund(purchase)
        purchase.invalidate_recordset()
        self.assertEqual(purchase.refund_ids, refund)


class TestCustomerScreen(ScreenCase):
    def test_store_staff_make_a_customer_a_member(self):
        self.env["loyalty.program"].search([("is_membership", "=", True), ("id", "!=", self.program.id)]).active = False
        partner = self.env["res.partner"].create({"name": "Zhou Yi", "phone": "13800138066"})
        customer = partner.with_user(self.store)
        self.assertTrue(customer.loyalty_can_enroll)
        action = customer.action_enroll_as_member()
        member = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((member.partner_id, member.program_id), (partner, self.program))
        customer.invalidate_recordset()
        self.assertFalse(customer.loyalty_can_enroll)
        self.assertEqual(customer.loyalty_member_count, 1)

    def test_a_seller_cannot_make_members(self):
        with self.assertRaises(AccessError):
            self.env["res.partner"].create({"name": "Zhou Yi"}).with_user(self.viewer).action_enroll_as_member()

    def test_a_member_of_another_store_is_shown_but_not_opened(self):
        self.member.team_id = self.env["crm.team"].create({"name": "Another store"})
        self.buy(100)
        customer = self.member.partner_id.with_user(self.store)
        self.assertEqual((customer.loyalty_points, customer.loyalty_member_count), (100, 0))
        self.assertFalse(customer.loyalty_can_enroll)


@tagged("post_install", "-at_install")
class TestInBrowser(ScreenCase, HttpCase):
    def test_a_shop_manager_finds_reads_and_freezes_a_member(self):
        self.make_tiers(0, 2000)
        self.buy(1250, self.other)
        self.start_tour("/odoo/members", "loyalty_shop", login=self.manager.login)
        self.assertEqual(self.other.state, "active")

    def test_screens_open_without_a_console_error(self):
        self.buy(1250)
        order = self.env["sale.order"].create({
            "partner_id": self.member.partner_id.id,
            "order_line": [Command.create({"product_id": self.product.id})],
        })
        member, partner = f"/odoo/members/{self.member.id}", f"/odoo/m-res.partner/{self.member.partner_id.id}"
        for user, paths in {
            self.viewer: (partner, f"/odoo/sales/{order.id}"),
            self.store: (member, "/odoo/points-entries"),
            self.marketing: (member, "/odoo/points-analysis"),
        }.items():
            for path in paths:
                with self.subTest(user=user.login, path=path):
                    self.browser_js(
                        path, "console.log('test successful')",
                        "odoo.isReady && !!document.querySelector('.o_form_view .o_field_widget, .o_data_row, .o_pivot td')",
                        login=user.login,
                    )  # fmt: skip
