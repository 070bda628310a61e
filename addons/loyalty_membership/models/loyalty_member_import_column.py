from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..domain.import_columns import MEMBER, POINTS

#: Kinds of the program's own member fields that a cell can say.
PROPERTY_TYPES = ("boolean", "integer", "float", "monetary", "text", "char", "date", "datetime", "selection", "tags")


class LoyaltyMemberImportColumn(models.Model):
    """A column of the file, and what it tells of a member."""

    _name = "loyalty.member.import.column"
    _description = "Column of a Member Import"
    _order = "sheet, index"
    _rec_name = "header"

    import_id = fields.Many2one("loyalty.member.import", required=True, readonly=True, index=True, ondelete="cascade")
    sheet = fields.Selection([("members", "Members"), ("points", "Points")], required=True, readonly=True, default="members")
    index = fields.Integer(readonly=True)
    header = fields.Char("Column of the File", readonly=True)
    sample = fields.Char("Example", readonly=True)
    target = fields.Selection("_selection_target", "Holds", help="Empty: the column is not imported.")

    @api.model
    def _selection_target(self):
        """What a list may tell: the same words as in the template, and the fields of the programs at hand."""
        known = self._labels()
        labels = {column.key: known[column.key] for column in (*MEMBER, *POINTS)}
        programs = self.env["loyalty.program"].search([("is_membership", "=", True)])
        own = {
            f"property.{item['name']}": item.get("string") or item["name"]
            for program in programs
            for item in program.member_properties_definition or ()
            if item.get("type") in PROPERTY_TYPES
        }
        return list((labels | own).items())

    @api.model
    def _labels(self):
        """What each column is called, in the languages that shops use; of both sheets."""
        chinese = (self.env.lang or "").startswith("zh")
        return {column.key: column.chinese if chinese else column.english for column in (*POINTS, *MEMBER)}

    def write(self, vals):
        if not self.env.su and vals.keys() - {"target"}:
            raise AccessError(self.env._("What the file says is changed in the file."))
        if "target" in vals and self.import_id.filtered(lambda record: record.state not in ("draft", "checked")):
            raise UserError(self.env._("This file is being imported, or was: upload the next one as a new import."))
        result = super().write(vals)
        if "target" in vals:
            self._check_once()
            self.import_id.filtered(lambda record: record.state == "checked")._keep({"state": "draft"})
        return result

    def _check_once(self):
        """Refuse two columns that tell the same."""
        for column in self.filtered("target"):
            twins = column.import_id.column_ids.filtered(lambda c, own=column: (c.sheet, c.target) == (own.sheet, own.target))
            if len(twins) > 1:
                raise UserError(
                    self.env._(
                        "The columns %(columns)s can't both hold the same: choose one of them.",
                        columns=", ".join(twin.header or "?" for twin in twins),
                    )
                )
