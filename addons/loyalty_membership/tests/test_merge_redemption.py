from odoo.tests import tagged

from .common_redemption import RedemptionCase


@tagged("post_install", "-at_install")
class TestMergeRedemption(RedemptionCase):
    """Redemptions go with a merged member, and come back with it."""

    def test_what_is_redeemed_moves_and_points_given_back_reach_who_has_it(self):
        redemption = self.draft(self.seat)
        redemption.action_submit()
        merge = self.member._merge_into(self.other, "Same person")
        self.assertEqual((redemption.member_id, self.points(self.other)), (self.other, 1950))
        merge._undo("It was somebody else")
        self.env.invalidate_all()
        self.assertEqual((redemption.member_id, self.points(), self.points(self.other)), (self.member, 1950, 0))
        self.assertBalanced()
