"""Who may do what with lucky draws, and that nobody makes results but a draw."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import mute_logger
from psycopg2.errors import InsufficientPrivilege

from .common_draw import DrawCase

GROUP = "loyalty_membership.group_"


class TestDrawRights(DrawCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("viewer", "store", "marketing", "manager", "admin")
        cls.users = {name: cls.make_user(f"draw_{name}", f"{GROUP}{name}") for name in names}
        cls.mine, cls.theirs = cls.env["crm.team"].create([
            {"name": "Mine", "member_ids": [Command.link(cls.users["store"].id)]}, {"name": "Theirs"},
        ])  # fmt: skip

    def setUp(self):
        super().setUp()
        self.grant(100)
        self.lottery = self.make_draw({"percent": 100})
        self.result = self.draw(self.lottery)

    def dialog(self, name, **values):
        values = {"member_id": self.member.id, "draw_id": self.lottery.id, **values}
        return self.env["loyalty.draw.play"].with_user(self.users[name]).create(values)

    # ------------------------------------------------------------ results are facts

    def test_nobody_makes_changes_or_deletes_results(self):
        boss = self.make_user("draw_boss", f"{GROUP}admin,base.group_system")
        for env in (self.env, self.env(user=boss), self.env(su=True)):
            with self.assertRaises(AccessError):
                env["loyalty.draw.result"].create({"member_id": self.member.id})
            with self.assertRaises(AccessError):
                self.result.with_env(env).write({"prize_id": self.lottery.prize_ids[1].id})
            with self.assertRaises(AccessError):
                self.result.with_env(env).unlink()

    def assertRefused(self, query):
        with self.assertRaises(InsufficientPrivilege), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute(query)

    def test_postgresql_refuses_raw_sql(self):
        self.env.flush_all()
        self.assertRefused("UPDATE loyalty_draw_result SET prize_id = prize_id")
        self.assertRefused("DELETE FROM loyalty_draw_result")
        self.assertRefused("TRUNCATE loyalty_draw_result CASCADE")
        self.assertRefused("INSERT INTO loyalty_draw_result (number) VALUES ('1')")

    def test_facts_stay_even_with_the_door_open(self):
        self.env.cr.execute("SELECT set_config('loyalty.door', 'open', true)")
        for change in (
            "number = '7'", "odds = '{}'", "source = 'x'", "points = 0", "day = day - 1", "kind = 'thanks'",
            f"prize_id = {self.thanks(self.lottery).id}", "prize_entry_id = NULL", "piece = 7",
        ):  # fmt: skip
            with self.subTest(change):
                self.assertRefused(f"UPDATE loyalty_draw_result SET {change}")  # noqa: S608

    # ------------------------------------------------------------ who reads

    def visible(self, record, name):
        records = record.with_user(self.users[name])
        try:
            with mute_logger("odoo.addons.base.models.ir_rule"):
                records.invalidate_model()
                return bool(records.read(["create_date"]))
        except AccessError:
            return False

    def test_who_reads_what(self):
        [ticket] = self.Ticket._give(self.member, self.lottery)
        self.member.team_id = self.theirs
        for record, readers in (
            (self.lottery, {"store", "marketing", "manager", "admin"}),
            (self.lottery.prize_ids[0], {"store", "marketing", "manager", "admin"}),
            (self.result, {"marketing", "manager", "admin"}),
            (ticket, {"marketing", "manager", "admin"}),
        ):
            for name in self.users:
                with self.subTest(model=record._name, user=name):
                    self.assertEqual(self.visible(record, name), name in readers)

    def test_store_staff_read_what_members_of_their_stores_drew(self):
        for team, seen in ((self.mine, True), (self.theirs, False), (self.mine.browse(), True)):
            self.member.team_id = team
            self.assertEqual(self.visible(self.result, "store"), seen)

    def test_another_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        [ticket] = self.Ticket._give(self.member, self.lottery)
        self.users["admin"].write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        for record in (self.lottery, self.lottery.prize_ids[0], self.lottery.version_ids, self.result, ticket):
            with self.subTest(model=record._name):
                self.assertFalse(self.visible(record, "admin"))

    # ------------------------------------------------------------ who configures, gives, draws

    def test_administrators_alone_configure(self):
        for name, user in self.users.items():
            draw = self.lottery.with_user(user)
            attempts = (
                lambda draw=draw: draw.create({"name": "New", "program_id": self.program.id}),
                lambda draw=draw: draw.prize_ids[0].write({"percent": 50}),
                lambda draw=draw: draw.action_close(),
            )
            for attempt in attempts:
                if name == "admin":
                    attempt()
                    continue
                with self.subTest(name), self.assertRaises(AccessError), self.env.cr.savepoint():
                    attempt()

    def test_nobody_writes_tickets_or_versions_by_hand(self):
        for name, user in self.users.items():
            for model, values in (
                ("loyalty.draw.ticket", {"draw_id": self.lottery.id, "member_id": self.member.id}),
                ("loyalty.draw.version", {"draw_id": self.lottery.id, "number": 9}),
            ):
                with self.subTest(f"{name} {model}"), self.assertRaises(AccessError):
                    self.env[model].with_user(user).create(values)

    def test_managers_give_tickets_and_others_do_not(self):
        values = {"member_ids": self.member.ids, "draw_id": self.lottery.id, "number": 3, "note": "Opening"}
        for name in ("viewer", "store", "marketing"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.env["loyalty.draw.ticket.gift"].with_user(self.users[name]).create(values).action_give()
        self.env["loyalty.draw.ticket.gift"].with_user(self.users["manager"]).create(values).action_give()
        tickets = self.Ticket._open_of(self.member, self.lottery)
        self.assertEqual((len(tickets), tickets[0].note, tickets.create_uid), (3, "Opening", self.users["manager"]))

    def test_store_staff_draw_for_members_of_their_stores(self):
        self.member.team_id = self.mine
        dialog = self.dialog("store")
        self.assertEqual((dialog.cost, dialog.refusal, dialog.tickets), (10, "", 0))
        dialog.action_draw()
        result = dialog.result_id
        self.assertEqual((result.create_uid, result.source, result.member_id), (self.users["store"], "odoo", self.member))
        self.assertEqual((dialog.prize_name, dialog.points_won), ("Prize 0", 5))

    def test_a_double_click_is_one_draw(self):
        dialog = self.dialog("store")
        dialog.action_draw()
        dialog.action_draw()
        self.assertEqual(self.Result.search_count([("draw_id", "=", self.lottery.id)]), 2, "with the one of the set-up")

    def test_others_do_not_draw_for_members(self):
        self.member.team_id = self.theirs
        for name in ("viewer", "marketing", "store"):
            with self.subTest(name), self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self.dialog(name).action_draw()

    def test_store_staff_learn_nothing_of_members_of_other_stores_by_the_dialog(self):
        self.member.team_id = self.theirs
        dialogs = self.env["loyalty.draw.play"].with_user(self.users["store"])
        values, spec = {"member_id": self.member.id, "draw_id": self.lottery.id}, {"balance": {}, "tickets": {}, "refusal": {}}
        for call in (lambda: dialogs.create(values), lambda: dialogs.onchange(values, ["draw_id"], spec)):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"), self.env.cr.savepoint():
                call()

    def test_the_dialog_says_why_a_member_can_not_draw(self):
        self.lottery.daily_limit = 1
        self.assertIn("1 a day", self.dialog("store").refusal)

    # ------------------------------------------------------------ merged, erased

    def test_what_a_merged_member_drew_and_holds_moves_to_the_survivor(self):
        draw = self.make_draw({"percent": 100, "kind": "coupon", "coupon_program_id": self.coupons.id}, total_limit=2)
        card = self.draw(draw).card_id
        [ticket] = self.Ticket._give(self.member, draw)
        self.member._merge_into(self.other)
        results = self.Result.search([("member_id", "=", self.other.id)])
        self.assertEqual(len(results), 2)
        self.assertEqual((ticket.member_id, card.partner_id), (self.other, self.other.partner_id))
        self.assertEqual(self.draw(draw, self.other).ticket_id, ticket)
        self.assertIn("2 in all", str(draw._refusal(self.other, self.program._today())), "what both drew counts")

    def test_a_persons_export_tells_what_they_drew_and_the_tickets_they_hold(self):
        self.Ticket._give(self.member, self.lottery, note="Opening")
        sections = {section.key: section.rows for section in self.member._portable()[1]}
        [[_date, draw, prize, points, *_rest]] = sections["draws"]
        self.assertEqual((draw, prize, points), ("Spring Draw", "Prize 0", 10))
        self.assertIn("Opening", next(iter(sections["draw_tickets"])))

    def test_coupons_that_an_erased_member_won_end(self):
        draw = self.make_draw({"percent": 100, "kind": "coupon", "coupon_program_id": self.coupons.id})
        card = self.draw(draw).card_id
        [ticket] = self.Ticket._give(self.member, draw, note="Because Li Na asked")
        name = self.member.partner_id.name
        self.member._erase("asked")
        self.assertFalse(ticket.note)
        self.assertEqual((card.points, card.active), (0, False))
        self.assertNotEqual(card.partner_id.name, name)
