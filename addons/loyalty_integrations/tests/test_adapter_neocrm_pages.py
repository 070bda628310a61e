"""How the Neocrm adapter reads: nothing is skipped, nothing is read for ever."""

import json
import time

from odoo.tests.common import tagged

from ..adapters.neocrm_pages import BATCH, LIMIT, OVERLAP
from ..domain.outcomes import Permanent, RateLimited, Transient
from .neocrm_case import NeocrmCase

THEN = 1768464000000
WON, LOST = 915959, 915960


class NeocrmPages(NeocrmCase):
    def read_all(self, cursor, stream="contact", paths=("accountName",), adapter=None, between=None):
        """All pages until done: (records, last cursor, calls)."""
        adapter, records, calls = adapter or self.crm, [], 0
        while True:
            page = adapter.read_page(stream, cursor, list(paths))
            records += page.records
            cursor, calls = page.cursor, calls + 1
            if page.done:
                return records, cursor, calls
            self.assertLess(calls, 60, "it never ends")
            if between:
                between(calls)

    def fill(self, count, **values):
        return [self.fake.add("account", accountName=f"客户{n}", **values) for n in range(count)]


@tagged("post_install", "-at_install")
class TestNeocrmChanges(NeocrmPages):
    SINCE = {"since": "2026-01-15T08:00:00Z"}

    def test_every_page_length_is_read_whole(self):
        self.fake.frozen_ms = THEN
        made = []
        for more in (0, 1, LIMIT - 1, 1, LIMIT, 1):  # 0, 1, limit, limit + 1, 2 x limit + 1, …
            made += self.fill(more)
            records, _cursor, _calls = self.read_all(self.SINCE)
            self.assertEqual([record.id for record in records], made, "all have the same time of change")

    def test_records_of_the_same_millisecond_are_told_apart_by_id(self):
        self.fake.frozen_ms = THEN + 5
        made = self.fill(3 * LIMIT)
        records, _cursor, calls = self.read_all(self.SINCE)
        self.assertEqual((sorted(record.id for record in records), calls), (made, 4))

    def test_a_record_that_changes_while_pages_are_read_comes_again(self):
        self.fake.frozen_ms = THEN
        made = self.fill(LIMIT + 5)
        self.fake.frozen_ms = THEN + 1000
        change = {1: lambda: self.fake.change("account", made[0], accountName="new")}
        records, _cursor, _calls = self.read_all(self.SINCE, between=lambda call: change.pop(call, lambda: None)())
        self.assertEqual([record.id for record in records], [*made, made[0]])
        self.assertEqual(records[-1].values["accountName"], "new")

    def test_a_record_that_leaves_a_page_moves_none_past_us(self):
        self.fake.frozen_ms = THEN
        made = self.fill(2 * LIMIT)
        gone = {1: lambda: [self.fake.records["account"].pop(int(one)) for one in made[:50]]}
        records, _cursor, _calls = self.read_all(self.SINCE, between=lambda call: gone.pop(call, lambda: None)())
        self.assertEqual([record.id for record in records], made)

    def test_a_server_that_gives_fewer_than_asked_loses_nothing(self):
        self.fake.most_rows = 7
        made = self.fill(30)
        self.assertEqual([record.id for record in self.read_all(self.SINCE)[0]], made)

    def test_the_next_run_reaches_back_for_what_was_written_late(self):
        self.fill(1)
        _records, cursor, _calls = self.read_all(self.SINCE)
        self.fake.frozen_ms = self.fake.now_ms() - OVERLAP + 5000
        late = self.fill(1)
        self.assertIn(late[0], [record.id for record in self.read_all(cursor)[0]])

    def test_an_idle_run_is_one_call_that_reads_nothing(self):
        self.fake.frozen_ms = THEN
        self.fill(5)
        _records, cursor, _calls = self.read_all(self.SINCE)
        records, again, calls = self.read_all(cursor)
        self.assertEqual((records, calls), ([], 1))
        self.assertGreaterEqual(again["at"], cursor["at"])

    def test_no_clock_that_is_wrong_makes_it_skip(self):
        for ours, theirs in ((7200, 0), (0, 3600), (-3600, 0), (0, -3500)):
            self.crm.clock = lambda ours=ours: time.time() + ours
            self.fake.skew = theirs
            self.fake.records["account"].clear()
            _records, cursor, _calls = self.read_all(self.SINCE)
            made = self.fill(1)
            self.assertIn(made[0], [record.id for record in self.read_all(cursor)[0]])

    def test_a_time_of_change_in_the_future_does_not_hide_the_present(self):
        self.fake.frozen_ms = self.fake.now_ms() + 86_400_000
        self.fill(1)
        _records, cursor, _calls = self.read_all(self.SINCE)
        self.fake.frozen_ms = None
        made = self.fill(1)
        self.assertIn(made[0], [record.id for record in self.read_all(cursor)[0]])

    def test_a_cursor_is_plain_json(self):
        self.fill(LIMIT + 1)
        for cursor in ({}, self.SINCE):
            page = self.crm.read_page("contact", cursor, ["phone"])
            self.assertEqual(json.loads(json.dumps(page.cursor)), page.cursor)

    def test_values_come_as_the_mapping_expects_them(self):
        self.fake.frozen_ms = THEN + 123
        self.fill(
            1, loyaltyTier__c=2, loyaltySegments__c=[11, 12], loyaltyPoints__c=120, loyaltySpent__c=99.5,
            birthday__c=1768406400000, vip__c=True, phone="13800138000",
        )  # fmt: skip
        asked = [
            "loyaltyTier__c",
            "loyaltySegments__c",
            "loyaltyPoints__c",
            "loyaltySpent__c",
            "birthday__c",
            "vip__c",
            "phone",
            "email",
        ]
        record = self.read_all(self.SINCE, paths=asked)[0][0]
        self.assertEqual(list(record.values.values()), ["2", ["11", "12"], 120, 99.5, "2026-01-15", True, "13800138000", None])
        self.assertEqual(list(record.values), asked, "no time of change among them, it would make an echo look like news")
        self.assertEqual(record.modified, "2026-01-15T08:00:00.123Z")

    def test_only_records_of_the_business_type_are_read(self):
        made = self.fill(1, entityType=300002)
        self.fill(1, entityType=300001)
        records = self.read_all(self.SINCE, adapter=self.adapter(entity_type="300002"))[0]
        self.assertEqual([record.id for record in records], made)

    def test_a_failed_page_leaves_the_cursor_where_it_was(self):
        self.fill(LIMIT + 1)
        page = self.crm.read_page("contact", self.SINCE, ["phone"])
        self.fake.fail_next("truncated", path="xoql")
        with self.assert_refused(Transient):
            self.crm.read_page("contact", page.cursor, ["phone"])
        self.assertEqual(len(self.crm.read_page("contact", page.cursor, ["phone"]).records), 1)

    def test_an_answer_without_records_is_no_empty_page(self):
        self.crm.check()
        self.fake.fail_next({"code": "200", "data": {}}, path="xoql")
        with self.assert_refused(Transient, "no_records"):
            self.crm.read_page("contact", self.SINCE, ["phone"])


