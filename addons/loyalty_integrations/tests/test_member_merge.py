"""Members who are merged, and what other systems know of them."""

from odoo.addons.loyalty_membership.tests.test_merge_seam import naming_members
from odoo.tests import tagged

from .common import EchoCase

#: Fields that the merge does not move, and why.
STAYS = {
    "loyalty.outbox.member_id": "What was sent of whom.",
    "loyalty.sync.conflict.member_id": "It is about the record there of the one who was merged.",
}


@tagged("post_install", "-at_install")
class TestMemberMerge(EchoCase):
    def test_every_field_that_names_a_member_stays_for_a_reason(self):
        self.assertEqual({".".join(names) for names in naming_members(self.env, "loyalty_integrations")}, STAYS.keys())

    def test_both_are_told_to_the_other_system_and_keep_their_records_there(self):
        self.give(self.member, 30)
        self.give(self.other, 12)
        self.dispatch()
        self.other._merge_into(self.member, "the same person")
        self.dispatch()
        points = {values["code"]: values["points"] for values in self.fake.records.values()}
        self.assertEqual(points, {self.member.code: 42, self.other.code: 0})

    def give(self, member, points):
        self.env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": points}])

    def test_a_customer_there_of_who_was_merged_is_the_survivors(self):
        self.env["loyalty.binding"]._keep(self.connection, "member", self.other, "CUST2")
        self.other._merge_into(self.member, "the same person")
        data = {"reference": "SO1", "customer": "CUST2", "lines": [{"name": "Tea", "quantity": "1", "amount": "10"}]}
        row = self.env["loyalty.inbox"].sudo()._receive(self.connection, "purchase", [{"event_id": "SO1", "data": data}])
        row._process()
        self.assertEqual((row.state, row.transaction_id.member_id), ("done", self.member))
