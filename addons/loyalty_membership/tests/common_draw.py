from datetime import UTC, datetime

from odoo.fields import Command

from .common import LoyaltyCase


class DrawCase(LoyaltyCase):
    """A running draw for 10 points, of which each test says what can be won."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.member | cls.other).partner_id.lang = "en_US"
        cls.Result = cls.env["loyalty.draw.result"]
        cls.Ticket = cls.env["loyalty.draw.ticket"]
        cls.coupons = cls.env["loyalty.program"].create({"name": "Coupons", "program_type": "coupons"})

    def make_draw(self, *prizes, start=True, **values):
        """Percentages unless ``values`` say otherwise; a thank-you prize is added."""
        draw = self.env["loyalty.draw"].create({
            "name": "Spring Draw",
            "program_id": self.program.id,
            "points": 10,
            "prize_ids": [
                Command.create({"name": f"Prize {number}", "points": 5, **prize}) for number, prize in enumerate(prizes)
            ]
            + [Command.create({"name": "Thank you", "kind": "thanks"})],
            **values,
        })
        if start:
            draw.action_start()
        return draw

    def draw(self, draw, member=None):
        result, known = draw._draw(member or self.member, "test", self.next_reference())
        self.assertFalse(known)
        return result

    def thanks(self, draw):
        return draw._thanks()


def at(text):
    """A moment of Shanghai as UTC, which is what the clock of a test is set to."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC).replace(tzinfo=None)
