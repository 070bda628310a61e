"""Erasing a person: nothing tells who it was, every sum stays, and nobody brings the member back."""

from datetime import date, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import LoyaltyCase

PIXEL = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
#: Facts of the shop's books, which an erasure leaves as they are; see docs/operator.md.
FACTS = {("loyalty_points_entry", "note"), ("loyalty_points_entry", "detail"), ("loyalty_transaction", "reference")}


class ErasureCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("erasure_manager", "loyalty_membership.group_manager")
        cls.person = cls.make_member("Zhu Yingtai", phone="13911112222", email="yingtai@example.com")

    def erase(self, *members, user=None, **values):
        members = self.env["loyalty.member"].union(*members)
        wizard = self.env["loyalty.member.erasure"].with_user(user or self.manager)
        wizard = wizard.create({"member_ids": [Command.set(members.ids)], "reason": "asked", **values})
        if "confirmation" not in values:
            wizard.confirmation = wizard.person_ids.code if wizard.person_count == 1 else str(wizard.person_count)
        return wizard.action_erase()

    def invoice_of(self, partner):
        invoice = self.env["account.move"].create({
            "move_type": "out_invoice", "partner_id": partner.id,
            "invoice_line_ids": [Command.create({"product_id": self.product.id, "price_unit": 10})],
        })  # fmt: skip
        invoice.action_post()
        return invoice

    def told_by_the_database(self, *secrets):
        """Columns of the whole database that hold one of these texts."""
        self.env.flush_all()
        columns = self.env.execute_query(
            SQL(
                """SELECT table_name, array_agg(column_name::text) FROM information_schema.columns
                    JOIN information_schema.tables USING (table_schema, table_name)
                    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                      AND data_type IN ('character varying', 'text', 'jsonb', 'json') GROUP BY 1"""
            )
        )
        found = set()
        for table, names in columns:
            for name in names:
                matches = SQL(" OR ").join(SQL("%s::text ILIKE %s", SQL.identifier(name), f"%{text}%") for text in secrets)
                if self.env.execute_query(SQL("SELECT 1 FROM %s WHERE %s LIMIT 1", SQL.identifier(table), matches)):
                    found.add((table, name))
        return found


