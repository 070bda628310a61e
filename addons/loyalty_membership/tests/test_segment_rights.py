"""Who may make segments and see them; and that nobody learns a phone by counting."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_segment import SegmentCase

GROUP = "loyalty_membership.group_"


class TestSegmentRights(SegmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing, cls.store, cls.manager, cls.admin, cls.viewer = (
            cls.make_user(f"segment_{name}", GROUP + name) for name in ("marketing", "store", "manager", "admin", "viewer")
        )
        cls.shop = cls.env["crm.team"].create({"name": "Shop"})
        cls.other.team_id = cls.shop
        cls.member.partner_id.email = "li.na@example.com"
        cls.everybody = cls.of_members(cls.both, name="Everybody")
        cls.everybody._refresh()

    def test_marketing_makes_changes_refreshes_and_deletes_segments(self):
        segments = self.Segment.with_user(self.marketing)
        segment = segments.create({
            "name": "Mine", "program_id": self.program.id, "member_domain": "[('points', '>=', 0)]",
        })  # fmt: skip
        segment.action_refresh()
        self.assertEqual(segment.member_count, 2)
        self.assertEqual(self.member.partner_id.category_id, self.everybody.tag_id + segment.sudo().tag_id)
        segment.write({"name": "Yours"})
        segment.active = False
        segment.unlink()
        self.assertFalse(segment.exists())

    def assertOnlyRead(self, segment):
        self.assertEqual(segment.name, "Everybody")
        for refused in (
            lambda: segment.write({"name": "X"}), segment.unlink, segment.action_refresh,
            lambda: segment.create({"name": "X", "program_id": self.program.id}),
            lambda: segment._add_members(self.member),
        ):  # fmt: skip
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                refused()

    def test_others_only_read_them(self):
        for user in (self.store, self.manager):
            self.assertOnlyRead(self.everybody.with_user(user))
        with self.assertRaises(AccessError):
            self.everybody.with_user(self.viewer).read(["name"])

    def test_the_store_sees_its_own_members_badges_and_no_comings_and_goings(self):
        self.assertEqual(self.member.with_user(self.store).segment_ids.ids, self.everybody.ids)
        rows = self.everybody.with_user(self.store).membership_ids
        self.assertEqual(rows.member_id, self.member.with_user(self.store))
        with self.assertRaises(AccessError):
            self.env["loyalty.segment.move"].with_user(self.store).search([])
        for user in (self.marketing, self.manager):
            moves = self.env["loyalty.segment.move"].with_user(user).search([("segment_id", "=", self.everybody.id)])
            self.assertEqual(len(moves), 2, user.login)

    def test_nobody_writes_what_is_kept(self):
        segment = self.everybody.with_user(self.admin)
        for values in (
            {"member_count": 7},
            {"tag_id": False},
            {"refreshed_at": False},
            {"ready_made": "churn"},
            {"problem": "x"},
        ):
            with self.assertRaisesRegex(AccessError, "nobody writes it"):
                segment.write(values)
            with self.assertRaisesRegex(AccessError, "nobody writes it"):
                segment.create({"name": "X", "program_id": self.program.id, **{key: value or 1 for key, value in values.items()}})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.env["loyalty.segment.membership"].with_user(self.admin).create({
                "segment_id": segment.id, "member_id": self.member.id, "entered_at": "2026-01-01",
            })  # fmt: skip

    # ------------------------------------------------------------ contacts

    def test_no_filter_asks_for_contacts(self):
        user = self.env["res.users"]
        for leaf in (
            ("phone", "ilike", "138"), ("email", "=", "li.na@example.com"), ("partner_id.phone", "=like", "138%"),
            ("partner_id.email", "ilike", "li.na"), ("partner_id", "ilike", "li.na@"),
            ("partner_id", "any", [("phone", "like", "1")]),
            ("partner_id", "any!", [("phone", "like", "1")]), ("card_id.partner_id.phone", "like", "1"),
            ("card_id", "any", [("partner_id", "any", [("street", "like", "1")])]), ("display_name", "ilike", "8000"),
            ("identity_ids.value", "like", "138"), ("referrer_id.phone", "like", "1"), ("referrer_id", "ilike", "138"),
            ("partner_id.phone_sanitized", "like", "1"), ("partner_id.child_ids.phone", "like", "1"),
            ("message_ids.body", "like", "1"), ("transaction_ids.member_id.phone", "like", "1"),
            ("team_id.user_id.login", "like", "1"), ("partner_id.user_id.partner_id.phone", "like", "1"),
            ("phone", "in", ["13800138000", False]), ("create_uid.login", "like", "a"), ("card_id.order_id.name", "like", "1"),
        ):  # fmt: skip
            for writer in (self.marketing, self.admin, user.browse(1)):
                with self.assertRaisesRegex((ValidationError, UserError), "can't ask for|can't be read"), self.env.cr.savepoint():
                    self.Segment.with_user(writer).create({
                        "name": "X", "program_id": self.program.id, "member_domain": repr([leaf]),
                    })  # fmt: skip

    def test_the_count_of_an_unsaved_filter_tells_no_contacts(self):
        with Form(self.Segment.with_user(self.marketing)) as form:
            form.name = "X"
            form.member_domain = "[('phone', 'ilike', '13800138000')]"
            self.assertEqual(form.live_count, 0)
            self.assertIn("can't ask for", form.live_problem)
            form.member_domain = "[]"
            self.assertEqual(form.live_count, 2)

    def test_whether_there_is_a_contact_may_be_asked(self):
        for domain in ([("email", "!=", False)], [("partner_id.email", "!=", False)]):
            segment = self.Segment.with_user(self.marketing).create({
                "name": "X", "program_id": self.program.id, "member_domain": repr(domain),
            })  # fmt: skip
            self.assertEqual(self.inside(segment.sudo()), self.member)

    def test_a_field_that_the_writer_may_not_read_is_refused(self):
        field = self.env["loyalty.member"]._fields["birthdate"]
        self.patch(field, "groups", "base.group_system")
        with self.assertRaisesRegex(ValidationError, "can't ask for"):
            self.Segment.with_user(self.marketing).create({
                "name": "X", "program_id": self.program.id, "member_domain": "[('birthdate', '<', '2000-01-01')]",
            })  # fmt: skip

    def test_who_may_make_no_segments_learns_no_count(self):
        draft = self.Segment.with_user(self.store).new({
            "name": "X", "program_id": self.program.id, "member_domain": repr([("id", "=", self.other.id)]),
        })  # fmt: skip
        self.assertEqual(draft.live_count, 0)

    # ------------------------------------------------------------ lists

    def adding(self, user=None, **values):
        return self.env["loyalty.segment.adding"].with_user(user or self.marketing).create({
            "program_id": self.program.id, **values,
        })  # fmt: skip

    def test_numbers_and_phones_are_pasted_onto_a_new_list(self):
        wizard = self.adding(new_name="Guests", pasted=f"{self.member.code}, 138 0013 8001; 13900000000")
        self.assertIn("13900000000", wizard.told)
        self.assertIn("2", wizard.told)
        wizard.action_done()
        self.assertEqual(self.now_in(self.Segment.search([("name", "=", "Guests")])), self.both)

    def test_members_chosen_in_their_list_are_added_and_taken_off(self):
        guests = self.segment(kind="list", name="Guests")
        chosen = {"active_model": "loyalty.member", "active_ids": self.both.ids}
        for what, left in (("add", 2), ("remove", 0)):
            with Form(self.env["loyalty.segment.adding"].with_user(self.marketing).with_context(**chosen)) as form:
                form.segment_id, form.what = guests, what
            form.record.action_done()
            self.assertEqual(len(self.now_in(guests)), left)

    def test_adding_needs_a_list_and_somebody(self):
        with self.assertRaisesRegex(UserError, "paste their numbers"):
            self.adding(new_name="Guests").action_done()
        with self.assertRaisesRegex(UserError, "Choose a list"):
            self.adding(member_ids=[Command.set(self.member.ids)]).action_done()

    def test_the_store_adds_nobody(self):
        with self.assertRaises(AccessError):
            self.adding(self.store)

    # ------------------------------------------------------------ companies

    def test_another_companys_segments_are_not_there(self):
        company = self.env["res.company"].create({"name": "Branch"})
        theirs = self.env["loyalty.program"].create({"name": "Theirs", "is_membership": True, "company_id": company.id})
        segment = self.Segment.search([("program_id", "=", theirs.id)], limit=1)
        for user in (self.marketing, self.manager, self.admin):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                segment.with_user(user).read(["name"])
            self.assertFalse(self.Segment.with_user(user).search([("id", "=", segment.id)]))
        draft = self.Segment.with_user(self.marketing).new({"name": "X", "program_id": theirs.id})
        self.assertTrue(draft.live_problem)
        self.assertEqual(draft.live_count, 0)
