from datetime import datetime, timedelta

from freezegun import freeze_time

from .common import LoyaltyCase

#: The day on which these tests are, at noon in Shanghai: a Wednesday, and long after the program was made.
NOW = datetime(2037, 11, 18, 4, 0, 0)


class InsightCase(LoyaltyCase):
    """A program that is measured on 18 November 2037."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.member | cls.other).joined_on = "2020-01-01"

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(NOW))

    def ago(self, days, hours=0):
        """A moment so many days before, in UTC; noon of the program's day."""
        return NOW - timedelta(days=days, hours=hours)

    def night(self):
        """Let the job run as at night."""
        self.program.insight_at = False
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_measure").method_direct_trigger()
        self.env.invalidate_all()

    def insight(self, member=None):
        return self.env["loyalty.member.insight"].search([("member_id", "=", (member or self.member).id)])

    def versions(self):
        """What tells a row that was written from one that was not: its place in the table."""
        self.env.cr.execute("SELECT member_id, ctid::text FROM loyalty_member_insight")
        return dict(self.env.cr.fetchall())
