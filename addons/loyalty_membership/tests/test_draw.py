"""One draw after the other: what it costs, who may, and what is won how often."""

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.fields import Command

from ..domain.draw import choose
from ..models.loyalty_draw_play import DrawRefused
from ..models.loyalty_transaction import ReferenceConflict
from .common_draw import DrawCase, at


class TestDraw(DrawCase):
    def setUp(self):
        super().setUp()
        self.grant(1000)

    def assertRefused(self, draw, part, member=None):
        before = (self.points(member), self.Result.search_count([]))
        with self.assertRaises(DrawRefused) as refusal:
            self.draw(draw, member)
        self.assertIn(part, str(refusal.exception))
        self.assertEqual((self.points(member), self.Result.search_count([])), before)

    # ------------------------------------------------------------ what it costs

    def test_a_draw_costs_its_points_and_says_so_in_the_ledger(self):
        result = self.draw(self.make_draw())
        entry = result.ticket_entry_id
        self.assertEqual((entry.kind, entry.points, entry.note), ("spend", -10, "Spring Draw"))
        self.assertEqual((entry.origin_model, entry.origin_id), ("loyalty.draw.result", result.id))
        self.assertEqual((result.points, self.points()), (10, 990))
        self.assertBalanced()

    def test_a_free_draw_costs_nothing(self):
        result = self.draw(self.make_draw(points=0))
        self.assertEqual((result.points, result.ticket_entry_id, self.points()), (0, self.Entry, 1000))

    def test_a_ticket_is_used_before_points_and_once(self):
        draw = self.make_draw()
        [ticket] = self.Ticket._give(self.member, draw, origin=self.program, note="Opening")
        self.assertEqual((ticket.origin_model, ticket.origin_id), ("loyalty.program", self.program.id))
        first, second = self.draw(draw), self.draw(draw)
        self.assertEqual((first.ticket_id, first.points, ticket.result_id, ticket.state), (ticket, 0, first, "used"))
        self.assertEqual((second.ticket_id, second.points), (self.Ticket, 10))
        self.assertEqual(self.points(), 990)

    def test_without_a_ticket_nobody_draws_where_only_tickets_count(self):
        draw = self.make_draw(tickets_only=True)
        self.assertRefused(draw, "no ticket")
        self.Ticket._give(self.member, draw, 2)
        self.Ticket._give(self.other, draw)
        self.draw(draw), self.draw(draw)
        self.assertRefused(draw, "no ticket")

    def test_a_ticket_is_for_its_own_draw(self):
        draw, another = self.make_draw(), self.make_draw(tickets_only=True)
        self.Ticket._give(self.member, draw)
        self.assertRefused(another, "no ticket")

    def test_who_has_too_few_points_learns_how_many_are_missing(self):
        self.grant(3, self.other)
        self.assertRefused(self.make_draw(), "7 more are needed", self.other)

    # ------------------------------------------------------------ the same draw again

    def test_the_same_reference_is_the_same_draw(self):
        draw = self.make_draw()
        first = draw._draw(self.member, "shop", "d-1")
        again = draw._draw(self.member, "shop", "d-1")
        self.assertEqual((first[0], False, True), (again[0], first[1], again[1]))
        self.assertEqual(self.points(), 990)
        self.assertEqual(draw._draw(self.member, "till", "d-1")[1], False, "another source has its own references")

    def test_a_known_reference_is_answered_after_the_draw_was_closed(self):
        draw = self.make_draw()
        first, _known = draw._draw(self.member, "shop", "d-1")
        draw.action_close()
        self.assertEqual(draw._draw(self.member, "shop", "d-1"), (first, True))

    def test_another_content_under_a_known_reference_is_refused(self):
        draw, another = self.make_draw(), self.make_draw()
        draw._draw(self.member, "shop", "d-1")
        self.grant(10, self.other)
        for who, what in ((self.member, another), (self.other, draw)):
            with self.assertRaises(ReferenceConflict):
                what._draw(who, "shop", "d-1")

    # ------------------------------------------------------------ who may, and when

    def test_only_a_running_draw_is_open(self):
        draw = self.make_draw(start=False)
        self.assertRefused(draw, "not running")
        draw.action_start()
        self.draw(draw)
        draw.action_close()
        self.assertRefused(draw, "not running")
        draw.action_start()
        self.draw(draw)
        draw.active = False
        self.assertRefused(draw, "not running")

    def test_days_are_those_of_the_program(self):
        draw = self.make_draw(date_from="2026-03-02", date_to="2026-03-03")
        for moment, refusal in (
            ("2026-03-01 23:59:59", "begins"), ("2026-03-02 00:00:00", None),
            ("2026-03-03 23:59:59", None), ("2026-03-04 00:00:00", "ended"),
        ):  # fmt: skip
            with self.subTest(moment), freeze_time(at(moment)):
                if refusal:
                    self.assertRefused(draw, refusal)
                else:
                    self.draw(draw)

    def test_others_than_the_invited_are_refused(self):
        low, high = self.make_tiers(0, 100)
        tag, other = self.env["res.partner.category"].create([{"name": "VIP"}, {"name": "New"}])
        store = self.env["crm.team"].create({"name": "Store"})
        self.member.write({"tier_id": high.id, "team_id": store.id})
        self.member.partner_id.category_id = tag | other
        self.other.tier_id = low
        self.grant(10, self.other)
        for values in ({"tier_ids": high.ids}, {"tag_ids": tag.ids}, {"team_ids": store.ids}):
            draw = self.make_draw(**{name: [Command.set(ids)] for name, ids in values.items()})
            with self.subTest(values):
                self.draw(draw)
                self.assertRefused(draw, "for others", self.other)

    def test_a_member_of_another_program_is_refused(self):
        program = self.env["loyalty.program"].create({"name": "Another", "is_membership": True})
        self.assertRefused(self.make_draw(program_id=program.id), "for others")

    def test_a_frozen_member_does_not_draw_even_for_a_ticket(self):
        draw = self.make_draw()
        self.Ticket._give(self.member, draw)
        self.member.state = "frozen"
        with self.assertRaises(UserError):
            self.draw(draw)
        self.assertEqual(len(self.Ticket._open_of(self.member, draw)), 1)

    def test_draws_a_day_are_counted_by_the_programs_midnight(self):
        draw = self.make_draw(daily_limit=2)
        with freeze_time(at("2026-03-02 23:59:58")):
            self.draw(draw), self.draw(draw)
            self.assertRefused(draw, "2 a day")
        with freeze_time(at("2026-03-03 00:00:00")):
            self.draw(draw), self.draw(draw)
            self.assertRefused(draw, "2 a day")

    def test_draws_in_all_are_counted_over_days(self):
        draw = self.make_draw(total_limit=2)
        for day in (2, 3):
            with freeze_time(at(f"2026-03-0{day} 12:00:00")):
                self.draw(draw)
        self.assertRefused(draw, "2 in all")

    # ------------------------------------------------------------ prizes

    def test_points_that_are_won_are_a_lot_of_their_own(self):
        self.program.write({"expiry_policy": "rolling", "expiry_number": 10, "expiry_unit": "day"})
        result = self.draw(self.make_draw({"percent": 100, "points": 25}))
        entry = result.prize_entry_id
        self.assertEqual((entry.kind, entry.points, entry.qualifying_points), ("earn", 25, 0))
        self.assertEqual((entry.explanation, entry.origin_id), ("Spring Draw: Prize 0", result.id))
        self.assertEqual(entry.expires_on, self.program._expires_on(self.program._today()))
        self.assertEqual(self.points(), 1015)
        self.assertBalanced()

    def test_a_coupon_that_is_won_is_the_members(self):
        prize = {"percent": 100, "kind": "coupon", "coupon_program_id": self.coupons.id, "valid_days": 7}
        with freeze_time(at("2026-03-02 23:00:00")):
            card = self.draw(self.make_draw(prize)).card_id
        self.assertEqual((card.program_id, card.partner_id, card.points), (self.coupons, self.member.partner_id, 1))
        self.assertEqual(str(card.expiration_date), "2026-03-09")

    def test_thank_you_brings_nothing(self):
        result = self.draw(self.make_draw())
        self.assertEqual((result.kind, result.prize_entry_id, result.card_id), ("thanks", self.Entry, self.env["loyalty.card"]))

    # ------------------------------------------------------------ limits of prizes

    def kinds(self, draw, number, member=None):
        return [self.draw(draw, member).kind for _draw in range(number)]

    def test_no_more_than_the_stock_is_won_and_then_thank_you(self):
        draw = self.make_draw({"percent": 100, "quantity": 3})
        self.assertEqual(self.kinds(draw, 5), ["points"] * 3 + ["thanks"] * 2)
        prize = draw.prize_ids[0]
        self.assertEqual((prize.given, prize.left), (3, 0))
        self.assertEqual(sorted(self.Result.search([("prize_id", "=", prize.id)]).mapped("piece")), [1, 2, 3])
        self.assertIn("out of stock", draw.odds_warning)

    def test_the_odds_in_force_are_kept_with_each_result(self):
        draw = self.make_draw({"percent": 50, "quantity": 1}, {"percent": 50, "daily_limit": 1})
        one, two, thanks = (str(prize.id) for prize in draw.prize_ids)
        stated = {one: "500000/1000000", two: "500000/1000000", thanks: "0/1000000"}
        first = self.draw(draw)
        self.assertEqual(first.odds, stated)
        won = str(first.prize_id.id)
        self.assertEqual(self.draw(draw).odds, {**stated, won: "0/1000000", thanks: "500000/1000000"})

    def test_a_result_can_be_worked_out_again_from_what_is_kept(self):
        draw = self.make_draw({"percent": 30, "quantity": 2}, {"percent": 30})
        for _draw in range(20):
            result = self.draw(draw)
            gone = {int(prize) for prize, share in result.odds.items() if share.startswith("0/")} - {self.thanks(draw).id}
            again = choose(result.version_id._odds(), int(result.number), gone)
            self.assertEqual(again, result.prize_id.id)

    def test_the_limit_of_a_day_is_exact_over_the_programs_midnight(self):
        draw = self.make_draw({"percent": 100, "daily_limit": 2, "quantity": 3})
        with freeze_time(at("2026-03-02 23:59:59")):
            self.assertEqual(self.kinds(draw, 3), ["points", "points", "thanks"])
        with freeze_time(at("2026-03-03 00:00:00")):
            self.assertEqual(self.kinds(draw, 2), ["points", "thanks"], "the stock ends before the day's limit")

    def test_a_member_wins_no_more_often_than_the_prize_allows(self):
        draw = self.make_draw({"percent": 100, "member_limit": 1})
        self.grant(20, self.other)
        self.assertEqual(self.kinds(draw, 2), ["points", "thanks"])
        self.assertEqual(self.kinds(draw, 2, self.other), ["points", "thanks"])

    def test_by_weights_too_a_prize_that_is_gone_says_thank_you(self):
        draw = self.make_draw({"weight": 3, "quantity": 1}, {"weight": 1, "quantity": 1}, mode="weights")
        results = [self.draw(draw) for _draw in range(30)]
        self.assertEqual(sum(result.kind != "thanks" for result in results), 2)
        self.assertEqual(results[0].total, "4")
        self.assertEqual(results[-1].odds[str(self.thanks(draw).id)], "4/4")

    def test_a_stock_that_is_lowered_counts_what_was_won(self):
        draw = self.make_draw({"percent": 100, "quantity": 10})
        self.kinds(draw, 3)
        draw.prize_ids[0].quantity = 4
        self.assertEqual(self.kinds(draw, 3), ["points", "thanks", "thanks"])

    def test_a_limit_that_comes_later_counts_what_was_won_before(self):
        draw = self.make_draw({"percent": 100})
        self.kinds(draw, 3)
        prize = draw.prize_ids[0]
        prize.write({"quantity": 5, "daily_limit": 4})
        self.assertEqual(sorted(prize._free_pieces()), [1, 2], "as many as are left, whoever wants them at once")
        self.assertEqual(self.kinds(draw, 2), ["points", "thanks"])
