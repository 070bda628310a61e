"""A year of orders of a Kingdee of our own becomes points, once."""

from datetime import date, timedelta

from odoo.tests import tagged

from .common_kingdee_connection import KingdeeFlowsCase


@tagged("-at_install", "post_install")
class TestKingdeeYear(KingdeeFlowsCase):
    def pull(self):
        self.connection._pull(float("inf"))
        self.env.ref("loyalty_integrations.cron_inbox").method_direct_trigger()
        self.env.invalidate_all()

    def ledger(self):
        entries = self.env["loyalty.points.entry"].search([("member_id", "=", self.member.id)], order="id")
        return [(entry.id, entry.kind, entry.points) for entry in entries]

    def sell(self, number, day, *amounts, customer=""):
        lines = [
            {"fmaterialid.fnumber": f"SKU-{at}", "fmaterialid.fname": f"Goods {at}", "fqty": 1.0, "ftaxprice": amount}
            for at, amount in enumerate(amounts)
        ]
        self.fake.add(
            "SAL_SaleOrder", number, lines, fdate=f"{day}T00:00:00", fcustid__fnumber=customer or f"LOY-{self.member.code}",
            modified=f"{day}T10:00:00.000", approved=f"{day}T11:00:00.000", fsettlecurrid__fcode=self.program.currency_id.name,
        )  # fmt: skip

    def give_back(self, number, day, order, amount):
        lines = [{"fmaterialid.fnumber": "SKU-0", "frealqty": 1.0, "ftaxprice": amount, "forderno": order}]
        self.give_back_lines(number, day, lines)

    def give_back_lines(self, number, day, lines):
        self.fake.add(
            "SAL_RETURNSTOCK", number, lines, fdate=f"{day}T00:00:00", fretcustid__fnumber=f"LOY-{self.member.code}",
            modified=f"{day}T10:00:00.000", approved=f"{day}T11:00:00.000",
        )  # fmt: skip

    def test_a_year_of_orders_twice_is_the_same_ledger(self):
        self.dispatch()
        begin = date.today() - timedelta(days=365)
        for number in range(120):
            self.sell(f"XSDD{number:04}", begin + timedelta(days=3 * number), 100.0, 20.0)
        self.give_back("XSTHD1", begin + timedelta(days=10), "XSDD0001", 100.0)
        self.connection.kingdee_page_size = 50
        self.pull()
        first = self.ledger()
        self.assertEqual(sum(points for _id, _kind, points in first), 120 * 120 - 100)
        self.pull()  # the overlap
        self.assertEqual(self.ledger(), first)
        self.connection.cursor_ids.unlink()
        self.pull()  # everything again, from the beginning
        self.assertEqual(self.ledger(), first)

    def compared(self):
        return self.work(self.run_of("reconcile", "pull_purchases"))

    def test_orders_that_are_not_booked_or_were_taken_back_are_found_by_their_numbers(self):
        self.dispatch()
        day = date.today() - timedelta(days=3)
        for number in range(3):
            self.sell(f"XSDD{number}", day, 100.0, 20.0)
        for zone in ("America/New_York", "Asia/Shanghai"):
            self.program.tz = zone
            self.env.flush_all()
            self.pull()
            self.assertEqual((self.compared().line_ids.mapped("reason")), [])
        orders = self.fake.forms["SAL_SaleOrder"].records
        next(iter(orders.values()))["head"]["fdocumentstatus"] = "D"  # sent back, for changes
        self.sell("LATE", day, 50.0)
        line = self.compared().line_ids
        self.assertEqual((line.action, line.name), ("day", day.isoformat()))
        self.assertEqual([pair[1:] for pair in line.changes], [[3, 3], [290.0, 360.0]])
        self.assertIn("Not booked here: LATE.", line.reason)
        self.assertIn("not valid there: XSDD0.", line.reason)

    def test_an_order_that_is_unaudited_after_it_was_booked_is_a_managers_to_take_back(self):
        self.dispatch()
        self.sell("XSDD1", date.today() - timedelta(days=3), 100.0)
        self.pull()
        [order] = self.fake.forms["SAL_SaleOrder"].records.values()
        order["head"] |= {"fdocumentstatus": "D", "fmodifydate": f"{date.today() - timedelta(days=2)}T10:00:00.000"}
        self.pull()
        changed = self.env["loyalty.inbox"].search([("connection_id", "=", self.connection.id), ("state", "=", "dead")])
        self.assertEqual((len(changed), self.member.points), (1, 100))
        changed.with_user(self.make_user("boss", "loyalty_membership.group_manager")).action_take_changed()
        self.assertEqual(self.member.points, 0)

    def test_orders_that_were_received_and_are_nobodys_are_no_difference(self):
        self.dispatch()
        self.pull()
        self.sell("NOBODYS", date.today() - timedelta(days=3), 50.0)
        self.assertIn("NOBODYS", self.compared().line_ids.reason)
        self.env["loyalty.inbox"].sudo().create({
            "connection_id": self.connection.id,
            "kind": "purchase",
            "event_id": "NOBODYS",
            "state": "done",
        })
        self.assertFalse(self.compared().line_ids)

    def boss(self):
        return self.make_user("boss", "loyalty_membership.group_manager")

    def changed_rows(self):
        rows = self.env["loyalty.inbox"].search([("connection_id", "=", self.connection.id), ("state", "=", "dead")])
        return rows.with_user(self.env["res.users"].search([("login", "=", "boss")]) or self.boss())

    def test_what_a_manager_has_taken_as_it_is_there_now_is_no_difference(self):
        self.dispatch()
        day = date.today() - timedelta(days=3)
        for number in ("XSDD1", "XSDD2"):
            self.sell(number, day, 100.0)
        self.pull()
        one, two = self.fake.forms["SAL_SaleOrder"].records.values()
        later = {"fmodifydate": f"{date.today() - timedelta(days=2)}T10:00:00.000"}
        one["head"] |= later | {"fbillallamount": 200.0}
        one["lines"][0] |= {"fqty": 2.0, "fallamount": 200.0}
        two["head"] |= later | {"fdocumentstatus": "D"}
        self.pull()
        self.assertEqual(self.compared().line_ids.filtered(lambda line: line.action == "day").name, day.isoformat())
        self.changed_rows().action_take_changed()
        self.assertEqual(self.member.points, 200)
        self.assertFalse(self.compared().line_ids)

    def test_returns_are_compared_too(self):
        self.dispatch()
        day = date.today() - timedelta(days=5)
        for number in ("XSDD1", "XSDD2"):
            self.sell(number, day, 100.0, 50.0)
        self.give_back("XSTH1", day + timedelta(days=1), "XSDD1", 100.0)
        lines = [
            {"fmaterialid.fnumber": sku, "frealqty": 1.0, "ftaxprice": price, "forderno": order}
            for sku, price, order in (("SKU-0", 100.0, "XSDD2"), ("SKU-1", 50.0, "XSDD1"))
        ]
        self.give_back_lines("XSTH2", day + timedelta(days=1), lines)
        self.pull()
        self.assertEqual(self.member.points, 50)
        self.assertFalse(self.compared().line_ids)
        self.give_back("LATE", day + timedelta(days=1), "XSDD2", 50.0)
        records = self.fake.forms["SAL_RETURNSTOCK"].records
        next(iter(records.values()))["head"]["fdocumentstatus"] = "D"
        [line] = self.compared().line_ids
        self.assertEqual((line.action, line.name), ("day", (day + timedelta(days=1)).isoformat()))
        self.assertIn("LATE", line.reason)
        self.assertIn("not valid there: XSTH1.", line.reason)

    def test_orders_of_customers_who_may_still_join_are_no_difference(self):
        self.connection.kingdee_all_customers = True
        self.dispatch()
        self.fake.add("BD_Customer", "ELSEWHERE", fname="ACME")
        self.sell("WHOLESALE", date.today() - timedelta(days=3), 50.0, customer="ELSEWHERE")
        self.pull()
        self.assertEqual(self.env["loyalty.inbox"].search([("event_id", "=", "WHOLESALE")]).error_code, "unknown_member")
        self.assertFalse(self.compared().line_ids)
