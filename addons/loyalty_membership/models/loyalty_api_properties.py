"""The program's own member fields, as callers fill them in."""

from zoneinfo import ZoneInfo

from odoo import api, fields, models

from . import api_arguments as arguments
from .api_arguments import ApiArgumentError

#: Kinds of fields whose value plain JSON can say; relations to other records are the staff's.
_SIMPLE = ("boolean", "integer", "float", "monetary", "text", "char", "date", "datetime", "selection", "tags")


class LoyaltyApiProperties(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def _properties(self, program, values):
        """Check values against the program's definition; dict technical name -> value."""
        definition = [item for item in program.member_properties_definition or () if item.get("type") in _SIMPLE]
        names = {item["name"]: item for item in definition}
        labels = {item["string"]: item for item in definition if item.get("string")}
        known = labels | names
        if not isinstance(values, dict):
            raise ApiArgumentError("properties", f"must be an object, got {arguments.shown(values)}")
        result = {}
        for name, value in values.items():
            item = known.get(name)
            if not item:
                label = name if name.isidentifier() and len(name) <= 64 else arguments.shown(name)
                raise ApiArgumentError(f"properties.{label}", f"is not known here; known: {', '.join(labels or names)}")
            if value is not None:
                result[item["name"]] = self._property(program, item, value, f"properties.{name}")
        return result

    @api.model
    def _property(self, program, item, value, path):
        kind = item["type"]
        if kind in ("char", "text"):
            return arguments.text(value, path, 4000, lines=kind == "text")
        if kind == "boolean":
            return arguments.flag(value, path)
        if kind == "integer":
            return arguments.integer(value, path, -(2**31), 2**31 - 1)
        if kind in ("float", "monetary"):
            return float(arguments.number(value, path))
        if kind == "date":
            return fields.Date.to_string(arguments.day(value, path))
        if kind == "datetime":
            zone = ZoneInfo(program.tz or "UTC")
            return fields.Datetime.to_string(arguments.moment(value, path, zone, None, future=True))
        options = item.get(kind) or ()
        keys = {option[1]: option[0] for option in options} | {option[0]: option[0] for option in options}
        if kind == "selection":
            return keys[arguments.choice(value, path, keys, required=True)]
        tags = arguments.rows(value, path, least=0, most=50)
        return [keys[arguments.choice(tag, f"{path}[{index}]", keys, required=True)] for index, tag in enumerate(tags)]
