"""Prizes of the catalogue: a redemption that costs nothing, as long as there is one to give."""

from odoo.exceptions import ValidationError

from .common_draw import DrawCase
from .common_redemption import RedemptionCase


class TestDrawItems(DrawCase, RedemptionCase):
    def item(self, item, **values):
        return {"kind": "item", "item_id": item.id, "percent": 100, **values}

    def test_a_gift_that_is_won_waits_at_the_counter_and_costs_nothing_more(self):
        before = self.points()
        result = self.draw(self.make_draw(self.item(self.mug)))
        redemption = result.redemption_id
        self.assertEqual((redemption.item_id, redemption.state, redemption.points), (self.mug, "approved", 0))
        self.assertTrue(redemption.code)
        self.assertEqual((redemption.note, before - self.points(), self.free()), ("Spring Draw: Prize 0", 10, 9))
        self.assertBalanced()

    def test_a_coupon_of_the_catalogue_is_issued_at_once(self):
        redemption = self.draw(self.make_draw(self.item(self.coupon))).redemption_id
        self.assertEqual((redemption.state, redemption.card_ids.program_id), ("done", self.coupon_program))

    def test_an_item_that_is_sold_out_leaves_its_odds_to_the_thank_you_prize(self):
        self.mug.limit_total = 2
        draw = self.make_draw(self.item(self.mug))
        results = [self.draw(draw) for _draw in range(4)]
        self.assertEqual([result.kind for result in results], ["item", "item", "thanks", "thanks"])
        self.assertEqual(results[-1].odds[str(draw.prize_ids[0].id)], "0/1000000")

    def test_an_item_that_was_archived_is_not_won(self):
        draw = self.make_draw(self.item(self.mug))
        self.mug.active = False
        self.assertEqual(self.draw(draw).kind, "thanks")

    def test_an_item_that_is_refused_on_the_way_becomes_the_thank_you_prize_and_leaves_nothing_behind(self):
        """Whatever was told before, the item has the last word."""
        self.mug.limit_total = 1
        draw = self.make_draw(self.item(self.mug, quantity=5))
        prize = draw.prize_ids[0]
        self.patch(type(prize), "_sold_out", lambda self, member: self.browse())
        self.redeem(self.mug)
        before = self.Redemption.search_count([])
        result = self.draw(draw)
        self.assertEqual((result.kind, result.piece, result.redemption_id), ("thanks", 0, self.Redemption))
        self.assertEqual(result.odds[str(prize.id)], "0/1000000")
        self.assertEqual(self.Redemption.search_count([]), before)
        self.assertEqual(prize.given, 0)

    def test_an_item_of_another_program_is_no_prize(self):
        program = self.env["loyalty.program"].create({"name": "Another", "is_membership": True})
        with self.assertRaises(ValidationError):
            self.make_draw(self.item(self.mug), program_id=program.id)

    def test_a_draw_that_failed_has_the_same_number_when_it_is_tried_again(self):
        draw = self.make_draw({"percent": 50}, {"percent": 50})
        first, second, _thanks = draw.prize_ids
        for number, prize in ((0, first), (499_999, first), (500_000, second), (999_999, second)):
            reference = self.next_reference()
            self.env["loyalty.draw.number"].create({
                "version_id": draw._version().id, "member_id": self.member.id, "source": "test", "reference": reference,
                "number": str(number),
            })  # fmt: skip
            result, _known = draw._draw(self.member, "test", reference)
            self.assertEqual((result.number, result.prize_id), (str(number), prize))

    def test_a_number_is_kept_for_the_odds_that_it_was_drawn_by(self):
        draw = self.make_draw({"percent": 50})
        numbers, version = self.env["loyalty.draw.number"], draw._version()
        numbers.create({
            "version_id": version.id, "member_id": self.member.id, "source": "test", "reference": "r", "number": "1000000",
        })  # fmt: skip
        draw.prize_ids[0].percent = 40
        self.assertLess(numbers._number(draw._version(), self.member, "test", "r"), 1_000_000)
        self.assertEqual(numbers._number(version, self.member, "test", "r"), 1_000_000)
        self.assertLess(numbers._number(version, self.other, "test", "r"), 1_000_000)
