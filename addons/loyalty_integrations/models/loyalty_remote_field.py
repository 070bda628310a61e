"""The fields of the other system, as it described them, or as somebody typed them."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..domain.mapping_line import Target


class LoyaltyRemoteField(models.Model):
    _name = "loyalty.remote.field"
    _description = "Field of Theirs"
    _order = "by_hand, required desc, label, path"
    _rec_names_search = ["label", "path"]

    connection_id = fields.Many2one("loyalty.connection", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id", store=True, precompute=True, index="btree_not_null")
    subject = fields.Char(required=True)
    path = fields.Char("Technical Name", required=True)
    label = fields.Char(required=True)
    type = fields.Char()
    required = fields.Boolean()
    size = fields.Integer(help="The most characters, or bytes, that it takes; 0: as many as you like.")
    size_in_bytes = fields.Boolean()
    choices = fields.Json(help="[[value, label], …] of a selection.")
    writable = fields.Boolean(default=True)
    by_hand = fields.Boolean("Typed by Hand", readonly=True)
    gone = fields.Boolean("No Longer There", readonly=True, help="The other system doesn't name it any more.")

    _path_unique = models.UniqueIndex("(connection_id, subject, path)", "This field is there already.")

    @api.depends("label", "path")
    def _compute_display_name(self):
        for field in self:
            told = field.label and field.label != field.path
            field.display_name = f"{field.label} ({field.path})" if told else field.path

    @api.model
    def name_create(self, name):
        """A field that is typed into a mapping."""
        context = self.env.context
        connection = self.env["loyalty.connection"].browse(context.get("default_connection_id"))
        if not connection or not context.get("default_subject"):
            raise UserError(self.env._("Type the names of fields in a mapping."))
        field = self._named(connection, context["default_subject"], [name.strip()])[name.strip()]
        return field.id, field.display_name

    def write(self, vals):
        if "path" in vals and any(field.path != vals["path"] for field in self):
            raise UserError(self.env._("A field keeps its technical name: mappings rely on it. Type another field instead."))
        return super().write(vals)

    # ------------------------------------------------------------------
    # What the other system tells
    # ------------------------------------------------------------------

    @api.model
    def _named(self, connection, subject, paths):
        """Fields by their technical names, made where nobody knows them yet; dict path -> field."""
        mine = [("connection_id", "=", connection.id), ("subject", "=", subject), ("path", "in", list(paths))]
        known = {field.path: field for field in self.search(mine)}
        missing = [path for path in dict.fromkeys(paths) if path not in known]
        created = self.create([
            {"connection_id": connection.id, "subject": subject, "path": path, "label": path, "by_hand": True} for path in missing
        ])
        return known | dict(zip(missing, created, strict=True))

    @api.model
    def _keep(self, connection, subject, discovered):
        """Keep what the other system says of its fields.

        :param discovered: list of ``adapters.base.Field``
        """
        known = {field.path: field for field in self.search([("connection_id", "=", connection.id), ("subject", "=", subject)])}
        fresh = []
        for field in {field.path: field for field in discovered}.values():
            values = {
                "label": field.label or field.path, "type": field.type, "required": field.required, "size": field.size,
                "size_in_bytes": field.size_in_bytes, "choices": [list(pair) for pair in field.choices] or False,
                "writable": field.writable, "by_hand": False, "gone": False,
            }  # fmt: skip
            if kept := known.pop(field.path, None):
                kept.write(values)
            else:
                fresh.append({"connection_id": connection.id, "subject": subject, "path": field.path, **values})
        self.create(fresh)
        self.browse(field.id for field in known.values() if not field.by_hand).write({"gone": True})
        self.env.registry.clear_cache()

    def _target(self):
        return Target(
            type=self.type or "",
            required=self.required,
            size=self.size,
            size_in_bytes=self.size_in_bytes,
            choices=frozenset(str(value) for value, _label in self.choices or ()),
        )
