"""The ledger is the track of a member's points: Odoo's own messages and mails about cards stay off."""

from odoo.fields import Command

from .common import LoyaltyCase


class TestNativeMails(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As in a shop: nothing is switched off by the context of the tests.
        cls.env = cls.env(context={"lang": "en_US"})
        cls.Entry, cls.Transaction = cls.env["loyalty.points.entry"], cls.env["loyalty.transaction"]
        cls.member, cls.program = cls.member.with_env(cls.env), cls.program.with_env(cls.env)
        cls.member.partner_id.email = "li.na@example.com"
        cls.template = cls.env["mail.template"].create({
            "name": "Points", "subject": "100 points reached", "model_id": cls.env["ir.model"]._get_id("loyalty.card"),
            "use_default_to": True,
        })  # fmt: skip
        plan = [Command.create({"trigger": "points_reach", "points": 100, "mail_template_id": cls.template.id})]
        cls.program.communication_plan_ids = plan
        cls.native = cls.env["loyalty.program"].create({
            "name": "Native", "program_type": "loyalty", "applies_on": "both", "trigger": "auto",
            "communication_plan_ids": plan, "reward_ids": [Command.create({})],
        })  # fmt: skip

    def mails(self):
        return self.env["mail.mail"].search_count([("subject", "=", "100 points reached")])

    def messages(self, card):
        self.env.flush_all()
        self.cr.precommit.run()  # where tracking writes its messages
        return len(card.message_ids)

    def test_points_of_a_native_card_are_mailed_and_tracked(self):
        """Else the tests below would show nothing."""
        card = self.env["loyalty.card"].create({"program_id": self.native.id, "partner_id": self.member.partner_id.id})
        before = self.messages(card)
        card.points = 500
        self.assertGreater(self.messages(card), before)
        self.assertEqual(self.mails(), 1)

    def test_points_of_a_member_are_neither_mailed_nor_tracked(self):
        before = self.messages(self.member.card_id)
        self.buy(500)
        self.spend(450)
        self.grant(900)
        self.member.card_id.points = 2000  # as native code writes it
        self.assertEqual(self.points(), 2000)
        self.assertEqual(self.messages(self.member.card_id), before)
        self.assertEqual(self.mails(), 0)

    def test_an_adjustment_with_the_native_wizard_mails_nobody(self):
        wizard = self.env["loyalty.card.update.balance"].create({
            "card_id": self.member.card_id.id, "new_balance": 700, "description": "Kind words",
        })  # fmt: skip
        wizard.action_update_card_point()
        self.assertEqual((self.points(), self.mails()), (700, 0))
