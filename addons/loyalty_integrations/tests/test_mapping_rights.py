"""Administrators of the system change mappings, membership managers read them; nobody of another company sees them."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_mapping import MappingCase

MODELS = ("loyalty.mapping", "loyalty.mapping.line", "loyalty.mapping.step", "loyalty.mapping.value", "loyalty.remote.field")


@tagged("post_install", "-at_install")
class TestMappingRights(MappingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.make_user("integrator", "base.group_system")
        cls.manager = cls.make_user("manager", "loyalty_membership.group_manager")
        cls.store = cls.make_user("store", "loyalty_membership.group_store")

    def test_an_administrator_of_the_system_makes_and_publishes_versions(self):
        mapping = self.mapping.with_user(self.system)
        mapping.action_refresh_fields()
        draft = mapping.browse(mapping.action_new_version()["res_id"])
        self.line(draft, "name").required = False
        self.line(draft, "code").step_ids.one = "X-"
        self.line(draft, "score").unlink()
        draft.action_publish()
        self.assertEqual(draft.published_by_id, self.system)

    def test_a_manager_reads_and_changes_nothing(self):
        mapping = self.mapping.with_user(self.manager)
        self.assertTrue(mapping.line_ids.mapped("told"))
        self.draft()
        for change in (
            mapping.action_new_version,
            mapping.action_refresh_fields,
            self.draft().with_user(self.manager).action_publish,
        ):
            with self.assertRaises(AccessError):
                change()
        for model in MODELS:
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.env[model].with_user(self.manager).has_access(operation), (model, operation))

    def test_a_store_sees_none_of_it(self):
        for model in (*MODELS, "loyalty.local.field", "loyalty.sync.conflict", "loyalty.mapping.preview"):
            self.assertFalse(self.env[model].with_user(self.store).has_access("read"), model)

    def test_nobody_writes_the_fields_of_ours_or_conflicts(self):
        for model in ("loyalty.local.field", "loyalty.sync.conflict"):
            for user in (self.system, self.manager):
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(self.env[model].with_user(user).has_access(operation), (model, operation))

    def test_another_company_has_mappings_of_its_own(self):
        company = self.env["res.company"].create({"name": "Other"})
        for user in (self.system, self.manager):
            user.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
            for model in MODELS:
                found = self.env[model].with_user(user).search([])
                self.assertFalse(found, (user.login, model))
            with self.assertRaises(AccessError):
                self.mapping.with_user(user).read(["note"])
            with self.assertRaises(AccessError):
                self.line(self.mapping, "code").step_ids.with_user(user).read(["one"])
