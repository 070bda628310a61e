"""Dry runs of every flow say what would become of each record, and leave nothing behind on either side."""

from unittest.mock import patch

from odoo.addons.loyalty_membership.tests.common_redemption import RedemptionCase
from odoo.tests import tagged

from ..adapters import base
from ..adapters.base import Page, Record
from ..models import loyalty_sync_run_dry_pull
from .common import EchoAdapter, EchoCase
from .common_kingdee_connection import KingdeeFlowsCase
from .common_mapping import CrmAdapter, MappingCase
from .common_wecom_connection import WeComConnectionCase
from .test_neocrm import NeocrmFlowsCase
from .test_webhook import WebhookCase


class DryRun:
    """Beside a case of a connection."""

    def dry(self, flow, by="external_id", **values):
        """dict number there (or another column) -> line, of a dry run that has left both sides as they were."""
        self.env.cr.precommit.run()
        before, calls = self.everything(), len(self.written())
        run = self.work(self.run_of("dry", flow, **values))
        self.env.cr.precommit.run()
        self.assertEqual((run.state, run.problem), ("done", False))
        self.assertEqual(self.everything(), before)
        self.assertEqual(len(self.written()), calls)
        return {line[by] or line.name: line for line in run.line_ids}

    def written(self):
        """Calls that have written at the other system."""
        return [request for request in self.fake.requests if request.method != "GET" and "token" not in request.path]

    def actions(self, lines):
        return {number: line.action for number, line in lines.items()}


@tagged("post_install", "-at_install")
class TestDryContacts(DryRun, MappingCase):
    def setUp(self):
        super().setUp()
        self.bind(self.member, name="Li Na", mobile="13800138000", mail=None)

    def tried(self, *records):
        page = Page(list(records), {"after": 9}, True)
        with patch.object(CrmAdapter, "read_page", lambda *_args: page):
            return self.dry("pull_contacts")

    def theirs(self, number="c1", **values):
        return self.record(number, code=f"LOY-{self.member.code}", **{"name": "Li Na", "mobile": "13800138000", **values})

    def test_what_changed_there_would_be_changed_here(self):
        line = self.tried(self.theirs(name="Li Nana", mail="li@example.com"))["c1"]
        self.assertEqual((line.action, line.res_id), ("change", self.member.id))
        self.assertEqual(line.changes, [["name", "Li Na", "Li Nana"], ["email", None, "li@example.com"]])
        self.assertEqual(self.member.name, "Li Na")

    def test_what_changed_there_after_it_was_sent_would_be_changed_here(self):
        self.waiting()
        self.fake.records["c1"] = {}
        self.member.partner_id.name = "Li Married"
        self.dispatch()
        line = self.tried(self.theirs(name="Li Again"))["c1"]
        self.assertEqual((line.action, line.changes), ("change", [["name", "Li Married", "Li Again"]]))

    def test_what_changed_here_alone_would_stay(self):
        self.member.partner_id.name = "Li Married"
        line = self.tried(self.theirs())["c1"]
        self.assertEqual((line.action, line.changes), ("skip", []))

    def test_what_changed_on_both_sides_would_be_somebodys_to_decide(self):
        self.member.phone = "13800138099"
        line = self.tried(self.theirs(mobile="13800138055"))["c1"]
        self.assertIn("phone", line.reason)
        self.assertEqual((line.action, line.changes), ("skip", [["phone", "13800138099", "+8613800138055"]]))

    def test_a_stranger_who_is_known_by_phone_would_be_bound_and_not_made_a_second_time(self):
        self.connection.create_members = True
        line = self.tried(self.record("c2", name="Wang", mobile="138 0013 8001"))["c2"]
        self.assertEqual((line.action, line.res_id), ("change", self.other.id))

    def test_strangers_would_join_or_be_passed_over(self):
        stranger = self.record("c3", name="Zhao", mobile="13900139000")
        line = self.tried(stranger)["c3"]
        self.assertEqual((line.action, bool(line.res_id)), ("skip", False))
        self.connection.create_members = True
        line = self.tried(stranger, self.record("c4", mobile="13900139001"))["c3"]
        self.assertEqual((line.action, line.res_id), ("create", 0))
        self.assertIn(["name", None, "Zhao"], line.changes)

    def test_who_cannot_join_is_told_with_the_reason(self):
        self.connection.create_members = True
        line = self.tried(self.record("c4", mobile="13900139001"))["c4"]
        self.assertEqual(line.action, "cannot")
        self.assertIn("name", line.reason.lower())

    def test_deleted_and_closed_ones_would_be_left_alone(self):
        self.other.sudo().state = "closed"
        lines = self.tried(Record("c1", {}, deleted=True), self.record("c2", name="W", mobile="13800138001"))
        self.assertEqual(self.actions(lines), {"c1": "skip", "c2": "skip"})
        self.assertIn("deleted", lines["c1"].reason)
        self.assertIn("closed", lines["c2"].reason)


