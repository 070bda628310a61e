"""Who may move members in, and who sees the files."""

import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_import import MemberImportCase, workbook

LIST = (("姓名", "手机号"), ("张伟", "13900139000"))


@tagged("post_install", "-at_install")
class TestMemberImportRights(MemberImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("import_manager", "loyalty_membership.group_manager")
        cls.colleague = cls.make_user("import_colleague", "loyalty_membership.group_manager")
        cls.admin = cls.make_user("import_admin", "loyalty_membership.group_admin")

    def test_a_manager_imports_from_upload_to_the_end(self):
        record = self.land(*LIST, user=self.manager)
        self.assertLanded(record, created=1)
        self.assertEqual((record.user_id, self.known("13900139000").create_uid), (self.manager, self.manager))

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_nobody_else_has_a_menu_or_a_method(self):
        record = self.upload(workbook(*LIST))
        menu = self.env.ref("loyalty_membership.menu_member_import")
        self.assertIn(menu.id, self.env["ir.ui.menu"].with_user(self.manager)._visible_menu_ids())
        for group in ("viewer", "store", "marketing", "api"):
            user = self.make_user(f"import_{group}", f"loyalty_membership.group_{group}")
            self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(user)._visible_menu_ids())
            with self.assertRaises(AccessError):
                self.upload(workbook(*LIST), user=user)
            for action in ("action_check", "action_import", "action_stop", "action_resume", "read", "unlink"):
                with self.subTest(group=group, action=action), self.assertRaises(AccessError):
                    getattr(record.with_user(user), action)()
            for model in ("loyalty.member.import", "loyalty.member.import.column", "loyalty.member.import.row"):
                for mode in ("read", "write", "create", "unlink"):
                    self.assertFalse(self.env[model].with_user(user).has_access(mode), (group, model, mode))

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_a_file_is_seen_by_who_uploaded_it_and_by_administrators(self):
        record = self.check(*LIST, user=self.manager).sudo(False)
        attachment = (
            self
            .env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", record._name), ("res_id", "=", record.id), ("res_field", "=", "file")])
        )
        self.assertTrue(attachment)
        for model, found in (("loyalty.member.import", record), ("loyalty.member.import.row", record.row_ids)):
            seen = [self.env[model].with_user(user).search([("id", "in", found.ids)]) for user in (self.manager, self.admin)]
            self.assertEqual([len(records) for records in seen], [1, 1])
            self.assertFalse(self.env[model].with_user(self.colleague).search([("id", "in", found.ids)]))
        with self.assertRaises(AccessError):
            attachment.with_user(self.colleague).read(["datas"])
        with self.assertRaises(AccessError):
            record.with_user(self.colleague).action_check()

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_what_became_of_a_file_is_not_for_callers_to_say(self):
        record = self.upload(workbook(*LIST), user=self.manager)
        for values in ({"state": "running"}, {"total": 5}, {"user_id": self.admin.id}, {"signature": "x"}):
            with self.assertRaises(AccessError):
                record.write(values)
        self.assertEqual(
            self.Import.with_user(self.manager).create({"program_id": self.program.id, "state": "done"}).state, "draft"
        )
        with self.assertRaises(AccessError):
            record.column_ids[0].write({"header": "x"})
        with self.assertRaises(AccessError):
            self.env["loyalty.member.import.row"].with_user(self.manager).create({
                "import_id": record.id,
                "sheet": "members",
                "number": 1,
            })

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_a_manager_of_one_company_does_not_import_into_another_s_program(self):
        company = self.env["res.company"].create({"name": "B"})
        program = self.env["loyalty.program"].create({"name": "B club", "is_membership": True, "company_id": company.id})
        with self.assertRaises(AccessError):
            self.upload(workbook(*LIST), user=self.manager, program_id=program.id)
        record = self.upload(workbook(*LIST), user=self.manager)
        with self.assertRaises(AccessError):
            record.write({"program_id": program.id})
        foreign = self.upload(workbook(*LIST), program_id=program.id)
        with self.assertRaises(AccessError):
            foreign.with_user(self.manager).action_check()

    def test_who_is_no_manager_any_more_imports_no_further(self):
        record = self.check(*LIST, user=self.manager)
        record.action_import()
        self.manager.sudo().group_ids -= self.env.ref("loyalty_membership.group_manager")
        self.work()
        record = record.sudo()
        self.assertEqual((record.state, bool(record.problem)), ("stopped", True))
        self.assertFalse(self.known("13900139000"))

    def test_a_finished_import_takes_no_other_file(self):
        record = self.land(*LIST, user=self.manager)
        with self.assertRaises(UserError):
            record.write({"file": base64.b64encode(workbook(*LIST))})
        for action in ("action_check", "action_import", "action_resume", "action_stop"):
            with self.assertRaises(UserError):
                getattr(record, action)()


@tagged("post_install", "-at_install")
class TestMemberImportDownload(HttpCase, MemberImportCase):
    def test_downloads_are_for_who_may_read_the_import(self):
        self.make_user("dl_manager", "loyalty_membership.group_manager")
        self.make_user("dl_other", "loyalty_membership.group_manager")
        self.make_user("dl_store", "loyalty_membership.group_store")
        user = self.env["res.users"].search([("login", "=", "dl_manager")])
        record = self.upload(workbook(*LIST), user=user)
        for login, what, status in (
            ("dl_manager", "template", 200), ("dl_manager", "report", 200), ("dl_manager", "other", 404),
            ("dl_other", "report", 403),
            ("dl_store", "template", 403),
        ):  # fmt: skip
            self.authenticate(login, login)
            with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"):
                answer = self.url_open(f"/loyalty_membership/import/{record.id}/{what}")
            self.assertEqual(answer.status_code, status, (login, what))
        self.authenticate(None, None)
        self.assertNotIn("spreadsheet", self.url_open(f"/loyalty_membership/import/{record.id}/report").headers["Content-Type"])
