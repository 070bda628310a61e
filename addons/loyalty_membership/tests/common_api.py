from odoo.exceptions import UserError

from .common import LoyaltyCase


class ApiCase(LoyaltyCase):
    """The program of ``LoyaltyCase`` and a till: a user with nothing but the group *Loyalty API*."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.phone_country_id = cls.env.ref("base.cn")
        cls.till = cls.make_user("till", "loyalty_membership.group_api")
        cls.api = cls.env["loyalty.api"].with_user(cls.till)

    def call(self, method, **arguments):
        return getattr(self.api, method)(**{"program": self.program.id, **arguments})

    def purchase(self, *amounts, **values):
        """The arguments of a purchase of these amounts."""
        return {
            "member": self.member.code,
            "lines": [{"quantity": 1, "amount": amount} for amount in amounts],
            "source": "shop",
            "reference": self.next_reference(),
            **values,
        }

    def record(self, *amounts, **values):
        return self.call("record_purchase", **self.purchase(*amounts, **values))

    def person(self, **values):
        return {"name": "Zhao Min", "source": "shop", "reference": self.next_reference(), **values}

    def assertRefused(self, status, start, method, **arguments):
        """The call fails with this status, its message begins with the argument, and nothing is written."""
        before = self.counts()
        with self.assertRaises(UserError) as refusal:
            self.call(method, **arguments)
        self.assertEqual(refusal.exception.http_status, status, refusal.exception)
        self.assertTrue(str(refusal.exception).startswith(start), refusal.exception)
        self.assertEqual(self.counts(), before)
        return str(refusal.exception)

    def counts(self):
        tables = (
            "loyalty.member", "loyalty.member.identity", "loyalty.card", "loyalty.consent", "loyalty.transaction",
            "loyalty.transaction.line", "loyalty.points.entry", "loyalty.history", "res.partner", "utm.source",
        )  # fmt: skip
        return {name: self.env[name].sudo().with_context(active_test=False).search_count([]) for name in tables}
