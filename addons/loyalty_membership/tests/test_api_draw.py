from .common_api import ApiCase
from .common_draw import DrawCase


class TestApiDraw(DrawCase, ApiCase):
    def setUp(self):
        super().setUp()
        self.grant(25)
        self.lottery = self.make_draw({"percent": 100, "points": 4})

    def play(self, **values):
        return {"member": self.member.code, "draw": "Spring Draw", "source": "app", "reference": self.next_reference(), **values}

    def counts(self):
        return super().counts() | {name: self.env[name].sudo().search_count([]) for name in (
            "loyalty.draw.result", "loyalty.draw.ticket", "loyalty.points.allocation",
        )}  # fmt: skip

    def test_a_draw_answers_what_was_won(self):
        answer = self.call("draw", **self.play())
        self.assertEqual(self.Result.browse(answer.pop("result")).member_id, self.member)
        self.assertEqual(answer, {
            "prize": {"name": "Prize 0", "kind": "points"}, "cost": 10, "points": 4, "balance": 19, "coupon": None,
            "redemption": None, "duplicate": False,
        })  # fmt: skip

    def test_a_draw_is_named_by_its_id_too_and_for_a_ticket_costs_nothing(self):
        self.Ticket._give(self.member, self.lottery)
        answer = self.call("draw", **self.play(draw=self.lottery.id, member="13800138000"))
        self.assertEqual((answer["cost"], answer["balance"]), (0, 29))

    def test_a_coupon_is_answered_with_its_code(self):
        draw = self.make_draw({"percent": 100, "kind": "coupon", "coupon_program_id": self.coupons.id}, name="Coupons")
        answer = self.call("draw", **self.play(draw="Coupons"))
        self.assertEqual(answer["coupon"], self.Result.search([("draw_id", "=", draw.id)]).card_id.code)

    def test_the_prize_is_named_in_the_members_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.lottery.prize_ids[0].with_context(lang="zh_CN").name = "四积分"
        self.member.partner_id.lang = "zh_CN"
        self.assertEqual(self.call("draw", **self.play())["prize"]["name"], "四积分")

    def test_the_same_call_again_is_the_same_draw(self):
        call = self.play()
        first, again = self.call("draw", **call), self.call("draw", **call)
        self.assertEqual({**first, "duplicate": True}, again)
        self.assertEqual(self.points(), 19)

    def test_refusals_name_the_argument_and_write_nothing(self):
        draw = self.make_draw(start=False, name="Later")
        ended = self.make_draw(name="Ended")
        ended.action_close()
        self.assertRefused(404, "draw: there is no lucky draw 'Nothing'", "draw", **self.play(draw="Nothing"))
        self.assertRefused(404, "draw: ", "draw", **self.play(draw=draw.id))
        self.assertRefused(422, "draw: ", "draw", **self.play(draw="Ended"))
        self.assertRefused(422, "draw: must be a name or an id", "draw", **self.play(draw=[1]))
        self.assertRefused(422, "draw: ", "draw", **self.play(draw=None))
        self.assertRefused(404, "member: ", "draw", **self.play(member="nobody"))
        self.assertRefused(422, "source: ", "draw", **self.play(source="odoo"))
        self.assertRefused(422, "reference: ", "draw", **self.play(reference=" "))
        self.assertRefused(422, "member: ", "draw", **self.play(member=self.other.code))
        self.other.state = "frozen"
        self.assertRefused(422, "member: ", "draw", **self.play(member=self.other.code))

    def test_a_known_reference_with_another_content_is_a_conflict(self):
        call = self.play()
        self.call("draw", **call)
        self.assertRefused(409, "reference: ", "draw", **{**call, "member": self.other.code})
        another = self.make_draw(name="Another")
        self.assertRefused(409, "reference: ", "draw", **{**call, "draw": another.id})

    def test_a_draw_of_another_company_is_unknown(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        program = self.env["loyalty.program"].create({"name": "Theirs", "is_membership": True, "company_id": company.id})
        draw = self.make_draw(program_id=program.id, name="Theirs")
        self.assertRefused(404, "draw: ", "draw", **self.play(draw=draw.id))

    def test_who_has_no_key_of_the_api_is_refused(self):
        self.api = self.env["loyalty.api"].with_user(self.make_user("draw_clerk", "loyalty_membership.group_manager"))
        self.assertRefused(403, "This needs", "draw", **self.play())
