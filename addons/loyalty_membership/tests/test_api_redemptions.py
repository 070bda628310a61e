from odoo.tests import tagged

from .common_api import ApiCase
from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestApiRedemptions(RedemptionCase, ApiCase):
    """Rewards over the API, as the user of another system."""

    def counts(self):
        return super().counts() | {"loyalty.redemption": self.Redemption.sudo().search_count([])}

    def order_reward(self, wanted, **values):
        return {
            "member": self.member.code, "item": wanted.id, "source": "app", "reference": self.next_reference(), **values,
        }  # fmt: skip

    def test_rewards_are_listed_with_what_is_in_the_way(self):
        self.seat.limit_total = 1
        self.redeem(self.seat)
        told = {reward["name"]: reward for reward in self.call("list_rewards", member=self.other.code)}
        self.assertEqual((told["Mug"]["points"], told["Mug"]["left"], told["Mug"]["reason"]), (500, 10, "points"))
        self.assertEqual((told["A seat at the show"]["left"], told["A seat at the show"]["reason"]), (0, "sold_out"))
        self.assertEqual(told["10 off"]["left"], None)
        mine = {reward["name"]: reward["may_redeem"] for reward in self.call("list_rewards", member=self.member.code)}
        self.assertEqual(mine, {"Mug": True, "10 off": True, "20 on the wallet": True, "A seat at the show": False})

    def test_what_is_not_offered_today_is_not_listed(self):
        self.mug.date_from = "2999-01-01"
        self.coupon.date_to = "2020-01-01"
        names = [reward["name"] for reward in self.call("list_rewards", member=self.member.code)]
        self.assertEqual(names, ["A seat at the show", "20 on the wallet"])

    def test_a_coupon_is_answered_with_its_code(self):
        answer = self.call("redeem", **self.order_reward(self.coupon))
        card = self.env["loyalty.card"].search([("code", "=", answer["coupon"])])
        self.assertEqual((card.partner_id, card.program_id), (self.member.partner_id, self.coupon_program))
        self.assertEqual((answer["state"], answer["points"], answer["balance"]), ("done", 100, 1900))

    def test_the_same_call_twice_is_one_redemption(self):
        order = self.order_reward(self.mug, quantity=2)
        first = self.call("redeem", **order)
        second = self.call("redeem", **order)
        self.assertEqual((first.pop("duplicate"), second.pop("duplicate")), (False, True))
        self.assertEqual(first, second)
        self.assertEqual(self.points(), 1000)

    def test_the_same_reference_for_something_else_is_refused(self):
        order = self.order_reward(self.mug)
        self.call("redeem", **order)
        for other in ({"quantity": 2}, {"item": self.coupon.id}, {"member": self.other.code}, {"delivery": "ship"}):
            with self.subTest(other):
                self.assertRefused(409, "reference:", "redeem", **order | other)

    def test_refusals_say_why_and_change_nothing(self):
        self.assertRefused(422, "member: has not enough", "redeem", **self.order_reward(self.mug, quantity=5))
        self.assertRefused(422, "item: is sold out", "redeem", **self.order_reward(self.mug, quantity=11))
        self.mug.date_to = "2020-01-01"
        self.assertRefused(422, "item: is not offered any more", "redeem", **self.order_reward(self.mug))
        self.assertRefused(404, "item:", "redeem", **self.order_reward(self.mug, item=987654321))
        self.assertRefused(404, "item:", "redeem", **self.order_reward(self.mug, item="No such"))
        self.assertRefused(404, "member:", "redeem", **self.order_reward(self.mug, member="0"))
        self.assertRefused(422, "quantity:", "redeem", **self.order_reward(self.mug, quantity=0))
        self.assertRefused(422, "delivery:", "redeem", **self.order_reward(self.mug, delivery="drone"))
        self.assertRefused(422, "source:", "redeem", **self.order_reward(self.mug, source="odoo"))
        self.member.state = "frozen"
        self.assertRefused(422, "member: is frozen", "redeem", **self.order_reward(self.seat))

    def test_items_are_named_by_name_too_and_stores_are_kept(self):
        store = self.env["crm.team"].create({"name": "Harbour"})
        answer = self.call("redeem", **self.order_reward(self.mug, item="Mug", store="Harbour"))
        redemption = self.Redemption.search([("name", "=", answer["redemption"])])
        self.assertEqual((redemption.team_id, redemption.code), (store, answer["code"]))
        self.assertRefused(422, "store:", "redeem", **self.order_reward(self.mug, store="Nowhere"))

    def test_a_redemption_is_cancelled_once_with_its_points(self):
        name = self.call("redeem", **self.order_reward(self.mug))["redemption"]
        answer = {"redemption": name, "state": "cancelled", "points": 500, "balance": 2000}
        for _time in range(2):
            self.assertEqual(self.call("cancel_redemption", redemption=name, reason="Wrong colour"), answer)
        self.assertEqual(self.call("get_redemption", redemption=name)["reason"], "Wrong colour")
        self.assertEqual(self.free(), 10)

    def test_what_is_handed_over_cant_be_cancelled(self):
        name = self.call("redeem", **self.order_reward(self.mug))["redemption"]
        self.Redemption.search([("name", "=", name)]).with_user(self.clerk).action_hand_over()
        self.assertRefused(422, "redemption:", "cancel_redemption", redemption=name, reason="Late")
        self.assertRefused(404, "redemption:", "cancel_redemption", redemption="RD0", reason="Late")
        self.assertRefused(422, "reason:", "cancel_redemption", redemption=name, reason=" ")

    def test_approval_is_waited_for(self):
        self.need_approval()
        answer = self.call("redeem", **self.order_reward(self.mug))
        self.assertEqual((answer["state"], answer["balance"]), ("to_approve", 1500))
        self.Redemption.search([("name", "=", answer["redemption"])]).with_user(self.manager)._reject("Not now")
        told = self.call("get_redemption", redemption=answer["redemption"])
        self.assertEqual((told["state"], told["reason"], told["balance"]), ("rejected", "Not now", 2000))

    def test_other_users_have_no_access(self):
        self.api = self.env["loyalty.api"].with_user(self.clerk)
        for method, arguments in (
            ("list_rewards", {"member": self.member.code}),
            ("redeem", self.order_reward(self.mug)),
            ("cancel_redemption", {"redemption": "x", "reason": "y"}),
        ):
            self.assertRefused(403, "This needs", method, **arguments)