@tagged("post_install", "-at_install")
class TestDryPurchases(DryRun, EchoCase):
    def test_points_are_told_of_the_first_ones_alone(self):
        for number in range(5):
            self.fake.sales.append({
                "number": f"S{number}", "member": self.member.code, "at": "2026-01-01T04:00:00Z",
                "lines": [{"line_id": "1", "sku": "SHOE", "quantity": 1, "amount": 100}],
            })  # fmt: skip
        with patch.object(loyalty_sync_run_dry_pull, "SIMULATED", 2):
            lines = self.dry("pull_purchases")
        self.assertEqual(["100 points" in line.reason for line in lines.values()], [True, True, False, False, False])

    def test_characters_that_can_not_be_kept_stop_nothing(self):
        line = {"line_id": "1", "sku": "S\0", "quantity": 1, "amount": 100}
        self.fake.sales.append({"number": "S\0", "member": "a\0", "at": "2026-01-01T04:00:00Z", "lines": [line]})
        [line] = self.dry("pull_purchases").values()
        self.assertEqual((line.action, line.name), ("cannot", "S\ufffd"))

    def test_a_return_that_names_no_purchase_is_no_purchase(self):
        self.patch(EchoAdapter, "streams", {base.PULL_PURCHASES: ("refund",)})
        defaults = EchoAdapter.defaults
        self.patch(EchoAdapter, "defaults", lambda adapter, subject: defaults(adapter, subject.replace("refund", "sale")))
        self.connection._mapping("refund")
        self.fake.sales.append({"number": "R1", "member": self.member.code, "at": "2026-01-01T04:00:00Z", "lines": [
            {"line_id": "1", "sku": "SHOE", "quantity": 1, "amount": 100}
        ]})  # fmt: skip
        line = self.dry("pull_purchases")["R1"]
        self.assertEqual(line.action, "cannot")


@tagged("post_install", "-at_install")
class TestDryDeliveries(DryRun, KingdeeFlowsCase, RedemptionCase):
    def setUp(self):
        super().setUp()
        self.mug_product.default_code = "MUG"
        self.connection.write({"pull_delivery": True, "kingdee_redemption_until": "save"})
        self.dispatch()

    def written(self):
        return [*self.calls("Save"), *self.calls("Submit"), *self.calls("Audit")]

    def calls(self, service):
        return self.fake.seen(f".{service}.common")

    def test_each_gift_is_told_by_what_would_become_of_it(self):
        gifts = [self.redeem(self.mug, 1) for _n in range(3)]
        self.dispatch()
        orders = {row["head"]["fbillno"]: row for row in self.fake.forms["SAL_OUTSTOCK"].records.values()}
        for order in list(orders.values())[1:]:
            order["head"]["fdocumentstatus"] = "C"
        gifts[2]._cancel("changed my mind")
        self.fake.add("SAL_OUTSTOCK", "LOY-other", [])
        lines = self.dry("pull_delivery")
        by_gift = {line.res_id: line for line in lines.values()}
        self.assertEqual(
            {number: line.action for number, line in by_gift.items()},
            {gifts[0].id: "skip", gifts[1].id: "change", gifts[2].id: "cannot", 0: "skip"},
        )
        self.assertIn("no redemption", by_gift[0].reason)
        self.assertEqual(gifts[1].state, "approved")


@tagged("post_install", "-at_install")
class TestDryRedemptions(DryRun, KingdeeFlowsCase, RedemptionCase):
    written = TestDryDeliveries.written
    calls = TestDryDeliveries.calls

    def setUp(self):
        super().setUp()
        self.mug_product.default_code = "MUG"
        self.dispatch()

    def test_a_gift_that_waits_would_be_ordered(self):
        gift = self.redeem(self.mug, 2)
        [line] = self.dry("push_redemption").values()
        self.assertEqual((line.action, line.res_id, line.name), ("create", gift.id, gift.display_name))
        self.assertIn(["FEntity.FRealQty", None, 2], line.changes)

    def test_one_whose_order_has_arrived_though_no_answer_came_would_be_found(self):
        self.fake.fail_next("reset_after", path=".Audit.")
        self.redeem(self.mug)
        self.assertEqual(self.dispatch()[-1].state, "verify")
        [line] = self.dry("push_redemption").values()
        self.assertEqual(line.action, "change")

    def test_one_that_lacks_what_the_mapping_needs_says_so(self):
        self.mug_product.default_code = False
        self.redeem(self.mug)
        [line] = self.dry("push_redemption").values()
        self.assertEqual(line.action, "cannot")


