"""The workbook that a list of members is filled into: every column, with lists to choose from, and how to fill it in."""

import xlsxwriter
from odoo import models

from ..domain.export import cell_text
from ..domain.import_columns import MEMBER, POINT_SHEETS, POINTS

#: Rows that lists to choose from and formats reach to; more rows may follow.
PREPARED = 5000
#: What an example says, by column.
EXAMPLE = {
    "phone": "13800138000", "email": "lina@example.com", "birthdate": "1990-06-30", "tier_until": "2027-12-31",
    "joined_on": "2023-03-05", "external": "A000123", "code": "66000123", "zip": "200040",
    "points": 1250, "points_until": "2027-12-31", "points_date": "2026-06-30", "qualifying": 3200,
}  # fmt: skip


class LoyaltyMemberImportTemplate(models.Model):
    _inherit = "loyalty.member.import"

    def _write_template(self, file):
        """Write the template of the program, in the user's language, into a binary file."""
        book = xlsxwriter.Workbook(file, {"in_memory": False, "strings_to_formulas": False, "strings_to_urls": False})
        look = {
            "head": book.add_format({
                "bold": True,
                "bg_color": "#714B67",
                "font_color": "#FFFFFF",
                "text_wrap": True,
                "valign": "top",
            }),
            "text": book.add_format({"num_format": "@"}),
            "faint": book.add_format({"italic": True, "font_color": "#808080", "num_format": "@"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "bold": book.add_format({"bold": True, "valign": "top"}),
        }
        labels = self.env["loyalty.member.import.column"]._labels()
        columns = [(column.key, labels[column.key]) for column in MEMBER]
        columns += [(f"property.{item['name']}", item.get("string") or item["name"]) for item in self._properties()]
        members = self._add_sheet(book, look, self.env._("Members"), columns)
        lots = [(column.key, labels[column.key]) for column in POINTS]
        chinese = (self.env.lang or "").startswith("zh")
        self._add_sheet(book, look, POINT_SHEETS[chinese].capitalize(), lots)  # by which it is known again
        self._add_instructions(book, look, labels)
        self._add_lists(book, members, columns)
        book.close()

    def _add_sheet(self, book, look, title, columns):
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 32)
        choices, example = self._choices(), EXAMPLE | {"name": self.env._("Li Na"), "member": "13800138000"}
        example |= {"street": self.env._("1 Nanjing Road"), "city": self.env._("Shanghai"), "note": self.env._("Summer campaign")}
        example |= {"tags": "VIP", "lang": self.env.user.lang or "en_US", "consent": "sms, wechat"}
        for place, (key, label) in enumerate(columns):
            sheet.set_column(place, place, max(12, min(2 * len(label) + 2, 24)), look["text"])
            sheet.write_string(0, place, cell_text(label), look["head"])
            value = example.get(key) or next(iter(choices.get(key, ())), "")
            sheet.write_string(1, place, cell_text(str(value)), look["faint"])
            # In the note, so that nobody imports the example as a member without seeing it.
            if key in ("name", "member"):
                sheet.write_comment(1, place, self.env._("An example: write over this row, or delete it."))
        return sheet

    def _choices(self):
        """What may be chosen in a column; dict key -> names."""
        known, named = self.program_id, self._names_to_look_up()
        genders = self.env["loyalty.member"]._fields["gender"]._description_selection(self.env)
        states = self.env["res.country.state"].search([("country_id", "=", known.phone_country_id.id)])
        choices = {
            "store": self.env["crm.team"].browse({team for team in named["store"].values() if team}).sorted().mapped("name"),
            "tier": known.tier_ids.mapped("name"),
            "gender": [label for _value, label in genders],
            "province": states.mapped("name"),
            "lang": [code for code, _name in self.env["res.lang"].get_installed()],
        }
        yes_no = [self.env._("Yes"), self.env._("No")]
        for item in self._properties():
            if item["type"] == "boolean":
                choices[f"property.{item['name']}"] = yes_no
            elif item["type"] == "selection":
                choices[f"property.{item['name']}"] = [label for _value, label in item.get("selection") or ()]
        return {key: names for key, names in choices.items() if names}

    def _add_lists(self, book, sheet, columns):
        """Put what may be chosen on a sheet of its own, as a list in a cell can't be long."""
        lists = book.add_worksheet("Lists")
        lists.hide()
        choices, used = self._choices(), 0
        for place, (key, _label) in enumerate(columns):
            if names := choices.get(key):
                letter = xlsxwriter.utility.xl_col_to_name(used)
                for row, name in enumerate(names):
                    lists.write_string(row, used, cell_text(str(name)))
                sheet.data_validation(1, place, PREPARED, place, {
                    "validate": "list", "source": f"=Lists!${letter}$1:${letter}${len(names)}", "error_type": "warning",
                })  # fmt: skip
                used += 1

    def _add_instructions(self, book, look, labels):
        sheet = book.add_worksheet(self.env._("Instructions"))
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 100)
        for row, (title, text) in enumerate(self._instructions(labels)):
            sheet.write_string(row, 0, title, look["bold"])
            sheet.write_string(row, 1, text, look["wrap"])

    def _instructions(self, labels):
        """What is to be known, by title or by the column's key."""
        told = {
            self.env._("How it works"): self.env._(
                "Write one member in a row of the first sheet. Only a name and one of phone, e-mail, card number or old member "
                "number are needed; leave empty what you don't know. Columns may be moved, deleted or renamed: what each holds "
                "is asked after the upload. Hidden rows are read, too."
            ),
            self.env._("Check first"): self.env._(
                "After the upload, Check tells what each row would do and what is wrong; nothing is written. The report is this "
                "workbook with a column of problems: mend it there and upload it again."
            ),
            "phone": self.env._("In any form; without a country code it is a number of the program's country."),
            "birthdate": self.env._("Dates as 2024-03-05, 2024/3/5, 20240305, 5.3.2024, or as Excel keeps them."),
            "tier": self.env._(
                "Choose from the list. The member keeps it until the day in the next column, or as long as a tier that is "
                "reached today."
            ),
            "external": self.env._("The number in the old system. Whoever uploads the file again finds the same members by it."),
            "code": self.env._("Only if the old cards stay in use: it becomes the member's number and barcode."),
            "referrer": self.env._("The phone or number of the member who sent this one; also one of this file."),
            "tags": self.env._("Several, with commas between. Tags that don't exist are made."),
            "consent": self.env._("yes, no, or the channels: sms, email, wechat, phone."),
            "points": self.env._(
                "What can be spent, as one opening balance. Several lots of one member go to the second sheet, and then this "
                "stays empty."
            ),
            "points_until": self.env._("The last day of these points. Empty: as the program's rules say."),
            "qualifying": self.env._("What counts for the tier, and is never spent. It counts from the day in Points Earned On."),
            self.env._("Second sheet"): self.env._(
                "One lot in a row: the member's phone, e-mail, card number or old number, the points, their last day, the day "
                "they were earned, and a note that the member reads in the statement."
            ),
        }
        return [(labels.get(title, title), text) for title, text in told.items()]
