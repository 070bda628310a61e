"""The numbered pieces of a prize: all of them are given, each once, and a large stock costs no more than a small one."""

import tracemalloc
from itertools import islice

from ..models.loyalty_draw_pieces import AT_ONCE
from .common_draw import DrawCase


class TestDrawPieces(DrawCase):
    def setUp(self):
        super().setUp()
        self.grant(1000)

    def prize(self, **values):
        return self.make_draw({"percent": 100, **values}).prize_ids[0]

    def test_every_piece_of_a_large_stock_is_found_once_and_no_other(self):
        for stock in (1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 7):
            with self.subTest(stock):
                self.assertEqual(sorted(self.prize(quantity=stock)._free_pieces()), list(range(1, stock + 1)))

    def test_what_was_won_is_not_found_again(self):
        prize = self.prize(quantity=2 * AT_ONCE, daily_limit=AT_ONCE + 5)
        results = [self.draw(prize.draw_id) for _draw in range(3)]
        free, of_day = set(prize._free_pieces()), set(prize._free_pieces(results[0].day))
        self.assertEqual(free, set(range(1, 2 * AT_ONCE + 1)) - {result.piece for result in results})
        self.assertEqual(of_day, set(range(1, AT_ONCE + 6)) - {result.day_piece for result in results})

    def test_pieces_won_before_a_limit_was_lowered_and_raised_count(self):
        """Without numbers: the highest are not given. With a number above the limit: as many as are left, the lowest first."""
        prize = self.prize()
        for _draw in range(2):
            self.draw(prize.draw_id)
        prize.quantity = 2 * AT_ONCE
        numbered = [self.draw(prize.draw_id).piece for _draw in range(4)]
        prize.quantity = 8
        free = [number for number in range(1, 9) if number not in numbered]
        self.assertEqual(sorted(prize._free_pieces()), free[:2])

    def test_winners_of_the_same_moment_begin_anywhere(self):
        prize = self.prize(quantity=100 * AT_ONCE)
        firsts = [next(prize._free_pieces()) for _winner in range(20)]
        self.assertGreater(len({first // AT_ONCE for first in firsts}), 5)

    def test_a_win_does_not_list_a_large_stock(self):
        prize = self.prize(quantity=200_000)
        list(islice(prize._free_pieces(), 3))
        tracemalloc.start()
        try:
            next(prize._free_pieces())
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertLess(most, 1_000_000)
