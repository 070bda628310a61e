"""Programs with so many members and purchases that they can be predicted: those of CDNOW's sample."""

from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
from odoo.tools import SQL

from ..models import set_wise
from ..models.loyalty_prediction_fit import UNFINISHED
from .common import LoyaltyCase
from .common_prediction import everybody, taken

#: What the first purchase of each customer costs; the sample doesn't tell, and nobody asks.
FIRST = 10


class PredictionCase(LoyaltyCase):
    #: How many of the sample's customers are there; all without.
    size = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Fit = cls.env["loyalty.prediction.fit"]
        cls.Prediction = cls.env["loyalty.member.prediction"]
        histories, later = everybody()
        places = np.random.default_rng(1).permutation(len(histories))[: cls.size]
        cls.histories, cls.later = taken(histories, places), later[places]
        cls.today = cls.program._today()
        cls.members = cls.make_members(cls.program, len(places))
        cls.book_histories(cls.program, cls.members, cls.histories, cls.today)

    @classmethod
    def make_members(cls, program, count):
        """So many members in one statement a table, without what enrolling does beside."""
        cls.env.flush_all()
        ids = cls.env.execute_query(SQL(
            """WITH partner AS (
                    INSERT INTO res_partner (name, complete_name, active, type, autopost_bills)
                    SELECT 'Customer ' || i, 'Customer ' || i, true, 'contact', 'ask' FROM generate_series(1, %(count)s) i
                 RETURNING id, name),
                    card AS (
                    INSERT INTO loyalty_card (program_id, company_id, partner_id, code, points, is_member, active)
                    SELECT %(program)s, %(company)s, id, 'P%(program)s-' || id, 0, true, true FROM partner
                 RETURNING id, partner_id)
               INSERT INTO loyalty_member (card_id, name, program_id, company_id, state, active, joined_on, points)
               SELECT card.id, partner.name, %(program)s, %(company)s, 'active', true, CURRENT_DATE, 0
                 FROM card JOIN partner ON partner.id = card.partner_id ORDER BY partner.id RETURNING id""",
            program=program.id, company=program.company_id.id or None, count=count,
        ))  # fmt: skip
        return cls.env["loyalty.member"].browse(row[0] for row in ids)

    @classmethod
    def book_histories(cls, program, members, histories, today):
        """Book purchases, at noon, from which these histories follow at the end of the day ``today``."""
        times = zip(
            *(column.astype(int).tolist() for column in (histories.frequency, histories.recency, histories.age)), strict=True
        )
        rows = []
        for member, spent, (frequency, recency, age) in zip(members, histories.spent.tolist(), times, strict=True):
            days = [0, *(recency - frequency + number for number in range(1, frequency)), *([recency] if frequency else [])]
            prices = [FIRST, *cls.split(spent, frequency)]
            rows += [(member, today - timedelta(days=age - day), price) for day, price in zip(days, prices, strict=True)]
        cls.book(program, rows)

    @staticmethod
    def split(spent, count):
        """Equal parts of an amount, to the cent."""
        parts = [round(spent / count, 2)] * (count - 1) if count else []
        return [*parts, round(spent - sum(parts), 2)] if count else []

    @classmethod
    def book(cls, program, rows, **values):
        """Book (member, day, amount) as the journal has them, without points."""
        header = {
            "program_id": program.id, "company_id": program.company_id.id, "currency_id": program.currency_id.id,
            "type": "purchase", "source": "test", **values,
        }  # fmt: skip
        start = cls.Transaction.search_count([])
        booked = [
            {
                **header,
                "member_id": member.id,
                "date": f"{day} 04:00:00",
                "amount": amount,
                "reference": f"{program.id}:{start + at}",
            }
            for at, (member, day, amount) in enumerate(rows)
        ]
        return set_wise.insert(cls.Transaction, booked, program.currency_id.rounding)

    # ------------------------------------------------------------ work

    def run_fit(self, program=None, day=None):
        """Learn and predict on a day, as the job does."""
        program = program or self.program
        day = day or self.today
        fit = self.Fit.search([("program_id", "=", program.id), ("date", "=", day)])
        fit = fit or self.Fit.create({"program_id": program.id, "date": day})
        fit.write({"state": "waiting"})
        while fit.state in UNFINISHED:
            fit._go_on()
        return fit

    def work(self, stop=False):
        """Let the job work; ``stop``: it is stopped after the first batch."""
        left = iter([60.0] if stop else ())
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: next(left, 0.0 if stop else 60.0)
        ):
            self.Fit._cron_predict()
        self.env.invalidate_all()

    def stored(self, program=None):
        """What is stored of a program's members, in their order."""
        names = [name for name, field in self.Prediction._fields.items() if field.store and name != "id"]
        rows = self.Prediction.search([("program_id", "=", (program or self.program).id)], order="member_id")
        return rows.read(names)

    def collected(self, day=None, split=None):
        """{member: (frequency, recency, age, paid, spent, frequency, recency and age at the split, later)}"""
        fit = self.Fit.new({"program_id": self.program.id, "date": day or self.today})
        self.env.flush_all()
        rows = self.env.execute_query(fit._histories_sql(split or fit.date))
        return {self.env["loyalty.member"].browse(row[0]): row[1:] for row in rows}

    def day(self, text):
        return date.fromisoformat(text)
