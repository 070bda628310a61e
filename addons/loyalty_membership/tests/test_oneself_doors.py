"""Nobody serves themselves: each door that is worked by hand refuses it, and serves everybody else."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_draw import DrawCase
from .common_import import MemberImportCase


@tagged("post_install", "-at_install")
class TestOneselfDoors(DrawCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("doors_manager", "loyalty_membership.group_manager")
        cls.clerk = cls.make_user("doors_clerk", "loyalty_membership.group_store")
        for user in (cls.manager, cls.clerk):
            user.partner_id.email = f"{user.login}@example.com"  # those of test users are alike
        cls.mine, cls.clerks = cls.env["loyalty.member"].create([
            {"partner_id": user.partner_id.id, "program_id": cls.program.id} for user in (cls.manager, cls.clerk)
        ])

    def as_manager(self, model, **values):
        return self.env[model].with_user(self.manager).create(values)

    def assertOneself(self, attempt):
        with self.assertRaisesRegex(UserError, "serves themselves"), self.env.cr.savepoint():
            attempt()

    def test_draw_tickets(self):
        draw = self.make_draw({"percent": 100, "kind": "points", "points": 5})

        def give(*members):
            ids = [member.id for member in members]
            self.as_manager("loyalty.draw.ticket.gift", member_ids=[Command.set(ids)], draw_id=draw.id, note="Fair").action_give()

        self.assertOneself(lambda: give(self.member, self.mine))
        self.assertFalse(self.env["loyalty.draw.ticket"].search([("draw_id", "=", draw.id)]))
        give(self.member)
        self.assertEqual(self.env["loyalty.draw.ticket"].search([("draw_id", "=", draw.id)]).member_id, self.member)

    def test_a_transfer_to_or_from_oneself(self):
        self.program.transfer_allowed = True
        self.grant(100)
        self.grant(100, self.mine)

        def transfer(member, target):
            self.as_manager(
                "loyalty.points.giving", member_id=member.id, target_id=target.id, points=10, reason="Gift"
            ).action_transfer()

        self.assertOneself(lambda: transfer(self.member, self.mine))
        self.assertOneself(lambda: transfer(self.mine, self.member))
        transfer(self.member, self.other)
        self.assertEqual((self.points(), self.points(self.other), self.points(self.mine)), (90, 10, 100))

    def test_a_merge_with_oneself_and_its_undoing(self):
        def merge(*members):
            self.as_manager(
                "loyalty.member.merging", member_ids=[Command.set([member.id for member in members])],
                survivor_id=members[0].id, reason="One person",
            ).action_merge()  # fmt: skip

        self.assertOneself(lambda: merge(self.mine, self.member))
        self.assertOneself(lambda: merge(self.member, self.mine))
        merge(self.member, self.other)
        self.assertEqual(self.other.merged_into_id, self.member)
        done = self.env["loyalty.member.merge"].search([("merged_id", "=", self.other.id)])
        self.manager.partner_id.phone = "13800138000"
        self.assertOneself(lambda: self.as_manager("loyalty.member.unmerging", merge_id=done.id, reason="x").action_undo())

    def test_odoos_merge_of_contacts(self):
        def merge(one, other):
            wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.manager).create({})
            wizard._merge((one | other).partner_id.ids, one.partner_id)

        self.manager.group_ids |= self.env.ref("base.group_system") | self.env.ref(
            "account.group_account_invoice"
        )  # who merges contacts in Odoo
        stranger = self.make_member("Walk In")
        self.other.partner_id.email = stranger.partner_id.email = "same@example.com"
        self.mine.partner_id.email = "same@example.com"
        self.assertOneself(lambda: merge(self.mine, stranger))
        self.mine.partner_id.email = "else@example.com"
        merge(self.other, stranger)
        self.assertEqual(stranger.merged_into_id, self.other)

    def change(self, member, change, **values):
        self.as_manager(
            "loyalty.member.state.change", member_id=member.id, change=change, reason="Asked", **values
        ).action_apply()

    def test_reactivating_freezing_and_closing_oneself(self):
        self.mine._freeze("Fraud")
        for change in ("reactivate", "freeze", "close"):
            self.assertOneself(lambda change=change: self.change(self.mine, change))
        self.assertEqual(self.mine.state, "frozen")
        self.member._freeze("Asked for")
        self.change(self.member, "reactivate")
        self.assertEqual(self.member.state, "active")

    def test_closing_somebody_for_ones_own_good(self):
        self.grant(100)
        self.assertOneself(lambda: self.change(self.member, "close", points_choice="transfer", target_id=self.mine.id))
        self.change(self.member, "close", points_choice="transfer", target_id=self.other.id)
        self.assertEqual((self.points(self.other), self.points(self.mine)), (100, 0))

    def test_ones_own_tier_and_state_over_rpc(self):
        tiers = self.make_tiers(0, 100)
        self.mine._freeze("Fraud")
        for values in ({"state": "active"}, {"tier_id": tiers[1].id}, {"tier_manual_until": "2099-01-01"}):
            with self.subTest(values):
                self.assertOneself(lambda values=values: self.mine.with_user(self.manager).write(values))
        self.member.with_user(self.manager).tier_id = tiers[1]
        self.assertEqual(self.member.tier_id, tiers[1])

    def test_enrolling_oneself_on_a_tier(self):
        tiers = self.make_tiers(0, 100)
        newcomer = self.make_user("doors_newcomer", "loyalty_membership.group_manager")
        newcomer.partner_id.email = "newcomer@example.com"
        members, own = self.env["loyalty.member"].with_user(newcomer), newcomer.partner_id
        self.assertOneself(lambda: members.create({
            "partner_id": own.id, "program_id": self.program.id, "tier_id": tiers[1].id,
        }))  # fmt: skip
        self.assertEqual(members.create({"partner_id": own.id, "program_id": self.program.id}).tier_id, tiers[0])

    def test_odoos_own_ways_to_write_points(self):
        self.program.adjustment_approval = False
        self.manager.group_ids |= self.env.ref("sales_team.group_sale_manager")
        newcomer = self.env["res.partner"].create({"name": "Second Self", "email": self.manager.partner_id.email})

        def update(member):
            self.as_manager(
                "loyalty.card.update.balance", card_id=member.card_id.id, new_balance=10, description="x"
            ).action_update_card_point()

        def write(member):
            member.card_id.with_user(self.manager).points = 20

        def make(partner):
            self.as_manager("loyalty.card", program_id=self.program.id, partner_id=partner.id, points=30)

        for attempt in (update, write):
            self.assertOneself(lambda attempt=attempt: attempt(self.mine))
            attempt(self.member)
        self.mine.partner_id.email = "else@example.com"
        self.manager.login = "second@example.com"
        newcomer.email = "second@example.com"
        self.assertOneself(lambda: make(newcomer))
        make(self.env["res.partner"].create({"name": "Friend"}))
        self.assertEqual((self.points(self.mine), self.points()), (0, 20))

    def test_taking_over_a_membership(self):
        self.manager.group_ids |= self.env.ref("sales_team.group_sale_manager")
        self.mine.active = False
        own = self.manager.partner_id.id
        self.assertOneself(lambda: self.member.with_user(self.manager).write({"partner_id": own}))
        self.assertOneself(lambda: self.member.card_id.with_user(self.manager).write({"partner_id": own}))
        friend = self.env["res.partner"].create({"name": "Friend"})
        self.member.with_user(self.manager).partner_id = friend
        self.assertEqual(self.member.partner_id, friend)

    # ------------------------------------------------------------ activities

    def record(self, member, code, days=0, user=None):
        rule = self.env["loyalty.earning.rule"].search([("program_id", "=", self.program.id), ("activity_code", "=", code)])
        rule = rule or self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": code, "trigger": "activity", "activity_code": code, "points": 5,
        })  # fmt: skip
        self.env["loyalty.activity.record"].with_user(user or self.clerk).create({
            "member_ids": [Command.set(member.ids)], "rule_id": rule.id, "date": fields.Datetime.now() - timedelta(days=days),
        }).action_record()  # fmt: skip

    def test_activities_of_oneself(self):
        self.assertOneself(lambda: self.record(self.clerks, "review"))
        self.assertOneself(lambda: self.record(self.member | self.clerks, "review"))
        self.record(self.clerks, "review", user=self.manager)
        self.assertEqual((self.points(self.clerks), self.points()), (5, 0))

    def test_staff_check_members_in_today_and_managers_when_they_were_there(self):
        self.record(self.member, "check_in")
        with self.assertRaisesRegex(UserError, "today"):
            self.record(self.member, "check_in", days=1)
        self.record(self.member, "review", days=1)
        self.record(self.member, "check_in", days=1, user=self.manager)
        self.assertEqual(self.points(), 15)
        self.assertEqual(self.member.check_in_streak, 2)

    def test_today_is_the_programs(self):
        """Late in the evening in Shanghai it is the same day in Greenwich; early in the morning it is not."""
        for tz in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # 25 hours apart: one of them is not in Greenwich's day
            self.program.tz = tz
            with self.subTest(tz):
                self.record(self.make_member(tz), "check_in")
                with self.assertRaisesRegex(UserError, "today"):
                    self.record(self.member, "check_in", days=1)


@tagged("post_install", "-at_install")
class TestOneselfImport(MemberImportCase):
    def test_ones_own_points_and_tier_are_not_imported(self):
        user = self.make_user("doors_importer", "loyalty_membership.group_manager")
        user.partner_id.phone = "13900139111"
        mine = self.env["loyalty.member"].create({"partner_id": user.partner_id.id, "program_id": self.program.id})
        head = ("姓名", "手机号", "积分")
        record = self.land(head, ("李娜", "13800138000", 30), ("Me", "13900139111", 1_000_000), user=user)
        self.assertEqual((self.points(), self.points(mine)), (30, 0))
        self.assertEqual(self.row_of(record, 3).state, "failed")
        self.assertIn("serves themselves", self.row_of(record, 3).told)

    def test_nor_is_a_lot_of_ones_own(self):
        user = self.make_user("doors_importer", "loyalty_membership.group_manager")
        user.partner_id.phone = "13900139111"
        rows = (("姓名", "手机号"), ("Me", "13900139111"), ("张伟", "13900139112"))
        record = self.land(*rows, points=(("会员", "积分"), ("13900139111", 500), ("13900139112", 20)), user=user)
        self.assertEqual((self.known("13900139111").points, self.known("13900139112").points), (0, 20))
        self.assertEqual(self.row_of(record, 2, "points").state, "failed")

    def test_nor_does_anybody_import_a_tier_of_their_own(self):
        self.make_tiers(0, 100)
        user = self.make_user("doors_importer", "loyalty_membership.group_manager")
        user.partner_id.phone = "13900139111"
        record = self.land(
            ("姓名", "手机号", "等级"), ("Me", "13900139111", "Tier 1"), ("张伟", "13900139112", "Tier 1"), user=user
        )
        self.assertFalse(self.known("13900139111"))
        self.assertEqual(self.known("13900139112").tier_id.name, "Tier 1")
        self.assertEqual(self.row_of(record, 2).state, "failed")
