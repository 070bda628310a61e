"""Who tries to give points around the second person, and is refused."""

import contextlib
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_adjustment import AdjustmentCase

RULES = "odoo.addons.base.models.ir_rule"
OUTSIDERS = {
    "store": "loyalty_membership.group_store",
    "marketing": "loyalty_membership.group_marketing",
    "viewer": "loyalty_membership.group_viewer",
    "api": "loyalty_membership.group_api",
    "seller": "sales_team.group_sale_manager",
}
ACTIONS = (
    "action_submit", "action_approve", "action_reject", "action_cancel", "action_pause", "action_resume", "action_retry",
    "action_reverse", "action_approve_selected",
)  # fmt: skip


class TestAdjustmentRights(AdjustmentCase):
    def setUp(self):
        super().setUp()
        self.limit(100)

    # ------------------------------------------------------------ people without the right

    def test_nobody_but_managers_reads_makes_or_moves_adjustments(self):
        request = self.submit(150)
        for name, groups in OUTSIDERS.items():
            user = self.make_user(f"adjust_{name}", groups)
            theirs = request.with_user(user)
            attempts = {
                "read": lambda theirs=theirs: theirs.read(["reason"]),
                "search": lambda theirs=theirs: theirs.search([]),
                "lines": lambda theirs=theirs: theirs.env["loyalty.points.adjustment.line"].search([]),
                "write": lambda theirs=theirs: theirs.write({"reason": "x"}),
                "create": lambda theirs=theirs: theirs.create({"program_id": self.program.id, "points": 5}),
                "grant": lambda user=user: self.member.with_user(user).action_grant_points(),
                **{action: getattr(theirs, action) for action in ACTIONS},
            }
            for what, attempt in attempts.items():
                self.env.invalidate_all()
                with self.subTest(user=name, what=what), self.assertRaises(AccessError), mute_logger(RULES):
                    attempt()
        self.assertEqual((request.state, self.points()), ("to_approve", 0))

    def test_they_see_no_button_and_no_menu(self):
        for name, groups in (*OUTSIDERS.items(), ("manager", "loyalty_membership.group_manager")):
            user = self.make_user(f"see_{name}", groups)
            menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            bound = self.env["ir.actions.actions"].with_user(user).get_bindings("loyalty.member")
            bound = {action["id"] for actions in bound.values() for action in actions}
            seen = [
                self.env.ref("loyalty_membership.menu_points_adjustment").id in menus,
                self.env.ref("loyalty_membership.action_member_grant_points").id in bound,
            ]
            with self.subTest(name):
                self.assertEqual(seen, [name == "manager"] * 2)
                if name in ("store", "marketing", "manager"):
                    arch = self.env["loyalty.member"].with_user(user).get_views([(False, "form")])["views"]["form"]["arch"]
                    self.assertEqual("action_adjust_points" in arch, name == "manager")

    def test_another_companys_manager_reaches_nothing(self):
        request = self.submit(150)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.approver.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        theirs = request.with_user(self.approver).with_company(company)
        self.assertFalse(theirs.search([("id", "=", request.id)]))
        self.assertFalse(theirs.env["loyalty.points.adjustment.line"].search([("adjustment_id", "=", request.id)]))
        for attempt in (
            lambda: theirs.read(["reason"]),
            theirs.action_approve,
            theirs.action_cancel,
            lambda: theirs.create({"program_id": self.program.id, "points": 5, "reason": "x", "member_id": self.member.id}),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError), mute_logger(RULES):
                attempt()
        self.assertEqual(request.state, "to_approve")

    # ------------------------------------------------------------ managers who try to do without the second person

    def test_nobody_approves_or_rejects_their_own(self):
        request = self.submit(150)
        for attempt in (request.action_approve, request.action_reject, lambda: request._reject("x")):
            with self.assertRaisesRegex(UserError, "own request"):
                attempt()
        self.assertFalse(request.may_decide)

    def test_who_drafted_it_does_not_approve_what_another_submitted(self):
        draft = self.ask(150)
        draft.with_user(self.approver).action_submit()
        for user in (self.requester, self.approver):
            with self.assertRaisesRegex(UserError, "own request"):
                draft.with_user(user).action_approve()

    def test_states_and_names_are_written_by_the_buttons_alone(self):
        request = self.submit(150)
        for values in (
            {"state": "running"}, {"state": "done"}, {"requested_by_id": self.approver.id}, {"decided_by_id": self.approver.id},
            {"day": "2020-01-01"}, {"day_number": 9}, {"paused": True}, {"reverses_id": request.id}, {"company_id": False},
            {"line_ids": [Command.create({"member_id": self.other.id})]},
        ):  # fmt: skip
            with self.subTest(values), self.assertRaisesRegex(AccessError, "buttons"):
                request.write(values)
            with self.subTest(values, how="create"), self.assertRaisesRegex(AccessError, "buttons"):
                request.create(
                    {"program_id": self.program.id, "points": 5} | (values if any(values.values()) else {"state": "done"})
                )

    def test_what_was_submitted_is_changed_no_more(self):
        request = self.submit(150)
        for values in ({"points": 1}, {"member_id": self.other.id}, {"reason": "x"}, {"kind": "deduct"}, {"audience": "list"}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "was submitted"):
                request.write(values)
        with self.assertRaisesRegex(UserError, "Only drafts"):
            request.unlink()

    def test_a_reversal_is_of_those_whom_it_undoes(self):
        reversal = self.Adjustment.browse(self.submit(50).action_reverse()["res_id"])
        for values in ({"points": 1}, {"audience": "segment"}, {"kind": "grant"}, {"member_id": self.other.id}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "undoes another"):
                reversal.write(values)
        reversal.reason = "Wrong member"

    def test_lines_are_nobodys_to_write(self):
        line = self.submit(150).line_ids.with_user(self.requester)
        for attempt in (
            lambda: line.write({"state": "done"}),
            line.unlink,
            lambda: line.create({"adjustment_id": line.adjustment_id.id, "member_id": self.other.id}),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_what_was_approved_is_not_approved_again(self):
        request = self.submit(150)
        request.with_user(self.approver).action_approve()
        with self.assertRaisesRegex(UserError, "any more"):
            request.with_user(self.approver).action_approve()
        self.assertEqual(self.points(), 150)

    # ------------------------------------------------------------ Odoo's own ways to write points

    def test_odoos_update_balance_is_closed(self):
        wizard = self.env["loyalty.card.update.balance"].with_user(self.requester).create({
            "card_id": self.member.card_id.id, "new_balance": 10, "description": "x",
        })  # fmt: skip
        with self.assertRaisesRegex(UserError, "Adjust Points"):
            wizard.action_update_card_point()

    def test_the_native_card_and_the_member_are_closed(self):
        self.requester.group_ids |= self.env.ref("sales_team.group_sale_manager")
        with self.assertRaisesRegex(UserError, "Adjust Points"):
            self.member.card_id.with_user(self.requester).points = 10
        with self.assertRaisesRegex(AccessError, "book an adjustment"):
            self.member.with_user(self.requester).points = 10
        self.assertEqual(self.points(), 0)

    def test_no_card_arrives_with_points(self):
        self.requester.group_ids |= self.env.ref("sales_team.group_sale_manager")
        partner = self.env["res.partner"].create({"name": "Friend"})
        cards = self.env["loyalty.card"].with_user(self.requester)
        with self.assertRaisesRegex(UserError, "Adjust Points"), self.env.cr.savepoint():
            cards.create({"program_id": self.program.id, "partner_id": partner.id, "points": 10})
        ordinary = self.env["loyalty.program"].create({"name": "Ordinary", "program_type": "loyalty"})
        card = cards.create({"program_id": ordinary.id, "partner_id": partner.id, "points": 10})
        with self.assertRaisesRegex(UserError, "Adjust Points"), self.env.cr.savepoint():
            card.program_id = self.program.id
        generator = self.env["loyalty.generate.wizard"].with_user(self.requester).with_context(active_id=self.program.id)
        with self.assertRaisesRegex(UserError, "Adjust Points"), self.env.cr.savepoint():
            generator.create({
                "program_id": self.program.id, "mode": "selected", "points_granted": 10,
                "customer_ids": [Command.set(partner.ids)],
            }).generate_coupons()  # fmt: skip

    def test_an_order_still_pays_with_points(self):
        self.grant(500)
        order = self.make_order(1, price=2)
        self.pay_with_points(order)
        order.action_confirm()
        self.assertEqual(self.points(), 300 + order.loyalty_points)

    def test_only_an_administrator_moves_the_limits(self):
        for name in ("adjustment_approval", "adjustment_member_limit", "adjustment_total_limit", "adjustment_attachment"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.program.with_user(self.requester).write({name: 0})

    def test_a_file_of_somebody_else_is_not_taken_over(self):
        file = self.env["ir.attachment"].with_user(self.approver).create({"name": "x", "raw": b"private"})
        with contextlib.suppress(AccessError):
            self.ask(5).attachment_ids = [Command.link(file.id)]
        self.env.invalidate_all()
        self.assertFalse(file.res_id)
        with self.assertRaises(AccessError):
            file.with_user(self.requester).read(["raw"])


@tagged("post_install", "-at_install")
class TestAdjustmentsOverHttp(AdjustmentCase, HttpCase):
    def ask_for(self, user, model, method, **arguments):
        keys = self.env["res.users.apikeys"].with_user(user).sudo()
        key = keys._generate("rpc", "test", datetime.now() + timedelta(hours=1))
        return self.url_open(f"/json/2/{model}/{method}", json=arguments, headers={"Authorization": f"bearer {key}"})

    def test_private_methods_are_called_by_nobody(self):
        self.limit(100)
        request = self.submit(150)
        for method in ("_start", "_book_at_once", "_book_lines", "_cron_book", "_finish", "_note_decision", "_reject"):
            with self.subTest(method), mute_logger("odoo.http"):
                answer = self.ask_for(self.requester, request._name, method, ids=request.ids)
                self.assertGreaterEqual(answer.status_code, 400)
        request.invalidate_recordset()
        self.assertEqual((request.state, self.points()), ("to_approve", 0))

    def test_the_buttons_answer_over_rpc_as_on_the_screen(self):
        self.limit(100)
        [request_id] = self.ask_for(self.requester, self.Adjustment._name, "create", vals_list=[{
            "program_id": self.program.id, "points": 150, "reason": "x", "audience": "one", "member_id": self.member.id,
        }]).json()  # fmt: skip
        self.assertTrue(self.ask_for(self.requester, self.Adjustment._name, "action_submit", ids=[request_id]).ok)
        with mute_logger("odoo.http"):
            refused = self.ask_for(self.requester, self.Adjustment._name, "action_approve", ids=[request_id])
        self.assertIn("own request", refused.json()["message"])
        self.assertTrue(self.ask_for(self.approver, self.Adjustment._name, "action_approve", ids=[request_id]).ok)
        self.assertEqual(self.points(), 150)
