"""What comes before what it needs waits for it: refunds for their sale, tickets for their member."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_incoming import TillCase


@tagged("post_install", "-at_install")
class TestInboxWaiting(TillCase):
    def test_a_refund_before_its_sale_waits_and_is_booked_with_it(self):
        sale = self.sale("100.00")
        refund = self.refund(sale)
        status, body = self.send_one(refund)
        self.assertEqual((status, body["status"], body["reason"]), (202, "parked", "original_missing"))
        self.send_one(sale)
        self.assertEqual(self.row(refund, "refund").state, "done")
        self.assertEqual([points for _reference, _amount, points in self.booked()], [100, -100])

    def test_what_is_dismissed_is_left_alone_until_it_comes_corrected_or_somebody_tries_again(self):
        sale = self.sale("100.00", store="Nowhere")
        self.send_one(sale)
        row = self.row(sale)
        self.assertEqual(self.connection.health_inbox_dead, 1)
        row.action_dismiss()
        self.env.invalidate_all()
        self.assertEqual((row.state, self.connection.health_inbox_dead), ("dismissed", 0))
        self.assertEqual(self.send_one(sale)[0], 422, "it is told the same as before")
        self.assertEqual(row.state, "dismissed")
        self.env["crm.team"].create({"name": "Nowhere", "company_id": False})
        row.action_try_again()
        self.work()
        self.assertEqual((row.state, self.member.points), ("done", 100))
        row.action_dismiss()
        self.assertEqual(row.state, "done", "what is booked stays booked")

    def test_of_one_batch_the_sale_is_booked_first(self):
        sale = self.sale("100.00")
        self.assertEqual([status for status, _body in self.send(self.refund(sale), sale)], [201, 201])

    def test_lines_of_a_refund_are_found_by_their_number_in_the_sale(self):
        sale = self.sale("60.00", "40.00")
        self.send_one(sale)
        status, body = self.send_one(self.refund(sale, lines=[{"line_id": "2", "qty": "1", "amount": "40.00"}]))
        self.assertEqual((status, body["points"], body["balance"]), (201, -40, 60))
        status, body = self.send_one(self.refund(sale, lines=[{"line_id": "7", "qty": "1"}]))
        self.assertEqual((status, body["error"]), (422, "refused"))

    def test_more_than_is_left_is_not_given_back(self):
        sale = self.sale("60.00")
        self.send_one(sale)
        self.send_one(self.refund(sale, lines=[{"line_id": "1", "qty": "1", "amount": "50.00"}]))
        status, body = self.send_one(self.refund(sale, lines=[{"line_id": "1", "amount": "20.00"}]))
        self.assertEqual((status, body["argument"]), (422, "lines[0].amount"))
        self.assertEqual(self.member.points, 10)

    def test_an_amount_alone_is_the_whole_purchase_or_some_of_its_only_line(self):
        two, one = self.sale("60.00", "40.00"), self.sale("60.00")
        self.send(two, one)
        self.assertEqual(self.send_one(self.refund(one, total="20.00"))[1]["points"], -20)
        self.assertEqual(self.send_one(self.refund(two, total="99.00"))[0], 422)
        self.assertEqual(self.send_one(self.refund(two, total="100.00"))[1]["points"], -100)

    def test_an_amount_is_measured_by_what_is_left(self):
        two, one = self.sale("60.00", "40.00"), self.sale("100.00")
        self.send(two, one)
        self.send(self.refund(one, total="40.00"), self.refund(two, lines=[{"line_id": "2", "amount": "40.00"}]))
        for sale in (one, two):
            self.assertEqual(self.send_one(self.refund(sale, total="100.00"))[0], 422)
        self.assertEqual(self.send_one(self.refund(two, total="60.00"))[1]["points"], -60)
        self.assertEqual(self.member.points, 60)

    def test_a_cancelled_sale_takes_everything_back_and_may_have_its_number(self):
        sale = self.sale("60.00")
        self.send_one(sale)
        status, body = self.send_one({"type": "void", "external_id": sale["external_id"]})
        self.assertEqual((status, body["points"], body["balance"]), (201, -60, 0))

    def test_a_sale_and_a_refund_may_have_the_same_number(self):
        first, second = self.sale("60.00"), self.sale("40.00")
        self.send(first, second)
        status, _body = self.send_one(self.refund(first, external_id=second["external_id"]))
        self.assertEqual((status, self.member.points), (201, 40))

    def test_a_purchase_of_somebody_unknown_waits_until_they_join(self):
        sale = self.sale(member={"mobile": "13800138077"})
        self.assertEqual(self.send_one(sale)[1]["reason"], "unknown_member")
        member = self.make_member("Late Joiner", phone="13800138077")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=2)):
            self.work()
        self.assertEqual((self.row(sale).state, member.points), ("done", 10))

    def test_what_waits_too_long_fails_and_may_be_tried_again_by_a_manager(self):
        sale = self.sale(member={"mobile": "13800138077"})
        self.send_one(sale)
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.work()
        row = self.row(sale)
        self.assertEqual(row.state, "dead")
        self.make_member("Late Joiner", phone="13800138077")
        row.with_user(self.make_user("boss", "loyalty_membership.group_manager")).action_try_again()
        self.work()
        self.assertEqual(row.state, "done")

    def test_rows_of_a_paused_connection_wait(self):
        self.connection.till_answer = "later"
        sale = self.sale()
        self.assertEqual(self.send_one(sale)[1]["status"], "accepted")
        self.connection.state = "paused"
        self.work()
        self.assertEqual(self.row(sale).state, "received")
        self.connection.state = "active"
        self.work()
        self.assertEqual(self.row(sale).state, "done")


@tagged("post_install", "-at_install")
class TestClaim(TillCase):
    def claim(self, sale, member=None):
        return self.env["loyalty.api"].claim_purchase(
            member=(member or self.member).code, source="pos-01", reference=sale["external_id"], program=self.program.id
        )

    def anonymous(self):
        sale = self.sale("30.00", member=None)
        self.assertEqual(self.send_one(sale)[1]["reason"], "anonymous")
        return sale

    def test_a_ticket_of_nobody_is_claimed_once(self):
        sale = self.anonymous()
        answer = self.claim(sale)
        self.assertEqual((answer["points"], answer["balance"], answer["duplicate"]), (30, 30, False))
        self.assertTrue(self.claim(sale)["duplicate"])
        with self.assertRaises(UserError) as refusal:
            self.claim(sale, self.other)
        self.assertEqual(refusal.exception.http_status, 409)
        self.assertEqual(self.booked(), [(sale["external_id"], 30, 30)])

    def test_a_ticket_of_somebody_else_or_of_nowhere_can_t_be_claimed(self):
        waiting = self.sale(member={"mobile": "13800138077"})
        self.send_one(waiting)
        for sale, status in ((waiting, 409), ({"external_id": "nothing"}, 404)):
            with self.assertRaises(UserError) as refusal:
                self.claim(sale)
            self.assertEqual(refusal.exception.http_status, status)

    def test_whoever_is_not_of_the_api_claims_nothing(self):
        sale = self.anonymous()
        clerk = self.make_user("clerk", "loyalty_membership.group_store")
        with self.assertRaises(AccessError):
            self.env["loyalty.api"].with_user(clerk).claim_purchase(self.member.code, "pos-01", sale["external_id"])
        self.assertFalse(self.booked())

    def test_the_till_that_sends_it_again_is_told_what_was_booked(self):
        sale = self.anonymous()
        self.claim(sale)
        self.assertEqual(self.send_one(sale)[1]["points"], 30)

    def test_nobody_s_ticket_that_nobody_claims_is_no_failure(self):
        sale = self.anonymous()
        refund = self.refund(sale)
        self.send_one(refund)
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.work()
        self.assertEqual((self.row(sale).state, self.row(refund, "refund").state), ("done", "done"))
        self.assertFalse(self.booked())
        self.assertEqual(self.send_one(sale)[1]["status"], "unclaimed")
