"""What has changed there after it was booked is shown, and taken as it is when a manager says so."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestChanged(DocumentCase):
    def change(self):
        """The row that says what has changed and is not decided."""
        return self.rows(("error_code", "=", "changed"), ("state", "=", "dead"))

    def test_an_order_that_changed_is_given_back_and_booked_anew_once(self):
        self.fetch(self.order("SO1", 30, 70))
        self.fetch(self.order("SO1", 10, 70))
        change = self.change()
        self.assertIn("Line 1, Amount: 30 → 10", change.error_message)
        for _twice in range(2):
            change.action_take_changed()
        self.assertEqual(self.booked(), [("SO1", 100, 100), ("changed:SO1", -100, -100), ("SO1#2", 80, 80)])
        self.assertEqual((change.state, change.transaction_id.reference), ("done", "SO1#2"))
        self.fetch(self.order("SO1", 10, 70))
        self.assertFalse(self.change())
        self.assertEqual(self.member.points, 80)

    def test_changes_of_one_transaction_are_one(self):
        self.fetch(self.order("SO1", 30))
        self.assertFalse(self.row("SO1").change_ids)
        for amount in (20, 25):
            page = [self.order("SO1", amount)]
            self.env["loyalty.inbox"]._receive_records(self.connection, "pull_purchases", "sale", page)
        self.assertEqual(self.change().data["lines"][0]["amount"], 25)

    def test_only_what_is_there_now_is_taken(self):
        self.fetch(self.order("SO1", 30))
        self.fetch(self.order("SO1", 20))
        self.fetch(self.order("SO1", 25))
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 25)

    def test_an_order_that_is_changed_back_leaves_nothing_to_decide(self):
        for amount in (30, 20, 30):
            self.fetch(self.order("SO1", amount))
        self.assertFalse(self.change())
        self.fetch(self.order("SO1", 20))
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 20)

    def test_a_change_that_is_dismissed_is_not_shown_again_but_another_one_is(self):
        for amount in (30, 20):
            self.fetch(self.order("SO1", amount))
        self.change().action_dismiss()
        self.fetch(self.order("SO1", 20))
        self.assertFalse(self.change())
        self.fetch(self.order("SO1", 25))
        self.assertIn("30 → 25", self.change().error_message)
        self.assertEqual(self.member.points, 30)

    def test_an_order_may_change_again_and_again(self):
        self.fetch(self.order("SO1", 30))
        for amount in (20, 30, 40):
            self.fetch(self.order("SO1", amount))
            self.change().action_take_changed()
        self.assertEqual([row[0] for row in self.booked()][-1], "SO1#4")
        self.assertEqual(self.member.points, 40)

    def test_an_un_audited_order_is_shown_and_its_points_go_when_a_manager_says_so(self):
        self.fetch(self.order("SO1", 30))
        self.fetch(self.order("SO1", 30, withdrawn="unaudited"))
        self.assertIn("un-audited", self.change().error_message)
        self.assertEqual(self.member.points, 30)
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 0)
        self.fetch(self.order("SO1", 30, withdrawn="unaudited"))
        self.assertFalse(self.change())
        self.fetch(self.order("SO1", 25))
        self.change().action_take_changed()
        self.assertEqual((self.member.points, self.booked()[-1][0]), (25, "SO1#2"))

    def test_an_order_that_is_audited_again_unchanged_leaves_nothing_to_decide(self):
        self.fetch(self.order("SO1", 30))
        self.fetch(self.order("SO1", 30, withdrawn="unaudited"))
        self.fetch(self.order("SO1", 30))
        self.assertFalse(self.change())
        self.assertEqual(self.member.points, 30)

    def test_a_draft_that_never_counted_is_passed_over(self):
        self.fetch(self.order("SO1", 30, withdrawn="unaudited"))
        self.assertFalse(self.rows())

    def test_an_order_that_waits_and_is_cancelled_is_booked_only_if_it_counts_again(self):
        self.fetch(self.order("SO1", 30, customer="100002"))
        self.fetch(self.order("SO1", 30, customer="100002", withdrawn="cancelled"))
        self.env["loyalty.binding"]._keep(self.connection, "member", self.other, "100002")
        self.work()
        self.assertEqual((self.row("SO1").state, self.row("SO1").error_code), ("done", "withdrawn"))
        self.fetch(self.order("SO1", 30, customer="100002"))
        self.assertEqual((self.row("SO1").state, self.other.points), ("done", 30))

    def test_what_was_returned_before_the_change_stays_returned(self):
        self.fetch(self.order("SO1", 40, 60))
        self.fetch(self.returned("R1", ("SO1", "S1", 40)), stream="refund")
        self.fetch(self.order("SO1", 50, 60))
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 70)
        self.fetch(self.returned("R2", ("SO1", "S2", 60)), stream="refund")
        self.assertEqual(self.member.points, 10)

    def test_a_return_that_changed_takes_back_what_it_says_now(self):
        self.fetch(self.order("SO1", 40, 60))
        self.fetch(self.returned("R1", ("SO1", "S1", 40)), stream="refund")
        self.fetch(self.returned("R1", ("SO1", "S1", 15)), stream="refund")
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 85)

    def test_a_return_that_names_another_order_now_is_taken_back_of_that(self):
        self.fetch(self.order("SO1", 40), self.order("SO2", 60))
        self.fetch(self.returned("R1", ("SO1", "S1", 40)), stream="refund")
        self.fetch(self.returned("R1", ("SO2", "S1", 60)), stream="refund")
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 40)

    def test_a_return_that_was_un_audited_gives_its_points_again(self):
        self.fetch(self.order("SO1", 40, 60))
        self.fetch(self.returned("R1", ("SO1", "S1", 40)), stream="refund")
        self.fetch(self.returned("R1", withdrawn="unaudited"), stream="refund")
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 100)
        self.fetch(self.returned("R1", ("SO1", "S1", 40)), stream="refund")
        self.change().action_take_changed()
        self.assertEqual(self.member.points, 60)

    def test_what_can_t_be_booked_leaves_everything_as_it_was(self):
        self.fetch(self.order("SO1", 30))
        self.fetch(self.order("SO1", 20, customer="100009"))
        with self.assertRaises(UserError):
            self.change().action_take_changed()
        self.assertEqual((self.member.points, len(self.booked()), len(self.change())), (30, 1, 1))

    def test_spent_points_that_are_not_taken_back_are_not_given_twice(self):
        self.program.negative_policy = "pending_only"
        self.fetch(self.order("SO1", 30))
        self.fetch(self.order("SO1", 20))
        with self.assertRaisesRegex(UserError, "twice"):
            self.change().action_take_changed()
        self.assertEqual(self.member.points, 30)

    def test_only_membership_managers_take_it(self):
        self.fetch(self.order("SO1", 30))
        self.fetch(self.order("SO1", 20))
        with self.assertRaises(AccessError):
            self.change().with_user(self.make_user("clerk", "loyalty_membership.group_store")).action_take_changed()
        self.change().with_user(self.make_user("boss", "loyalty_membership.group_manager")).action_take_changed()
        self.assertEqual(self.member.points, 20)
