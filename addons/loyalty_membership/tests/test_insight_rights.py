"""Who reads which statistics; and that nobody writes them."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_insight import InsightCase

GROUP = "loyalty_membership.group_"


@tagged("post_install", "-at_install")
class TestInsightRights(InsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: cls.make_user(f"insight_{name}", GROUP + name) for name in ("viewer", "store", "marketing", "manager", "admin")
        }
        cls.mine, cls.theirs = cls.env["crm.team"].create([
            {"name": "Mine", "member_ids": [Command.link(cls.users["store"].id)]}, {"name": "Theirs"},
        ])  # fmt: skip
        cls.member.team_id, cls.other.team_id = cls.mine, cls.theirs

    def setUp(self):
        super().setUp()
        self.buy(100, date=self.ago(3))
        self.buy(100, self.other, date=self.ago(3))
        self.night()

    def seen_by(self, name):
        insights = self.env["loyalty.member.insight"].with_user(self.users[name])
        return insights.search([("program_id", "=", self.program.id)]).member_id.ids

    def test_store_staff_see_members_of_their_stores(self):
        self.assertEqual(self.seen_by("store"), self.member.ids)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_store_staff_cant_read_members_of_other_stores(self):
        with self.assertRaises(AccessError):
            self.insight(self.other).with_user(self.users["store"]).read(["amount"])

    def test_marketing_and_managers_see_all(self):
        for name in ("marketing", "manager", "admin"):
            with self.subTest(name):
                self.assertEqual(set(self.seen_by(name)), {self.member.id, self.other.id})

    def test_who_only_sees_points_sees_none(self):
        with self.assertRaises(AccessError):
            self.seen_by("viewer")

    def test_nobody_writes_them(self):
        for name, user in self.users.items():
            insight = self.insight().with_user(user)
            for act in (
                lambda rows: rows.write({"amount": 5}), lambda rows: rows.unlink(),
                lambda rows: rows.create({"member_id": self.member.id, "program_id": self.program.id}),
            ):  # fmt: skip
                with self.subTest(name), self.assertRaises(AccessError):
                    act(insight)

    def test_another_company_sees_nothing_of_it(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = self.users["manager"]
        user.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        self.assertEqual(self.seen_by("manager"), [])

    def test_a_member_page_tells_store_staff_its_statistics(self):
        member = self.member.with_user(self.users["store"])
        self.assertEqual((member.period_amount, member.recency_days), (100, 3))
