from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase
from odoo.tools import mute_logger

LEDGER = (
    "loyalty.points.entry",
    "loyalty.points.allocation",
    "loyalty.tier.change",
    "loyalty.ledger.seal",
    "loyalty.tier.benefit.grant",
    "loyalty.transaction",
    "loyalty.transaction.line",
)
SETTINGS = ("loyalty.program", "loyalty.tier", "loyalty.tier.benefit", "loyalty.weekday", "loyalty.earning.rule")


class RightsCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env["loyalty.program"].create({"name": "Club", "is_membership": True})
        cls.tier = cls.env["loyalty.tier"].create({"program_id": cls.program.id, "name": "Base"})
        cls.rule = cls.env["loyalty.earning.rule"].create({"program_id": cls.program.id, "name": "Base"})
        cls.users = {
            name: cls._user(name, f"loyalty_membership.group_{name}")
            for name in ("viewer", "store", "marketing", "manager", "admin", "api")
        }
        cls.users["internal"] = cls._user("internal", "base.group_user")
        cls.users["seller"] = cls._user("seller", "sales_team.group_sale_salesman")
        cls.users["sales_manager"] = cls._user("sales_manager", "sales_team.group_sale_manager")

    @classmethod
    def _user(cls, login, *groups, **values):
        return cls.env["res.users"].create({
            "name": login,
            "login": f"rights_{login}",
            "group_ids": [Command.set([cls.env.ref(group).id for group in groups])],
            **values,
        })

    @classmethod
    def _member(cls, team=None, program=None):
        partner = cls.env["res.partner"].create({"name": "Lin"})
        return cls.env["loyalty.member"].create({
            "program_id": (program or cls.program).id,
            "partner_id": partner.id,
            "team_id": team and team.id,
        })

    def _rights(self, user, model):
        model = self.env[model].with_user(self.users[user])
        return "".join(
            letter for letter, mode in zip("rwcd", ("read", "write", "create", "unlink"), strict=True) if model.has_access(mode)
        )


