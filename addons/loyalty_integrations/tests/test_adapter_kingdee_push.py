"""Members and gifts arrive in a Kingdee: once, whatever breaks."""

from odoo.tests import tagged

from ..adapters.base import PUSH_MEMBER, PUSH_REDEMPTION
from ..domain.outcomes import Ambiguous, Gone, Permanent
from .common_kingdee import GIFT, KingdeeCase


@tagged("-at_install", "post_install")
class TestKingdeeMembers(KingdeeCase):
    def test_a_member_becomes_an_audited_customer(self):
        sent = self.push_member(FTEL="13800000000", **{"FT_BD_CUSTOMEREXT.FEnableSL": False})
        (customer,) = self.customers()
        self.assertTrue(sent.created)
        self.assertEqual(sent.external_id, str(next(iter(self.fake.forms["BD_Customer"].records))))
        self.assertEqual([customer[k] for k in ("fnumber", "fname", "ftel")], ["LOY-M000001", "张三", "13800000000"])
        self.assertEqual(customer["fdocumentstatus"], "C")
        self.assertIs(customer["fenablesl"], False)

    def test_organisation_and_group_come_from_the_settings(self):
        self.push_member(self.made(org_number="100", customer_group="VIP"))
        (customer,) = self.customers()
        told = [customer[f"{k}.fnumber"] for k in ("fcreateorgid", "fuseorgid", "fgroup")]
        self.assertEqual(told, ["100", "100", "VIP"])

    def test_a_customer_who_was_saved_and_not_audited_says_so_and_can_be_sent_again(self):
        self.fake.audit_problem = "审核失败：信用额度必录"
        with self.assertRaises(Permanent) as caught:
            self.push_member()
        self.assertEqual(caught.exception.message, "审核失败：信用额度必录")
        self.assertEqual([customer["fdocumentstatus"] for customer in self.customers()], ["B"])
        self.fake.audit_problem = ""
        self.push_member()
        self.assertEqual([customer["fdocumentstatus"] for customer in self.customers()], ["C"])

    def test_auditing_can_be_left_to_people(self):
        self.push_member(self.made(member_audit=""))
        self.assertEqual(self.customers()[0]["fdocumentstatus"], "A")

    def test_emoji_and_rare_characters_arrive(self):
        self.push_member(FName="𠮷田 🐼 O'Neil")
        self.assertEqual(self.customers()[0]["fname"], "𠮷田 🐼 O'Neil")

    def test_a_known_customer_is_changed_in_the_given_fields_only(self):
        sent = self.push_member(FTEL="1", FADDRESS="上海")
        again = self.push_member(external_id=sent.external_id, FTEL="2")
        (customer,) = self.customers()
        self.assertEqual((customer["ftel"], customer["faddress"]), ("2", "上海"))
        self.assertEqual((again.external_id, again.created), (sent.external_id, False))
        told = self.calls("Save")[-1].json()["parameters"][1]
        self.assertIn('"IsDeleteEntry":"false"', told)
        self.assertNotIn("FNumber", told.replace('["FNumber"]', ""))

    def test_of_a_known_customer_news_is_enough(self):
        sent = self.push_member(FTEL="1")
        self.adapter.push(PUSH_MEMBER, {"FTEL": "2"}, "member-2", sent.external_id)
        self.assertEqual((self.customers()[0]["ftel"], self.customers()[0]["fname"]), ("2", "张三"))

    def test_what_is_nothing_here_is_emptied_there(self):
        sent = self.push_member(FTEL="1", **{"FGroup.FNumber": "VIP"})
        self.adapter.push(PUSH_MEMBER, {"FTEL": None, "FGroup.FNumber": None}, "member-2", sent.external_id)
        self.assertEqual((self.customers()[0]["ftel"], self.customers()[0]["fgroup.fnumber"]), ("", ""))

    def test_a_number_alone_is_no_news_of_a_known_customer(self):
        sent = self.push_member()
        saves = len(self.calls("Save"))
        self.adapter.push(PUSH_MEMBER, {"FNumber": "M000001"}, "member-2", sent.external_id)
        self.assertEqual(len(self.calls("Save")), saves)

    def test_a_customer_who_was_there_before_is_adopted(self):
        identity = self.fake.add("BD_Customer", "LOY-M000001", fname="旧名")
        sent = self.push_member()
        self.assertEqual((sent.external_id, sent.created), (str(identity), False))
        self.assertEqual([customer["fname"] for customer in self.customers()], ["张三"])

    def test_a_customer_who_was_deleted_is_gone(self):
        sent = self.push_member()
        self.fake.forms["BD_Customer"].records.clear()
        with self.assertRaises(Gone):
            self.push_member(external_id=sent.external_id)

    def test_a_deleted_customer_is_gone_however_the_refusal_is_worded(self):
        sent = self.push_member()
        self.fake.forms["BD_Customer"].records.clear()
        refusal = {"Result": {"ResponseStatus": {"IsSuccess": False, "MsgCode": 11, "Errors": []}}}
        self.fake.fail_next(refusal, path=".Save.")
        with self.assertRaises(Gone):
            self.push_member(external_id=sent.external_id)

    def test_what_is_wrong_is_said_in_its_words(self):
        with self.assertRaises(Permanent) as caught:
            self.push_member(FName="")
        self.assertEqual((caught.exception.code, caught.exception.message), ("11", "FName: 客户名称是必填项"))

    def test_a_field_that_is_not_there_is_permanent(self):
        with self.assertRaises(Permanent) as caught:
            self.push_member(FNoSuch="x")
        self.assertEqual(caught.exception.code, "9")

    def test_a_mapping_without_a_number_is_refused_before_it_makes_doubles(self):
        with self.assertRaises(Permanent):
            self.push_member(FNumber="")
        self.assertFalse(self.fake.requests)

    def test_a_customer_saved_before_the_connection_broke_is_found(self):
        self.adapter.check()
        self.fake.fail_next("reset_after", path="Save")
        with self.assertRaises(Ambiguous):
            self.push_member()
        sent = self.adapter.find(PUSH_MEMBER, {"FNumber": "M000001"}, "member-1")
        self.assertEqual(sent.external_id, str(next(iter(self.fake.forms["BD_Customer"].records))))

    def test_a_customer_who_never_arrived_is_not_found(self):
        self.fake.fail_next("reset_before", path="Save")
        with self.assertRaises(Ambiguous):
            self.push_member()
        self.assertIsNone(self.adapter.find(PUSH_MEMBER, {"FNumber": "M000001"}, "member-1"))

    def test_a_number_that_a_rule_there_has_replaced_is_refused_and_the_customer_known(self):
        self.fake.numbering["BD_Customer"] = "CUST"
        with self.assertRaises(Permanent) as caught:
            self.push_member()
        (identity,) = self.fake.forms["BD_Customer"].records
        told = caught.exception
        self.assertEqual((told.code, told.external_id), ("numbered_there", str(identity)))
        self.assertIn(f"CUST{identity}", told.message)
        self.push_member(external_id=told.external_id, FTEL="1")
        self.assertEqual([customer["ftel"] for customer in self.customers()], ["1"])

    def test_the_copies_of_other_organisations_are_not_ours(self):
        self.fake.add("BD_Customer", "LOY-M000001", fuseorgid__fnumber="200")
        ours = self.fake.add("BD_Customer", "LOY-M000001", fuseorgid__fnumber="100")
        found = self.made(org_number="100").find(PUSH_MEMBER, {"FNumber": "M000001"}, "k")
        self.assertEqual(found.external_id, str(ours))

    def test_ids_of_nineteen_digits_stay_what_they_are(self):
        self.fake.next_id = 9007199254740993123
        sent = self.push_member()
        self.assertEqual(sent.external_id, "9007199254740993123")
        self.push_member(external_id=sent.external_id, FTEL="2")
        self.assertEqual(self.customers()[0]["ftel"], "2")

    def test_a_quote_in_a_number_stays_inside_of_the_filter(self):
        self.assertIsNone(self.adapter.find(PUSH_MEMBER, {"FNumber": "x' or FNumber like '%"}, "k"))


