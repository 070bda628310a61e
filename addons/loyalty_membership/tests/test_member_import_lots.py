"""Several lots of a member: an opening balance is booked once, so they come in together."""

from unittest.mock import patch

from odoo.tests import tagged

from ..models import loyalty_member_import_run as run
from .common_import import MemberImportCase

PEOPLE = (("姓名", "手机号"), ("张伟", "13900139000"), ("王芳", "13900139001"))
HEAD = ("会员", "积分", "有效期")
GOOD, MORE, OTHER = ("13900139000", 100, "2099-01-01"), ("13900139000", 200, "2099-02-01"), ("13900139001", 7, "2099-01-01")
BAD = ("13900139000", 200, "soon")


@tagged("post_install", "-at_install")
class TestMemberImportLots(MemberImportCase):
    def balances(self):
        return self.known("13900139000").points, self.known("13900139001").points

    def test_lots_of_who_has_a_bad_one_wait_until_it_is_mended(self):
        for decision in ("skip", "leave_out"):
            with self.subTest(decision=decision):
                record = self.land(*PEOPLE, points=(HEAD, GOOD, OTHER, BAD), on_bad=decision)
                self.assertEqual(self.balances(), (0, 7))
                self.assertEqual(record.row_ids.filtered(lambda row: row.sheet == "points").mapped("state"),
                                 ["skipped", "booked" if decision == "skip" else "skipped", "skipped"])  # fmt: skip
                self.assertIn("together", self.row_of(record, 2, "points").told)
        self.land(*PEOPLE, points=(HEAD, GOOD, OTHER, MORE))
        self.assertEqual(self.balances(), (300, 7))

    def test_lots_of_who_has_one_that_fails_fail_together(self):
        opening = type(self.Import)._opening

        def fail(record, member_id, values):
            if values["points"] == "200":
                raise ZeroDivisionError
            return opening(record, member_id, values)

        failing = patch.object(type(self.Import), "_opening", fail)
        with failing, patch.object(run, "CHUNK", 2), self.assertLogs(run.__name__, "WARNING"):
            record = self.land(*PEOPLE, points=(HEAD, GOOD, OTHER, MORE))
        self.assertLanded(record, created=2, booked=1, failed=2)
        self.assertEqual(self.balances(), (0, 7))
        self.land(*PEOPLE, points=(HEAD, GOOD, OTHER, MORE))
        self.assertEqual(self.balances(), (300, 7))
