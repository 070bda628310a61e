"""Which pieces of a prize are left, of its stock or of its day, without listing those of a large stock."""

import random
import secrets
from itertools import repeat

from odoo import models
from odoo.tools import SQL

#: So many numbers are looked at in one go.
AT_ONCE = 1000


class LoyaltyDrawPrize(models.Model):
    _inherit = "loyalty.draw.prize"

    def _free_pieces(self, day=None):
        """Numbers of the pieces that nobody has won yet, of the stock or of a day; without a limit, None for ever.

        All of them if need be, and in any order, so that winners of the same moment seldom want the same piece.
        """
        limit, column = (self.daily_limit, "day_piece") if day else (self.quantity, "piece")
        if not limit:
            return repeat(None)
        won = SQL("FROM loyalty_draw_result WHERE prize_id = %s AND %s", self.id, SQL("day = %s", day) if day else SQL("true"))
        return self._look_for_pieces(SQL.identifier(column), won, self._last_piece(limit, SQL.identifier(column), won))

    def _last_piece(self, limit, column, won):
        """The number up to which as many are free as are left; the limit itself, as long as every win had a number.

        What was won before there was a limit has none and counts, too: the highest numbers are not given then.
        """
        [(number,)] = self.env.execute_query(SQL("SELECT COUNT(*) %s", won))
        left, last = limit - number, limit
        while left > 0:
            [(taken,)] = self.env.execute_query(SQL("SELECT COUNT(*) %s AND %s BETWEEN 1 AND %s", won, column, last))
            if left + taken == last:
                return last
            last = left + taken
        return 0

    def _look_for_pieces(self, column, won, last):
        """Go round all numbers from 1 to the last, beginning anywhere."""
        rounds = -(-last // AT_ONCE)
        begin = secrets.randbelow(rounds) if rounds else 0
        for number in range(begin, begin + rounds):
            first = number % rounds * AT_ONCE + 1
            numbers = range(first, min(first + AT_ONCE, last + 1))
            rows = self.env.execute_query(
                SQL("SELECT %s %s AND %s BETWEEN %s AND %s", column, won, column, numbers[0], numbers[-1])
            )
            free = list(set(numbers).difference(taken for (taken,) in rows))
            random.SystemRandom().shuffle(free)
            yield from free
