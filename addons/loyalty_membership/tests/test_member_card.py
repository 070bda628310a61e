"""The member card: its codes can be read back, its sizes are right, and it is handed out to who sees the member."""

import io
import logging

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image, ImageChops
from pypdf import PdfReader
from pypdf.generic import ContentStream

from ..domain.card import Face
from ..report import card_fonts, card_print, member_card
from .common_papers import ALLOWED, MEMBERS, REFUSED, PapersCase

MILLIMETRE = 72 / 25.4
#: Values 0 to 105 and the stop of Code 128 as widths of bars and spaces (ISO/IEC 15417, table 1), from another source than
#: what draws: the widths of the first and the last, and the check digit, tell a table that slipped.
START_C, STOP = "211232", "2331112"


def face(**values):
    known = {
        "number": "0441234567890125",
        "name": "王小丽",
        "program": "会员俱乐部",
        "company": "Shop",
        "tier": "黄金会员",
        "color": 3,
    }
    return Face(**{"qr": values.get("number") or known["number"], **known, **values})


class TestMemberCardPicture(PapersCase):
    def dark_runs(self, image, y):
        """Widths of dark and light runs of a row, in dots, from the first dark one to the last before the QR code."""
        row = [image.getpixel((x, y)) < 128 for x in range(image.width * 2 // 3)]
        first, last = row.index(True), len(row) - row[::-1].index(True)
        runs = [0]
        for here, before in zip(row[first:last], [True, *row[first:last]], strict=False):
            if here != before:
                runs.append(0)
            runs[-1] += 1
        return runs

    def modules(self, image, y):
        runs = self.dark_runs(image, y)
        one = runs[1]  # Start C: 2 1 1 2 3 2
        self.assertFalse([run for run in runs if run % one], "each bar is a whole number of dots")
        return "".join(str(run // one) for run in runs)

    def test_the_barcode_is_the_number_in_code_128(self):
        image = member_card.draw(face()).convert("L")
        modules = self.modules(image, 2 * 480)
        self.assertEqual((modules[:6], modules[-7:]), (START_C, STOP))
        symbols = [modules[at : at + 6] for at in range(0, len(modules) - 7, 6)]
        self.assertEqual({sum(map(int, symbol)) for symbol in symbols}, {11})
        self.assertEqual(len(symbols), 1 + 8 + 1, "start, eight pairs of digits, check digit")
        drawn = "".join("10"[place % 2] * int(width) for place, width in enumerate(modules))
        self.assertEqual(drawn, member_card.bars("0441234567890125"))

    def test_the_picture_has_the_bars_of_the_print(self):
        image = Image.open(io.BytesIO(member_card.picture(face()))).convert("L")
        self.assertEqual(self.modules(image, 480), self.modules(member_card.draw(face()).convert("L"), 960))

    def test_the_qr_code_says_the_number_or_the_address(self):
        for qr in ("0441234567890125", "https://club.example.com/card/0441234567890125"):
            image = member_card.draw(face(qr=qr)).convert("1")
            area = image.crop((2 * (1012 - 56 - 190), 2 * (400 + 24), 2 * (1012 - 56), 2 * (400 + 24 + 190)))
            box = ImageChops.invert(area.convert("L")).getbbox()
            rows = member_card.squares(qr)
            wide = (box[2] - box[0]) // len(rows)
            read = [
                [not area.getpixel((box[0] + x * wide + wide // 2, box[1] + y * wide + wide // 2)) for x in range(len(rows))]
                for y in range(len(rows))
            ]
            self.assertEqual(read, rows)

    def test_the_picture_is_a_png_of_a_card_s_size(self):
        image = Image.open(io.BytesIO(member_card.picture(face())))
        self.assertEqual((image.format, image.size), ("PNG", (1012, 638)))

    def test_the_ground_is_the_tier_s_colour_and_white_letters_are_read_on_it(self):
        grounds = [member_card.draw(face(color=color, name="", tier="")).getpixel((20, 700)) for color in (*range(12), None)]
        self.assertEqual(len({*grounds}), 13)
        for ground in grounds:
            self.assertGreater(member_card.contrast_with_white(ground), 3)

    def test_a_number_that_no_barcode_holds_is_on_the_card_all_the_same(self):
        self.assertEqual(member_card.bars("老客户-8"), "")
        for number in ("老客户-8", "X" * 60):
            plain = member_card.draw(face(number=number)).crop((0, 820, 1400, 1276)).convert("L")
            self.assertLess(plain.getextrema()[0], 128, "the number is written")

    def test_a_company_without_a_logo_or_with_a_broken_one_is_named(self):
        named = member_card.draw(face(logo=b""))
        self.assertEqual(member_card.draw(face(logo=b"no picture")).tobytes(), named.tobytes())
        other = member_card.draw(face(logo=b"", company="Another"))
        self.assertNotEqual(other.tobytes(), named.tobytes())

    def test_a_logo_is_drawn(self):
        file = io.BytesIO()
        Image.new("RGB", (300, 100), (200, 30, 40)).save(file, "PNG")
        image = member_card.draw(face(logo=file.getvalue()))
        self.assertIn((200, 30, 40), [color for _count, color in image.crop((0, 0, 900, 380)).getcolors(10**6)])

    def test_long_names_stay_on_the_card(self):
        long, short = (member_card.draw(face(name=name)) for name in ("Konstantinopolitanskaja " * 8, ""))
        box = ImageChops.difference(long, short).getbbox()
        self.assertLessEqual(box[2], 2 * (1012 - 56) + 2)

    # ------------------------------------------------------------ fonts

    def without_fonts(self):
        card_fonts._find.cache_clear()
        self.patch(card_fonts.shutil, "which", lambda name: None)
        self.addCleanup(card_fonts._find.cache_clear)

    def test_without_a_font_for_the_name_the_card_says_so(self):
        self.without_fonts()
        for name in ("王小丽", "王 Li"):
            with self.assertLogs(card_fonts.__name__, logging.INFO) as told:
                self.assertEqual(card_fonts.write_with(name, 20)[1], "", "half a name is a wrong one")
            self.assertNotIn("王", told.output[0])
        told = member_card.draw(face(tier=""))
        self.assertEqual(
            told.tobytes(), member_card.draw(face(tier="", name="李")).tobytes(), "no name, but a line that says why"
        )
        self.assertNotEqual(told.tobytes(), member_card.draw(face(tier="", name="")).tobytes())
        modules = self.modules(told.convert("L"), 960)
        self.assertEqual(modules[:6], START_C)

    def test_latin_names_need_no_font_of_the_machine(self):
        self.without_fonts()
        self.assertEqual(card_fonts.write_with("Li Na", 20)[1], "Li Na")

    def test_characters_that_no_font_has_are_left_out(self):
        self.assertEqual(card_fonts.write_with("Li \U000f0000 Na\x07", 20)[1], "Li Na")

    # ------------------------------------------------------------ print

    def test_a_page_is_a_card(self):
        pages = PdfReader(io.BytesIO(card_print.print_cards([face()] * 3))).pages
        self.assertEqual(len(pages), 3)
        for side, size in ((pages[0].mediabox.width, 85.6), (pages[0].mediabox.height, 54)):
            self.assertAlmostEqual(float(side), size * MILLIMETRE, 2)

    def test_a_sheet_holds_ten_cards_of_the_same_size(self):
        pages = PdfReader(io.BytesIO(card_print.print_sheet([face()] * 11))).pages
        self.assertEqual(len(pages), 2)
        self.assertAlmostEqual(float(pages[0].mediabox.width), 210 * MILLIMETRE, 1)
        drawn = [operands for operands, operator in self.operators(pages[0]) if operator == b"cm" and abs(operands[0]) > 100]
        self.assertEqual(len(drawn), 10)
        self.assertEqual(
            {(round(float(o[0]) / MILLIMETRE, 1), round(float(o[3]) / MILLIMETRE, 1)) for o in drawn}, {(85.6, 54.0)}
        )
        self.assertEqual(len({(o[4], o[5]) for o in drawn}), 10)

    def operators(self, page):
        return ContentStream(page.get_contents(), page.pdf).operations


@tagged("post_install", "-at_install")
class TestMemberCard(PapersCase, HttpCase):
    def test_what_stands_on_it_is_in_the_member_s_language(self):
        [tier] = self.make_tiers(0, color=[3])
        self.speak_chinese(self.member)
        tier.with_context(lang="zh_CN").name = "黄金会员"
        self.member.tier_id = tier
        card = self.member.with_user(self.users["marketing"])._card_face()
        self.assertEqual((card.number, card.name, card.tier, card.color), (self.member.code, "Li Na", "黄金会员", 3))
        self.assertEqual(card.qr, self.member.code)
        self.assertIsNone(self.other._card_face().color or None)

    def test_the_qr_code_opens_the_program_s_address(self):
        self.program.card_link = "https://club.example.com/card/{number}?from=card"
        self.member.code = "A/B 7"
        self.assertEqual(self.member._card_face().qr, "https://club.example.com/card/A%2FB%207?from=card")

    def test_an_address_without_the_number_or_of_another_kind_is_refused(self):
        for wrong in (
            "https://club.example.com/",
            "javascript:alert({number})",
            "{number}",
            "https://{number}",
            "https://[{number}",
        ):
            with self.subTest(wrong), self.assertRaisesRegex(ValidationError, "hold {number}"):
                self.program.card_link = wrong

    # ------------------------------------------------------------ routes

    def test_who_sees_the_member_gets_the_card(self):
        for user in ALLOWED:
            response = self.get(user, f"{self.member.id}/card.png")
            with self.subTest(user):
                self.assertGuarded(response, f"Card%20{self.member.code}.png")
                self.assertEqual(Image.open(io.BytesIO(response.content)).size, (1012, 638))

    def test_cards_of_several_members_are_one_file(self):
        for path, pages in (("cards.pdf", 2), ("sheet.pdf", 1)):
            response = self.get("store", f"{self.member.id},{self.other.id}/{path}")
            self.assertGuarded(response, "Card%202%20members.pdf")
            self.assertEqual(len(PdfReader(io.BytesIO(response.content)).pages), pages)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_who_does_not_gets_nothing_from_any_address(self):
        self.member.team_id = self.theirs
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.users["admin"].write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        for user in ("store", "admin", *REFUSED):
            for path in ("card.png", "cards.pdf", "sheet.pdf"):
                with self.subTest(user=user, path=path):
                    response = self.get(user, f"{self.member.id}/{path}")
                    self.assertEqual(response.status_code, 403)
                    self.assertNotIn(response.headers["Content-Type"], ("image/png", "application/pdf"))

    @mute_logger("odoo.http")
    def test_who_is_no_member_any_more_gets_no_card(self):
        former = self.make_member("Li N.", phone="13922223333")
        former._merge_into(self.member)
        self.other._close("Asked for")
        for member, told in ((former, "was merged into"), (self.other, "is closed")):
            for action in (member.action_print_cards, member.action_print_card_sheet, member.action_card_picture):
                with self.assertRaisesRegex(UserError, told):
                    action()
            self.assertGreaterEqual(self.get("manager", f"{member.id}/card.png").status_code, 400)
        self.member._erase("the person asked for it")
        self.assertGreaterEqual(self.get("manager", f"{self.member.id}/card.png").status_code, 400)

    def test_the_print_menu_is_there_for_who_may(self):
        papers = {
            self.env.ref(f"loyalty_membership.{name}").id
            for name in (
                "action_member_statement",
                "action_member_cards",
                "action_member_card_picture",
                "action_member_card_sheet",
            )
        }
        for user, shown in (("store", papers), ("marketing", papers), ("viewer", set())):
            bindings = self.env["ir.actions.actions"].with_user(self.users[user]).get_bindings("loyalty.member")
            self.assertEqual({action["id"] for action in bindings.get("report", ())} & papers, shown)

    def test_the_menu_leads_to_the_file(self):
        for user in ALLOWED:
            action = self.env.ref("loyalty_membership.action_member_cards").with_user(self.users[user])
            told = action.with_context(active_model="loyalty.member", active_ids=self.member.ids, active_id=self.member.id).run()
            self.assertEqual(told["url"], f"{MEMBERS}/{self.member.id}/cards.pdf")
