from freezegun import freeze_time
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestRedemption(RedemptionCase):
    """What becomes of points and goods when something is redeemed."""

    def test_points_are_taken_on_submission_and_the_gift_is_reserved(self):
        redemption = self.redeem(self.mug, 2)
        self.assertEqual(redemption.state, "approved")
        self.assertEqual((self.points(), self.free()), (1000, 8))
        self.assertTrue(redemption.code.isdigit())
        self.assertBalanced()

    def test_a_gift_that_is_picked_up_is_handed_over_by_store_staff(self):
        redemption = self.redeem(self.mug)
        redemption.action_hand_over()
        self.assertEqual(redemption.state, "done")
        self.assertEqual(redemption.sudo().picking_ids.state, "done")
        self.assertEqual(redemption.handed_over_by_id, self.clerk)
        with self.assertRaisesRegex(UserError, "done"):
            redemption.action_hand_over()

    def test_a_gift_that_is_sent_is_done_when_the_delivery_is(self):
        redemption = self.redeem(self.mug, delivery="ship")
        self.assertEqual(redemption.state, "delivering")
        self.send_out(redemption)
        self.assertEqual(redemption.state, "done")

    def test_a_delivery_that_is_cancelled_gives_points_and_stock_back(self):
        redemption = self.redeem(self.mug, delivery="ship")
        redemption.sudo().picking_ids.action_cancel()
        self.assertEqual(redemption.state, "cancelled")
        self.assertEqual((self.points(), self.free()), (2000, 10))

    def test_what_is_not_delivered_of_a_gift_gives_its_share_of_the_points_back(self):
        redemption = self.redeem(self.mug, 3, delivery="ship")
        picking = redemption.sudo().picking_ids
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=picking.ids).button_validate()
        self.assertEqual((redemption.state, redemption.quantity_back), ("done", 1))
        self.assertEqual(self.points(), 1000)
        self.assertBalanced()

    def test_a_gift_that_comes_back_gives_its_points_back(self):
        redemption = self.redeem(self.mug, 2, delivery="ship")
        self.send_out(redemption)
        self.return_goods(redemption.sudo().picking_ids, 1)
        self.assertEqual((redemption.state, redemption.quantity_back, self.points()), ("done", 1, 1500))
        self.assertBalanced()

    def test_cancelling_gives_the_points_back_to_their_own_lots(self):
        lot = self.Entry.search([("member_id", "=", self.member.id), ("points", "=", 2000)])
        redemption = self.redeem(self.mug)
        self.assertEqual(lot.remaining, 1500)
        redemption._cancel("Changed their mind")
        lot.invalidate_recordset()
        self.assertEqual((redemption.state, lot.remaining, self.free()), ("cancelled", 2000, 10))
        self.assertEqual(redemption.sudo().move_ids.state, "cancel")
        self.assertBalanced()

    def test_a_coupon_is_issued_at_once_and_works_on_the_next_order(self):
        redemption = self.redeem(self.coupon, 2)
        self.assertEqual((redemption.state, len(redemption.card_ids), self.points()), ("done", 2, 1800))
        order = self.make_order(1)
        status = order._try_apply_code(redemption.card_ids[0].code)
        [(coupon, rewards)] = status.items()
        order._apply_program_reward(rewards, coupon)
        self.assertEqual(order.amount_total, 90)

    def test_an_unused_coupon_can_be_cancelled_and_a_used_one_not(self):
        redemption = self.redeem(self.coupon)
        redemption._cancel("Not needed")
        self.assertEqual((redemption.state, redemption.sudo().card_ids.points, self.points()), ("cancelled", 0, 2000))
        used = self.redeem(self.coupon)
        used.sudo().card_ids.points = 0
        with self.assertRaisesRegex(UserError, "can't be cancelled"):
            used._cancel("Not needed")

    def test_a_voucher_tops_up_the_members_wallet_and_says_so_in_its_history(self):
        first = self.redeem(self.voucher)
        self.redeem(self.voucher, 2)
        wallet = first.sudo().card_ids
        self.assertEqual((wallet.partner_id, wallet.points, self.points()), (self.member.partner_id, 60, 1400))
        self.assertEqual(wallet.history_ids.mapped("issued"), [40, 20])
        first._cancel("Not needed")
        self.assertEqual((wallet.points, self.points()), (40, 1600))
        wallet.points = 0
        with self.assertRaisesRegex(UserError, "can't be cancelled"):
            self.Redemption.search([("state", "=", "done")], limit=1)._cancel("Spent")

    def test_a_service_waits_until_it_is_used(self):
        redemption = self.redeem(self.seat)
        self.assertEqual(redemption.state, "approved")
        redemption.action_hand_over()
        self.assertEqual((redemption.state, self.points()), ("done", 1950))

    def test_a_prize_costs_nothing_and_goes_its_way(self):
        redemption = self.Redemption.sudo()._award(self.other, self.mug, 1, "First prize")
        self.assertEqual((redemption.state, redemption.points, self.points(self.other)), ("approved", 0, 0))
        redemption.action_hand_over()
        self.assertEqual(redemption.state, "done")

    def test_the_statement_says_what_the_points_bought(self):
        redemption = self.redeem(self.mug, 2)
        self.assertEqual(redemption.sudo().entry_ids.explanation, f"Spent: Mug × 2, {redemption.name}")

    # ------------------------------------------------------------ limits

    def test_nobody_gets_more_than_there_are(self):
        self.grant(10000)
        self.redeem(self.mug, 9)
        with self.assertRaisesRegex(UserError, "sold out"):
            self.redeem(self.mug, 2)
        self.redeem(self.mug)
        self.assertEqual(self.mug.stock_told, "Sold out")

    def test_what_waits_for_approval_is_not_there_for_others(self):
        self.grant(10000)
        self.need_approval(points_from=4000)
        self.redeem(self.mug, 8)
        self.assertEqual(self.free(), 10)
        with self.assertRaisesRegex(UserError, "sold out"):
            self.redeem(self.mug, 3)

    def test_items_that_give_the_same_product_share_its_stock(self):
        self.grant(10000)
        self.need_approval(points_from=4000)
        twin = self.make_item("The same mug for members of old", 450, product_id=self.mug_product.id)
        self.redeem(self.mug, 9)
        with self.assertRaisesRegex(UserError, "sold out"):
            self.redeem(twin, 2)

    def test_items_that_give_the_same_product_are_redeemed_by_one_after_the_other(self):
        """Whoever comes second at the row of either can't write it, and tries again with what is left."""
        twin = self.make_item("The same mug", 450, product_id=self.mug_product.id, active=False)
        versions = "SELECT id, ctid::text FROM loyalty_catalog_item WHERE id = ANY(%s)"
        items = [(self.mug | twin).ids]
        self.env.flush_all()
        before = dict(self.env.execute_query(SQL(versions, *items)))
        self.mug._lock()
        after = dict(self.env.execute_query(SQL(versions, *items)))
        self.assertEqual({item for item in before if before[item] != after[item]}, {self.mug.id, twin.id})

    def test_a_limited_offer_ends_and_goes_on_when_one_is_given_back(self):
        offer = self.make_item("Parking hour", 10, kind="service", limit_total=2)
        first = self.redeem(offer, 2)
        with self.assertRaisesRegex(UserError, "sold out"):
            self.redeem(offer)
        first._cancel("Came by bus")
        self.redeem(offer)
        self.assertEqual((offer.taken, offer.left), (1, 1))

    def test_a_limit_set_later_counts_what_was_redeemed_before(self):
        self.redeem(self.seat, 3)
        self.seat.limit_total = 4
        self.assertEqual((self.seat.taken, self.seat.left), (3, 1))

    def test_each_member_gets_as_many_as_the_item_says_in_its_period(self):
        self.seat.write({"limit_member": 1, "limit_period": "day"})
        earlier = self.redeem(self.seat)
        with self.assertRaisesRegex(UserError, "as often as each member may"):
            self.redeem(self.seat)
        earlier.sudo().submitted_at = "2020-01-01 00:00:00"
        self.redeem(self.seat)

    def test_dates_tiers_segments_and_stores_are_kept(self):
        tier = self.make_tiers(10**9)
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        store = self.env["crm.team"].create({"name": "Harbour"})
        for values, told in (
            ({"date_from": "2999-01-01"}, "offered from 2999-01-01"),
            ({"date_to": "2020-01-01"}, "offered until 2020-01-01"),
            ({"tier_ids": tier.ids}, "another tier"),
            ({"segment_ids": tag.ids}, "another segment"),
            ({"team_ids": store.ids}, "not offered in this store"),
        ):
            item = self.make_item("Kept", 1, kind="service", **values)
            with self.subTest(told), self.assertRaisesRegex(UserError, told):
                self.redeem(item)
        self.member.partner_id.category_id = tag
        self.redeem(self.make_item("For tagged", 1, kind="service", segment_ids=tag.ids, team_ids=store.ids), team_id=store.id)

    def test_what_is_archived_is_not_redeemed(self):
        draft = self.draft(self.seat)
        self.seat.active = False
        with self.assertRaisesRegex(UserError, "not offered any more"):
            draft.action_submit()
        self.coupon_program.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.redeem(self.coupon)

    def test_a_voucher_is_of_the_currency_of_its_wallet(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        wallet = self.env["loyalty.program"].create({"name": "Yen", "program_type": "ewallet", "currency_id": yen.id})
        with self.assertRaisesRegex(ValidationError, "another currency"):
            self.voucher.voucher_program_id = wallet

    def test_nobody_spends_more_than_they_have(self):
        with self.assertRaisesRegex(UserError, "not enough points"):
            self.redeem(self.mug, 5)
        self.assertEqual((self.points(), self.free()), (2000, 10))

    def test_what_is_in_the_way_is_told_before_it_is_redeemed(self):
        draft = self.draft(self.mug, 11)
        self.assertIn("sold out", draft.obstacle)
        draft.quantity = 5
        self.assertIn("not enough points", draft.obstacle)
        draft.quantity = 1
        self.assertFalse(draft.obstacle)

    def test_a_price_that_changes_later_changes_no_redemption(self):
        redemption = self.draft(self.seat)
        self.seat.points = 70
        redemption.action_submit()
        self.seat.points = 90
        self.assertEqual((redemption.points, self.points()), (70, 1930))

    def test_an_item_names_what_it_hands_out(self):
        for values in (
            {"kind": "gift"},
            {"kind": "coupon", "coupon_program_id": self.program.id},
            {"kind": "voucher", "voucher_program_id": self.wallet_program.id},
            {"kind": "service", "money": 5},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.make_item("Wrong", 10, **values)
        with self.assertRaisesRegex(ValidationError, "steps of 1"):
            self.make_item("Half a point", 10.5, kind="service")

    # ------------------------------------------------------------ pick-up

    def expire(self):
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_expire_redemptions").method_direct_trigger()

    def test_what_is_not_picked_up_in_time_goes_back_to_stock_with_its_points(self):
        redemption = self.redeem(self.mug)
        redemption.sudo().pickup_until = "2020-01-01"
        self.expire()
        self.assertEqual((redemption.state, self.points(), self.free()), ("expired", 2000, 10))

    def test_the_last_day_to_pick_up_ends_in_the_programs_time_zone(self):
        redemption = self.redeem(self.mug)
        redemption.sudo().pickup_until = "2026-03-10"
        for moment, state in (("2026-03-10 15:59:00", "approved"), ("2026-03-10 16:00:00", "expired")):
            with freeze_time(moment):
                self.expire()
            self.assertEqual(redemption.state, state)

    def test_who_still_has_time_is_not_looked_at(self):
        late, early = self.redeem(self.mug), self.redeem(self.mug)
        late.sudo().pickup_until = "2020-01-01"
        self.assertTrue(early.pickup_until)
        self.assertEqual(self.Redemption.sudo().search(self.Redemption._overdue_domain()) & (late | early), late)

    def test_a_program_may_keep_the_points_of_what_is_not_picked_up(self):
        self.program.pickup_give_back = False
        redemption = self.redeem(self.mug)
        redemption.sudo().pickup_until = "2020-01-01"
        self.expire()
        self.assertEqual((redemption.state, self.points(), self.free()), ("expired", 1500, 10))

    def test_the_counter_finds_a_redemption_by_its_code_and_hands_it_over(self):
        redemption = self.redeem(self.mug)
        scan = self.env["loyalty.redemption.scan"].with_user(self.clerk).create({"code": f" {redemption.code} "})
        self.assertEqual((scan.redemption_id, scan.problem), (redemption, False))
        scan.action_hand_over()
        self.assertEqual(redemption.state, "done")
        again = self.env["loyalty.redemption.scan"].with_user(self.clerk).create({"code": redemption.code})
        self.assertIn("done", again.problem)
        with self.assertRaisesRegex(UserError, "Nothing waits"):
            self.env["loyalty.redemption.scan"].with_user(self.clerk).create({"code": "8"}).action_hand_over()
