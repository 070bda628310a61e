from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestRedemptionBarred(RedemptionCase):
    """What was redeemed by members who were frozen or closed since."""

    def close(self, points_choice="keep", **values):
        action = self.member.with_user(self.manager).action_close()
        wizards = self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        wizard = wizards.create({"reason": "Moved away", "points_choice": points_choice, **values})
        told = wizard.open_notice
        wizard.action_apply()
        self.env.invalidate_all()
        return told

    def ship_part(self, redemption, number):
        picking = redemption.sudo().picking_ids
        picking.move_ids.write({"quantity": number, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()

    def test_closing_cancels_what_is_open_and_its_points_are_treated_like_the_others(self):
        self.env["loyalty.redemption.rule"].create({"program_id": self.program.id, "kind": "service"})
        waiting, ready = self.redeem(self.seat), self.redeem(self.mug)
        sent, done = self.redeem(self.mug, delivery="ship"), self.redeem(self.coupon)
        draft = self.draft(self.seat)
        told = self.close("forfeit")
        self.assertIn("cancelled: 4.", told)
        self.assertIn("others: 1050.", told)
        states = [redemption.state for redemption in (waiting, ready, sent, draft, done)]
        self.assertEqual(states, ["cancelled"] * 4 + ["done"])
        self.assertEqual((self.points(), self.free(), self.member.state), (0, 10, "closed"))
        self.assertIn("1900 points were forfeited", self.member.message_ids[0].body)
        self.assertBalanced()

    def test_points_and_money_that_wait_end_with_their_order(self):
        self.need_approval()
        deal = self.make_item("Mug for 30", 400, product_id=self.mug_product.id, money=30)
        redemption = self.redeem(deal)
        self.close("transfer", target_id=self.other.id)
        self.assertEqual((redemption.state, redemption.sudo().sale_order_id.state), ("cancelled", "cancel"))
        self.assertEqual((self.points(), self.points(self.other)), (0, 2000))
        self.assertBalanced()

    def test_a_member_whose_goods_are_partly_out_is_not_closed(self):
        self.redeem(self.seat)
        partly = self.redeem(self.mug, 2, delivery="ship")
        self.ship_part(partly, 1)
        with self.assertRaisesRegex(UserError, partly.name), self.env.cr.savepoint():
            self.close("forfeit")
        self.env.invalidate_all()
        self.assertEqual((self.member.state, partly.state, self.points()), ("active", "delivering", 950))

    def test_however_a_member_is_closed(self):
        redemption = self.redeem(self.mug)
        self.member.with_user(self.manager).state = "closed"
        self.assertEqual((redemption.state, self.points(), self.free()), ("cancelled", 2000, 10))

    def test_who_has_nothing_open_is_told_nothing(self):
        self.redeem(self.coupon)
        self.assertFalse(self.close())

    def test_a_merge_cancels_nothing(self):
        redemption = self.redeem(self.mug)
        self.member._merge_into(self.other, "Same person")
        self.assertEqual((redemption.state, redemption.member_id), ("approved", self.other))

    def test_nothing_is_approved_or_handed_over_for_a_frozen_member(self):
        self.env["loyalty.redemption.rule"].create({"program_id": self.program.id, "kind": "service"})
        waiting, ready = self.redeem(self.seat), self.redeem(self.mug)
        self.member._freeze("Lost the card")
        for call in (waiting.with_user(self.manager).action_approve, ready.action_hand_over):
            with self.subTest(call.__name__), self.assertRaisesRegex(UserError, "is frozen"), self.env.cr.savepoint():
                call()
        self.env.invalidate_all()
        self.assertEqual((waiting.state, ready.state, self.points(), self.free()), ("to_approve", "approved", 1450, 9))
        self.member._reactivate("Found it")
        ready.action_hand_over()
        self.assertEqual(ready.state, "done")

    def test_what_a_frozen_member_redeemed_can_be_given_up(self):
        self.env["loyalty.redemption.rule"].create({"program_id": self.program.id, "kind": "service"})
        waiting, ready = self.redeem(self.seat), self.redeem(self.mug)
        self.member._freeze("Lost the card")
        waiting.with_user(self.manager)._reject("No")
        ready._cancel("No")
        self.assertEqual((waiting.state, ready.state, self.points()), ("rejected", "cancelled", 2000))
        self.assertBalanced()
