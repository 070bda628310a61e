"""A mapping has versions: one is used, one may be edited, none that was used ever changes."""

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from ..adapters.base import ADAPTERS
from ..domain.canonical import KINDS
from ..domain.transforms import parse
from .common_mapping import FIELDS, CrmAdapter, MappingCase


@tagged("post_install", "-at_install")
class TestMapping(MappingCase):
    def snapshot(self, **values):
        return {**self.member._integration_snapshot()[self.member.id], **values}

    def test_a_connection_begins_with_the_mapping_that_its_system_proposes(self):
        self.assertEqual((self.mapping.state, self.mapping.version), ("published", 1))
        payload, problems = self.mapping._to_remote(self.snapshot(name="Li Na", points=12))
        self.assertFalse(problems)
        self.assertEqual(payload, {
            "code": f"LOY-{self.member.code}", "name": "Li Na", "mobile": "13800138000", "score": 12, "org": "100",
        })  # fmt: skip

    def test_what_was_empty_empties_it_there_and_what_is_for_new_ones_stays(self):
        payload, _problems = self.mapping._to_remote(self.snapshot(), creating=False)
        self.assertNotIn("org", payload)
        self.assertIsNone(payload["mail"])

    def test_a_published_mapping_never_changes(self):
        line = self.line(self.mapping, "name")
        value = {"line_id": line.id, "local": "a", "remote": "b"}
        for change in (
            lambda: self.mapping.write({"note": "x"}),
            lambda: self.mapping.write({"state": "draft"}),
            lambda: self.mapping.unlink(),
            lambda: line.write({"required": False}),
            lambda: line.unlink(),
            lambda: line.copy({"mapping_id": self.mapping.id}),
            lambda: self.env["loyalty.mapping.value"].create(value),
            lambda: self.line(self.mapping, "code").step_ids.write({"one": "X-"}),
            lambda: self.line(self.mapping, "code").step_ids.unlink(),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                change()

    def test_a_draft_can_not_be_published_by_writing_its_state(self):
        with self.assertRaises(UserError):
            self.draft().write({"state": "published"})
        sneaked = self.env["loyalty.mapping"].create({
            "connection_id": self.connection.id, "subject": "sale", "state": "published", "version": 7
        })  # fmt: skip
        self.assertEqual((sneaked.state, sneaked.version), ("draft", 0))

    def test_a_line_is_not_moved_into_a_published_mapping(self):
        line = self.draft().line_ids[0]
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.mapping_id = self.mapping

    def test_a_new_version_is_a_copy_that_is_used_once_it_is_published(self):
        draft = self.draft()
        self.assertEqual(draft.line_ids.mapped("remote"), self.mapping.line_ids.mapped("remote"))
        self.line(draft, "code").step_ids.one = "M-"
        self.assertEqual(self.connection._mapping("member"), self.mapping)
        draft.action_publish()
        self.assertEqual((draft.version, draft.state, self.mapping.state), (2, "published", "archived"))
        self.assertEqual(draft.published_by_id, self.env.user)
        used = self.connection._mapping("member")
        self.assertEqual(used._to_remote(self.snapshot())[0]["code"], f"M-{self.member.code}")

    def test_there_is_one_draft_at_a_time(self):
        draft = self.draft()
        self.assertEqual(self.draft(), draft)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.mapping.copy().flush_recordset()

    def test_an_earlier_version_can_be_taken_up_again(self):
        self.draft().action_publish()
        again = self.env["loyalty.mapping"].browse(self.mapping.action_new_version()["res_id"])
        again.action_publish()
        self.assertEqual(again.version, 3)

    # ------------------------------------------------------------ fields there

    def test_fields_there_are_asked_for_and_kept(self):
        self.mapping.action_refresh_fields()
        fields = self.env["loyalty.remote.field"].search([("connection_id", "=", self.connection.id), ("gone", "=", False)])
        self.assertEqual(set(fields.mapped("path")) - {"bill", "sku"}, {field.path for field in FIELDS})
        level = fields.filtered(lambda field: field.path == "level")
        self.assertEqual((level.label, level.choices), ("Level", [["1", "Normal"], ["2", "Gold"]]))
        self.assertFalse(self.mapping.missing)

    def test_a_field_that_is_gone_there_stays_where_it_is_mapped(self):
        self.mapping.action_refresh_fields()
        self.patch(CrmAdapter, "described", [field for field in FIELDS if field.path != "sex"])
        self.mapping.action_refresh_fields()
        self.assertTrue(self.line(self.mapping, "sex").remote_field_id.gone)

    def test_a_system_that_does_not_answer_is_told_of_in_its_words(self):
        self.patch(CrmAdapter, "described", None)
        with self.assertRaisesRegex(UserError, "no answer"):
            self.mapping.action_refresh_fields()

    def test_a_field_can_be_typed_by_hand(self):
        fields = self.env["loyalty.remote.field"].with_context(default_connection_id=self.connection.id, default_subject="member")
        number, name = fields.name_create(" extra__c ")
        self.assertEqual((name, fields.browse(number).by_hand), ("extra__c", True))
        self.assertEqual(fields.name_create("extra__c")[0], number)

    def test_limits_and_choices_of_there_are_minded(self):
        self.mapping.action_refresh_fields()
        payload, problems = self.mapping._to_remote(self.snapshot(name="N" * 21, gender="female"))
        self.assertEqual(
            problems, ["name is longer than the 20 that it takes", "sex has no choice “female”: give it a pair of values"]
        )
        self.assertNotIn("name", payload)

    # ------------------------------------------------------------ what can't be published

    def assert_refused(self, draft):
        with self.assertRaises(UserError) as caught:
            draft.action_publish()
        return str(caught.exception)

    def test_a_mapping_that_makes_no_sense_is_not_published(self):
        self.mapping.action_refresh_fields()
        draft = self.draft()
        score = self.line(draft, "score")
        for values, told in (
            ({"direction": "both"}, "ours alone"),
            ({"local_field_id": False}, "fixed value"),
            ({"remote_field_id": self.line(draft, "name").remote_field_id.id}, "sent by two lines"),
            ({"step_ids": [Command.create({"kind": "prefix"})]}, "tell the step what with"),
            ({"step_ids": [Command.create({"kind": "truncate", "one": "many"})]}, "wants a number"),
        ):
            with self.subTest(told), self.env.cr.savepoint() as savepoint:
                score.write(values)
                self.assertIn(told, self.assert_refused(draft))
                savepoint.rollback()
        self.line(draft, "mail").step_ids = [Command.create({"kind": "mask", "one": "1"})]
        self.assertIn("nothing can be received", self.assert_refused(draft))

    def test_a_field_of_another_connection_is_refused(self):
        other = self.make_connection(name="Other")._mapping("member").line_ids[0].remote_field_id
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.draft().line_ids[0].remote_field_id = other

    def test_a_field_of_another_program_is_refused(self):
        program = self.program.copy({"name": "Other"})
        program.member_properties_definition = [{"name": "size", "type": "integer", "string": "Size"}]
        self.env["loyalty.local.field"]._sync(program)
        size = self.env["loyalty.local.field"].search([("name", "=", "property_size")])
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.draft().line_ids[0].local_field_id = size

    # ------------------------------------------------------------ the form

    def test_it_is_edited_in_the_form(self):
        self.mapping.action_refresh_fields()
        draft = self.draft()
        known = self.env["loyalty.local.field"].search([("kind", "=", "member"), ("name", "=", "tier_code")])
        level = self.env["loyalty.remote.field"].search([("path", "=", "level"), ("connection_id", "=", self.connection.id)])
        with Form(draft) as form, form.line_ids.new() as line:
            line.local_field_id, line.remote_field_id, line.direction = known, level, "push"
        line = self.line(draft, "level")
        with Form(line.with_context(lang="en_US"), "loyalty_integrations.mapping_line_form") as form:
            with form.value_ids.new() as pair:
                pair.local, pair.remote = "GOLD", "2"
            with form.step_ids.new() as step:
                step.kind, step.one = "truncate", "5"
        self.assertEqual(line.told, "Pairs: 1 → Cut to characters 5")
        self.assertEqual(line.choices_told, "1 (Normal), 2 (Gold)")
        draft.action_publish()
        self.assertEqual(draft._to_remote(self.snapshot(tier_code="GOLD"))[0]["level"], "2")

    def test_an_example_shows_what_the_steps_do(self):
        line = self.line(self.draft(), "mobile")
        self.assertRegex(line.example, r"^1380013800\d  →  1380013800\d$")
        line.step_ids = [Command.clear(), Command.create({"kind": "mask", "one": "3", "two": "4"})]
        self.assertRegex(line.example, r"→  138\*\*\*\*800\d$")

    def test_fields_of_ours_are_found_by_the_words_of_the_user(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        fields = self.env["loyalty.local.field"].search([("kind", "=", "member"), ("display_name", "ilike", "birth")])
        self.assertEqual(fields.name, "birthdate")

    # ------------------------------------------------------------ every system

    def test_what_every_system_proposes_is_understood(self):
        for code, adapter in ADAPTERS.items():
            made = adapter(dict.fromkeys(adapter.settings_needed, "x"), http=None)
            connection = self.env["loyalty.connection"].new({"system": code})
            for subject in connection._mapped_subjects():
                kind = connection._kind_of(subject)
                for default in made.defaults(subject):
                    with self.subTest(code=code, subject=subject, remote=default.remote):
                        self.assertIn(default.local, [*(local.name for local in KINDS[kind]), ""])
                        for told in default.transforms:
                            parse(told)

    def test_a_draft_connection_goes_with_its_mappings(self):
        connection = self.make_connection(name="Mistake")
        connection.sudo().state = "draft"
        mapping = connection._mapping("member")
        connection.unlink()
        self.assertFalse(mapping.exists())