@tagged("post_install", "-at_install")
class TestMemberErasure(ErasureCase):
    # ------------------------------------------------------------ nothing is left of the person

    def make_rich(self, member):
        """Leave traces of a person wherever a person leaves some."""
        partner = member.partner_id
        partner.write({
            "street": "Plum Lane 7", "city": "Shaoxing", "zip": "312000", "comment": "<p>Zhu Yingtai likes tea</p>",
            "ref": "VIP-ZYT", "barcode": "ZYT-BAR", "function": "Scholar", "website": "https://yingtai.example.com",
            "image_1920": PIXEL,
            "category_id": [Command.create({"name": "Silk"})], "bank_ids": [Command.create({"acc_number": "62220000ZYT"})],
        })  # fmt: skip
        member.write({
            "birthdate": date(1990, 5, 4), "gender": "female", "referrer_id": self.other.id,
            "source_id": self.env["utm.source"].create({"name": "Fair"}).id,
        })  # fmt: skip
        member.program_id.member_properties_definition = [{"name": "aa11", "string": "Shoe size", "type": "char"}]
        member.properties = {"aa11": "Zhu 38"}
        self.env["loyalty.member.identity"]._add([(member, "external", "mini-program", "ZYT-OPENID")])
        self.env["loyalty.consent"].create({"member_id": member.id, "channel": "sms", "wording": "I, Zhu Yingtai, agree"})
        self.leave_messages(member)
        self.env["ir.model.data"].create({
            "module": "__import__",
            "name": "p_ZYT-OPENID",
            "model": "res.partner",
            "res_id": partner.id,
        })

    def leave_messages(self, member):
        self.env["ir.attachment"].create({"name": "Zhu Yingtai.pdf", "raw": b"x", "res_model": member._name, "res_id": member.id})
        member.activity_schedule("mail.mail_activity_data_todo", summary="Call Zhu Yingtai", user_id=self.manager.id)
        for record in (member, member.partner_id, member.card_id):
            record.message_subscribe(member.partner_id.ids)
            record.message_post(body="Zhu Yingtai called", author_id=member.partner_id.id, partner_ids=member.partner_id.ids)
        traced = member.partner_id.with_context(tracking_disable=False)
        traced.message_post(body="Name", tracking_value_ids=[Command.create({
            "field_id": self.env["ir.model.fields"]._get("res.partner", "phone").id, "old_value_char": "13911112222",
        })])  # fmt: skip
        self.env["mail.scheduled.message"].create({
            "model": member._name, "res_id": member.id, "body": "Dear Zhu Yingtai", "author_id": self.manager.partner_id.id,
            "scheduled_date": fields.Datetime.now() + timedelta(days=1),
        })  # fmt: skip

    def test_nothing_in_the_whole_database_names_who_was_erased(self):
        self.make_rich(self.person)
        self.buy(120, self.person)
        secrets = ["Zhu Yingtai", "13911112222", "yingtai@", "yingtai.ex", "ZYT", "Plum Lane", "Zhu 38", self.person.code]
        self.assertGreater(len(self.told_by_the_database(*secrets)), 10, "nothing to be erased")
        self.erase(self.person)
        self.assertEqual(self.told_by_the_database(*secrets), set())

    def test_what_says_something_without_words_goes_too(self):
        self.make_rich(self.person)
        partner = self.person.partner_id
        self.erase(self.person)
        for name in ("birthdate", "gender", "referrer_id", "source_id", "identity_ids", "activity_ids", "message_follower_ids"):
            self.assertFalse(self.person[name], name)
        for name in (
            "image_1920",
            "category_id",
            "bank_ids",
            "country_id",
            "message_follower_ids",
            "email_normalized",
            "phone_sanitized",
        ):
            self.assertFalse(partner[name], name)
        self.assertFalse(partner.active)
        self.assertEqual((self.person.state, self.person.active, self.person.card_id.active), ("closed", False, False))
        self.assertEqual(self.person.name, f"Erased member {self.person.id:06d}")

    def test_what_each_company_says_of_the_contact_goes_too(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.person.partner_id.with_company(other).barcode = "ZYT-ELSEWHERE"
        self.erase(self.person)
        self.assertEqual(self.told_by_the_database("ZYT-ELSEWHERE"), set())

    def test_that_and_when_consent_was_given_stays_without_its_words(self):
        consent = self.env["loyalty.consent"].create({"member_id": self.person.id, "channel": "sms", "wording": "I, Zhu, agree"})
        before = (consent.date, consent.channel, consent.purpose, consent.given)
        self.erase(self.person)
        self.assertEqual((consent.date, consent.channel, consent.purpose, consent.given), before)
        self.assertFalse(consent.wording)

    def test_the_chatter_says_who_erased_and_why_and_nothing_else(self):
        self.make_rich(self.person)
        self.erase(self.person, case="2026-017")
        [message] = self.person.message_ids
        self.assertEqual(message.author_id, self.manager.partner_id)
        self.assertIn("Erased: the person asked for it, case 2026-017", message.body)

    # ------------------------------------------------------------ merged members

    def test_members_who_were_merged_into_the_person_are_erased_too(self):
        former = self.make_member("Zhu Y.", phone="13922223333", email="zhu@example.com")
        self.buy(50, former)
        number = former.code
        former._merge_into(self.person)
        self.erase(self.person)
        self.assertTrue(former.erased_at)
        self.assertEqual(self.told_by_the_database("Zhu Y.", "13922223333", "zhu@example.com", number) - FACTS, set())
        self.assertBalanced()

    def test_erasing_a_merged_member_erases_the_person_who_has_all_of_it(self):
        former = self.make_member("Zhu Y.", phone="13922223333")
        former._merge_into(self.person)
        self.erase(former)
        self.assertTrue(self.person.erased_at)
        self.assertEqual(self.told_by_the_database("Zhu Y", "13922223333", "13911112222") - FACTS, set())

    # ------------------------------------------------------------ ledger and journal

    def test_points_end_by_an_adjustment_and_every_other_entry_stays(self):
        self.buy(120, self.person)
        before = self.facts(self.person)
        self.erase(self.person)
        after = self.facts(self.person)
        self.assertEqual(after[: len(before)], before)
        [entry] = self.person.entry_ids.filtered(lambda e: e.kind == "adjust")
        self.assertEqual((entry.points, entry.note), (-120, "Member erased: the person asked for it"))
        self.assertEqual((entry.origin_model, entry.origin_id), ("res.users", self.manager.id))
        self.assertEqual(self.points(self.person), 0)
        self.assertBalanced()

    def facts(self, member):
        self.env.flush_all()
        return self.env.execute_query(SQL(
            """SELECT to_jsonb(e) - 'remaining' - 'write_uid' - 'write_date' FROM loyalty_points_entry e
                WHERE member_id = %s ORDER BY id""", member.id,
        ))  # fmt: skip

    def test_purchases_and_their_sums_stay(self):
        self.buy(120, self.person)
        purchase = self.buy(30, self.person)
        self.refund(purchase, 10)
        sums = (self.person.purchase_count, self.person.purchase_amount, len(self.person.transaction_ids.line_ids))
        self.erase(self.person)
        self.person.invalidate_recordset()
        self.assertEqual(
            (self.person.purchase_count, self.person.purchase_amount, len(self.person.transaction_ids.line_ids)), sums
        )

    def test_pending_points_end_unspent_and_debt_is_let_go(self):
        self.program.hold_days = 5
        self.buy(120, self.person)
        owing = self.make_member("Owing")
        self.Entry._post([{"member_id": owing.id, "kind": "revoke", "points": -40}])
        self.erase(self.person)
        self.erase(owing)
        self.assertEqual(self.person.entry_ids.mapped("state"), ["void"])
        self.assertEqual((self.person.points_pending, owing.points, owing.points_debt), (0, 0, 0))
        self.assertBalanced()

    def test_seals_hold_after_an_erasure(self):
        with freeze_time("2026-03-02 04:00:00"):
            self.buy(120, self.person)
        with freeze_time("2026-03-04 12:00:00"):
            self.env["loyalty.ledger.seal"]._seal(date(2026, 3, 2))
        self.assertEqual(self.env["loyalty.ledger.seal"].search([]).entry_count, 1)
        self.erase(self.person)
        self.assertEqual(self.env["loyalty.ledger.seal"]._problems(), [])

    def test_goods_of_who_was_erased_can_still_come_back(self):
        purchase = self.buy(120, self.person)
        self.erase(self.person)
        self.refund(purchase)
        self.assertEqual(self.person.purchase_amount, 0)
        self.assertBalanced()

    def test_an_order_under_way_is_settled_without_points_for_nobody(self):
        self.program.earn_on = "delivery"
        order = self.make_order(2, partner=self.person.partner_id)
        order.action_confirm()
        picking = self.deliver(order, quantity=1)
        self.erase(self.person)
        self.assertEqual(self.points(self.person), 0)
        known = self.person.entry_ids
        self.deliver(order)
        self.return_goods(picking, 1)
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertNotIn("earn", (self.person.entry_ids - known).mapped("kind"))
        self.assertFalse(self.env["loyalty.member"].search([("partner_id", "=", order.partner_id.id)]))
        self.assertBalanced()

    def test_unused_coupons_of_the_tier_are_cancelled(self):
        card = self.give_coupon(self.person)
        self.erase(self.person)
        self.assertEqual((card.points, card.active), (0, False))

    def give_coupon(self, member):
        [tier] = self.make_tiers(0)
        coupons = self.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        benefit = self.env["loyalty.tier.benefit"].create({
            "tier_id": tier.id, "name": "Coupon", "kind": "coupon_entry", "coupon_program_id": coupons.id,
        })  # fmt: skip
        return benefit._issue(member, "entry 1").card_id

    # ------------------------------------------------------------ contacts that others need

    def test_a_contact_with_an_invoice_stays_and_the_member_is_nobody(self):
        partner = self.person.partner_id
        invoice = self.invoice_of(partner)
        card = self.give_coupon(self.person)
        self.erase(self.person)
        self.assertEqual((partner.name, partner.phone, partner.active), ("Zhu Yingtai", "13911112222", True))
        self.assertEqual(invoice.partner_id, partner)
        self.assertNotEqual(self.person.partner_id, partner)
        self.assertNotEqual(card.partner_id, partner)
        self.assertEqual((self.person.name, self.person.partner_id.active), (f"Erased member {self.person.id:06d}", False))
        ours = {place for place in self.told_by_the_database("Zhu Yingtai", "13911112222") if place[0].startswith("loyalty_")}
        self.assertEqual(ours, set())

    def test_contacts_that_something_needs_stay(self):
        def user(partner):
            self.env["res.users"].create({"login": "zhu", "partner_id": partner.id})

        cases = {
            "User": user,
            "a company": lambda p: p.write({"is_company": True}),
            "a supplier": lambda p: p.write({"supplier_rank": 1}),
            "contacts and addresses below it": lambda p: p.write({
                "child_ids": [Command.create({"name": "Home", "type": "delivery"})]
            }),
            "Sales Order": lambda p: self.make_order(1, partner=p),
            "another membership": self.join_elsewhere,
            "a gift card or e-wallet with money on it": self.give_money,
        }
        for reason, need in cases.items():
            with self.subTest(reason):
                member = self.make_member("Needed", email=f"{len(reason)}@example.com")
                partner = member.partner_id
                need(partner)
                wizard = self.env["loyalty.member.erasure"].with_user(self.manager)
                wizard = wizard.create({"member_ids": [Command.set(member.ids)]})
                self.assertIn(reason, wizard.kept)
                self.erase(member)
                self.assertEqual((partner.name, partner.active), ("Needed", True))
                self.assertTrue(member.erased_at)

    def join_elsewhere(self, partner):
        program = self.env["loyalty.program"].create({"name": "Second club", "is_membership": True})
        self.env["loyalty.member"].create({"program_id": program.id, "partner_id": partner.id})

    def give_money(self, partner):
        wallet = self.env["loyalty.program"].create({"name": "Wallet", "program_type": "ewallet"})
        self.env["loyalty.card"].create({"program_id": wallet.id, "partner_id": partner.id, "points": 50})
