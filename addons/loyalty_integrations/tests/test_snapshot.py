"""What is told of members and redemptions, in a number of queries that doesn't grow."""

import json
from datetime import datetime

from odoo.tests import tagged

from ..domain.canonical import KINDS, PROPERTY
from .common_mapping import MappingCase

#: In Shanghai it is the next day.
EVENING = datetime(2026, 1, 15, 20, 0)


@tagged("post_install", "-at_install")
class TestSnapshot(MappingCase):
    def told(self, records):
        return records._integration_snapshot()

    def test_every_field_that_can_be_picked_is_told_and_none_else(self):
        self.assertEqual(set(self.told(self.member)[self.member.id]), {local.name for local in KINDS["member"]})
        entry = self.env["loyalty.points.entry"]._post([{"member_id": self.member.id, "kind": "adjust", "points": 5}])
        self.assertEqual(set(self.told(entry)[entry.id]), {local.name for local in KINDS["points"]})

    def test_it_is_plain_json(self):
        told = self.told(self.member | self.other)
        self.assertEqual(json.loads(json.dumps(list(told.values()), allow_nan=False)), list(told.values()))

    def test_a_member_is_told_as_people_know_them(self):
        tiers = self.make_tiers(0, 100)
        partner = self.member.partner_id
        partner.write({
            "email": "li@example.com", "street": "南京路 1", "city": "上海", "zip": "200000",
            "state_id": self.env.ref("base.state_cn_SH").id, "category_id": [(0, 0, {"name": "VIP"}), (0, 0, {"name": "A"})],
        })  # fmt: skip
        self.member.write({"birthdate": "1990-05-01", "gender": "female", "tier_id": tiers[0].id})
        self.buy(80, date=EVENING)
        told = self.told(self.member)[self.member.id]
        wanted = {
            "name": "Li Na", "phone": partner.phone, "email": "li@example.com", "birthdate": "1990-05-01", "gender": "female",
            "city": "上海", "zip": "200000", "country": "CN", "tags": ["A", "VIP"], "state": "active", "tier_code": "T0",
            "tier_name": "Tier 0", "next_tier_name": "Tier 1", "points": 80, "purchase_amount": 80, "purchase_count": 1,
            "average_purchase": 80, "external_id": None,
        }  # fmt: skip
        self.assertEqual({name: told[name] for name in wanted}, wanted)

    def test_days_are_those_of_the_program(self):
        self.buy(1, date=EVENING)
        self.assertEqual(self.told(self.member)[self.member.id]["last_purchase_on"], "2026-01-16")

    def test_the_number_there_is_the_connections_own(self):
        self.bind(self.member, "crm-7")
        told = self.member._integration_snapshot(self.connection)[self.member.id]
        self.assertEqual(told["external_id"], "crm-7")

    def test_the_programs_own_fields_are_told_in_words(self):
        self.program.member_properties_definition = [
            {"name": "size", "type": "selection", "string": "Size", "selection": [["s", "Small"], ["l", "Large"]]},
            {"name": "kids", "type": "integer", "string": "Kids"},
            {"name": "likes", "type": "tags", "string": "Likes", "tags": [["t", "Tea", 1], ["w", "Wine", 2]]},
        ]
        self.member.properties = {"size": "l", "kids": 2, "likes": ["w", "t"]}
        told = self.told(self.member)[self.member.id]
        self.assertEqual([told[PROPERTY + name] for name in ("size", "kids", "likes")], ["Large", 2, ["Tea", "Wine"]])
        self.env["loyalty.local.field"]._sync(self.program)
        found = self.env["loyalty.local.field"].search([("program_id", "=", self.program.id)])
        self.assertEqual(found.mapped("display_name"), ["Size", "Kids", "Likes"])

    def queries(self, records):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.told(records)
        return self.cr.sql_log_count - before

    def test_many_members_take_as_many_queries_as_two(self):
        self.make_tiers(0, 100)
        self.program.member_properties_definition = [{"name": "kids", "type": "integer", "string": "Kids"}]
        members = self.env["loyalty.member"]
        for number in range(40):
            member = self.make_member(f"M{number}", phone=f"139001380{number:02}")
            member.partner_id.category_id = [(0, 0, {"name": f"Tag {number}"})]
            members |= member
        self.queries(members[:2])
        few, many = self.queries(members[:2]), self.queries(members)
        self.assertEqual(few, many)
        self.assertLess(many, 20)

    def test_many_redemptions_take_as_many_queries_as_two(self):
        item = self.env["loyalty.catalog.item"].create({
            "program_id": self.program.id, "name": "Mug", "kind": "service", "points": 1
        })  # fmt: skip
        redemptions = self.env["loyalty.redemption"]
        for number in range(12):
            member = self.make_member(f"R{number}", phone=f"137001380{number:02}")
            redemptions |= redemptions.create({"member_id": member.id, "item_id": item.id})
        self.queries(redemptions[:2])
        few, many = self.queries(redemptions[:2]), self.queries(redemptions)
        self.assertEqual(few, many)
        told = self.told(redemptions)[redemptions[0].id]
        self.assertEqual(set(told), {local.name for local in KINDS["redemption"]})
        self.assertEqual((told["item"], told["points"], told["quantity"]), ("Mug", 1, 1))