@tagged("post_install", "-at_install")
class TestDryMessages(DryRun, EchoCase):
    def test_messages_that_wait_would_be_sent_and_those_of_strangers_not(self):
        self.connection.push_message = True
        for member, number in ((self.member, "wm1"), (self.other, "wm2")):
            self.env["loyalty.binding"]._keep(self.connection, "member", member, number)
        known = self.member | self.other
        self.connection._message_members(known, {"title": "Hi"}, marketing=False)
        self.connection._message_members(self.member, {"title": "Sale, today only"}, marketing=False, valid_hours=-1)
        self.env["loyalty.binding"].search([("external_id", "=", "wm2")]).unlink()
        lines = self.env["loyalty.sync.run.line"].browse(line.id for line in self.dry("push_message", by="id").values())
        self.assertEqual(
            sorted((line.res_id, line.action) for line in lines),
            [(self.member.id, "cannot"), (self.member.id, "create"), (self.other.id, "cannot")],
        )

    def test_lines_of_points_that_wait_would_be_sent(self):
        self.connection.push_points = True
        [entry] = self.Entry._post([{"member_id": self.member.id, "kind": "adjust", "points": 12}])
        [line] = self.dry("push_points").values()
        self.assertEqual((line.action, line.res_id), ("create", entry.id))
        self.assertIn(["points", None, 12], line.changes)


@tagged("post_install", "-at_install")
class TestDryEvents(DryRun, WebhookCase):
    def test_events_that_wait_would_be_sent(self):
        self.only("points.earned")
        self.give(30)
        [line] = self.dry("push_event").values()
        self.assertEqual((line.action, line.model), ("create", "loyalty.points.entry"))
        self.assertIn("points.earned", str(line.changes))


@tagged("post_install", "-at_install")
class TestDryEnrolments(DryRun, NeocrmFlowsCase):
    def written(self):
        return [*self.fake.seen("xobjects", "POST"), *self.fake.seen("xobjects", "PATCH")]

    def test_customers_of_won_deals_would_join_be_bound_or_be_refused(self):
        self.connection.write({"pull_enrolments": True, "pull_contacts": False, "neocrm_won_stage": "915959"})
        deals = []
        for customer in (
            {"accountName": "赵六", "phone": "13700137000"},
            {"accountName": "张三", "phone": "13811118888"},
            {"phone": "13600136000"},
        ):
            account = self.fake.add("account", **customer)
            deals.append(self.fake.add("opportunity", opportunityName="大单", accountId=int(account), saleStageId=915959))
        deals.append(self.fake.add("opportunity", opportunityName="无主", saleStageId=915959))
        lines = self.dry("pull_enrolments")
        self.assertEqual([lines[str(deal)].action for deal in deals], ["create", "change", "cannot", "cannot"])
        self.assertEqual(lines[str(deals[1])].res_id, self.member.id)


@tagged("post_install", "-at_install")
class TestDryWeCom(DryRun, WeComConnectionCase):
    def written(self):
        return [*self.fake.seen("mark_tag"), *self.fake.seen("add_corp_tag"), *self.fake.seen("message/send")]

    def test_contacts_would_be_bound_or_passed_over_and_tags_go_to_those_who_are_bound(self):
        self.fake.add_contact("wm1", "李娜", mobiles=["13800138000"])
        self.fake.add_contact("wm2", "路人")
        lines = self.dry("pull_contacts")
        self.assertEqual(self.actions(lines), {"wm1": "change", "wm2": "skip"})
        self.assertEqual(lines["wm1"].res_id, self.member.id)
        self.assertIn("bound", lines["wm1"].reason)
        self.env["loyalty.binding"]._keep(self.connection, "member", self.member, "wm1")
        found = {line.res_id: line.action for line in self.dry("push_member", by="id").values()}
        self.assertEqual(found, {self.member.id: "change", self.other.id: "skip"})
