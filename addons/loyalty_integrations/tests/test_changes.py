"""Whatever changes of a member is noted, by whatever door, in a fixed number of statements."""

from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestChanges(EchoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.push_points = True

    def events(self):
        rows = self.noted()
        found = [(row.flow, row.event, row.member_id) for row in rows]
        rows.sudo().unlink()
        return found

    def test_joining_is_told(self):
        new = self.make_member("New", phone="13800138066")
        self.assertIn(("push_member", "member.joined", new), self.events())

    def test_the_customers_profile_is_the_members(self):
        for values in ({"name": "Other"}, {"phone": "13800138099"}, {"email": "a@example.com"}, {"street": "Nanjing Rd 1"}):
            self.member.partner_id.write(values)
            self.assertEqual(self.events(), [("push_member", "member.updated", self.member)], values)
        self.member.partner_id.write({"barcode": "123"})
        self.assertEqual(self.events(), [])

    def test_a_purchase_tells_the_member_and_each_entry(self):
        self.record(self.member, 100)
        self.assertEqual(
            sorted(self.events()),
            sorted([("push_member", "member.updated", self.member), ("push_points", "points.earned", self.member)]),
        )

    def record(self, member, amount, reference="T1"):
        api = self.env["loyalty.api"].sudo()
        lines = [{"name": "Shoe", "quantity": 1, "amount": amount}]
        return api.record_purchase(member.code, lines, "till", reference, program=self.program.id)

    def test_a_purchase_that_earns_nothing_changes_the_members_statistics(self):
        self.rule.active = False
        self.record(self.member, 100)
        self.assertEqual(self.events(), [("push_member", "member.updated", self.member)])

    def test_points_are_told_when_they_can_be_spent(self):
        self.program.hold_days = 7
        self.record(self.member, 100)
        self.assertNotIn("push_points", [flow for flow, _event, _member in self.events()])
        self.member.env["loyalty.points.entry"].search([("member_id", "=", self.member.id)])._release()
        self.assertIn(("push_points", "points.earned", self.member), self.events())

    def test_spending_and_expiry_have_events_of_their_own(self):
        post = self.env["loyalty.points.entry"]._post
        post([{"member_id": self.member.id, "kind": "adjust", "points": 10}])
        post([{"member_id": self.member.id, "kind": "spend", "points": -4}])
        post([{"member_id": self.member.id, "kind": "expire", "points": -2}])
        told = [event for flow, event, _member in self.events() if flow == "push_points"]
        self.assertEqual(told, ["points.earned", "points.spent", "points.expired"])

    def test_a_tier_tells_the_member(self):
        [low, high] = self.make_tiers(0, 50)
        self.env["loyalty.member"].browse(self.member.id)._update_tiers()
        self.env.cr.precommit.clear()
        self.record(self.member, 100)
        self.assertEqual(self.member.tier_id, high)
        self.assertIn(("push_member", "member.updated", self.member), self.events())
        self.assertTrue(low)

    def test_an_entry_is_noted_once_even_if_it_is_noted_again(self):
        entry = self.env["loyalty.points.entry"]._post([{"member_id": self.member.id, "kind": "adjust", "points": 10}])
        self.env.cr.precommit.run()
        self.env["loyalty.outbox"]._note("points", {entry.id: False})
        self.assertEqual(len(self.noted(("flow", "=", "push_points"))), 1)

    def test_savepoints_of_one_transaction_tell_a_member_once(self):
        for name in ("A", "B", "C"):
            with self.env.cr.savepoint():
                self.member.partner_id.name = name
        new = self.make_member("New", phone="13800138067")
        with self.env.cr.savepoint():
            new.partner_id.name = "Newer"
        told = [(event, member) for flow, event, member in self.events() if flow == "push_member"]
        self.assertEqual(told, [("member.updated", self.member), ("member.joined", new)])

    def test_a_thousand_changes_cost_as_many_statements_as_one(self):
        members = self.env["loyalty.member"].union(
            *(self.make_member(f"M{n}", phone=f"1370013{n:04}") for n in range(30))
        )  # fmt: skip
        self.noted()

        def cost(some):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["loyalty.points.entry"]._post([{"member_id": m.id, "kind": "adjust", "points": 1} for m in some])
            self.env.cr.precommit.run()
            return self.env.cr.sql_log_count - before

        cost(members[:1])
        self.assertEqual(cost(members[:1]), cost(members))

    def test_without_a_connection_nothing_is_done(self):
        self.connection.sudo().state = "draft"
        self.env["loyalty.connection"]._listening()
        before = self.env.cr.sql_log_count
        self.env["loyalty.outbox"]._note("member", {self.member.id: False})
        self.env.cr.precommit.run()
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_entering_and_leaving_a_segment_changes_the_tags_that_are_told(self):
        segment = self.env["loyalty.segment"].create({
            "name": "Two", "program_id": self.program.id, "member_domain": repr([("id", "in", (self.member + self.other).ids)]),
        })  # fmt: skip
        segment._refresh()
        told = [("push_member", "member.updated", self.member), ("push_member", "member.updated", self.other)]
        self.assertEqual(sorted(self.events(), key=str), sorted(told, key=str))
        self.assertEqual(self.member._integration_snapshot()[self.member.id]["tags"], ["Two"])
        self.env.cr.execute("UPDATE loyalty_segment_membership SET entered_at = entered_at - INTERVAL '1 day'")
        segment._refresh()
        self.assertEqual(self.events(), [])
        segment.member_domain = repr([("id", "=", self.other.id)])
        segment._refresh()
        self.assertEqual(self.events(), [("push_member", "member.updated", self.member)])
        self.assertEqual(self.member._integration_snapshot()[self.member.id]["tags"], [])

    def test_segments_are_told_in_a_fixed_number_of_statements(self):
        few = self.member
        many = few + self.other + self.make_member("C") + self.make_member("D") + self.make_member("E")
        counts = []
        for members in (few, few, many):
            segment = self.env["loyalty.segment"].create({
                "name": "Some", "program_id": self.program.id, "member_domain": repr([("id", "in", members.ids)]),
            })  # fmt: skip
            self.events()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            segment._refresh()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts[1:])
