"""Handing a person's data over: all of it, in the person's language, to managers alone."""

import io
import json
import zipfile
from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from openpyxl import load_workbook

from ..report.member_archive import write_archive
from .common import LoyaltyCase

ROUTE = "/loyalty_membership/export"


@tagged("post_install", "-at_install")
class TestMemberExport(LoyaltyCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.member | cls.other).partner_id.lang = "en_US"
        cls.manager = cls.make_user("export_manager", "loyalty_membership.group_manager")
        cls.manager.lang = "en_US"

    def open_archive(self, content, number=None):
        """The workbook as dict sheet -> rows, and the JSON, of one person."""
        number = number or self.member.code
        with zipfile.ZipFile(content) as archive:
            book = load_workbook(io.BytesIO(archive.read(f"{number}/{number}.xlsx")))
            sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
            return sheets, json.loads(archive.read(f"{number}/{number}.json")), archive.namelist()

    def export(self, member=None):
        person = (member or self.member).with_user(self.manager)._persons_to_export()
        with write_archive([person._portable()]) as archive:
            return self.open_archive(archive, person.code)

    def value(self, data, name):
        return [row["value"] for row in data["member"] if row["field"] == name]

    # ------------------------------------------------------------ content

    def test_everything_of_the_person_is_there_in_both_forms(self):
        self.member.partner_id.write({"email": "lina@example.com", "street": "Plum Lane 7", "comment": "<p>Likes tea</p>"})
        self.member.write({"birthdate": "1990-05-04", "gender": "female"})
        self.program.member_properties_definition = [{"name": "aa11", "string": "Shoe size", "type": "char"}]
        self.member.properties = {"aa11": "38"}
        self.env["loyalty.member.identity"]._add([(self.member, "external", "mini-program", "OPENID-1")])
        self.env["loyalty.consent"].create({"member_id": self.member.id, "channel": "sms", "wording": "I agree"})
        [tier] = self.make_tiers(0)
        self.member.tier_id = tier
        purchase = self.buy(120)
        self.member.message_post(body="She called", author_id=self.other.partner_id.id)
        sheets, data, _names = self.export()
        self.assertEqual(self.value(data, "name"), ["Li Na"])
        for name, value in (("email", "lina@example.com"), ("street", "Plum Lane 7"), ("comment", "Likes tea"), ("aa11", "38")):
            self.assertEqual(self.value(data, name), [value])
        self.assertEqual((self.value(data, "birthdate"), self.value(data, "gender")), (["1990-05-04"], ["Female"]))
        self.assertEqual({row["value"] for row in data["identities"]}, {"+8613800138000", "lina@example.com", "OPENID-1"})
        self.assertEqual([(row["channel"], row["given"], row["wording"]) for row in data["consents"]], [("sms", True, "I agree")])
        self.assertEqual([(row["points"], row["explanation"]) for row in data["points"]], [(120, "Purchase: 120 × 1")])
        self.assertEqual([row["reference"] for row in data["purchases"]], [purchase.reference])
        self.assertEqual(
            [(row["amount"], row["transaction_id_reference"]) for row in data["purchase_lines"]], [(120, purchase.reference)]
        )
        self.assertEqual([row["tier_id"] for row in data["tier_changes"]], ["Tier 0"])
        self.assertIn("She called", [row["text"] for row in data["messages"]])
        self.assertEqual(len(sheets), len(data))
        for sheet, rows in zip(sheets.values(), data.values(), strict=True):
            self.assertEqual(len(sheet) - 1, len(rows))
            self.assertTrue(all(sheet[0]))
        self.assertIn([120, "Purchase: 120 × 1"], [[row[3], row[8]] for row in sheets["Points Entries"]])

    def test_the_person_reads_it_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["loyalty_membership"], ["zh_CN"])
        self.member.partner_id.lang = "zh_CN"
        self.grant(10)
        sheets, data, _names = self.export()
        self.assertIn("积分流水", sheets)
        self.assertEqual(data["points"][0]["kind"], "调整")
        self.assertIn("date", data["points"][0], "the keys are the same in every language")

    def test_times_are_those_of_the_program_s_calendar(self):
        self.grant(10, date=datetime(2026, 3, 1, 20, 30))
        sheets, data, _names = self.export()
        self.assertEqual(data["points"][0]["date"], "2026-03-02T04:30:00+08:00")
        self.assertEqual(str(sheets["Points Entries"][1][0]), "2026-03-02 04:30:00")

    def test_what_was_merged_into_the_person_is_there_and_leads_there(self):
        former = self.make_member("Li N.", phone="13922223333")
        self.grant(10, former)
        former._merge_into(self.member)
        _sheets, data, _names = self.export(former)
        self.assertEqual(self.value(data, "code"), [self.member.code, former.code])
        self.assertEqual([row["points"] for row in data["points"]], [10, -10, 10])

    def test_other_people_are_not_named(self):
        self.member.referrer_id = self.other
        _sheets, data, _names = self.export()
        self.assertEqual(self.value(data, "referrer_id"), [self.other.code])
        self.assertNotIn("Wang Wei", json.dumps(data, ensure_ascii=False))

    def test_files_come_along_under_names_that_stay_in_their_folder(self):
        self.env["ir.attachment"].create({
            "name": "../../etc/passwd", "raw": b"content", "res_model": "loyalty.member", "res_id": self.member.id,
        })  # fmt: skip
        _sheets, _data, names = self.export()
        self.assertEqual(names[2:], [f"{self.member.code}/files/001 _.._etc_passwd"])

    def test_what_a_customer_typed_is_no_formula(self):
        self.member.partner_id.name = "=1+1"
        sheets, _data, _names = self.export()
        self.assertIn("=1+1", [row[3] for row in sheets["Member"]])
        with write_archive([self.member.with_user(self.manager)._portable()]) as archive, zipfile.ZipFile(archive) as content:
            book = zipfile.ZipFile(io.BytesIO(content.read(f"{self.member.code}/{self.member.code}.xlsx")))
            self.assertNotIn(b"<f>", book.read("xl/worksheets/sheet1.xml"))

    def test_a_long_history_is_read_and_forgotten_in_chunks(self):
        self.Entry._post([{"member_id": self.member.id, "kind": "adjust", "points": 1} for _number in range(2500)])
        held = []
        person = self.member.with_user(self.manager)
        [section] = [section for section in person._portable()[1] if section.key == "points"]
        for number, _row in enumerate(section.rows):
            if number % 500 == 0:
                held.append(len(self.env.cache.get_records(self.Entry, self.Entry._fields["points"])))
        self.assertEqual(number, 2499)
        self.assertLessEqual(max(held), 1000)

    # ------------------------------------------------------------ who may

    def test_a_manager_downloads_it_and_the_chatter_says_so(self):
        self.authenticate("export_manager", "export_manager")
        response = self.url_open(f"{ROUTE}/{self.member.id}")
        self.assertEqual(response.status_code, 200)
        self.assertIn(f"{self.member.code}.zip", response.headers["Content-Disposition"])
        _sheets, data, _names = self.open_archive(io.BytesIO(response.content))
        self.assertEqual(self.value(data, "name"), ["Li Na"])
        message = self.member.message_ids[0]
        self.assertEqual(message.author_id, self.manager.partner_id)
        self.assertIn("exported", message.body)

    def test_a_selection_is_a_folder_a_person(self):
        self.authenticate("export_manager", "export_manager")
        response = self.url_open(f"{ROUTE}/{self.member.id},{self.other.id}")
        for member, name in ((self.member, "Li Na"), (self.other, "Wang Wei")):
            _sheets, data, _names = self.open_archive(io.BytesIO(response.content), member.code)
            self.assertEqual(self.value(data, "name"), [name])

    @mute_logger("odoo.http")
    def test_nobody_but_a_manager_gets_it_by_the_route(self):
        for group in ("store", "marketing", "viewer", "api"):
            self.make_user(f"export_{group}", f"loyalty_membership.group_{group}")
            self.authenticate(f"export_{group}", f"export_{group}")
            with self.subTest(group):
                response = self.url_open(f"{ROUTE}/{self.member.id}")
                self.assertEqual(response.status_code, 403)
                self.assertNotIn("Li Na", response.text)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(f"{ROUTE}/{self.member.id}").url)
        self.assertFalse(self.member.message_ids.filtered(lambda message: "exported" in message.body))

    @mute_logger("odoo.http")
    def test_a_nonsense_address_is_not_found(self):
        self.authenticate("export_manager", "export_manager")
        for ids in ("x", "1,", "1;2", "99999999999999"):
            with self.subTest(ids):
                self.assertEqual(self.url_open(f"{ROUTE}/{ids}").status_code, 404)

    def test_nobody_but_a_manager_gets_it_by_the_button(self):
        for group in ("store", "marketing", "viewer", "api"):
            user = self.make_user(f"export_{group}", f"loyalty_membership.group_{group}")
            with self.subTest(group), self.assertRaises(AccessError):
                self.member.with_user(user).action_export_data()
        action = self.member.with_user(self.manager).action_export_data()
        self.assertEqual(action["url"], f"{ROUTE}/{self.member.id}")

    def test_a_manager_of_another_company_gets_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.member.with_user(self.manager).action_export_data()

    def test_the_whole_list_of_customers_is_not_one_request(self):
        members = self.env["loyalty.member"].union(*(self.make_member(f"M{number}") for number in range(51)))
        with self.assertRaisesRegex(UserError, "1 to 50"):
            members.with_user(self.manager).action_export_data()

    def test_of_who_was_erased_nothing_is_left_to_export(self):
        self.member._erase("the person asked for it")
        with self.assertRaisesRegex(UserError, "nothing is left"):
            self.member.with_user(self.manager).action_export_data()