class TestRights(RightsCase):
    def test_settings_are_read_by_all_staff_and_written_by_the_administrator(self):
        for model in SETTINGS:
            for user in ("viewer", "store", "marketing", "manager", "seller"):
                with self.subTest(model=model, user=user):
                    self.assertEqual(self._rights(user, model), "r")
            self.assertEqual(self._rights("internal", model), "")
            self.assertEqual(self._rights("api", model), "")
            self.assertEqual(self._rights("admin", model), "r" if model == "loyalty.weekday" else "rwcd")

    def test_members_are_changed_by_store_staff_and_managers_only(self):
        expected = {
            "viewer": "", "seller": "", "internal": "", "api": "",
            "store": "rwc", "marketing": "r", "manager": "rwc", "admin": "rwcd",
        }  # fmt: skip
        for user, rights in expected.items():
            with self.subTest(user):
                self.assertEqual(self._rights(user, "loyalty.member"), rights)

    def test_nobody_may_write_the_ledger_or_the_journal(self):
        for model in LEDGER:
            for user in ("store", "marketing", "manager", "admin"):
                with self.subTest(model=model, user=user):
                    self.assertEqual(self._rights(user, model).strip("r"), "")
            self.assertEqual(self._rights("admin", model), "r")
            self.assertEqual(self._rights("viewer", model), "")

    def test_sellers_are_viewers_and_administrators_are_everything_but_api(self):
        def has(user, group):
            return self.users[user].has_group(f"loyalty_membership.group_{group}")

        self.assertTrue(has("seller", "viewer"))
        self.assertFalse(has("seller", "store"))
        self.assertTrue(all(has("admin", group) for group in ("viewer", "store", "marketing", "manager")))
        self.assertFalse(has("admin", "api") or has("api", "viewer"))
        self.assertTrue(self.env.ref("base.user_admin").has_group("loyalty_membership.group_admin"))

    # ------------------------------------------------------------ settings

    def test_administrator_configures_a_program_without_sales_rights(self):
        Program = self.env["loyalty.program"].with_user(self.users["admin"])
        program = Program.create({"name": "Mine", "is_membership": True, "point_value": 0.02})
        program.write({"hold_days": 7, "point_value": 0.05})
        self.env["loyalty.tier"].with_user(self.users["admin"]).create({"program_id": program.id, "name": "Base"})
        program.active = False
        self.assertEqual(program.hold_days, 7)

    def test_sales_manager_may_not_configure_a_membership(self):
        program = self.program.with_user(self.users["sales_manager"])
        for values in ({"hold_days": 3}, {"point_value": 9}, {"active": False}, {"name": "Mine"}, {"is_membership": False}):
            with self.subTest(values), self.assertRaisesRegex(AccessError, "administrator of the app Membership"):
                program.write(values)
        with self.assertRaisesRegex(AccessError, "administrator of the app Membership"):
            program.create({"name": "Mine", "is_membership": True})

    def test_sales_manager_may_not_switch_a_program_to_membership(self):
        native = self.env["loyalty.program"].create({
            "name": "Cards",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "reward_ids": [Command.create({"discount": 5})],
        })
        with self.assertRaisesRegex(AccessError, "administrator of the app Membership"):
            native.with_user(self.users["sales_manager"]).is_membership = True

    def test_sales_manager_keeps_the_rewards_and_the_order_of_programs(self):
        program = self.program.with_user(self.users["sales_manager"])
        reward = program.reward_ids
        program.write({"sequence": 3, "reward_ids": [Command.update(reward.id, {"required_points": 100})]})
        self.assertEqual(reward.required_points, 100)

    def test_sales_manager_goes_on_configuring_ordinary_programs(self):
        coupons = self.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        theirs = coupons.with_user(self.users["sales_manager"])
        theirs.write({"name": "Autumn", "date_to": "2030-01-01", "rule_ids": [Command.create({"minimum_amount": 50})]})
        theirs.active = False
        self.assertEqual((coupons.name, coupons.active), ("Autumn", False))
        theirs.unlink()
        self.assertFalse(coupons.exists())

    def test_sales_manager_may_not_change_ordinary_programs_and_a_membership_at_once(self):
        both = self.program | self.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        with self.assertRaises(AccessError):
            both.with_user(self.users["sales_manager"]).active = False

    def test_sales_manager_may_not_delete_a_membership(self):
        self.program.active = False
        with self.assertRaises(AccessError):
            self.program.with_user(self.users["sales_manager"]).unlink()

    # ------------------------------------------------------------ stores

    def test_store_staff_see_the_members_of_their_stores_and_of_none(self):
        mine, theirs = self.env["crm.team"].create([{"name": "Mine"}, {"name": "Theirs"}])
        self.env["crm.team.member"].create({"crm_team_id": mine.id, "user_id": self.users["store"].id})
        members = [self._member(mine), self._member(theirs), self._member()]
        visible = self.env["loyalty.member"].with_user(self.users["store"]).search([("program_id", "=", self.program.id)])
        self.assertEqual(set(visible.ids), {members[0].id, members[2].id})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            members[1].with_user(self.users["store"]).read(["joined_on"])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            members[1].with_user(self.users["store"]).write({"gender": "female"})

    def test_new_team_member_sees_the_stores_members_at_once(self):
        team = self.env["crm.team"].create({"name": "Store"})
        member = self._member(team)
        members = self.env["loyalty.member"].with_user(self.users["store"])
        self.assertFalse(members.search([("id", "=", member.id)]))
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": self.users["store"].id})
        self.assertTrue(members.search([("id", "=", member.id)]))

    def test_managers_and_marketing_see_all_stores(self):
        member = self._member(self.env["crm.team"].create({"name": "Far away"}))
        for user in ("manager", "marketing", "admin"):
            with self.subTest(user):
                self.assertTrue(self.env["loyalty.member"].with_user(self.users[user]).search([("id", "=", member.id)]))

    def test_marketing_widens_what_store_staff_read_and_not_what_they_write(self):
        user = self._user("both", "loyalty_membership.group_store", "loyalty_membership.group_marketing")
        member = self._member(self.env["crm.team"].create({"name": "Far away"})).with_user(user)
        self.assertTrue(member.joined_on)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            member.gender = "female"

    def test_ledger_of_other_stores_is_hidden_from_store_staff(self):
        member = self._member(self.env["crm.team"].create({"name": "Far away"}))
        entries = self.env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 5}])
        self.assertFalse(entries.with_user(self.users["store"]).search([("id", "in", entries.ids)]))
        self.assertTrue(entries.with_user(self.users["manager"]).search([("id", "in", entries.ids)]))
        member.team_id = False
        self.assertTrue(entries.with_user(self.users["store"]).search([("id", "in", entries.ids)]))

    # ------------------------------------------------------------ companies

    def test_other_company_sees_neither_settings_nor_members(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = self._user(
            "elsewhere", "loyalty_membership.group_admin", company_id=company.id, company_ids=[Command.set(company.ids)]
        )
        member = self._member()
        entries = self.env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 5}])
        for record in (self.program, self.tier, self.rule, member, entries):
            with self.subTest(record._name):
                self.assertTrue(record.company_id)
                self.assertFalse(record.with_user(user).search([("id", "in", record.ids)]))

    def test_shared_program_is_seen_by_every_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = self._user(
            "branch", "loyalty_membership.group_admin", company_id=company.id, company_ids=[Command.set(company.ids)]
        )
        self.program.company_id = False
        for record in (self.program, self.tier, self.rule, self._member()):
            with self.subTest(record._name):
                self.assertTrue(record.with_user(user).search([("id", "in", record.ids)]))
