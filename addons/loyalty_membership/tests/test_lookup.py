from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.lookup import reads_like
from .common import LoyaltyCase

PARTS = "loyalty_card_code_parts"


@tagged("post_install", "-at_install")
class TestLookup(LoyaltyCase):
    """Whole numbers and parts of numbers, among as many cards as a company has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.native = cls.env["loyalty.program"].create({"name": "Cards", "program_type": "loyalty"})
        cls.env.cr.execute("SET LOCAL enable_seqscan = off")  # a million would be too many for a test

    def make_cards(self, number):
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_card (code, program_id, company_id, points, active)
               SELECT 'LOOKUP-' || number, %s, %s, 0, TRUE FROM generate_series(1, %s) number""",
            self.native.id, self.native.company_id.id, number,
        ))  # fmt: skip

    def cards(self, domain):
        return self.env["loyalty.card"].sudo().search(domain)

    def plan(self, domain):
        query = self.env["loyalty.card"].sudo()._search(domain)
        return "\n".join(line for (line,) in self.env.execute_query(SQL("EXPLAIN %s", query.select())))

    def test_whole_numbers_are_never_looked_up_by_the_index_for_parts(self):
        self.make_cards(60_000)
        self.env.cr.execute("ANALYZE loyalty_card")
        codes = [f"LOOKUP-{number * 53}" for number in range(1, 1001)]
        for some in (codes[:1], codes):
            plan = self.plan([("code", "in", some)])
            self.assertFalse([name for name in self.trigram_indexes() if name in plan], plan)

    def trigram_indexes(self):
        self.env.cr.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'loyalty_card' AND indexdef LIKE '%gin_trgm%'")
        return [name for (name,) in self.env.cr.fetchall()]

    def test_parts_are_looked_up_by_their_index(self):
        self.make_cards(10_000)
        for operator, text in (("=like", "%9876"), ("ilike", "ookup-9876")):
            self.assertIn(PARTS, self.plan(reads_like("code", operator, text)))

    def test_parts_find_what_odoos_own_search_finds(self):
        self.make_cards(120)
        for operator, text in (("=like", "%-12"), ("ilike", "ookup-12"), ("like", "ookup-12"), ("=ilike", "lookup-1_"),
                               ("like", "P-%"), ("like", "P-_"), ("ilike", "nobody")):  # fmt: skip
            found = self.cards(reads_like("code", operator, text))
            self.assertEqual(found, self.cards(Domain("code", operator, text)), f"{operator} {text}")

    def test_what_was_just_written_is_found(self):
        self.make_cards(1)
        card = self.cards([("code", "=", "LOOKUP-1")])
        card.code = "LOOKUP-new"
        self.assertEqual(self.cards(reads_like("code", "=like", "%-new")), card)

    def test_cards_are_found_by_a_part_of_their_number_where_they_are_chosen(self):
        self.make_cards(120)
        found = self.cards([("display_name", "ilike", "ookup-12")])
        self.assertEqual(set(found.mapped("code")), {"LOOKUP-12", "LOOKUP-120"})
        self.assertIn(PARTS, self.plan([("display_name", "ilike", "ookup-12")]))
        self.assertEqual(self.cards([("display_name", "not ilike", "ookup"), ("id", "in", found.ids)]), found.browse())
