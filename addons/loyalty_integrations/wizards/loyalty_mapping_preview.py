"""What a mapping makes of real records, side by side. Nothing is sent."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..domain import mapping as mapper
from ..domain.values import text

#: As many records as fit on a screen.
MOST = 20
#: Kind of a mapping -> field of the wizard that has its records.
_CHOSEN = {"member": "member_ids", "redemption": "redemption_ids"}


class LoyaltyMappingPreview(models.TransientModel):
    _name = "loyalty.mapping.preview"
    _description = "Preview of a Mapping"

    mapping_id = fields.Many2one("loyalty.mapping", required=True, readonly=True, ondelete="cascade")
    kind = fields.Char(related="mapping_id.kind")
    program_id = fields.Many2one(related="mapping_id.program_id")
    member_ids = fields.Many2many(
        "loyalty.member", string="Members", domain="[('program_id', '=', program_id)]",
        compute="_compute_records", store=True, readonly=False,
    )  # fmt: skip
    redemption_ids = fields.Many2many(
        "loyalty.redemption", string="Redemptions", domain="[('program_id', '=', program_id)]",
        compute="_compute_records", store=True, readonly=False,
    )  # fmt: skip
    as_new = fields.Boolean("As New Records", help="As if the other system had none of them yet.")
    shown = fields.Html(compute="_compute_shown", sanitize=False)  # made by our own template, which escapes
    wrong_count = fields.Integer(compute="_compute_shown")

    @api.depends("mapping_id")
    def _compute_records(self):
        """The latest ones, for a start; none where the user may see none."""
        for preview in self:
            domain = [("program_id", "=", preview.program_id.id)]
            for kind, name in _CHOSEN.items():
                wanted = kind == preview.kind and preview[name].has_access("read")
                preview[name] = preview[name].search(domain, limit=5) if wanted else False

    @api.depends("mapping_id", "member_ids", "redemption_ids", "as_new")
    @api.depends_context("lang")
    def _compute_shown(self):
        for preview in self:
            records = preview[_CHOSEN[preview.kind]]._origin if preview.kind in _CHOSEN else preview.member_ids.browse()
            if len(records) > MOST:
                raise UserError(self.env._("Choose %s records at most.", MOST))
            records.check_access("read")
            cards = preview._cards(records)
            preview.wrong_count = sum(bool(card["wrong"]) for card in cards)
            preview.shown = self.env["ir.qweb"]._render("loyalty_integrations.mapping_preview", {"cards": cards})

    def _cards(self, records):
        mapping = self.mapping_id
        connection = mapping.connection_id
        # sudo: who may preview may learn which records are known there
        bound = {} if self.as_new else self.env["loyalty.binding"].sudo()._of(connection, mapping.subject, records)
        snapshot = records._integration_snapshot(connection) if records else {}
        return [
            self._card(record, snapshot[record.id], bound.get(record.id)) for record in records if record.id in snapshot
        ]  # fmt: skip

    def _card(self, record, values, binding):
        mapping = self.mapping_id
        payload, problems = mapper.to_remote(mapping._lines(), values, mapping._where(), creating=not binding)
        wrong = {problem.remote: mapping._told(problem) for problem in problems}
        return {
            "name": record.display_name, "external_id": binding.external_id if binding else "", "wrong": wrong,
            "rows": [self._row(line, values, payload, wrong) for line in mapping.line_ids if line.direction != mapper.PULL],
        }  # fmt: skip

    def _row(self, line, values, payload, wrong):
        path = line.remote_field_id.path
        value = payload.get(path)
        words = {str(key): label for key, label in line.remote_field_id.choices or ()}
        sent = text(value)
        return {
            "ours": line.local_field_id.display_name or "", "value": text(values.get(line.local_field_id.name)),
            "theirs": line.remote_field_id.label, "path": path if path != line.remote_field_id.label else "",
            "sent": f"{sent} ({words[sent]})" if sent in words and words[sent] != sent else sent,
            "empties": path in payload and value is None, "left_out": path not in payload and path not in wrong,
            "problem": wrong.get(path), "steps": line.told or "",
        }  # fmt: skip
