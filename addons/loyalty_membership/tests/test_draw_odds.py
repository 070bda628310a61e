"""What a draw states: sums, warnings, and a version for each change while it runs."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common_draw import DrawCase


class TestDrawOdds(DrawCase):
    def test_the_thank_you_prize_has_what_is_missing_to_a_hundred(self):
        draw = self.make_draw({"percent": 0.0001}, {"percent": 12.5}, start=False)
        self.assertEqual([round(prize.share, 4) for prize in draw.prize_ids], [0.0001, 12.5, 87.4999])
        self.assertFalse(draw.odds_warning)

    def test_weights_are_shares_of_their_sum(self):
        draw = self.make_draw({"weight": 1}, {"weight": 3}, mode="weights", start=False)
        self.thanks(draw).weight = 4
        self.assertEqual(draw.prize_ids.mapped("share"), [12.5, 37.5, 50])

    def test_the_form_adds_up_while_one_types(self):
        with Form(self.make_draw({"percent": 60}, start=False)) as form:
            self.assertFalse(form.odds_warning)
            with form.prize_ids.new() as prize:
                prize.name, prize.points, prize.percent = "More", 1, 40.5
            self.assertIn("more than 100", form.odds_warning)
            self.assertEqual(form.odds_total, 100.5)
            with form.prize_ids.edit(2) as prize:
                prize.percent = 40
            self.assertFalse(form.odds_warning)

    def test_odds_that_make_no_sense_do_not_start(self):
        for prizes, values, problem in (
            (({"percent": 60}, {"percent": 40.0001}), {}, "more than 100"),
            (({"kind": "thanks"},), {}, "one thank-you prize"),
            (({"percent": 60},), {"mode": "weights"}, "weight above 0"),
        ):
            with self.subTest(problem), self.assertRaises(UserError) as refusal:
                self.make_draw(*prizes, **values)
            self.assertIn(problem, str(refusal.exception))

    def test_a_running_draw_takes_no_odds_that_make_no_sense(self):
        draw = self.make_draw({"percent": 60}, {"percent": 40})
        for change in ({"percent": 61}, {"active": False, "kind": "points"}):
            prize = draw.prize_ids[0] if "percent" in change else self.thanks(draw)
            with self.assertRaises(ValidationError):
                prize.write({"points": 1, **change})

    def test_a_change_of_odds_is_kept_and_told_and_results_name_theirs(self):
        self.grant(100)
        draw = self.make_draw({"percent": 60}, {"percent": 40})
        before = self.draw(draw)
        told = len(draw.message_ids)
        draw.prize_ids[0].percent = 50
        after = self.draw(draw)
        self.assertEqual(draw.version_ids.mapped("number"), [2, 1])
        self.assertEqual((before.version_id.number, after.version_id.number), (1, 2))
        self.assertEqual(len(draw.message_ids), told + 1)
        self.assertIn("Prize 0 50 %", draw.message_ids[0].body)
        self.assertEqual(after.odds[str(self.thanks(draw).id)], "100000/1000000")

    def test_two_prizes_that_swap_their_odds_are_one_change(self):
        draw = self.make_draw({"percent": 30}, {"percent": 70})
        one, two = draw.prize_ids[:2]
        draw.write({"prize_ids": [Command.update(one.id, {"percent": 70}), Command.update(two.id, {"percent": 30})]})
        self.assertEqual(draw.version_ids.mapped("number"), [2, 1])
        self.assertIn("Prize 0 70 %, Prize 1 30 %", draw.version_ids[0].summary)

    def test_what_leaves_the_odds_alone_makes_no_version(self):
        draw = self.make_draw({"percent": 30})
        draw.prize_ids[0].write({"quantity": 5, "name": "Other"})
        draw.write({"points": 20, "daily_limit": 3})
        draw.action_close()
        draw.action_start()
        self.assertEqual(len(draw.version_ids), 1)

    def test_a_draft_has_no_versions(self):
        draw = self.make_draw({"percent": 30}, start=False)
        draw.prize_ids[0].percent = 40
        self.assertFalse(draw.version_ids)

    def test_odds_that_changed_while_closed_are_a_version_when_it_starts_again(self):
        draw = self.make_draw({"percent": 30})
        draw.action_close()
        draw.prize_ids[0].percent = 20
        self.assertEqual(len(draw.version_ids), 1)
        draw.action_start()
        self.assertEqual(draw.version_ids[0]._odds().units[draw.prize_ids[0].id], 200_000)

    def test_a_prize_that_was_won_stays_what_it_was(self):
        self.grant(100)
        draw = self.make_draw({"percent": 100})
        self.draw(draw)
        prize = draw.prize_ids[0]
        for change in ({"points": 6}, {"kind": "coupon", "coupon_program_id": self.coupons.id}):
            with self.assertRaises(UserError):
                prize.write(change)
        prize.write({"points": 5, "kind": "points", "name": "Five"})
        with self.assertRaises(UserError):
            prize.unlink()
        with self.assertRaises(UserError):
            draw.unlink()
        with self.assertRaises(UserError):
            draw.program_id = self.env["loyalty.program"].create({"name": "Another", "is_membership": True})

    def test_an_archived_prize_has_no_odds(self):
        self.grant(100)
        draw = self.make_draw({"percent": 100})
        draw.prize_ids[0].active = False
        self.assertEqual(self.draw(draw).kind, "thanks")
        self.assertEqual(draw.version_ids.mapped("number"), [2, 1])

    def test_a_copy_starts_as_a_draft_with_its_own_prizes(self):
        draw = self.make_draw({"percent": 30})
        copy = draw.copy()
        self.assertEqual((copy.state, copy.result_count, len(copy.prize_ids)), ("draft", 0, 2))
        self.assertFalse(copy.version_ids)
        self.assertFalse(copy.prize_ids & draw.prize_ids)
