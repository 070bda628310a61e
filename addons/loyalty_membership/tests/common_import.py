"""What tests of the member import share: files as Excel writes them, and the job that works on them."""

import base64
import zipfile
from io import BytesIO
from unittest.mock import patch

import xlsxwriter
from odoo.exceptions import UserError

from .common import LoyaltyCase

LIST = (("姓名", "手机号", "剩余积分"), ("张伟", "13900139000", 120), ("王芳", "13900139001", 30))


def workbook(*rows, points=(), **options):
    """An .xlsx file of members, and of lots of points on a second sheet."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, lines in (("会员", rows), ("积分批次", points)):
            if lines:
                _fill(book.add_worksheet(title), lines, day)
    return content.getvalue()


def _fill(sheet, lines, day):
    for place, row in enumerate(lines):
        for column, cell in enumerate(row):
            if hasattr(cell, "year"):
                sheet.write_datetime(place, column, cell, day)
            elif cell is not None:
                sheet.write(place, column, cell)


def rezip(content, change, extra=(), without=None):
    """A workbook with changed, more or fewer parts."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in set(old.namelist()) - {without}:
            new.writestr(name, change(old.read(name)))
        for name, part in extra:
            new.writestr(name, part)
    return made.getvalue()


class MemberImportCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Import = cls.env["loyalty.member.import"]
        # The job speaks the language of whoever imports.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env.user.lang = "en_US"

    def upload(self, content, name="members.xlsx", user=None, **values):
        model = self.Import.with_user(user) if user else self.Import
        return model.create({
            "program_id": self.program.id, "file": base64.b64encode(content), "file_name": name, **values,
        })  # fmt: skip

    def work(self):
        """Let the job run, as its worker runs it."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_membership.cron_member_import").method_direct_trigger()
        self.env.invalidate_all()

    def queries_of_the_job(self, record):
        """How many SQL statements the job takes for what waits of an import."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0):
            record._work()
        return self.env.cr.sql_log_count - before

    def check(self, *rows, points=(), **values):
        """Upload these rows and check them."""
        record = self.upload(workbook(*rows, points=points), **values)
        record.action_check()
        self.work()
        return record

    def land(self, *rows, points=(), **values):
        """Upload, check and import these rows; ``on_...`` are decisions after the check."""
        decisions = {name: values.pop(name) for name in list(values) if name.startswith("on_")}
        record = self.check(*rows, points=points, **values)
        record.write(decisions)
        record.action_import()
        self.work()
        return record

    def imported(self, content, name="members.xlsx", **values):
        record = self.upload(content, name, **values)
        record.action_check()
        self.work()
        self.assertFalse(record.problem)
        return record

    def refused(self, content, name="members.xlsx"):
        with self.assertRaises(UserError) as refusal:
            self.upload(content, name)
        return str(refusal.exception)

    def phones(self, record):
        return [row.values.get("phone") for row in record.row_ids]

    def row_of(self, record, number, sheet="members"):
        return record.row_ids.filtered(lambda row: (row.number, row.sheet) == (number, sheet))

    def known(self, text):
        return self.env["loyalty.member"]._resolve(self.program, [text], "import").get(text)

    def targets(self, record):
        return {column.header: column.target for column in record.column_ids}

    def assertLanded(self, record, **counts):
        counts = {f"done_{name}": counts.get(name, 0) for name in ("created", "filled", "booked", "skipped", "failed")}
        self.assertEqual((record.state, record.problem), ("done", False))
        self.assertEqual({name: record[name] for name in counts}, counts, record.row_ids.mapped("told"))
        self.assertBalanced()
