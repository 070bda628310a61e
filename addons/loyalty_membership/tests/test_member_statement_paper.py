"""The statement as PDF, workbook and mail: the same figures, no markup of strangers, and for nobody else."""

import io
import re
import shutil
import zipfile
from datetime import datetime
from types import SimpleNamespace
from unicodedata import normalize
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import html2plaintext, mute_logger
from openpyxl import load_workbook
from pypdf import PdfReader

from ..report import member_statement
from .common_papers import MEMBERS, REFUSED, PapersCase

REPORT = "loyalty_membership.action_report_member_statement"


class StatementPaperCase(PapersCase):
    def html(self, members=None, user="store", **asked):
        report = self.env["ir.actions.report"].with_user(self.users[user]).with_context(loyalty_statement=asked)
        return report._render_qweb_html(REPORT, (members or self.member).ids)[0].decode()

    def wizard(self, members=None, user="store", **values):
        wizards = self.env["loyalty.member.statement"].with_user(self.users[user])
        return wizards.with_context(active_model="loyalty.member", active_ids=(members or self.member).ids).create(values)


@tagged("post_install", "-at_install")
class TestMemberStatementPaper(StatementPaperCase):
    @freeze_time("2026-11-22 12:00:00")
    def test_paper_shows_figures_and_movements(self):
        self.book(("2026-10-05", 1500), ("2026-11-03", -250))
        text = " ".join(html2plaintext(self.html(period="this_month")).split())
        for told in ("Li Na", self.member.code, "11/01/2026", "1,500", "-250", "1,250", "11/03/2026", "Spent"):
            self.assertIn(told, text)
        self.assertNotIn("10/05/2026", text)

    def test_paper_is_in_each_member_s_own_language(self):
        self.speak_chinese(self.member)
        html = self.html(self.member | self.other)
        chinese, english = html.split('class="article')[1:]
        self.assertIn("积分对账单", chinese)
        self.assertIn("Points Statement", english)

    def test_names_are_text_and_never_markup(self):
        self.member.partner_id.name = "<script>alert(1)</script><b>Li</b>"
        self.grant(5, note="<img src=x onerror=alert(2)>")
        html = self.html(period="all")
        self.assertNotIn("<script>alert(1)", html)
        self.assertNotIn("<img src=x", html)
        self.assertIn("&lt;script&gt;alert(1)", html)
        self.assertIn("&lt;img src=x", html)

    def test_no_paper_tells_how_to_reach_the_member(self):
        self.member.partner_id.write({"email": "li.na@example.com", "street": "Plum Lane 7"})
        self.speak_chinese(self.other)
        for user in ("marketing", "store"):
            html = self.html(user=user, period="all")
            self.assertIn("Li Na", html)
            for secret in ("13800138000", "138****8000", "li.na@example.com", "Plum Lane"):
                self.assertNotIn(secret, html)

    def test_a_long_history_is_cut_and_says_where_all_of_it_is(self):
        self.patch(member_statement, "MOST_MOVEMENTS", 3)
        self.grant(1)
        self.assertNotIn("Excel", self.html(period="all"))
        for _number in range(4):
            self.grant(1)
        html = self.html(period="all")
        self.assertEqual(html.count("Adjusted</td>"), 3 + 1, "three movements, and one line of totals")
        self.assertIn("the Excel file of this statement has them all", html)

    def test_a_merged_member_and_the_survivor_name_each_other(self):
        former = self.make_member("Li N.", phone="13922223333")
        former._merge_into(self.member)
        self.assertIn(former.code, html2plaintext(self.html(period="all")))
        self.assertIn(self.member.code, html2plaintext(self.html(former, user="manager", period="all")))

    def test_the_company_is_in_the_page_where_the_printer_knows_no_head(self):
        report = self.env["ir.actions.report"]
        for patched, kind, headless in ((False, "pdf", True), (True, "pdf", False), (False, "html", False)):
            self.patch(member_statement, "_wkhtml", lambda patched=patched: SimpleNamespace(is_patched_qt=patched))
            html = report._render_qweb_html(REPORT, self.member.ids, data={"report_type": kind})[0].decode()
            with self.subTest(patched=patched, kind=kind):
                self.assertEqual('name="head"' in html, headless)
                self.assertEqual(html.count("Points Statement</h2>"), 1)

    # ------------------------------------------------------------ the wizard

    def test_the_wizard_takes_the_members_from_the_list(self):
        form = Form(self.env["loyalty.member.statement"].with_user(self.users["store"]).with_context(
            active_model="loyalty.member", active_ids=(self.member | self.other).ids
        ))  # fmt: skip
        form.period = "own"
        form.first = "2026-01-05"
        wizard = form.save()
        action = wizard.action_workbook()
        url = urlsplit(action["url"])
        self.assertEqual(url.path, f"{MEMBERS}/{self.other.id},{self.member.id}/statement.xlsx")
        self.assertEqual(parse_qs(url.query), {"period": ["own"], "first": ["2026-01-05"]})

    def test_the_wizard_says_at_once_what_is_wrong(self):
        with self.assertRaisesRegex(UserError, "begin before it ends"):
            self.wizard(period="own", first="2026-02-02", last="2026-02-01").action_print()
        self.member._erase("the person asked for it")
        for action in ("action_print", "action_workbook", "action_send"):
            with self.subTest(action), self.assertRaisesRegex(UserError, "nothing to print"):
                getattr(self.wizard(user="manager"), action)()

    def test_without_wkhtmltopdf_the_wizard_points_to_the_workbook(self):
        self.patch(self.registry["ir.actions.report"], "get_wkhtmltopdf_state", lambda self: "install")
        with self.assertRaisesRegex(UserError, "Excel"):
            self.wizard().action_print()

    # ------------------------------------------------------------ mail

    def compose(self, action):
        """What the browser opens, as far as sending."""
        return Form(self.env[action["res_model"]].with_user(self.users["store"]).with_context(**action["context"])).save()

    def test_the_composer_opens_with_the_statement_in_the_member_s_language(self):
        self.speak_chinese(self.member)
        self.member.partner_id.email = "li.na@example.com"
        self.book(("2020-01-05", 77))
        composer = self.compose(self.wizard(period="all").action_send())
        self.assertEqual(composer.partner_ids, self.member.partner_id)
        self.assertIn("积分对账单", composer.subject)
        [attachment] = composer.attachment_ids
        self.assertIn(self.member.code, attachment.name)
        self.assertNotIn("Li Na", attachment.name)
        paper = attachment.raw.decode()
        self.assertIn("积分对账单", paper)
        self.assertIn("2020", paper, "the period of the wizard is that of the attachment")

    def test_several_members_get_each_their_own(self):
        self.member.partner_id.email, self.other.partner_id.email = "li.na@example.com", "wang.wei@example.com"
        self.compose(self.wizard(self.member | self.other).action_send())._action_send_mail()
        for member, stranger in ((self.member, self.other), (self.other, self.member)):
            message = member.message_ids[0]
            self.assertIn(member.code, message.attachment_ids.name)
            paper = message.attachment_ids.raw.decode()
            self.assertIn(member.code, paper)
            self.assertNotIn(stranger.code, paper)

    def test_nothing_is_sent_before_somebody_says_so(self):
        before = self.env["mail.mail"].search_count([])
        messages = self.member.message_ids
        self.compose(self.wizard().action_send())
        self.assertEqual((self.env["mail.mail"].search_count([]), self.member.message_ids), (before, messages))

    def test_marketing_writes_to_nobody(self):
        wizard = self.wizard(user="marketing")
        self.assertFalse(wizard.can_send)
        with self.assertRaises(AccessError):
            wizard.action_send()


