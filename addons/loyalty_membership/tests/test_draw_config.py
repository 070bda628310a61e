"""What a draw and its prizes may say, and tickets that a manager gives by hand."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from .common_draw import DrawCase


class TestDrawConfig(DrawCase):
    def test_costs_and_prizes_come_in_the_steps_of_the_program(self):
        self.assertEqual(self.program.points_precision, "1")
        draw = self.make_draw({"percent": 10})
        for record in (draw, draw.prize_ids[0]):
            with self.subTest(record), self.assertRaisesRegex(ValidationError, "in steps of 1"), self.env.cr.savepoint():
                record.points = 0.33
        with self.assertRaisesRegex(ValidationError, "in steps of 1"):
            self.make_draw({"percent": 10, "points": 0.5})
        fine = self.env["loyalty.program"].create({"name": "Fine", "is_membership": True, "points_precision": "0.1"})
        draw = self.env["loyalty.draw"].create({
            "name": "Fine", "program_id": fine.id, "points": 0.3,
            "prize_ids": [
                Command.create({"name": "Points", "points": 0.7}), Command.create({"name": "Thanks", "kind": "thanks"}),
            ],
        })  # fmt: skip
        with self.assertRaisesRegex(ValidationError, "in steps of 1"):
            draw.write({"program_id": self.program.id, "points": 1})

    def test_a_prize_is_no_coupon_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.program.company_id = self.env.company
        theirs = self.env["loyalty.program"].create({"name": "Theirs", "program_type": "coupons", "company_id": company.id})
        with self.assertRaisesRegex(UserError, "another company"):
            self.make_draw({"kind": "coupon", "coupon_program_id": theirs.id})

    def test_tickets_given_by_hand_stand_in_the_members_log(self):
        draw = self.make_draw()
        before = self.member.message_ids
        manager = self.make_user("tickets", "loyalty_membership.group_manager")
        values = {"member_ids": self.member.ids, "draw_id": draw.id, "number": 3, "note": "Opening"}
        self.env["loyalty.draw.ticket.gift"].with_user(manager).create(values).action_give()
        [said] = self.member.message_ids - before
        self.assertEqual(said.author_id, manager.partner_id)
        self.assertIn("by hand: 3 for Spring Draw (Opening)", said.body)
        self.Ticket._give(self.member, draw, origin=self.program)
        self.assertEqual(self.member.message_ids - before, said, "what brings a ticket has its own log")

    def test_the_tickets_of_a_redemption_are_found_by_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.Ticket._search([("origin_model", "=", "loyalty.redemption"), ("origin_id", "in", [1])])
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        self.assertIn("loyalty_draw_ticket_origin_idx", str(plan))
