"""Segments on contacts: the tag comes and goes with the members, and nothing else is touched."""

from odoo.exceptions import UserError
from odoo.fields import Command

from .common_segment import SegmentCase


class TestSegmentTags(SegmentCase):
    def setUp(self):
        super().setUp()
        self.segment_of_both = self.of_members(self.both, name="Regulars")
        self.tag = self.segment_of_both.tag_id
        self.customer = self.member.partner_id

    def test_the_tag_comes_and_goes_with_the_member(self):
        self.segment_of_both._refresh()
        self.assertEqual(self.tag.partner_ids, self.both.partner_id)
        self.later()
        self.segment_of_both.member_domain = repr([("id", "=", self.other.id)])
        self.segment_of_both._refresh()
        self.assertEqual(self.tag.partner_ids, self.other.partner_id)

    def test_tags_that_people_gave_stay(self):
        friend = self.env["res.partner.category"].create({"name": "Friend"})
        stranger = self.env["res.partner"].create({"name": "Stranger", "category_id": [Command.set(self.tag.ids)]})
        self.customer.category_id = friend
        self.segment_of_both._refresh()
        self.later()
        self.segment_of_both.member_domain = "[('id', '=', 0)]"
        self.segment_of_both._refresh()
        self.assertEqual(self.customer.category_id, friend)
        self.assertEqual(stranger.category_id, self.tag)

    def test_whoever_replaces_all_tags_leaves_those_of_segments(self):
        self.segment_of_both._refresh()
        friend = self.env["res.partner.category"].create({"name": "Friend"})
        self.customer.write({"category_id": [Command.set(friend.ids)]})
        self.env.invalidate_all()
        self.assertEqual(self.customer.category_id, friend + self.tag)

    def test_the_tag_is_named_like_the_segment_in_every_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.segment_of_both.with_context(lang="zh_CN").name = "常客"
        self.assertEqual(self.tag.with_context(lang="zh_CN").name, "常客")
        self.assertEqual(self.tag.with_context(lang="en_US").name, "Regulars")
        self.segment_of_both.update_field_translations("name", {"en_US": "Friends", "zh_CN": "老友"})
        self.assertEqual(self.tag.with_context(lang="zh_CN").name, "老友")
        self.assertEqual(self.tag.with_context(lang="en_US").name, "Friends")

    def test_an_archived_segment_is_empty_and_comes_back_with_a_refresh(self):
        self.segment_of_both._refresh()
        self.segment_of_both.active = False
        self.assertFalse(self.customer.category_id)
        self.assertFalse(self.tag.active)
        self.assertEqual(self.segment_of_both.member_count, 0)
        self.assertFalse(self.member.segment_ids)
        self.later()
        self.segment_of_both.active = True
        self.segment_of_both._refresh()
        self.assertTrue(self.tag.active)
        self.assertEqual(self.customer.category_id, self.tag)

    def test_a_deleted_segment_takes_its_tag_along(self):
        self.segment_of_both._refresh()
        self.segment_of_both.unlink()
        self.assertFalse(self.tag.exists())
        self.assertFalse(self.customer.category_id)

    def gift(self):
        return self.env["loyalty.catalog.item"].create({
            "name": "Cup", "program_id": self.program.id, "points": 5, "kind": "service",
            "segment_ids": [Command.set(self.tag.ids)],
        })  # fmt: skip

    def test_what_gifts_are_limited_to_is_not_deleted(self):
        self.gift()
        with self.assertRaisesRegex(UserError, "used by Cup"):
            self.segment_of_both.unlink()

    def test_a_gift_limited_to_a_segment_is_for_its_members(self):
        item = self.gift()
        self.segment_of_both.member_domain = repr([("id", "=", self.member.id)])
        self.segment_of_both._refresh()
        self.assertNotEqual(self.obstacle(item, self.member), "segment")
        self.assertEqual(self.obstacle(item, self.other), "segment")

    def obstacle(self, item, member):
        return item._obstacles(member, self.env["crm.team"])[item]

    def test_who_is_erased_or_deleted_loses_the_tag_at_once(self):
        self.segment_of_both._refresh()
        kept = self.other.partner_id
        self.other._leave_segments()
        self.assertEqual(self.tag.partner_ids, self.customer)
        self.assertFalse(kept.category_id)
        self.member._erase("Asked for")
        self.env.invalidate_all()
        self.assertFalse(self.tag.partner_ids)
        self.assertFalse(self.now_in(self.segment_of_both))

    def test_merged_contacts_keep_the_tag_of_who_survives(self):
        """The survivor moves to the contact of the member who is gone, and whose row ends at the next refresh."""
        guests = self.segment(kind="list", name="Guests")
        guests._add_members(self.both)
        self.member.active = False
        self.env["loyalty.member"]._merge_partners(self.other.partner_id, self.customer)
        self.assertEqual(self.other.partner_id, self.customer)
        guests._refresh()
        self.assertEqual(self.now_in(guests), self.other)
        self.assertIn(guests.tag_id, self.customer.category_id)

    def test_the_api_tells_the_names_of_the_segments(self):
        self.segment_of_both._refresh()
        api = self.env["loyalty.api"].sudo()
        self.assertEqual(api.get_member(self.member.code, program=self.program.id)["segments"], ["Regulars"])
