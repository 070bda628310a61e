"""What a mapping picks from on this side, with names in the user's language."""

from odoo import api, fields, models

from ..domain import canonical

#: Kinds of a program's own member fields whose value plain JSON can say.
_SIMPLE = {
    "boolean": "boolean", "integer": "integer", "float": "float", "monetary": "float", "text": "char", "char": "char",
    "date": "date", "datetime": "datetime", "selection": "char", "tags": "tags",
}  # fmt: skip


class LoyaltyLocalField(models.Model):
    _name = "loyalty.local.field"
    _description = "Field of Ours"
    _order = "sequence, id"

    kind = fields.Selection(
        [("member", "Member"), ("redemption", "Redemption"), ("points", "Points"), ("purchase", "Purchase")],
        required=True,
        readonly=True,
    )
    name = fields.Char(required=True, readonly=True)
    known = fields.Selection(canonical.every(), readonly=True, help="The words for it; of a program's own field see the label.")
    label = fields.Char(readonly=True)
    type = fields.Char(required=True, readonly=True, default="char")
    pulled = fields.Boolean("May Be Received", readonly=True)
    of_line = fields.Boolean("Of Each Line", readonly=True)
    program_id = fields.Many2one("loyalty.program", readonly=True, index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one(related="program_id.company_id")
    sequence = fields.Integer(readonly=True)

    _name_unique = models.UniqueIndex("(kind, name, COALESCE(program_id, 0))", "This field is there already.")

    @api.depends("known", "label", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        words = dict(self._fields["known"]._description_selection(self.env))
        for field in self:
            field.display_name = words.get(field.known) or field.label or field.name

    @api.model
    def _search_display_name(self, operator, value):
        """By the words that the user sees, or by the technical name."""
        if operator not in ("ilike", "like", "=", "in") or not value:
            return super()._search_display_name(operator, value)
        wanted = [str(text).lower() for text in (value if isinstance(value, (list, tuple, set)) else [value])]
        whole = operator in ("=", "in")
        found = [
            key
            for key, word in self._fields["known"]._description_selection(self.env)
            if any(text in (word.lower(), key.partition(".")[2]) if whole else text in word.lower() for text in wanted)
        ]
        return ["|", "|", ("known", "in", found), ("label", operator, value), ("name", operator, value)]

    # ------------------------------------------------------------------
    # In step with the code and with the programs
    # ------------------------------------------------------------------

    @api.model
    def _sync(self, programs=()):
        """Bring the list in step with what this version knows, and with these programs' own member fields."""
        wanted = {}
        for kind, known in canonical.KINDS.items():
            for number, local in enumerate(known):
                wanted[kind, local.name, False] = {
                    "known": f"{kind}.{local.name}", "type": local.type, "pulled": local.pulled, "of_line": local.of_line,
                    "sequence": number,
                }  # fmt: skip
        for program in programs:
            for item in program.member_properties_definition or ():
                if item.get("type") in _SIMPLE:
                    wanted["member", canonical.PROPERTY + item["name"], program.id] = {
                        "label": item.get("string") or item["name"], "type": _SIMPLE[item["type"]], "sequence": 100,
                    }  # fmt: skip
        self._bring(wanted)

    @api.model
    def _bring(self, wanted):
        known = {(field.kind, field.name, field.program_id.id): field for field in self.search([])}
        for key, values in wanted.items():
            field = known.get(key)
            changed = {name: value for name, value in values.items() if field and field[name] != value}
            if changed:
                field.write(changed)
        self.create([
            {"kind": kind, "name": name, "program_id": program, **values}
            for (kind, name, program), values in wanted.items()
            if (kind, name, program) not in known
        ])
