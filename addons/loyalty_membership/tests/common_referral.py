from .common import LoyaltyCase


class ReferralCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.points = 0.01  # so that purchases of this size give nothing themselves
        cls.referral_rule, cls.referred_rule = cls.env["loyalty.earning.rule"].create([
            {"program_id": cls.program.id, "name": name, "trigger": "activity", "activity_code": code, "points": points}
            for name, code, points in (("Brought a friend", "referral", 100), ("Was brought", "referred", 30))
        ])
        cls.friend = cls.make_member("Zhao Min", phone="13800138055", referrer_id=cls.member.id)

    def referral(self, friend=None):
        return self.env["loyalty.referral"].search([("friend_id", "=", (friend or self.friend).id)])

    def settle(self):
        self.env["loyalty.referral"].search([("to_settle", "=", True)])._settle()
        self.env.invalidate_all()

    def buy_and_return(self):
        """The friend buys, both are rewarded, and all of it comes back."""
        purchase = self.buy(50, self.friend)
        self.settle()
        self.refund(purchase)
        self.settle()

    def told(self, friend=None):
        """State, reason, points of who brought, points of the friend."""
        friend = friend or self.friend
        referral = self.referral(friend)
        return referral.state, referral.reason, self.points(self.member), self.points(friend)

    def bring(self, name, **values):
        return self.make_member(name, referrer_id=values.pop("referrer", self.member).id, **values)