@tagged("post_install", "-at_install")
class TestNeocrmFirstReading(NeocrmPages):
    def setUp(self):
        super().setUp()
        self.made = self.fill(2 * BATCH + 1)

    def scrolls(self):
        return len(self.fake.seen("xoqlScroll"))

    def test_everything_is_scrolled_through_and_then_changes_are_followed(self):
        self.fake.most_rows = 0  # of the way for small pages
        records, cursor, calls = self.read_all({})
        self.assertEqual([record.id for record in records], self.made)
        self.assertEqual((self.scrolls(), calls), (3, 4))
        self.assertIn("at", cursor)

    def test_what_changes_meanwhile_comes_after_it(self):
        change = {1: lambda: self.fake.change("account", self.made[0], accountName="new")}
        records, _cursor, _calls = self.read_all({}, between=lambda call: change.pop(call, lambda: None)())
        self.assertIn((self.made[0], "new"), [(record.id, record.values["accountName"]) for record in records])

    def test_a_locator_that_has_ended_costs_only_its_page(self):
        end = {2: self.fake.locators.clear}
        self.fake.most_rows = 0
        records, _cursor, _calls = self.read_all({}, between=lambda call: end.pop(call, lambda: None)())
        self.assertEqual([record.id for record in records], self.made)
        self.assertEqual(self.scrolls(), 4)

    def test_where_ids_come_in_no_order_an_ended_locator_begins_from_the_start(self):
        self.fake.most_rows = 0
        found = self.fake._found
        self.fake._found = lambda query, most=None: found(query, most)[::-1]
        for call_before in (1, 2):
            end = {call_before: self.fake.locators.clear}
            records, _cursor, _calls = self.read_all({}, between=lambda call, end=end: end.pop(call, lambda: None)())
            self.assertEqual({record.id for record in records}, set(self.made))

    def test_too_frequent_in_the_middle_keeps_the_locator(self):
        page = self.crm.read_page("contact", {}, ["phone"])
        self.fake.fail_next({"code": 1020025, "msg": "x"}, path="Scroll")
        with self.assert_refused(RateLimited):
            self.crm.read_page("contact", page.cursor, ["phone"])
        again = self.crm.read_page("contact", page.cursor, ["phone"])
        self.assertEqual(again.records[0].id, self.made[BATCH])


