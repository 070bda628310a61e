"""From the uploaded file to staged rows, a chunk at a time: never the whole file in memory as rows."""

import json
from itertools import islice

import psycopg2
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ..domain import import_csv
from ..domain.import_columns import MEMBER, POINTS, assigned, header_place, signature, synonyms
from ..domain.import_files import BadFile, kind
from ..domain.import_xlsx import Workbook

#: A larger file is refused: split it.
MOST_BYTES = 60 * 1024**2
MOST_ROWS = 300_000
#: Rows in which the names of the columns are looked for.
HEAD = 20
CHUNK = 5000


class LoyaltyMemberImportFile(models.Model):
    _inherit = "loyalty.member.import"

    def _open_file(self):
        """Look at the head of the file: which columns there are, and what they probably hold."""
        for record in self:
            record._forget_rows()
            try:
                heads = {sheet: list(islice(rows, HEAD)) for sheet, rows in record._sheets().items()}
                record._keep_columns(heads)
            except BadFile as error:
                raise UserError(record._file_problem(error)) from None

    def _keep_columns(self, heads):
        places = {sheet: header_place(head, self._known_headers(sheet)) for sheet, head in heads.items()}
        if places["members"] is None:
            raise BadFile("empty")
        headers = {sheet: heads[sheet][place] for sheet, place in places.items() if place is not None}
        made = "\n".join(signature(header) for header in headers.values())
        earlier = self._earlier_columns(made)
        values = []
        for sheet, header in headers.items():
            keys = assigned(header, self._known_headers(sheet))
            for index, (text, key) in enumerate(zip(header, keys, strict=True)):
                sample = next((row[index] for row in heads[sheet][places[sheet] + 1 :] if index < len(row) and row[index]), "")
                target = earlier.get((sheet, index), key) if earlier else key
                if target or text or sample:
                    values.append((0, 0, {
                        "sheet": sheet, "index": index, "header": str(text or "")[:200], "sample": str(sample)[:200],
                        "target": target,
                    }))  # fmt: skip
        self._keep({
            "state": "draft", "signature": made, "forgotten_on": False, "total": 0, "problem": False,
            "uploads": self.uploads + 1,
            "header_row": places["members"] + 1, "points_header_row": (places.get("points") or 0) + 1,
            "column_ids": [(5,), *values],
        })  # fmt: skip

    def _known_headers(self, sheet):
        """What the columns of a sheet may be called; dict folded header -> key."""
        columns = MEMBER if sheet == "members" else POINTS
        own = [(f"property.{item['name']}", item["string"]) for item in self._properties() if item.get("string")]
        return synonyms(columns, own if sheet == "members" else ())

    def _earlier_columns(self, made):
        """What the program's last file of the same make held; dict (sheet, index) -> key."""
        # sudo: what another manager has told of such files counts for the program
        last = self.sudo().search([
            ("program_id", "=", self.program_id.id), ("signature", "=", made), ("id", "!=", self.id),
            ("state", "not in", ("draft", "reading")),
        ], limit=1)  # fmt: skip
        return {(column.sheet, column.index): column.target for column in last.column_ids}

    # ------------------------------------------------------------------
    # The file
    # ------------------------------------------------------------------

    def _sheets(self):
        """The rows of each sheet of the file, from its first on; dict sheet -> iterator."""
        self.ensure_one()
        content = self._file_content()
        if len(content) > MOST_BYTES:
            raise BadFile("large", most=MOST_BYTES // 1024**2)
        if kind(content, self.file_name or "") == "csv":
            self._keep({"hidden_rows": 0, "date1904": False})
            return {"members": import_csv.rows(content, self.encoding or "")}
        book = Workbook(content)
        self._keep({"hidden_rows": book.hidden(book.members), "date1904": book.date1904})
        sheets = {"members": book.members, "points": book.points}
        return {name: book.rows(sheet) for name, sheet in sheets.items() if sheet}

    def _attachments(self):
        """Where Odoo keeps the files."""
        # sudo: the user works on the imports whose files they are
        domain = [("res_model", "=", self._name), ("res_field", "=", "file"), ("res_id", "in", self.ids)]
        return self.env["ir.attachment"].sudo().search(domain)

    def _file_content(self):
        return self._attachments()[:1].raw or b""

    def _read_step(self):
        """Stage the rows that are not staged yet, in committed chunks.

        A file is read from its first row on, so a run that had to pass over many rows stages as many before it lets others have
        their turn: however little time each run has, all of them together read the file some three times at most.

        :return: whether all are staged
        """
        mark, staged = self.uploads, self._staged()
        starts = {"members": self.header_row, "points": self.points_header_row}
        count = passed = self._row_count()
        for sheet, rows in self._sheets().items():
            past = max(starts[sheet], staged.get(sheet, 0))
            filled = ((number, row) for number, row in enumerate(rows, 1) if number > past and not _is_blank(row))
            for chunk in split_every(CHUNK, filled):
                count += len(chunk)
                if count > MOST_ROWS:
                    raise BadFile("rows", most=f"{MOST_ROWS:,}")
                time_left = self._commit_chunk(sheet, chunk, mark)
                if time_left is None or (not time_left and count >= 2 * passed):
                    return False
        if not count:
            raise BadFile("empty")
        self._keep({"total": count})
        return True

    def _staged(self):
        """The last row of each sheet that is staged; dict sheet -> number."""
        return dict(self.env["loyalty.member.import.row"]._read_group(
            [("import_id", "=", self.id)], ["sheet"], ["number:max"]
        ))  # fmt: skip

    def _commit_chunk(self, sheet, chunk, mark):
        """Stage these rows and commit them, unless somebody has stopped the import or uploaded another file meanwhile.

        Both write the import, and so does this, last of all: PostgreSQL refuses whoever comes second.

        :param mark: the upload that the rows are of
        :return: seconds left, or None where the rows are wanted no more
        """
        try:
            self._stage(sheet, chunk)
            self.env.cr.execute(
                SQL("UPDATE loyalty_member_import SET write_date = %s WHERE id = %s", fields.Datetime.now(), self.id)
            )
        except psycopg2.errors.SerializationFailure:
            self.env.cr.rollback()
            self.env.invalidate_all()
            return None
        time_left = self.env["ir.cron"]._commit_progress(len(chunk), remaining=1)
        return time_left if self._still("reading") and self.uploads == mark else None

    def _stage(self, sheet, rows):
        # PostgreSQL keeps no zero characters.
        clean = [[cell.replace("\0", "") if isinstance(cell, str) else cell for cell in row] for _number, row in rows]
        texts = [json.dumps(row, ensure_ascii=False) for row in clean]
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_member_import_row (import_id, sheet, number, raw, state, is_bad)
               SELECT %s, %s, number, raw::jsonb, 'read', false FROM unnest(%s::int[], %s::text[]) AS r(number, raw)""",
            self.id, sheet, [number for number, _row in rows], texts,
        ))  # fmt: skip

    def _still(self, state):
        """Whether nobody has stopped the import meanwhile; asked after each commit."""
        self.invalidate_recordset(["state", "uploads"])
        return self.exists().state == state

    def _file_problem(self, error):
        """Say what is wrong with a file, and what to do."""
        words = {
            "empty": self.env._("The file is empty: it needs a row with the names of the columns and a row for each member."),
            "xls": self.env._("This is a workbook of Excel 2003 or older (.xls). Save it as .xlsx and upload that."),
            "xlsm": self.env._("This workbook contains macros. Save it as .xlsx without macros and upload that."),
            "locked": self.env._("The workbook is protected by a password. Remove it, save the file and upload it again."),
            "other_sheet": self.env._("This kind of workbook can't be read. Save it as .xlsx and upload that."),
            "web": self.env._(
                "This is a web page that only calls itself a workbook. Open it in Excel, save it as .xlsx and upload that."
            ),
            "unknown": self.env._("This is neither an Excel workbook (.xlsx) nor a .csv file."),
            "broken": self.env._("The file is damaged. Open it in Excel, save it as .xlsx and upload that."),
            "bomb": self.env._(
                "The workbook unpacks to far more than a list of members. Copy its rows to a new workbook, or save it as .csv."
            ),
            "encoding": self.env._("The text can't be read. Choose its encoding, or save the file as .xlsx."),
            "large": self.env._("The file is larger than %(most)s MB: split it.", most=error.details.get("most")),
            "columns": self.env._(
                "The sheet has more than %(most)s columns: delete those that aren't needed.", most=error.details.get("most")
            ),
            "rows": self.env._("The file has more than %(most)s rows: split it.", most=error.details.get("most")),
        }
        return words[error.code]


def _is_blank(row):
    return not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row)
