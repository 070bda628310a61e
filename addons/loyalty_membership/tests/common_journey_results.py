from datetime import timedelta

from odoo import fields

from .common_journey import JourneyCase


class JourneyResultsCase(JourneyCase):
    """Journeys whose runs began a known number of days ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()

    def ago(self, days, **delta):
        return self.now - timedelta(days=days, **delta)

    def make_run(self, journey, member, days, occasion="", **values):
        """A run that began so many days ago."""
        run = self.Run.create({
            "journey_id": journey.id, "member_id": member.id, "program_id": journey.program_id.id,
            "company_id": journey.company_id.id, "occasion": occasion or f"test:{days}", "occasion_at": self.ago(days),
            "starts_at": self.ago(days), "state": "control" if values.get("is_control") else "done", **values,
        })  # fmt: skip
        run.flush_recordset()
        self.env.cr.execute("UPDATE loyalty_journey_run SET create_date = starts_at WHERE id = %s", [run.id])
        return run

    def empty_journey(self, **values):
        return self.make_journey("joined", start=False, started_at=self.ago(400), **{"attribution_days": 10, **values})

    def count(self, journey, now=None):
        """Count as of now, or as of some other time."""
        journey.write({"counting_at": now or self.now, "counting_after": 0})
        while journey._count_batch():
            pass
        self.env.invalidate_all()

    def bought(self, run):
        return run.purchases, run.revenue