@tagged("post_install", "-at_install")
class TestNeocrmListing(NeocrmPages):
    def test_all_members_there_are_listed_by_number(self):
        numbers = [f"M{n}" for n in range(LIMIT + 1)]
        for number in numbers:
            self.fake.add("account", accountName="x", loyaltyNo__c=number)
        self.fill(3)
        found, cursor, done = [], {}, False
        while not done:
            page = self.crm.listing("member", cursor, ["accountName"])
            found += [record.values["loyaltyNo__c"] for record in page.records]
            cursor, done = page.cursor, page.done
        self.assertEqual(found, numbers)


@tagged("post_install", "-at_install")
class TestNeocrmWonDeals(NeocrmPages):
    PATHS = ("accountName", "phone", "email", "loyaltyNo__c", "loyaltyTier__c")

    def setUp(self):
        super().setUp()
        self.crm = self.adapter(won_stage=f"{WON}, 915961")
        self.account = self.fake.add("account", accountName="赵六", phone="13700137000", email="z@example.com")

    def deal(self, stage, **values):
        return self.fake.add("opportunity", opportunityName="大单", accountId=int(self.account), saleStageId=stage, **values)

    def test_a_won_deal_names_its_customer(self):
        self.fake.change("account", self.account, loyaltyTier__c=3)
        won = self.deal(WON)
        self.deal(LOST)
        records, _cursor, _calls = self.read_all({}, "won_deal", self.PATHS)
        self.assertEqual({record.id for record in records}, {won})
        self.assertEqual(records[0].about, self.account)
        told = ["赵六", "13700137000", "z@example.com", None, "3"]
        self.assertEqual(records[0].values, dict(zip(self.PATHS, told, strict=True)), "by the paths of the members' mapping")

    def test_a_deal_that_is_won_later_comes_then(self):
        deal = self.deal(LOST)
        records, cursor, _calls = self.read_all({}, "won_deal", self.PATHS)
        self.assertFalse(records)
        self.fake.change("opportunity", deal, saleStageId=915961)
        records, _cursor, _calls = self.read_all(cursor, "won_deal", self.PATHS)
        self.assertEqual([record.id for record in records], [deal])

    def test_any_number_of_the_deal_can_tell_that_it_is_won(self):
        sure = self.deal(LOST, winRate=100)
        self.deal(WON, winRate=60)
        crm = self.adapter(won_field="winRate", won_stage="100")
        self.assertEqual({record.id for record in self.read_all({}, "won_deal", self.PATHS, crm)[0]}, {sure})

    def test_a_contact_can_be_the_customer_of_a_deal(self):
        contact = self.fake.add("contact", contactName="孙七", phone="13600136000")
        self.fake.add("opportunity", opportunityName="x", contactId__c=int(contact), saleStageId=WON)
        crm = self.adapter(won_stage=str(WON), won_link="contactId__c", member_object="contact")
        record = self.read_all({}, "won_deal", ("contactName",), crm)[0][0]
        self.assertEqual((record.about, record.values), (contact, {"contactName": "孙七"}))

    def test_a_deal_whose_customer_was_deleted_still_comes(self):
        self.deal(WON)
        self.fake.records["account"].clear()
        self.assertIsNone(self.read_all({}, "won_deal", self.PATHS)[0][0].values["phone"])

    def test_without_a_told_stage_no_deal_is_taken_for_won(self):
        for settings in ({}, {"won_stage": " , "}):
            with self.assert_refused(Permanent):
                self.adapter(**settings).read_page("won_deal", {}, [])

    def test_the_check_tries_the_query_of_won_deals(self):
        with self.assert_refused(Permanent):
            self.adapter(won_stage=str(WON), won_field="noSuch__c").check()
