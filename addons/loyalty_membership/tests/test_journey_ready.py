"""The journeys that every program begins with."""

from odoo.tests import tagged

from ..models.loyalty_journey_ready import READY
from .common_journey import JourneyCase


class ReadyCase(JourneyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Journey = cls.env["loyalty.journey"]

    def ready(self, key, program=None):
        return self.Journey.search([("program_id", "=", (program or self.program).id), ("ready_made", "=", key)])

    def of_program(self, program=None):
        return self.Journey.search([("program_id", "=", (program or self.program).id)])


@tagged("post_install", "-at_install")
class TestJourneyReady(ReadyCase):
    def test_every_program_has_them_once_and_switched_off(self):
        mine = self.of_program()
        self.assertEqual(set(mine.mapped("ready_made")), set(READY))
        self.assertEqual(set(mine.mapped("state")), {"draft"})
        self.assertEqual({journey.purpose for journey in mine}, {"marketing"})
        self.env["loyalty.program"]._make_all_ready_journeys()
        self.program.is_membership = True
        self.assertEqual(self.of_program(), mine)

    def test_one_that_was_deleted_does_not_come_back(self):
        self.ready("welcome").unlink()
        self.env["loyalty.program"]._make_all_ready_journeys()
        self.program.is_membership = True
        self.assertFalse(self.ready("welcome"))

    def test_a_program_made_before_journeys_were_gets_them(self):
        self.of_program().unlink()
        self.program.has_ready_journeys = False
        self.env["loyalty.program"]._make_all_ready_journeys()
        self.assertEqual(len(self.of_program()), len(READY))

    def test_coupon_programs_have_none(self):
        coupons = self.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})
        self.assertFalse(self.of_program(coupons))

    def test_they_go_with_their_program_and_so_do_their_actions(self):
        program = self.env["loyalty.program"].create({"name": "Short", "is_membership": True})
        actions = self.of_program(program).step_ids.action_id
        self.assertGreater(len(actions), 15)
        program.active = False
        program.unlink()
        self.assertFalse(actions.exists())

    # ------------------------------------------------------------ coupons

    def test_a_company_has_each_coupon_once(self):
        second = self.env["loyalty.program"].create({
            "name": "Second", "is_membership": True, "company_id": self.env.company.id,
            "currency_id": self.program.currency_id.id,
        })  # fmt: skip
        self.assertEqual(self.of_program(second).step_ids.coupon_program_id, self.of_program().step_ids.coupon_program_id)
        self.assertEqual(len(self.of_program().step_ids.coupon_program_id), 4)

    def test_another_company_has_its_own_coupons(self):
        company = self.env["res.company"].create({"name": "Sister"})
        program = self.env["loyalty.program"].create({"name": "Club", "is_membership": True, "company_id": company.id})
        coupons = self.of_program(program).step_ids.coupon_program_id
        self.assertEqual(coupons.company_id, company)
        self.assertFalse(coupons & self.of_program().step_ids.coupon_program_id)

    def test_a_coupon_takes_ten_percent_off_an_order_and_sends_no_mail_of_its_own(self):
        for coupon in self.of_program().step_ids.coupon_program_id:
            self.assertEqual((coupon.reward_ids.discount, coupon.reward_ids.discount_mode), (10, "percent"))
            self.assertFalse(coupon.communication_plan_ids)
            self.assertTrue(coupon.active)
