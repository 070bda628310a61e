"""What the tests of statements and cards share: members of two stores, and everybody who works with them."""

from datetime import datetime

from odoo.fields import Command

from .common import LoyaltyCase

GROUP = "loyalty_membership.group_"
#: Who may hand papers out, and who may not.
ALLOWED, REFUSED = ("store", "marketing", "manager", "admin"), ("viewer", "api")
MEMBERS = "/loyalty_membership/members"


class PapersCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.member | cls.other).partner_id.lang = "en_US"
        cls.users = {}
        for group in (*ALLOWED, *REFUSED):
            cls.users[group] = cls.make_user(f"papers_{group}", f"{GROUP}{group}")
            cls.users[group].write({"lang": "en_US", "email": f"{group}@example.com"})
        cls.mine, cls.theirs = cls.env["crm.team"].create([
            {"name": "Mine", "member_ids": [Command.link(cls.users["store"].id)]}, {"name": "Theirs"},
        ])  # fmt: skip

    @classmethod
    def speak_chinese(cls, member):
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"]._load_module_terms(["loyalty_membership"], ["zh_CN"])
        member.partner_id.lang = "zh_CN"

    def book(self, *days_and_points, member=None):
        """Points of the member at noon, Chinese time, of these days."""
        for day, points in days_and_points:
            moment = datetime.fromisoformat(f"{day} 04:00:00")
            self.grant(points, member, date=moment, **({} if points > 0 else {"kind": "spend"}))

    def get(self, user, path, **asked):
        self.authenticate(f"papers_{user}", f"papers_{user}")
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return self.url_open(f"{MEMBERS}/{path}?{query}", timeout=60)

    def assertGuarded(self, response, name):
        """A file that is kept nowhere, and whose name tells of nobody."""
        self.assertEqual(response.status_code, 200)
        headers = response.headers
        self.assertIn(f"filename*=UTF-8''{name}", headers["Content-Disposition"])
        self.assertEqual((headers["X-Content-Type-Options"], headers["Cache-Control"]), ("nosniff", "private, no-store"))