@tagged("post_install", "-at_install")
class TestMemberStatementFiles(StatementPaperCase, HttpCase):
    def sheets(self, content):
        return {
            sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in load_workbook(io.BytesIO(content))
        }

    def test_the_workbook_holds_the_same_figures(self):
        self.grant(1500, date=datetime(2026, 1, 5, 4), note="Welcome")
        self.spend(250.0, date=datetime(2026, 1, 5, 17))
        response = self.get("store", f"{self.member.id}/statement.xlsx", period="own", first="2026-01-06", last="2026-01-31")
        self.assertGuarded(response, f"Statement%20{self.member.code}.xlsx")
        sheets = self.sheets(response.content)
        figures = {row[0]: row[1] for row in sheets["Statement"]}
        self.assertEqual(
            [figures[name] for name in ("Number", "Opening Balance", "Added", "Points Out", "Closing Balance", "Available")],
            [self.member.code, 1500, 0, -250, 1250, 1250],
        )
        [head, movement] = sheets["Movements"]
        self.assertEqual(head, ["Date", "What For", "Added", "Points Out", "Balance", "Last Day", "Reference"])
        self.assertEqual(movement[:5], [datetime(2026, 1, 6), "Spent", None, -250, 1250])

    def test_what_a_customer_typed_is_no_formula(self):
        self.member.partner_id.name = "=1+1"
        self.grant(5, note="=cmd|' /C calc'!A0")
        content = self.get("store", f"{self.member.id}/statement.xlsx", period="all").content
        sheets = self.sheets(content)
        self.assertIn("=1+1", [row[1] for row in sheets["Statement"]])
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            for number in (1, 2):
                self.assertNotIn(b"<f>", book.read(f"xl/worksheets/sheet{number}.xml"))

    def test_several_members_are_a_zip_of_workbooks_each_in_its_language(self):
        self.speak_chinese(self.other)
        response = self.get("store", f"{self.member.id},{self.other.id}/statement.xlsx")
        self.assertGuarded(response, "Statement%202%20members.zip")
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            self.assertEqual(archive.namelist(), [f"{self.member.code}.xlsx", f"{self.other.code}.xlsx"])
            titles = [next(iter(self.sheets(archive.read(name)))) for name in archive.namelist()]
        self.assertEqual(titles, ["Statement", "对账单"])

    def test_the_pdf_is_one_with_chinese_letters_in_it(self):
        for member, name in ((self.member, "王小丽"), (self.other, "李雷")):
            self.speak_chinese(member)
            member.partner_id.name = name
        self.grant(5)
        self.env.flush_all()
        printer = self.env["report.loyalty_membership.report_member_statement"].with_context(force_report_rendering=True)
        if not shutil.which("wkhtmltopdf"):  # releases without it have workbooks alone, and staff are told so
            with self.assertRaisesRegex(UserError, "(?i)wkhtmltopdf"):
                printer._print(self.member | self.other, {"period": "all"})
            return
        content = printer._print(self.member | self.other, {"period": "all"})
        self.assertEqual(content[:5], b"%PDF-")
        # Fonts call some letters by their radicals' code points.
        text = [normalize("NFKC", page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]
        self.assertIn("积分对账单", text[0])
        self.assertIn("王小丽", text[0])
        self.assertIn("李雷", text[-1])
        self.assertNotIn("李雷", text[0], "each statement begins on a page of its own")

    def test_the_route_of_the_pdf_takes_the_period(self):
        self.grant(5, date=datetime(2020, 1, 5, 4))
        for period, told in (("all", True), ("last_3_months", False)):
            response = self.get("store", f"{self.member.id}/statement.pdf", period=period)
            self.assertGuarded(response, f"Statement%20{self.member.code}.pdf")
            self.assertEqual("01/05/2020" in response.text, told)

    # ------------------------------------------------------------ who may

    def test_who_may_not_gets_nothing_from_any_address(self):
        for user in REFUSED:
            for path in (f"{self.member.id}/statement.pdf", f"{self.member.id}/statement.xlsx"):
                with self.subTest(user=user, path=path), mute_logger("odoo.http", "odoo.addons.base.models.ir_model"):
                    self.assertNothing(self.get(user, path))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_store_staff_get_nothing_of_another_store(self):
        self.member.team_id, self.other.team_id = self.theirs, self.mine
        for ids in (f"{self.member.id}", f"{self.other.id},{self.member.id}"):
            for form in ("pdf", "xlsx"):
                with self.subTest(ids=ids, form=form):
                    self.assertNothing(self.get("store", f"{ids}/statement.{form}"))
        self.assertEqual(self.get("store", f"{self.other.id}/statement.xlsx").status_code, 200)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_odoo_s_own_address_of_the_report_opens_no_other_store(self):
        self.member.team_id = self.theirs
        self.authenticate("papers_store", "papers_store")
        for form in ("html", "pdf"):
            self.assertNothing(self.url_open(f"/report/{form}/loyalty_membership.report_member_statement/{self.member.id}"))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_another_company_gets_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.users["manager"].write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        for form in ("pdf", "xlsx"):
            self.assertNothing(self.get("manager", f"{self.member.id}/statement.{form}"))

    @mute_logger("odoo.http")
    def test_of_who_was_erased_nothing_is_handed_out(self):
        self.member._erase("the person asked for it")
        for form in ("pdf", "xlsx"):
            response = self.get("manager", f"{self.member.id}/statement.{form}")
            self.assertGreaterEqual(response.status_code, 400)

    @mute_logger("odoo.http")
    def test_nonsense_is_refused_politely(self):
        for path in ("x/statement.pdf", "1,/statement.xlsx", "99999999999/statement.pdf", f"{2**31 - 1}/statement.xlsx"):
            with self.subTest(path):
                self.assertIn(self.get("manager", path).status_code, (403, 404))
        for asked in ({"period": "ever"}, {"period": "own", "first": "soon"}):
            with self.subTest(asked):
                response = self.get("manager", f"{self.member.id}/statement.xlsx", **asked)
                self.assertTrue(400 <= response.status_code < 500, response.status_code)

    def test_who_is_not_logged_in_is_sent_to_the_login(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(f"{MEMBERS}/{self.member.id}/statement.xlsx").url)

    def assertNothing(self, response):
        self.assertEqual(response.status_code, 403)
        self.assertIsNone(re.search(r"Li Na|Statement", response.text))
