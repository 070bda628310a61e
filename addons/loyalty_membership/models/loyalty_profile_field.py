"""What a program may ask of its members: their own fields, those of the contact, and those that the program has invented."""

from odoo import api, fields, models
from odoo.tools import SQL

#: Kinds of a program's own fields that are never empty, or that nobody fills in.
_NEVER_EMPTY = ("boolean", "separator", "signature", "html")
_MODELS = {"member": "loyalty.member", "contact": "res.partner"}


class LoyaltyProfileField(models.Model):
    _name = "loyalty.profile.field"
    _description = "Profile Field"
    _order = "sequence, id"
    _rec_names_search = ["label"]

    kind = fields.Selection(
        [("member", "Of the member"), ("contact", "Of the customer"), ("own", "Of the program")], required=True, readonly=True
    )
    name = fields.Char(required=True, readonly=True)
    program_id = fields.Many2one("loyalty.program", readonly=True, index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one(related="program_id.company_id")
    label = fields.Char(readonly=True, help="Of a program's own field: what it is called.")
    sequence = fields.Integer(default=10)

    _name_unique = models.UniqueIndex("(kind, name, COALESCE(program_id, 0))", "This field is there already.")

    @api.depends("kind", "name", "label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for field in self:
            model = self.env.get(_MODELS.get(field.kind))
            known = model is not None and model._fields.get(field.name)
            field.display_name = known._description_string(self.env) if known else field.label or field.name

    @api.model
    def _sync(self, programs):
        """Bring the programs' own fields in step with what their forms have."""
        known = self.search([("kind", "=", "own"), ("program_id", "in", programs.ids)]).grouped("program_id")
        for program in programs:
            wanted = {
                item["name"]: item.get("string") or item["name"]
                for item in program.member_properties_definition or ()
                if item.get("type") not in _NEVER_EMPTY
            }
            mine = known.get(program, self)
            mine.filtered(lambda field: field.name not in wanted).unlink()  # noqa: B023
            for field in mine.exists():
                if field.label != (label := wanted.pop(field.name)):
                    field.label = label
            self.create([
                {"kind": "own", "name": name, "label": label, "program_id": program.id, "sequence": 20}
                for name, label in wanted.items()
            ])

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _is_filled(self):
        """SQL that tells whether a member ``m`` with the customer ``p`` has this filled in."""
        if self.kind == "own":
            return SQL("""COALESCE(m.properties -> %s, 'null') NOT IN ('null', 'false', '""', '[]')""", self.name)
        column = SQL.identifier("m" if self.kind == "member" else "p", self.name)
        return SQL("COALESCE(%s::text, '') <> ''", column)
