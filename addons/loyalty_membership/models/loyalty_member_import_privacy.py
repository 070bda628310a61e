"""Files of members when a member's data are erased."""

import re

from odoo import models
from odoo.tools import SQL

from ..domain import import_cells as cells
from ..domain.identity import normalize_email, normalize_phone
from ..domain.import_cells import Unreadable

#: Columns that name the person whom a row is about.
NAMING = ("phone", "email", "code", "external", "member")
#: What may stand between the digits of a phone.
_FILL = "[ .()-]*"


class LoyaltyMemberImportPrivacy(models.Model):
    _inherit = "loyalty.member"

    def _erase(self, reason, case=None):
        """Also in files, which are looked through once for however many members."""
        # sudo: as the erasure itself
        everyone = self.sudo().with_context(active_test=False)._persons()._with_merged()
        told = everyone._told_in_files()
        erased = super()._erase(reason, case)
        everyone.env["loyalty.member.import"]._forget_person(everyone, told)
        return erased

    def _told_in_files(self):
        """What a file may name these members by: (kind, source, value)."""
        identities = self.env["loyalty.member.identity"]
        told = {(i.kind, i.source, i.value) for i in identities.search([("member_id", "in", self.ids)])}
        for member in self:
            told |= {("code", "", member.code), *identities._contact_keys(member.program_id, member.partner_id)}
        return told


class LoyaltyMemberImport(models.Model):
    _inherit = "loyalty.member.import"

    def _forget_person(self, members, told):
        """Blank what files told of somebody, wherever it stands, and delete these files; the rows of others stay, and go on."""
        self.env.flush_all()
        own, cut, imports = self._rows_that_name(told)
        imports |= self._blank_rows(members, own)
        self._blank_cells(cut)
        self.env["loyalty.member.import.row"].invalidate_model()
        self._forget_files(self.browse(imports))

    def _rows_that_name(self, told):
        """Rows of whatever import that are about somebody, or mention them.

        :param told: as of ``_told_in_files``
        :return: ids of rows; (id, place) of single cells; ids of imports
        """
        parts = [
            _FILL.join(value[-7:]) if kind == "phone" else re.sub(r"(\W)", r"\\\1", value.lower())
            for kind, _source, value in told
        ]
        rows = self.env.execute_query(
            SQL(
                "SELECT id, import_id, sheet, raw FROM loyalty_member_import_row WHERE lower(raw::text) ~ %s",
                "|".join(parts) or "$^",
            )
        )
        imports = self.browse({import_id for _id, import_id, _sheet, _raw in rows})
        targets = {(c.import_id.id, c.sheet, c.index): c.target for c in imports.column_ids}
        own, cut, found = [], [], set()
        for row_id, import_id, sheet, raw in rows:
            record = self.browse(import_id).with_prefetch(imports._ids)
            places = {p: targets.get((import_id, sheet, p)) for p, cell in enumerate(raw)
                      if told & record._named_by(cell, targets.get((import_id, sheet, p)))}  # fmt: skip
            found |= {import_id} if places else set()
            if {*NAMING} & {*places.values()}:
                own.append(row_id)
            else:
                cut += [(row_id, place) for place in places]
        return own, cut, found

    def _named_by(self, cell, target):
        """What a cell may name somebody by; numbers only where a column holds such: others may be anything."""
        try:
            text = cells.digits(cell)
        except Unreadable:
            return set()
        program = self.program_id
        named = {("phone", "", normalize_phone(text, program.phone_country_id.code)), ("email", "", normalize_email(text))}
        if target in ("code", "member", "referrer"):
            named.add(("code", "", text))
        if target in ("external", "member", "referrer"):
            named.add(("external", self.source, text))
        return named

    def _blank_rows(self, members, ids):
        """Blank these rows, those of these members, and all others of the same persons; ids of their imports.

        What has not come in by now doesn't come in any more.
        """
        self.env.cr.execute(SQL(
            """WITH own AS (SELECT import_id, person, id FROM loyalty_member_import_row
                             WHERE id = ANY(%s) OR member_id = ANY(%s) OR person = ANY(%s))
               UPDATE loyalty_member_import_row r
                  SET raw = '[]', values = '{}', keys = NULL, name = NULL, message = NULL, problems = NULL, referrer = NULL,
                      is_bad = false,
                      outcome = CASE WHEN state IN ('read', 'checked', 'todo') THEN 'unusable' ELSE outcome END,
                      state = CASE WHEN state IN ('read', 'checked', 'todo') THEN 'skipped' ELSE state END
                WHERE r.id IN (SELECT id FROM own) OR (r.import_id, r.person) IN (SELECT import_id, person FROM own)
            RETURNING import_id""",
            ids, members.ids, [f"m{id_}" for id_ in members.ids],
        ))  # fmt: skip
        return {import_id for (import_id,) in self.env.cr.fetchall()}

    def _blank_cells(self, cut):
        """Blank single cells of other people's rows, such as who sent them."""
        for place in {place for _id, place in cut}:
            self.env.cr.execute(SQL(
                """UPDATE loyalty_member_import_row
                      SET raw = jsonb_set(raw, ARRAY[%s], 'null'), values = values - 'referrer', referrer = NULL
                    WHERE id = ANY(%s)""", str(place), [row_id for row_id, own in cut if own == place],
            ))  # fmt: skip

    def _forget_files(self, imports):
        """Delete files; the work goes on from the rows that were read of them, if all were."""
        unread = imports.filtered(lambda record: record.state == "reading" or not record.total)
        unread._forget()
        # sudo: see write() of the import
        imports.sudo().column_ids.write({"sample": False})
        (imports - unread)._attachments().unlink()
        imports.invalidate_recordset(["file"])
