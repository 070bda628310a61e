"""What the cells of a row mean for this program: names become stores, tiers and the program's own fields."""

from datetime import date

from odoo import models

from ..domain import import_cells as cells
from ..domain.identity import normalize_email, normalize_phone
from ..domain.import_cells import Unreadable
from .loyalty_member import EARLIEST
from .loyalty_member_import_column import PROPERTY_TYPES

#: Problems without which nothing of the row can be imported.
FATAL = {"nobody_named", "unknown_person", "taken", "no_member", "both"}
#: No card has a longer number.
LONGEST_NUMBER = 100
#: What counts as one: without the first the second says nothing.
TOGETHER = {"tier_until": "tier", "points_until": "points", "points_date": "points"}


class CellReader:
    """Reads rows of one import; what it needs to look up is looked up once."""

    def __init__(self, record, sheet):
        self.record, self.program = record, record.program_id
        self.region, self.today = self.program.phone_country_id.code, self.program._today()
        self.places = {column.target: column.index for column in record.column_ids if column.sheet == sheet and column.target}
        self.dates = {"date1904": record.date1904, "month_first": record.date_order == "month"}
        self.known = record._names_to_look_up()
        self.properties = {f"property.{item['name']}": item for item in record._properties()}

    def parse(self, raw):
        """Return what a row says, and what of it can't be read.

        :return: (dict key -> value, dict key -> code of a problem); values are what JSON can say
        """
        values, problems = {}, {}
        for key, place in self.places.items():
            cell = raw[place] if place < len(raw) else None
            if cell is None or cell == "":
                continue
            try:
                value = (
                    self._read_property(key, cell) if key in self.properties else getattr(self, f"_read_{key}", cells.text)(cell)
                )
            except Unreadable as error:
                problems[key] = error.code
                continue
            if value not in (None, "", []):
                values[key] = value
        self._check_together(values, problems)
        return values, problems

    # ------------------------------------------------------------------
    # One cell
    # ------------------------------------------------------------------

    def _read_phone(self, cell):
        text = cells.digits(cell)
        if text and not normalize_phone(text, self.region):
            raise Unreadable("phone")
        return text

    def _read_email(self, cell):
        text = cells.text(cell)
        if text and not normalize_email(text):
            raise Unreadable("email")
        return text

    def _day(self, cell, last=None, code="date"):
        if not cells.text(cell):
            return None
        day = cells.day(cell, **self.dates)
        if day < EARLIEST or (last and day > last):
            raise Unreadable(code)
        return day.isoformat()

    def _read_birthdate(self, cell):
        return self._day(cell, self.today, "future")

    _read_joined_on = _read_points_date = _read_birthdate

    def _read_tier_until(self, cell):
        return self._ending(cell)

    def _read_points_until(self, cell):
        return self._ending(cell)

    def _ending(self, cell):
        day = self._day(cell)
        if day and day < self.today.isoformat():
            raise Unreadable("past")
        return day

    def _read_gender(self, cell):
        return cells.gender(cell)

    def _read_consent(self, cell):
        return cells.consents(cell)

    def _read_tags(self, cell):
        return cells.names(cell)

    def _read_code(self, cell):
        text = cells.digits(cell)
        if len(text) > LONGEST_NUMBER:
            raise Unreadable("long")
        return text

    _read_external = _read_referrer = _read_member = _read_zip = _read_code

    def _looked_up(self, kind, cell):
        text = cells.text(cell)
        if not text:
            return None
        found = self.known[kind].get(text.casefold())
        if not found:
            raise Unreadable("ambiguous" if found is False else "not_found")
        return found

    def _read_store(self, cell):
        return self._looked_up("store", cell)

    def _read_tier(self, cell):
        return self._looked_up("tier", cell)

    def _read_lang(self, cell):
        return self._looked_up("lang", cell)

    def _read_province(self, cell):
        return self._looked_up("province", cell)

    def _amount(self, cell):
        if not cells.text(cell):
            return None
        value = cells.number(cell)
        if value < 0:
            raise Unreadable("negative")
        return format(value, "f") if value else None

    def _read_points(self, cell):
        return self._amount(cell)

    _read_qualifying = _read_points

    # ------------------------------------------------------------------
    # The program's own fields
    # ------------------------------------------------------------------

    def _read_property(self, key, cell):
        item = self.properties[key]
        if not cells.text(cell):
            return None
        kind = item["type"]
        if kind in ("char", "text"):
            return cells.text(cell)
        if kind == "boolean":
            return cells.flag(cell)
        if kind == "integer":
            value = cells.number(cell)
            if value != int(value) or abs(value) >= 2**31:
                raise Unreadable("number")
            return int(value)
        if kind in ("float", "monetary"):
            return float(cells.number(cell))
        if kind in ("date", "datetime"):
            day = cells.day(cell, **self.dates).isoformat()
            return day if kind == "date" else f"{day} 00:00:00"
        options = {str(word).casefold(): option[0] for option in item.get(kind) or () for word in option[:2]}
        chosen = [cells.text(cell)] if kind == "selection" else cells.names(cell)
        if any(text.casefold() not in options for text in chosen):
            raise Unreadable("not_found")
        chosen = [options[text.casefold()] for text in chosen]
        return chosen[0] if kind == "selection" else chosen

    # ------------------------------------------------------------------
    # The row as a whole
    # ------------------------------------------------------------------

    def _check_together(self, values, problems):
        if "points" in values and "points_until" not in values and "points_until" not in problems and "points_date" in values:
            # Points of an old day end when the program's rule says, which may be over.
            end = self.program._expires_on(date.fromisoformat(values["points_date"]))
            if end and end < self.today:
                problems["points_until"] = "expired"
        for key, main in TOGETHER.items():
            if key in problems:
                values.pop(main, None)


