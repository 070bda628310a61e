"""What a batch costs: by the rows of the busiest member at most, never by the number of members."""

from odoo.tests import tagged

from .common_api import ApiCase


@tagged("post_install", "-at_install")
class TestBatchCost(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crowd = [cls.make_member(f"Member {number}", phone=f"1390013{9000 + number}") for number in range(12)]

    def statements(self, members, rows_each):
        rows = [self.purchase(10, member=member.code) for member in members for _number in range(rows_each)]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        answers = self.call("record_purchases", purchases=rows)
        self.env.flush_all()
        self.assertFalse([answer for answer in answers if "error" in answer])
        return self.env.cr.sql_log_count - before

    def test_more_members_cost_no_more(self):
        self.statements(self.crowd[:2], 1)
        for rows_each in (1, 3):
            with self.subTest(rows_each=rows_each):
                self.assertLessEqual(self.statements(self.crowd, rows_each), self.statements(self.crowd[:2], rows_each) + 2)

    def test_rows_of_one_member_go_together_where_no_rule_looks_back(self):
        self.statements(self.crowd[:1], 1)
        self.assertLessEqual(self.statements(self.crowd[:1], 8), self.statements(self.crowd[:1], 2) + 2)

    def test_where_a_rule_looks_back_the_busiest_member_counts_and_no_other(self):
        self.rule.write({"cap_points": 1000, "cap_period": "day"})
        self.statements(self.crowd[:1], 1)
        one, three, five = (self.statements(self.crowd[:1], rows) for rows in (1, 3, 5))
        a_round = (three - one) / 2
        self.assertLessEqual(five, one + 4 * a_round + 2, "a row more is a round more, and nothing else")
        self.assertLessEqual(self.statements(self.crowd, 3), three + 2)
