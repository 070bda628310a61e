from odoo.tests import tagged
from odoo.tools import SQL

from ..models.lookup import one_of
from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestLookup(LoyaltyCase):
    """A thousand numbers at once, among as many cards as a company has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        native = cls.env["loyalty.program"].create({"name": "Cards", "program_type": "loyalty"})
        cls.env.cr.execute(SQL(
            """INSERT INTO loyalty_card (code, program_id, company_id, points, active)
               SELECT 'LOOKUP-' || number, %s, %s, 0, TRUE FROM generate_series(1, 60000) number""",
            native.id, native.company_id.id,
        ))  # fmt: skip
        cls.env.cr.execute("ANALYZE loyalty_card")
        cls.codes = [f"LOOKUP-{number * 53}" for number in range(1, 1001)]

    def plan(self, domain):
        query = self.env["loyalty.card"].sudo()._search(domain)
        return "\n".join(line for (line,) in self.env.execute_query(SQL("EXPLAIN %s", query.select())))

    def test_a_list_of_numbers_is_not_looked_up_by_the_index_for_parts_of_numbers(self):
        self.assertIn("loyalty_card__code_index", self.plan([("code", "in", self.codes)]), "what PostgreSQL would do")
        self.assertNotIn("loyalty_card__code_index", self.plan(one_of("code", self.codes)))

    def test_each_of_a_list_is_found_and_nobody_else(self):
        cards = self.env["loyalty.card"].search(one_of("code", [*self.codes[:3], "LOOKUP-none"]))
        self.assertEqual(set(cards.mapped("code")), set(self.codes[:3]))

    def test_what_was_just_written_is_found(self):
        card = self.env["loyalty.card"].search(one_of("code", self.codes[:1]))
        card.code = "LOOKUP-new"
        self.assertEqual(self.env["loyalty.card"].search(one_of("code", ["LOOKUP-new"])), card)