class LoyaltyMemberImportValues(models.Model):
    _inherit = "loyalty.member.import"

    def _properties(self):
        """The program's own fields that a list can tell."""
        return [item for item in self.program_id.member_properties_definition or () if item.get("type") in PROPERTY_TYPES]

    def _names_to_look_up(self):
        """What stores, tiers, languages and provinces are called; dicts of folded name -> id (code of a language).

        A name of two is False.
        """
        program = self.program_id
        company = program.company_id or self.env.company
        stores = self.env["crm.team"].search([("company_id", "in", [False, company.id])])
        tiers = program.with_context(active_test=False).tier_ids
        states = self.env["res.country.state"].search([("country_id", "=", program.phone_country_id.id)])
        return {
            "store": self._by_name(stores, "name"),
            "tier": self._by_name(tiers, "name", "code"),
            "lang": self._language_names(),
            "province": self._by_name(states, "name", "code") | self._short_names(states),
        }  # fmt: skip

    def _language_names(self):
        """What the installed languages are called; dict folded name -> code."""
        found = {}
        for code, name in self.env["res.lang"].get_installed():
            for word in (code, name, *name.split("/"), code[:2]):
                found.setdefault(word.strip().casefold(), code)
        return found | ({"中文": "zh_CN", "简体中文": "zh_CN"} if "zh_cn" in found else {})

    def _by_name(self, records, *names):
        found = {}
        for lang in {"en_US", *(code for code, _name in self.env["res.lang"].get_installed())}:
            for record in records.with_context(lang=lang):
                for text in filter(None, (record[name] for name in names)):
                    known = found.setdefault(text.strip().casefold(), record.id)
                    if known != record.id:
                        found[text.strip().casefold()] = False
        return found

    def _short_names(self, states):
        """Chinese provinces as people write them: 浙江 is 浙江省."""
        endings = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")
        found = {}
        for state in states.with_context(lang="zh_CN") | states:
            for ending in endings:
                if state.name.endswith(ending):
                    found.setdefault(state.name.removesuffix(ending), state.id)
                    break
        return found

    def _problem_text(self, code, header=""):
        """Say what is wrong with a cell, and what to write instead."""
        words = {
            "digits": self.env._("Excel has shortened this number; format the column as text and type it again"),
            "formula": self.env._("the formula has no result"),
            "long": self.env._("the text is too long"),
            "phone": self.env._("this is no valid phone number"),
            "email": self.env._("this is no e-mail address"),
            "date": self.env._("this is no date; write it like 2024-03-05"),
            "future": self.env._("this day is no day in the past"),
            "past": self.env._("this day is over"),
            "expired": self.env._("by the program's rules these points have expired; write until when they are valid"),
            "number": self.env._("this is no number"),
            "negative": self.env._("this must not be below 0"),
            "gender": self.env._("write female, male or other"),
            "flag": self.env._("write yes or no"),
            "consent": self.env._("write yes, no, or channels such as sms, email, wechat, phone"),
            "not_found": self.env._("there is nothing of this name"),
            "ambiguous": self.env._("several have this name"),
            "nobody_named": self.env._("a new member needs a name"),
            "unknown_person": self.env._("give a phone, an e-mail or a number, or nobody finds this member again"),
            "taken": self.env._("another card has this number"),
            "no_member": self.env._("no member has this number, phone or e-mail, in the file or in the program"),
            "same_contact": self.env._("this is the member, or the same contact: nobody sends themselves"),
            "same_phone": self.env._("the member has the same phone: nobody sends themselves"),
            "same_email": self.env._("the member has the same e-mail: nobody sends themselves"),
            "same_address": self.env._("the member has the same postal address: nobody sends themselves"),
            "ring": self.env._("this one was sent by the member, or by whom the member has sent"),
            "not_noted": self.env._("who sent this member could not be noted: enter it by hand"),
            "both": self.env._("this member's row has points, too: give them in one place"),
        }
        return f"{header}: {words[code]}" if header else words[code]