@tagged("-at_install", "post_install")
class TestKingdeeRedemptions(KingdeeCase):
    def setUp(self):
        super().setUp()
        self.fake.add("BD_Customer", "LOY-M000001", fname="张三")
        self.adapter = self.made(org_number="100", stock_number="CK001")

    def state(self):
        return [gift["head"]["fdocumentstatus"] for gift in self.gifts()]

    def test_a_redemption_becomes_an_audited_outbound_order(self):
        sent = self.push_gift()
        (gift,) = self.gifts()
        self.assertEqual(sent.external_id, str(gift["id"]))
        self.assertEqual(gift["head"]["fbillno"], "LOY-redemption-7")
        self.assertEqual(gift["head"]["fdocumentstatus"], "C")
        self.assertEqual(gift["head"]["fnote"], "兑换 🎁")
        (line,) = gift["lines"]
        told = [line[k] for k in ("fmaterialid.fnumber", "frealqty", "fstockid.fnumber", "fisfree")]
        self.assertEqual(told, ["CUP", 2, "CK001", True])

    def test_the_same_push_twice_is_one_outbound_order(self):
        first, second = self.push_gift(), self.push_gift()
        self.assertEqual((first.external_id, first.created, second.created), (second.external_id, True, False))
        self.assertEqual(self.state(), ["C"])

    def test_the_mapping_goes_before_the_settings(self):
        self.push_gift(**{"FEntity.FStockID.FNumber": "CK002", "FEntity.FIsFree": False})
        (line,) = self.gifts()[0]["lines"]
        self.assertEqual((line["fstockid.fnumber"], line["fisfree"]), ("CK002", False))

    def test_a_number_can_be_read_and_is_never_that_of_another_push(self):
        one, other = "1a2b3c4d" * 4, "5a6b7c8d" * 4
        numbers = [self.adapter.bill_number({"FBillNo": "RD00012"}, key) for key in (one, other)]
        self.assertEqual(numbers, ["LOY-RD00012-1a2b3c", "LOY-RD00012-5a6b7c"])

    def test_gifts_may_all_be_booked_to_one_customer(self):
        self.fake.add("BD_Customer", "GIFTS", fname="赠品")
        self.push_gift(adapter=self.made(org_number="100", gift_customer="GIFTS"))
        self.assertEqual(self.gifts()[0]["head"]["fcustomerid.fnumber"], "GIFTS")

    def test_the_member_number_is_enough_to_name_the_customer(self):
        self.push_gift(**{"FCustomerID.FNumber": "M000001"})
        self.assertEqual(self.gifts()[0]["head"]["fcustomerid.fnumber"], "LOY-M000001")

    def assert_goes_on_after(self, service, kind, state):
        """Break off at one step, then do as the dispatcher does: look, and send again what isn't found."""
        self.adapter.check()
        self.fake.fail_next(kind, path=f".{service}.")
        with self.assertRaises(Ambiguous):
            self.push_gift()
        self.assertEqual(self.state(), state)
        found = self.adapter.find(PUSH_REDEMPTION, GIFT, "redemption-7") or self.push_gift()
        self.assertEqual(found.external_id, str(self.gifts()[0]["id"]))
        self.assertEqual(self.state(), ["C"])

    def test_it_goes_on_after_a_save_that_was_done(self):
        self.assert_goes_on_after("Save", "reset_after", ["A"])

    def test_it_goes_on_after_a_save_that_was_not_done(self):
        self.assert_goes_on_after("Save", "reset_before", [])

    def test_it_goes_on_after_a_submit_that_was_done(self):
        self.assert_goes_on_after("Submit", "reset_after", ["B"])
        self.assertEqual(len(self.calls("Submit")), 1)

    def test_it_goes_on_after_a_submit_that_was_not_done(self):
        self.assert_goes_on_after("Submit", "reset_before", ["A"])

    def test_it_goes_on_after_an_audit_that_was_done(self):
        self.assert_goes_on_after("Audit", "reset_after", ["C"])

    def test_it_goes_on_after_an_audit_that_was_not_done(self):
        self.assert_goes_on_after("Audit", "reset_before", ["B"])

    def test_an_order_that_somebody_audited_in_the_meantime_is_done(self):
        self.adapter.check()
        self.fake.fail_next({"Result": {"ResponseStatus": {"IsSuccess": False, "MsgCode": 12}}}, path=".Audit.", done=True)
        self.assertIn("C", self.push_gift().detail)
        self.assertEqual(self.state(), ["C"])

    def test_an_order_that_was_sent_back_is_left_to_people(self):
        identity = self.fake.add("SAL_OUTSTOCK", "LOY-redemption-7", status="D")
        with self.assertRaises(Permanent) as caught:
            self.push_gift()
        self.assertEqual(caught.exception.code, "sent_back")
        self.assertIsNone(self.adapter.find(PUSH_REDEMPTION, GIFT, "redemption-7"))
        self.assertEqual([gift["id"] for gift in self.gifts()], [identity])

    def test_a_gift_that_a_rule_there_has_numbered_stops_and_goes_on_when_sent_again(self):
        self.fake.numbering["SAL_OUTSTOCK"] = "XSCKD"
        with self.assertRaises(Permanent) as caught:
            self.push_gift()
        self.assertEqual((caught.exception.code, self.state()), ("numbered_there", ["A"]))
        sent = self.adapter.push(PUSH_REDEMPTION, GIFT, "redemption-7", caught.exception.external_id)
        self.assertEqual((sent.external_id, self.state()), (caught.exception.external_id, ["C"]))

    def test_a_gift_that_is_sent_as_new_is_another_order(self):
        first = self.push_gift()
        self.adapter.push(PUSH_REDEMPTION, GIFT, "redemption-8", first.external_id)
        self.assertEqual(self.state(), ["C", "C"])

    def test_goods_that_are_short_are_a_refusal_that_can_be_sent_again(self):
        self.fake.stock["CUP"] = 1
        with self.assertRaises(Permanent) as caught:
            self.push_gift()
        self.assertIn("库存不足", caught.exception.message)
        self.fake.stock["CUP"] = 2
        self.push_gift()
        self.assertEqual((self.state(), self.fake.stock["CUP"]), (["C"], 0))

    def test_people_may_audit_themselves(self):
        for until, state in (("save", "A"), ("submit", "B")):
            adapter = self.made(org_number="100", redemption_until=until)
            self.push_gift(key=until, adapter=adapter)
            self.assertEqual(self.state()[-1], state)
            self.assertTrue(adapter.find(PUSH_REDEMPTION, GIFT, until))

    def test_long_keys_make_short_numbers_that_stay_the_same(self):
        numbers = {*(self.adapter.bill_number({}, "x" * size) for size in (64, 63, 64))}
        self.assertEqual(len(numbers), 2)
        self.assertTrue(all(len(number) == 30 and number.startswith("LOY-") for number in numbers))

    def test_an_unknown_customer_is_said(self):
        with self.assertRaises(Permanent) as caught:
            self.push_gift(**{"FCustomerID.FNumber": "LOY-nobody"})
        self.assertIn("客户", caught.exception.message)
