from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_api import ApiCase

METHODS = {
    "enroll": {"name": "A", "source": "s", "reference": "1"},
    "enroll_members": {"members": [{"name": "A", "source": "s", "reference": "1"}]},
    "get_member": {"member": "x"},
    "get_statement": {"member": "x"},
    "simulate_purchase": {"member": "x", "lines": []},
    "record_purchase": {"member": "x", "lines": [], "source": "s", "reference": "1"},
    "record_purchases": {"purchases": []},
    "record_refund": {"source": "s", "reference": "1", "original_reference": "2"},
    "record_activity": {"member": "x", "activity": "y", "source": "s", "reference": "1"},
    "invite": {"member": "x"},
    "list_rewards": {"member": "x"},
    "redeem": {"member": "x", "item": 1, "source": "s", "reference": "1"},
    "get_redemption": {"redemption": "x"},
    "cancel_redemption": {"redemption": "x", "reason": "y"},
    "draw": {"member": "x", "draw": 1, "source": "s", "reference": "1"},
}


@tagged("post_install", "-at_install")
class TestApiRights(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abroad = cls.env["res.company"].create({"name": "Abroad"})
        cls.theirs = cls.env["loyalty.program"].create({
            "name": "Club Abroad", "program_type": "loyalty", "is_membership": True, "company_id": cls.abroad.id,
        })  # fmt: skip

    def test_nobody_else_may_call(self):
        clerk = self.make_user("clerk", "loyalty_membership.group_manager,base.group_system")
        for method, arguments in METHODS.items():
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self.env["loyalty.api"].with_user(clerk), method)(**arguments)

    def test_the_till_may_do_nothing_else(self):
        for model in ("loyalty.member", "loyalty.transaction", "loyalty.points.entry", "loyalty.consent"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.till).search([])

    def test_every_public_method_is_checked_here(self):
        names = {
            name
            for cls in type(self.api).mro()
            for name, method in vars(cls).items()
            if cls.__module__.startswith("odoo.addons.loyalty_membership.models.loyalty_api")
            and callable(method)
            and not name.startswith("_")
        }
        self.assertEqual(names - {"has_access", "check_access"}, METHODS.keys())

    def test_the_reads_are_read_only(self):
        for name in METHODS:
            method = getattr(type(self.api), name)
            self.assertEqual(getattr(method, "_readonly", False), name.startswith(("get", "list", "simulate")), name)
            self.assertTrue(method.__doc__.strip(), name)

    def test_the_documentation_page_shows_the_methods(self):
        self.assertTrue(self.api.has_access("read"))
        self.assertFalse(self.api.has_access("write"))
        with self.assertRaises(AccessError):
            self.api.search([])
        clerk = self.make_user("clerk", "base.group_user")
        self.assertFalse(self.env["loyalty.api"].with_user(clerk).has_access("read"))

    # ------------------------------------------------------------ companies and programs

    def test_the_program_is_that_of_the_company(self):
        user = new_test_user(
            self.env, "till_abroad", groups="loyalty_membership.group_api",
            company_id=self.abroad.id, company_ids=[(6, 0, self.abroad.ids)],
        )  # fmt: skip
        self.env["loyalty.program"].search([("is_membership", "=", True), ("company_id", "=", False)]).active = False
        answer = self.env["loyalty.api"].with_user(user).enroll(**self.person())
        member = self.env["loyalty.member"].search([("code", "=", answer["member"])])
        self.assertEqual(member.program_id, self.theirs)

    def test_a_program_of_another_company_is_unknown(self):
        for program in (self.theirs.id, self.theirs.name, 2**31 - 1, "Nowhere"):
            self.assertRefused(404, "program: there is no", "get_member", member=self.member.code, program=program)

    def test_a_program_may_be_named(self):
        answer = self.call("get_member", member=self.member.code, program="Club")
        self.assertEqual(answer["code"], self.member.code)

    def test_two_programs_must_be_told_apart(self):
        self.program.copy({"name": "Second", "company_id": self.program.company_id.id})
        self.assertRefused(422, "program: choose one", "get_member", member=self.member.code, program=None)

    def test_a_user_of_both_companies_reaches_both(self):
        self.till.company_ids |= self.abroad
        answer = self.call("enroll", **self.person(), program=self.theirs.id)
        self.assertRefused(404, "member: ", "get_member", member=answer["member"])
        found = self.api.with_context(allowed_company_ids=self.abroad.ids).get_member(answer["member"], program=self.theirs.name)
        self.assertEqual(found["code"], answer["member"])

    def test_members_of_another_program_are_unknown(self):
        partner = self.env["res.partner"].create({"name": "Far"})
        far = self.env["loyalty.member"].create({"partner_id": partner.id, "program_id": self.theirs.id})
        self.assertRefused(404, "member: ", "record_purchase", **self.purchase(5, member=far.code))
        self.assertRefused(422, "referral_code: ", "enroll", **self.person(referral_code=far.code))

    def test_the_store_of_another_company_is_unknown(self):
        store = self.env["crm.team"].create({"name": "Far Store", "company_id": self.abroad.id})
        for key in (store.id, store.name):
            self.assertRefused(422, "store: there is no", "record_purchase", **self.purchase(5, store=key))
        self.till.company_ids |= self.abroad
        self.assertRefused(422, "store: there is no", "record_purchase", **self.purchase(5, store=store.id))

    def test_a_product_of_another_company_is_only_text(self):
        self.env["product.product"].create({"name": "Far", "default_code": "FAR", "company_id": self.abroad.id})
        answer = self.call("record_purchase", **self.purchase(lines=[{"sku": "FAR", "quantity": 1, "amount": 5}]))
        line = self.Transaction.browse(answer["transaction"]).line_ids
        self.assertFalse(line.product_id)
        self.assertEqual(line.sku, "FAR")

    def test_the_context_of_the_caller_is_not_trusted(self):
        for context in ({"lang": 5}, {"lang": "xx_XX"}, {"tz": []}, {"active_test": "no"}, {"loyalty_members_card": True}):
            answer = self.api.with_context(**context).get_member(self.member.code, program=self.program.id)
            self.assertEqual(answer["code"], self.member.code)
        with self.assertRaises(AccessError):
            self.api.with_context(allowed_company_ids=self.abroad.ids).get_member(self.member.code)
