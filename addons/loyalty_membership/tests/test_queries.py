from datetime import date, timedelta

from odoo.fields import Command

from .common_api import ApiCase


class TestQueries(ApiCase):
    """The number of SQL statements doesn't grow with the number of rows (a hundred are one batch of the ORM)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(110)])
        cls.members = cls.env["loyalty.member"].create([
            {"partner_id": partner.id, "program_id": cls.program.id} for partner in partners
        ])

    def statements(self, action):
        """How many SQL statements an action takes that starts with an empty record cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def assertFlat(self, action, few, many):
        """The action takes as many statements for many rows as for few; caches that stay are filled first."""
        action(few)
        least = self.statements(lambda: action(few))
        self.assertLessEqual(self.statements(lambda: action(many)), least)

    def test_fifty_purchases_are_booked_like_one(self):
        self.make_tiers(10**6, 10**7, earn_multiplier=(1.5, 2))
        self.assertFlat(
            lambda members: self.Transaction._book(self.program, [self.row(10, member) for member in members]),
            self.members[:1], self.members[1:51],
        )  # fmt: skip

    def test_the_journal_of_a_hundred_and_ten_purchases_is_written_like_that_of_one(self):
        self.assertFlat(
            lambda members: self.Transaction._create_rows(self.program, [self.row(10, member) for member in members]),
            self.members[:1], self.members,
        )  # fmt: skip

    def test_lots_of_fifty_members_expire_like_those_of_one(self):
        yesterday = date.today() - timedelta(days=1)
        lot = {"kind": "adjust", "points": 10, "expires_on": yesterday}

        def expire(members):
            self.assertTrue(self.Entry._expire_of(members))

        for number in range(3):
            group = self.members[number : number + 1] if number < 2 else self.members[2:52]
            self.Entry._post([{"member_id": member.id, **lot} for member in group])
        expire(self.members[:1])
        least = self.statements(lambda: expire(self.members[1:2]))
        self.assertLessEqual(self.statements(lambda: expire(self.members[2:52])), least)

    def test_points_of_fifty_members_are_released_like_those_of_one(self):
        self.make_tiers(10**6, 10**7)
        self.program.hold_days = 10
        pending = self.Transaction._book(self.program, [self.row(10, member) for member in self.members[:52]]).entry_ids
        self.assertEqual(set(pending.mapped("state")), {"pending"})
        pending[:1]._release()
        least = self.statements(pending[1:2]._release)
        self.assertLessEqual(self.statements(pending[2:]._release), least)

    def test_a_hundred_rows_are_recorded_like_ten(self):
        def record(members):
            answers = self.call("record_purchases", purchases=[self.purchase(10, member=code) for code in members])
            self.assertFalse([answer for answer in answers if "error" in answer])

        codes = self.members.mapped("code")
        self.assertFlat(record, codes[:10], codes[10:110])

    def test_a_hundred_members_join_like_ten(self):
        def enroll(count):
            people = [self.person(name=f"Zhao {number}") for number in range(count)]
            self.assertTrue(all(answer["created"] for answer in self.call("enroll_members", members=people)))

        self.assertFlat(enroll, 10, 100)

    def test_twenty_lines_are_confirmed_like_one(self):
        self.make_tiers(10**6, 10**7, earn_multiplier=(1.5, 2))
        products = self.env["product.product"].create([
            {"name": f"Massage {number}", "type": "service", "taxes_id": False} for number in range(20)
        ])

        def make(count):
            return self.env["sale.order"].create({
                "partner_id": self.member.partner_id.id,
                "order_line": [Command.create({"product_id": product.id, "price_unit": 10}) for product in products[:count]],
            })

        make(1).action_confirm()
        one, twenty = make(1), make(20)
        least = self.statements(one.action_confirm)
        self.assertLessEqual(self.statements(twenty.action_confirm), least)

    # ------------------------------------------------------------ orders

    def orders_of(self, partners, *quantities):
        orders = [self.make_order(*quantities, partner=partner) for partner in partners]
        return self.env["sale.order"].union(*orders)

    def test_forty_lines_are_looked_through_like_two(self):
        few, many = self.orders_of(self.members[:1].partner_id, 1, 1), self.orders_of(self.members[1:2].partner_id, *[1] * 40)
        (few | many).action_confirm()
        few._loyalty_reconcile()
        least = self.statements(few._loyalty_reconcile)
        self.assertLessEqual(self.statements(many._loyalty_reconcile), least)

    def test_twenty_orders_are_looked_through_like_two(self):
        orders = self.orders_of(self.members[:23].partner_id, 1)
        orders.action_confirm()
        self.assertFlat(lambda some: some._loyalty_reconcile(), orders[:2], orders[3:])

    def test_twenty_orders_are_booked_and_taken_back_like_two(self):
        self.make_tiers(10**6, 10**7, earn_multiplier=(1.5, 2))
        orders = self.orders_of(self.members[:24].partner_id, 1)
        orders.write({"state": "sale"})
        first, few, many = orders[:2], orders[2:4], orders[4:]
        first._loyalty_reconcile()
        least = self.statements(few._loyalty_reconcile)
        self.assertLessEqual(self.statements(many._loyalty_reconcile), least)
        self.assertEqual(orders.mapped("loyalty_points"), [100] * 24)
        orders.write({"state": "cancel"})
        first._loyalty_reconcile()
        least = self.statements(few._loyalty_reconcile)
        self.assertLessEqual(self.statements(many._loyalty_reconcile), least)
        self.assertEqual(orders.mapped("loyalty_points"), [0] * 24)

    def test_twenty_customers_who_join_with_their_orders_join_like_two(self):
        self.program.auto_enroll = True
        orders = self.orders_of(self.env["res.partner"].create([{"name": f"New {n}"} for n in range(24)]), 1)
        orders.write({"state": "sale"})
        orders[:2]._loyalty_reconcile()
        least = self.statements(orders[2:4]._loyalty_reconcile)
        self.assertLessEqual(self.statements(orders[4:]._loyalty_reconcile), least)
        self.assertEqual(set(orders.mapped("loyalty_points")), {100})

    # ------------------------------------------------------------ lists

    def read_as_seller(self, model, names):
        """Read these fields of some records as a list of the web client does; a user who sells, and sees no member."""
        seller = self.make_user(f"seller_{model}", "sales_team.group_sale_salesman_all_leads")
        screen = self.env[model].with_user(seller)
        return lambda records: screen.browse(records.ids).web_read({name: {} for name in names})

    def test_eighty_quotations_tell_tier_and_points_like_ten(self):
        self.make_tiers(0)
        orders = self.env["sale.order"].create([
            {"partner_id": member.partner_id.id, "order_line": [Command.create({"product_id": self.product.id})]}
            for member in self.members[:80]
        ])
        orders[0].action_confirm()
        names = ["loyalty_tier_name", "loyalty_tier_color", "loyalty_member_code", "loyalty_points_available"]
        self.assertFlat(self.read_as_seller("sale.order", names), orders[:10], orders)

    def test_twenty_quotations_tell_what_they_will_earn_like_two(self):
        orders = self.orders_of(self.members[:23].partner_id, 1, 1)
        read = self.read_as_seller("sale.order", ["loyalty_points", "loyalty_explanation"])
        self.assertFlat(read, orders[:2], orders[3:])
        self.assertEqual(set(orders.mapped("loyalty_points")), {200})

    def test_eighty_customers_tell_tier_and_points_like_ten(self):
        self.make_tiers(0)
        partners = self.members[:80].partner_id
        names = [
            "loyalty_tier_name",
            "loyalty_tier_color",
            "loyalty_points",
            "loyalty_is_member",
            "loyalty_member_count",
            "loyalty_can_enroll",
        ]
        self.assertFlat(self.read_as_seller("res.partner", names), partners[:10], partners)

    def test_eighty_contacts_of_members_tell_tier_and_points_like_ten(self):
        contacts = self.env["res.partner"].create([
            {"name": "Address", "type": "delivery", "parent_id": member.partner_id.id} for member in self.members[:80]
        ])
        self.assertFlat(self.read_as_seller("res.partner", ["loyalty_points"]), contacts[:10], contacts)
