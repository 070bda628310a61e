"""The dry run: what each row would do, and what is wrong with it.  Only the staged rows are written."""

import json

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain.enrolment import Key, Person
from .loyalty_member_import_values import FATAL, CellReader

CHUNK = 2000
#: What is read of a row to deal with it.
READ = SQL("id, sheet, number, raw, values, problems, outcome, is_bad, person, referrer")


class LoyaltyMemberImportCheck(models.Model):
    _inherit = "loyalty.member.import"

    def _forget_check(self):
        """Let all rows be checked anew."""
        self.env["loyalty.member.import.row"].flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member_import_row SET state = 'read', outcome = NULL, is_bad = false, keys = NULL, person = NULL,
                      problems = NULL, message = NULL WHERE import_id = ANY(%s)""", list(self.ids),
        ))  # fmt: skip
        self.env["loyalty.member.import.row"].invalidate_model()

    def _check_step(self):
        """Check the rows that are not checked yet, in committed chunks; whether all are."""
        seen = self._seen()
        readers = {sheet: CellReader(self, sheet) for sheet in ("members", "points")}
        while rows := self._next_rows("read", CHUNK):
            sheet = rows[0]["sheet"]
            check = self._check_members if sheet == "members" else self._check_lots
            self._note_check(check(readers[sheet], rows, seen))
            left = self._row_count("read")
            if not left:
                self._check_referrers(seen)
            time_left = self.env["ir.cron"]._commit_progress(len(rows), remaining=left)
            self.env.invalidate_all()  # what is committed may be changed by others, and has its place in memory no more
            if not self._still("checking") or (left and not time_left):
                return False
        self._sum_up_check()
        return True

    def _next_rows(self, state, limit):
        """The next rows in this state, of one sheet, which nobody else works on."""
        self.env["loyalty.member.import.row"].flush_model()
        rows = self.env.execute_query_dict(SQL(
            """SELECT %s FROM loyalty_member_import_row
                WHERE import_id = %s AND state = %s ORDER BY sheet, number LIMIT %s FOR NO KEY UPDATE""",
            READ, self.id, state, limit,
        ))  # fmt: skip
        return [row for row in rows if row["sheet"] == rows[0]["sheet"]]

    # ------------------------------------------------------------------
    # Who is who, in the file and in the program
    # ------------------------------------------------------------------

    def _seen(self):
        """Who is described by rows that are checked; dict key -> person, as ``tell_apart`` keeps it."""
        persons, seen = {}, {}
        self.env.cr.execute(SQL(
            """SELECT number, person, keys FROM loyalty_member_import_row
                WHERE import_id = %s AND sheet = 'members' AND keys IS NOT NULL ORDER BY number""", self.id,
        ))  # fmt: skip
        for number, name, keys in self.env.cr.fetchall():
            person = persons.get(name)
            if not person:
                member = self.env["loyalty.member"].browse(int(name[1:])) if name[0] == "m" else None
                person = persons[name] = Person(member)
                person.place, person.told = name, number
                if member:
                    seen[Key("member", "", member.id)] = person
            seen.update({Key(*key): person for key in keys})
        return seen

    def _check_members(self, reader, rows, seen):
        for row in rows:
            row["values"], row["problems"] = reader.parse(row["raw"])
        applicants = self._members()._recognise(self.program_id, [self._person(row["values"]) for row in rows], seen)
        taken = self._taken_numbers([row["values"].get("code") for row in rows])
        for row, applicant in zip(rows, applicants, strict=True):
            self._classify(row, applicant)
            self._find_fatal(row, applicant, taken)
        return rows

    def _person(self, values):
        """What names the person of a row, as ``_recognise`` takes it."""
        return {
            "name": values.get("name"), "phone": values.get("phone"), "email": values.get("email"), "code": values.get("code"),
            "source": self.source, "reference": values.get("external"),
        }  # fmt: skip

    def _classify(self, row, applicant):
        """Say what the row would do, and keep what names its person for the rows to come."""
        person = applicant.person
        if applicant.is_refused:
            row["outcome"], row["message"] = "conflict", self._conflict_text(applicant)
            return
        first = getattr(person, "told", None)
        if first:
            row["outcome"], row["message"] = "twice", self.env._("The same person as in row %s", first)
        elif person.member:
            row["outcome"], row["message"] = "member", self._member_text(applicant)
        else:
            row["outcome"] = "customer" if any(key.kind == "partner" for key in applicant.keys) else "new"
        if not first:
            person.place = f"m{person.member.id}" if person.member else f"r{row['number']}"
            person.told = row["number"]
        row["person"], row["keys"] = person.place, [list(key) for key in applicant.keys]

    def _find_fatal(self, row, applicant, taken):
        """Find what keeps a row from being imported at all."""
        values, problems = row["values"], row["problems"]
        if not applicant.keys:
            problems["name"] = "unknown_person"
        elif row["outcome"] == "new" and not values.get("name"):
            problems["name"] = "nobody_named"
        if values.get("code") in taken:
            problems["code"] = "taken"
        if FATAL & set(problems.values()):
            row["outcome"] = "unusable"

    def _taken_numbers(self, codes):
        """Which of these numbers are those of cards of other programs."""
        codes = list(filter(None, codes))
        # sudo: a number names one card of all companies
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)
        domain = [("code", "in", codes), "|", ("program_id", "!=", self.program_id.id), ("is_member", "=", False)]
        return set(cards.search(domain).mapped("code")) if codes else set()

    def _member_text(self, applicant):
        member = applicant.person.member.sudo()  # sudo: as in _conflict_text
        return self.env._("Is %(member)s, by %(what)s", member=member.display_name, what=self._kind_text(applicant.named_by))

    def _conflict_text(self, applicant):
        """Say which members a row names, by what."""

        def named(person):
            # sudo: a manager learns who is a member already, also in another store
            member = person.member and person.member.sudo()
            return member.display_name if member else self.env._("row %s", getattr(person, "told", "?"))

        person, by = applicant.person, self._kind_text(applicant.named_by)
        if person.barred:
            return self.env._("%(member)s, by %(what)s, is closed or archived", member=named(person), what=by)
        others = [
            self.env._("%(member)s by %(what)s", member=named(other), what=self._kind_text(key))
            for key, other in applicant.claimed.items()
        ]
        return self.env._("Names %(member)s by %(what)s, but %(others)s", member=named(person), what=by, others=", ".join(others))

    def _kind_text(self, key):
        return {
            "phone": self.env._("phone"),
            "email": self.env._("e-mail"),
            "external": self.env._("old member number"),
            "code": self.env._("card number"),
            "partner": self.env._("customer"),
        }[key.kind]

    # ------------------------------------------------------------------
    # Rows that name somebody else: lots of points, referrers
    # ------------------------------------------------------------------

    def _check_lots(self, reader, rows, seen):
        for row in rows:
            row["values"], row["problems"] = reader.parse(row["raw"])
        people = self._find_people([row["values"].get("member") for row in rows], seen)
        double = self._places_with_points({place for place in people.values() if place})
        for row in rows:
            place = people.get(row["values"].get("member"))
            row["person"], row["outcome"] = place, "lot"
            if not place:
                row["problems"]["member"] = "no_member"
            elif place in double:
                row["problems"]["points"] = "both"
            if FATAL & set(row["problems"].values()):
                row["outcome"] = "unusable"
        return rows

    def _find_people(self, texts, seen):
        """Who is meant by these numbers, phones and e-mails; dict text -> place, of who is in the file or a member."""
        texts = {text for text in texts if text}
        members = self._members()._resolve(self.program_id, texts, self.source)
        identities, empty = self.env["loyalty.member.identity"], self.env["res.partner"]
        found = {}
        for text in texts:
            keys = [Key("code", "", text), Key("external", self.source, text)]
            keys += identities._contact_keys(self.program_id, empty, text, text)
            person = next((seen[key] for key in keys if key in seen), None)
            member = members.get(text)
            found[text] = getattr(person, "place", None) or (member and f"m{member.id}") or None
        return found

    def _places_with_points(self, places):
        rows = self.env.execute_query(SQL(
            """SELECT DISTINCT person FROM loyalty_member_import_row
                WHERE import_id = %s AND sheet = 'members' AND person = ANY(%s)
                  AND (values ? 'points' OR values ? 'qualifying')""", self.id, list(places),
        ))  # fmt: skip
        return {person for (person,) in rows}

    # ------------------------------------------------------------------
    # Writing it down
    # ------------------------------------------------------------------

    def _headers(self, sheet):
        """What the columns of a sheet are called in the file; dict key -> header."""
        return {column.target: column.header for column in self.column_ids if column.sheet == sheet and column.target}

    def _note_check(self, rows):
        headers = self._headers(rows[0]["sheet"])
        data = [
            {
                "id": row["id"], "values": row["values"], "keys": row.get("keys"), "person": row["person"],
                "outcome": row["outcome"], "message": row.get("message"),
                "name": row["values"].get("name") or row["values"].get("member"),
                "problems": {
                    key: self._problem_text(code, headers.get(key) or "") for key, code in row["problems"].items()
                } or None,
            }
            for row in rows
        ]  # fmt: skip
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member_import_row r
                  SET state = 'checked', values = d.values, keys = d.keys, person = d.person, outcome = d.outcome,
                      message = d.message, name = d.name, problems = d.problems, is_bad = d.problems IS NOT NULL
                 FROM jsonb_to_recordset(%s::jsonb) AS d(id int, values jsonb, keys jsonb, person text, outcome text,
                                                         message text, name text, problems jsonb)
                WHERE r.id = d.id""", json.dumps(data, ensure_ascii=False),
        ))  # fmt: skip
        self.env["loyalty.member.import.row"].invalidate_model()

    def _sum_up_check(self):
        groups = self.env["loyalty.member.import.row"]._read_group(
            [("import_id", "=", self.id)], ["outcome", "is_bad"], ["__count"]
        )  # fmt: skip
        count = {outcome: sum(number for name, _bad, number in groups if name == outcome) for outcome, _bad, _number in groups}
        self._keep({
            "total": sum(count.values()),
            "count_new": count.get("new", 0), "count_customer": count.get("customer", 0), "count_member": count.get("member", 0),
            "count_twice": count.get("twice", 0), "count_conflict": count.get("conflict", 0), "count_points": count.get("lot", 0),
            "count_bad": sum(number for _outcome, bad, number in groups if bad),
        })  # fmt: skip

    # ------------------------------------------------------------------
    # What the user has decided
    # ------------------------------------------------------------------

    def _refuse_stops(self):
        """Refuse to import what the user wants to see mended first."""
        for name, count in (
            ("on_member", self.count_member), ("on_twice", self.count_twice), ("on_conflict", self.count_conflict),
            ("on_bad", self.count_bad),
        ):  # fmt: skip
            if count and self[name] == "stop":
                raise UserError(self.env._(
                    "%(count)s rows stop the import: %(what)s. Mend them in the file and upload it as a new import, or decide "
                    "otherwise.", count=count, what=self._fields[name]._description_string(self.env),
                ))  # fmt: skip

    def _set_aside(self):
        """Let rows wait for their import; leave those out of which the user has decided so."""
        out = [SQL("outcome = 'unusable' OR outcome = 'conflict'")]
        if self.on_bad == "skip":
            out.append(SQL("is_bad"))
        if self.on_member == "skip":
            out.append(SQL("outcome = 'member' OR person LIKE 'm%%'"))
        if self.on_twice == "skip":
            out.append(SQL("outcome = 'twice'"))
        self.env["loyalty.member.import.row"].flush_model()
        self.env.cr.execute(SQL(
            "UPDATE loyalty_member_import_row SET state = CASE WHEN %s THEN 'skipped' ELSE 'todo' END WHERE import_id = %s",
            SQL(" OR ").join(out), self.id,
        ))  # fmt: skip
        self._set_aside_together()
        self.env["loyalty.member.import.row"].invalidate_model()

    def _set_aside_together(self):
        """Leave out all lots of who has one that is left out, or says nothing without what can't be read.

        A member's opening balance is booked once: what is left out of it could never follow.
        """
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member_import_row SET state = 'skipped', message = %s
                WHERE import_id = %s AND sheet = 'points' AND state = 'todo' AND person IN (
                      SELECT person FROM loyalty_member_import_row
                       WHERE import_id = %s AND sheet = 'points'
                         AND (state = 'skipped' OR is_bad AND NOT values ?| ARRAY['points', 'qualifying']))""",
            self.env._("A lot of this member can't be imported: all are left out, to come in together once it is mended."),
            self.id, self.id,
        ))  # fmt: skip
