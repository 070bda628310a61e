from odoo.tests import tagged

from .common_redemption import RedemptionCase
from .test_member_erasure import FACTS, ErasureCase


@tagged("post_install", "-at_install")
class TestRedemptionPrivacy(RedemptionCase, ErasureCase):
    """Redemptions of who is erased."""

    def test_what_waits_is_cancelled_and_what_was_issued_ends(self):
        waiting, coupon, kept = self.redeem(self.mug), self.redeem(self.coupon), self.redeem(self.seat)
        kept.action_hand_over()
        self.erase(self.member)
        self.assertEqual((waiting.state, coupon.state, kept.state), ("cancelled", "done", "done"))
        self.assertEqual((self.points(), self.free(), coupon.sudo().card_ids.points), (0, 10, 0))
        self.assertBalanced()

    def test_nothing_that_was_said_of_the_person_is_left(self):
        self.Entry._post([{"member_id": self.person.id, "kind": "adjust", "points": 1000}])
        self.person.partner_id.street = "Silk Road 8"
        sent = self.redeem(self.mug, member=self.person, delivery="ship", note="For Zhu Yingtai")
        self.send_out(sent)
        cancelled = self.redeem(self.seat, member=self.person)
        cancelled._cancel("Zhu Yingtai moved to Silk Road 8")
        cancelled.message_post(body="Called Zhu Yingtai")
        self.erase(self.person)
        self.assertEqual(self.told_by_the_database("Yingtai", "Silk Road 8") - FACTS, set())
        self.assertEqual((sent.state, cancelled.state), ("done", "cancelled"))

    def test_redemptions_are_handed_over_with_a_members_data(self):
        redemption = self.redeem(self.coupon)
        _code, sections, _files = self.member.with_user(self.manager)._persons_to_export()._portable()
        [section] = [section for section in sections if section.key == "redemptions"]
        [row] = list(section.rows)
        self.assertIn(redemption.name, row)
        self.assertIn(redemption.sudo().card_ids.display_name, row)
