from lxml import etree
from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .test_screens import GROUP, ScreenCase

#: What the demo club has none of: seals are made in the night, and so few members can't be predicted, as its page says.
EMPTY = {"action_ledger_seal", "action_prediction"}


def demo_steps(addon="loyalty_membership"):
    """The methods that the demo data of this addon call, in their order."""
    root = etree.parse(f"{get_module_path(addon)}/demo/loyalty_demo.xml")
    return [node.get("name") for node in root.iterfind("function")]


class DemoCase(ScreenCase):
    """The demo club as its data make it, and its menus: for this addon and those that add to it."""

    addon = "loyalty_membership"
    empty = EMPTY
    rights = f"{GROUP}admin,sales_team.group_sale_manager,stock.group_stock_user"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([("is_membership", "=", True)]).active = False
        for addon in dict.fromkeys(("loyalty_membership", cls.addon)):
            for step in demo_steps(addon):
                getattr(cls.env["loyalty.demo"], step)()
        cls.club = cls.env["loyalty.program"].search([("name", "=", "Members Club")])
        cls.boss = cls.make_user("demo_boss", cls.rights)

    def of_club(self, model, **values):
        return self.env[model].search([
            ("program_id", "=", self.club.id),
            *((name, "=", value) for name, value in values.items()),
        ])

    def menu_actions(self):
        """The windows behind the menus of this addon in the app that show records."""
        root = self.env.ref("loyalty_membership.menu_root")
        menus = self.env["ir.ui.menu"].search([("id", "child_of", root.id)])
        actions = [menu.action for menu in menus if menu.action and menu.action._name == "ir.actions.act_window"]
        records = [action for action in actions if not self.env[action.res_model]._transient]
        named = [(*action.get_external_id()[action.id].split("."), action) for action in records]
        return [(name, action) for addon, name, action in named if addon == self.addon]


class MenusOpen:
    def test_every_menu_opens_each_of_its_views_with_something_in_it(self):
        for name, action in self.menu_actions():
            model = self.env[action.res_model]
            context = safe_eval(action.context or "{}", {"uid": self.boss.id})
            for kind in action.view_mode.split(","):
                if kind in ("list", "kanban", "form"):
                    screen, spec = self.view_of(model.with_context(**context), kind, self.boss)
                    found = screen.web_search_read(safe_eval(action.domain or "[]"), spec, limit=80)["records"]
                    self.assertTrue(found or name in self.empty, f"{name} {kind}")

    def test_every_filter_and_search_of_every_menu_works(self):
        for name, action in self.menu_actions():
            model = self.env[action.res_model].with_user(self.boss)
            arch = etree.fromstring(model.get_views([(False, "search")])["views"]["search"]["arch"])
            filters = {node.get("name") for node in arch.iterfind(".//filter")} | {
                n.get("name") for n in arch.iterfind(".//field")
            }
            defaults = {key.removeprefix("search_default_") for key in safe_eval(action.context or "{}", {"uid": 1})
                        if key.startswith("search_default_")}  # fmt: skip
            self.assertLessEqual(defaults, filters, f"{name} opens with a filter that there isn't")
            for node in arch.iterfind(".//filter[@domain]"):
                model.search(safe_eval(node.get("domain"), {"uid": self.boss.id}), limit=1)
            for node in arch.iterfind(".//field[@filter_domain]"):
                model.search(safe_eval(node.get("filter_domain"), {"self": "x"}), limit=1)


@tagged("post_install", "-at_install")
class TestDemo(MenusOpen, DemoCase):
    def test_the_club_has_members_tiers_and_a_right_ledger(self):
        self.assertGreater(len(self.of_club("loyalty.points.entry")), 500)
        self.assertGreaterEqual(self.club.member_count, 60)
        self.assertEqual(len(self.club.tier_ids), 4)
        self.assertTrue(self.env["loyalty.ledger.verification"].sudo().verify(self.club.id)["ok"])

    def test_loading_it_again_changes_nothing(self):
        models = ("loyalty.points.entry", "loyalty.catalog.item", "loyalty.draw", "loyalty.redemption", "loyalty.member.import")
        before = [len(self.of_club(model)) for model in models]
        for step in demo_steps():
            getattr(self.env["loyalty.demo"], step)()
        self.assertEqual([len(self.of_club(model)) for model in models], before)

    def test_redemptions_are_in_every_state_that_a_manager_meets(self):
        states = {"to_approve", "approved", "delivering", "done", "rejected", "cancelled"}
        self.assertLessEqual(states, {*self.of_club("loyalty.redemption").mapped("state")})

    def test_points_by_hand_wait_for_a_second_person_and_merges_are_undone(self):
        self.assertLessEqual({"draft", "to_approve", "done"}, {*self.of_club("loyalty.points.adjustment").mapped("state")})
        self.assertEqual(self.of_club("loyalty.member.merge").sorted("id").mapped("state"), ["done", "undone"])

    def test_two_journeys_have_run_and_nothing_waits_to_be_sent(self):
        running = self.of_club("loyalty.journey", state="running")
        self.assertEqual(set(running.mapped("ready_made")), {"tier_up", "dormant_60"})
        silent = running.filtered(lambda journey: journey.ready_made == "dormant_60")
        self.assertLessEqual({"done", "ended", "control"}, set(silent.run_ids.mapped("state")))
        events = running.run_ids.event_ids
        self.assertLessEqual({"done", "no_consent"}, set(events.mapped("outcome")))
        self.assertTrue(events.filtered("opened_at"))
        self.assertTrue(events.card_id.filtered(lambda card: not card.points))
        self.assertFalse(events.filtered(lambda event: event.message_state == "outgoing"))
        self.assertFalse(self.env["mail.mail"].search([("model", "=", "loyalty.member"), ("state", "=", "outgoing")]))

    def test_friends_were_brought_and_members_checked_in_and_drew(self):
        self.assertIn("rewarded", self.of_club("loyalty.referral").mapped("state"))
        self.assertTrue(self.of_club("loyalty.transaction", activity_code="check_in"))
        self.assertGreater(len(self.of_club("loyalty.draw.result")), 20)

    def test_the_old_list_shows_the_mistakes_that_such_lists_have(self):
        record = self.of_club("loyalty.member.import")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_member_import").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.total), ("checked", 44))
        self.assertGreaterEqual(record.count_bad, 3)
