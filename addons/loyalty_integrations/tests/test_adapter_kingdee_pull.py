"""Nothing is missed in a Kingdee, and nothing is cut."""

import time

from odoo.tests import tagged

from ..domain.outcomes import Permanent, Transient
from .common_kingdee import SALE_PATHS, KingdeeCase, at


@tagged("-at_install", "post_install")
class TestKingdeePurchases(KingdeeCase):
    def test_an_order_comes_with_its_lines(self):
        identity = self.sell("XSDD1", 2, 1)
        (record,), _cursor, pages = self.pull()
        self.assertEqual(record.id, str(identity))
        wanted = {
            "FBillNo": "XSDD1",
            "FDate": "2026-01-15",
            "FCustId.FNumber": "LOY-M000001",
            "FSaleOrderFinance.FBillAllAmount": 30.0,
        }
        self.assertEqual(record.values, record.values | wanted)
        told = [(line["FSaleOrderEntry.FMaterialId.FNumber"], line["FSaleOrderEntry.FQty"]) for line in record.lines]
        self.assertEqual(told, [("SKU-0", 2.0), ("SKU-1", 1.0)])
        self.assertEqual(record.modified, "2026-01-15T02:05:00.000Z", "the server's clock shows Chinese time")
        self.assertEqual(pages, 1, "a small pull is one call")

    def test_only_audited_documents_count(self):
        for number, state in (("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("Z", "Z")):
            self.sell(number, 1, status=state)
        records = self.pull()[0]
        self.assertEqual(self.numbers([record for record in records if not record.withdrawn]), ["C"])
        self.assertEqual(
            [(record.values["FBillNo"], record.withdrawn) for record in records if record.withdrawn], [("D", "unaudited")]
        )

    def test_an_order_audited_days_after_it_was_changed_is_not_missed(self):
        adapter = self.made(clock=lambda: at("2026-01-16T00:00:00"))
        identity = self.sell("XSDD1", 1, status="B", modified="2026-01-15T10:00:00.000", approved=None)
        self.fake.forms["SAL_SaleOrder"].records[identity]["head"]["fapprovedate"] = None
        records, cursor, _pages = self.pull(adapter=adapter)
        self.assertFalse(records)
        head = self.fake.forms["SAL_SaleOrder"].records[identity]["head"]
        head |= {"fdocumentstatus": "C", "fapprovedate": "2026-01-18T09:00:00.000"}
        later = self.made(clock=lambda: at("2026-01-19T00:00:00"))
        self.assertEqual(self.numbers(self.pull(cursor=cursor, adapter=later)[0]), ["XSDD1"])

    def test_the_second_pull_begins_some_minutes_before_the_newest_that_was_read(self):
        self.sell("READ", 1, modified="2026-01-15T11:00:00.000", approved="2026-01-15T12:00:00.000")
        adapter = self.made(clock=lambda: at("2026-01-15T06:00:00"))
        _records, cursor, _pages = self.pull(adapter=adapter)
        self.assertEqual(cursor, {"since": "2026-01-15T03:55:00Z"})
        self.sell("LATE", 1, modified="2026-01-15T11:57:00.000", approved="2026-01-15T11:57:00.000")
        self.sell("OLD", 1, modified="2026-01-15T11:54:59.000", approved="2026-01-15T11:54:59.000")
        later = self.made(clock=lambda: at("2026-01-15T07:00:00"))
        self.assertEqual(self.numbers(self.pull(cursor=cursor, adapter=later)[0]), ["READ", "LATE"])

    def test_where_nothing_was_read_the_next_pull_begins_at_the_same_time(self):
        since = {"since": "2026-01-15T03:55:00Z"}
        self.assertEqual(self.pull(cursor=since)[1], since)

    def test_a_pull_never_goes_back_behind_where_it_was_to_begin(self):
        self.sell("FIRST", 1, modified="2026-01-15T11:57:00.000", approved="2026-01-15T11:57:00.000")
        since = {"since": "2026-01-15T03:55:00Z"}
        self.assertEqual(self.pull(cursor=since)[1], since)

    def sold_and_pulled(self, skew=0, **settings):
        """An order every 20 minutes, each followed by a pull: the orders that came at once, in order."""
        passed, cursor, came = 0, {}, []
        for number in range(12):
            passed += 1200
            self.fake.skew = passed + skew
            self.sell(f"N{number}", 1, modified=self.fake.moment(), approved=self.fake.moment())
            adapter = self.made(clock=lambda now=passed: time.time() + now, **settings)
            records, cursor, _pages = self.pull(cursor=cursor, adapter=adapter)
            came.append(f"N{number}" in self.numbers(records))
        return came

    def test_no_order_is_missed_or_late_whatever_the_servers_clock_shows(self):
        for skew in (-900, -7200, 900):
            self.fake.forms["SAL_SaleOrder"].records.clear()
            self.assertEqual(self.sold_and_pulled(skew), [True] * 12, skew)

    def test_no_order_is_missed_or_late_where_the_time_zone_was_chosen_wrongly(self):
        for zone in ("Asia/Tokyo", "UTC", "America/New_York"):
            self.fake.forms["SAL_SaleOrder"].records.clear()
            self.assertEqual(self.sold_and_pulled(tz=zone), [True] * 12, zone)

    def test_what_is_changed_while_we_read_comes_with_the_next_pull_though_the_server_is_late(self):
        for number in range(4):
            self.sell(f"N{number}", 1)
        self.fake.skew = -3600
        orders = list(self.fake.forms["SAL_SaleOrder"].records.values())

        def work(form, rows):
            self.fake.after_query = lambda form, rows: None
            for order in (orders[0], orders[3]):
                self.fake.skew += 900
                order["head"]["fmodifydate"] = self.fake.moment()

        self.fake.after_query = work
        _records, cursor, _pages = self.pull(adapter=self.made(page_size=2))
        self.assertIn("N0", self.numbers(self.pull(cursor=cursor)[0]))

    def test_a_pull_may_begin_at_a_time(self):
        self.sell("OLD", 1, day="2025-12-31")
        self.sell("NEW", 1, day="2026-01-02")
        self.assertEqual(self.numbers(self.pull(cursor={"since": "2026-01-01T00:00:00Z"})[0]), ["NEW"])

    def test_the_server_may_live_in_another_time_zone(self):
        self.sell("XSDD1", 1)
        (record,), _cursor, _pages = self.pull(adapter=self.made(tz="Europe/London"))
        self.assertEqual(record.modified, "2026-01-15T10:05:00.000Z")

    def test_pages_of_every_size_give_every_order_once_and_whole(self):
        for count in (0, 1, 3, 4, 7):
            self.fake.forms["SAL_SaleOrder"].records.clear()
            wanted = {f"N{number}": 1 + number % 3 for number in range(count)}
            for number, lines in wanted.items():
                self.sell(number, *([1] * lines))  # all with the same times
            for size in (1, 2, 3, 4, 1000):
                records, cursor, _pages = self.pull(adapter=self.made(page_size=size))
                self.assertEqual({r.values["FBillNo"]: len(r.lines) for r in records}, wanted)
                self.assertEqual(len(records), count)
                self.assertNotIn("after", cursor)

    def test_a_server_that_gives_fewer_rows_than_asked_for_hides_nothing(self):
        self.fake.query_limit = 150
        for number in range(200):
            self.sell(f"N{number}", 1, 1)
        records, _cursor, _pages = self.pull()
        self.assertEqual({len(record.lines) for record in records}, {2})
        self.assertEqual(len(records), 200)

    def test_an_order_with_more_lines_than_a_page_is_whole(self):
        self.sell("BEFORE", 1)
        self.sell("BIG", *range(1, 26))
        self.sell("AFTER", 1)
        records, _cursor, _pages = self.pull(adapter=self.made(page_size=10))
        self.assertEqual([(r.values["FBillNo"], len(r.lines)) for r in records], [("BEFORE", 1), ("BIG", 25), ("AFTER", 1)])
        self.assertEqual([line["FSaleOrderEntry.FQty"] for line in records[1].lines], [float(n) for n in range(1, 26)])

    def test_nothing_is_missed_while_orders_change_under_the_reader(self):
        for number in range(12):
            self.sell(f"N{number}", 1)
        orders = self.fake.forms["SAL_SaleOrder"].records

        def touch(form, rows):
            first = next(iter(orders.values()))["head"]
            first["fmodifydate"] = self.fake.moment()  # would move to the end of an order by time, and shift every offset

        self.fake.after_query = touch
        seen, cursor, _pages = self.pull(adapter=self.made(page_size=3))
        self.fake.after_query = lambda form, rows: None
        again, _cursor, _pages = self.pull(cursor=cursor, adapter=self.made(clock=lambda: time.time() + 60))
        self.assertEqual({f"N{number}" for number in range(12)}, set(self.numbers(seen + again)))

    def test_an_interrupted_pull_goes_on_where_it_was(self):
        for number in range(10):
            self.sell(f"N{number}", 1)
        adapter = self.made(page_size=4)
        page = adapter.read_page("sale", {}, SALE_PATHS)
        self.fake.fail_next("reset_before")
        with self.assertRaises(Transient):
            adapter.read_page("sale", page.cursor, SALE_PATHS)
        rest, _cursor, _pages = self.pull(cursor=page.cursor, adapter=adapter)
        self.assertEqual(self.numbers(page.records + rest), [f"N{number}" for number in range(10)])

    def test_what_counts_is_ordered_or_delivered_never_both(self):
        self.sell("XSDD1", 1)
        self.fake.add("SAL_OUTSTOCK", "XSCKD1", [{"frealqty": 1.0}], fcustomerid__fnumber="LOY-M000001")
        paths = ("FBillNo", "FEntity.FRealQty")
        self.assertFalse(self.pull("outbound", paths=paths)[0])
        delivered = self.made(earn_on="outbound")
        self.assertEqual(self.numbers(self.pull("outbound", paths=paths, adapter=delivered)[0]), ["XSCKD1"])
        self.assertFalse(self.pull("sale", adapter=delivered)[0])

    def test_our_own_gifts_are_no_purchases(self):
        self.fake.add("BD_Customer", "LOY-M000001", fname="张三")
        adapter = self.made(earn_on="outbound", org_number="100")
        self.fake.skew = -60
        self.push_gift(adapter=adapter)
        self.fake.add("SAL_OUTSTOCK", "XSCKD1", [{"frealqty": 1.0}], fcustomerid__fnumber="LOY-M000001")
        bought = self.pull("outbound", paths=("FBillNo", "FEntity.FRealQty"), adapter=adapter)[0]
        self.assertEqual(self.numbers(bought), ["XSCKD1"])

    def test_orders_of_customers_from_elsewhere_are_fetched_on_demand(self):
        self.sell("OURS", 1)
        self.fake.add("SAL_SaleOrder", "THEIRS", [{"fqty": 1.0}], fcustid__fnumber="CUST0001")
        self.assertEqual(self.numbers(self.pull()[0]), ["OURS"])
        self.assertEqual(self.numbers(self.pull(adapter=self.made(all_customers="1"))[0]), ["OURS", "THEIRS"])

    def test_the_customers_id_is_the_one_that_the_member_was_bound_to(self):
        sent = self.push_member()
        self.sell("XSDD1", 1)
        (record,), _cursor, _pages = self.pull(paths=("FCustId", "FCustId.FName"))
        self.assertEqual(str(record.values["FCustId"]), sent.external_id)
        self.assertEqual(record.values["FCustId.FName"], "张三")

    def test_what_a_new_connection_maps_can_all_be_asked_for(self):
        for subject, earn_on in (("sale", "order"), ("outbound", "outbound"), ("refund", "order"), ("refund", "outbound")):
            adapter = self.made(earn_on=earn_on)
            self.assertEqual(self.pull(subject, paths=[d.remote for d in adapter.defaults(subject)], adapter=adapter)[0], [])

    def test_returns_come_with_the_order_that_they_return(self):
        lines = [{"fmaterialid.fnumber": "SKU-1", "frealqty": 1.0, "forderno": "XSDD1"}]
        self.fake.add("SAL_RETURNSTOCK", "XSTHD1", lines, fretcustid__fnumber="LOY-M000001")
        paths = ("FBillNo", "FRetcustId.FNumber", "FEntity.FOrderNo", "FEntity.FRealQty")
        (record,), _cursor, _pages = self.pull("refund", paths=paths)
        self.assertEqual(record.values["FRetcustId.FNumber"], "LOY-M000001")
        line = self.fake.forms["SAL_RETURNSTOCK"].records[int(record.id)]["lines"][0]["fentity_fentryid"]
        self.assertEqual(record.lines, ({"FEntity.FEntryID": line, "FEntity.FOrderNo": "XSDD1", "FEntity.FRealQty": 1.0},))

    def test_ids_of_nineteen_digits_are_pages_too(self):
        self.fake.next_id = 9007199254740993001
        for number in range(5):
            self.sell(f"N{number}", 1)
        records, _cursor, _pages = self.pull(adapter=self.made(page_size=2))
        self.assertEqual([record.id for record in records], [f"900719925474099300{n}" for n in range(1, 6)])

    def test_ids_are_compared_as_numbers(self):
        self.fake.next_id = 98
        for number in range(5):
            self.sell(f"N{number}", 1)
        records, _cursor, _pages = self.pull(adapter=self.made(page_size=4))
        self.assertEqual([record.id for record in records], ["98", "99", "100", "101", "102"])

    def test_a_field_of_ones_own_can_be_asked_for(self):
        identity = self.sell("XSDD1", 1)
        self.fake.forms["SAL_SaleOrder"].records[identity]["lines"][0]["f_loy_text"] = "促销"
        (record,), _cursor, _pages = self.pull(paths=("FBillNo", "FSaleOrderEntry.F_LOY_TEXT"))
        self.assertEqual([line["FSaleOrderEntry.F_LOY_TEXT"] for line in record.lines], ["促销"])

    def test_a_field_that_is_not_there_is_named(self):
        with self.assertRaises(Permanent) as caught:
            self.pull(paths=("FBillNo", "FNoSuch"))
        self.assertIn("fnosuch", caught.exception.message)

    def test_audited_orders_are_told_by_the_day_in_pages_of_every_size(self):
        for number, day in enumerate(("2026-01-14", "2026-01-15", "2026-01-15", "2026-01-16")):
            self.sell(f"N{number}", 1, 2, day=day)
        self.sell("DRAFT", 1, status="B")
        self.fake.add("SAL_SaleOrder", "THEIRS", [{"fqty": 1.0}], fcustid__fnumber="CUST1", fdate="2026-01-15T00:00:00")
        for size in (1, 2, 1000):
            told = self.made(page_size=size).daily("2026-01-14", "2026-01-16")
            wanted = {"2026-01-14": (1, 30.0, {"N0": 30.0}), "2026-01-15": (2, 60.0, {"N1": 30.0, "N2": 30.0})}
            self.assertEqual(told, wanted)

    def test_signed_headers_pull_as_well(self):
        self.sell("XSDD1", 1, 1)
        records, _cursor, _pages = self.pull(adapter=self.made(sign_in="signed_headers"))
        self.assertEqual(len(records[0].lines), 2)


@tagged("-at_install", "post_install")
class TestKingdeeDelivery(KingdeeCase):
    def test_the_state_of_our_gifts_is_read_and_of_no_others(self):
        self.fake.add("SAL_OUTSTOCK", "XSCKD1")
        gift = self.fake.add("SAL_OUTSTOCK", "LOY-7", status="C", approved="2026-01-15T10:00:00.000", fcarriageno="SF123")
        self.fake.add("SAL_OUTSTOCK", "LOY-8", status="B")
        records, _cursor, _pages = self.pull("delivery", paths=[])
        self.assertEqual([(r.id, r.values["state"]) for r in records], [(str(gift), "delivered"), (str(gift + 1), "open")])
        wanted = {"reference": "LOY-7", "date": "2026-01-15T02:00:00.000Z", "tracking": "SF123", "carrier": None}
        self.assertEqual(records[0].values, wanted | {"state": "delivered"})
        self.assertIn("FBillNo like 'LOY-%'", self.calls("ExecuteBillQuery")[-1].json()["parameters"][0], "not all of them")

    def test_a_gift_that_is_audited_later_comes_again(self):
        identity = self.fake.add("SAL_OUTSTOCK", "LOY-7", status="B", modified="2026-01-15T10:00:00.000")
        early = self.made(clock=lambda: at("2026-01-15T03:00:00"))
        first, cursor, _pages = self.pull("delivery", adapter=early)
        head = self.fake.forms["SAL_OUTSTOCK"].records[identity]["head"]
        head |= {"fdocumentstatus": "C", "fapprovedate": "2026-01-15T18:00:00.000"}
        second, _cursor, _pages = self.pull("delivery", cursor=cursor)
        self.assertEqual([r.values["state"] for r in first + second], ["open", "delivered"])


@tagged("-at_install", "post_install")
class TestKingdeeListing(KingdeeCase):
    def test_all_members_there_are_listed_and_nobody_else(self):
        wanted = [f"LOY-M{number:06}" for number in range(5)]
        for number in [*wanted, "CUST0001", "LOYAL-1"]:
            self.fake.add("BD_Customer", number, fname=number)
        for size in (1, 2, 5, 1000):
            adapter, cursor, found, done = self.made(page_size=size), {}, [], False
            while not done:
                page = adapter.listing("member", cursor, ("FName",))
                found += [record.values["FName"] for record in page.records]
                cursor, done = page.cursor, page.done
            self.assertEqual(found, wanted)

    def test_a_beginning_with_a_sign_of_patterns_means_itself(self):
        for number in ("L_Y-1", "LXY-2"):
            self.fake.add("BD_Customer", number, fname=number)
        page = self.made(prefix="L_Y-").listing("member", {}, ("FName",))
        self.assertEqual([record.values["FName"] for record in page.records], ["L_Y-1"])
