"""The life of a mapping: from an adapter's defaults to a draft, from a draft to the version in use."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..adapters import base
from ..domain import transforms
from ..domain.canonical import locals_of
from ..domain.outcomes import RemoteError
from .loyalty_mapping import PUBLISHING


class LoyaltyMappingVersion(models.Model):
    _inherit = "loyalty.mapping"

    problem = fields.Char("To Mend", compute="_compute_problem")

    @api.depends("line_ids.problem")
    def _compute_problem(self):
        for record in self:
            faults = [line.problem for line in record.line_ids if line.problem]
            record.problem = " ".join(faults[:3])

    def action_publish(self):
        """Use this draft from now on; what was used before is kept."""
        self.check_access("write")
        for record in self:
            if record.state != "draft":
                raise UserError(self.env._("%s was published before.", record.display_name))
            if record.problem:
                raise UserError(record.problem)
            others = self.search([("connection_id", "=", record.connection_id.id), ("subject", "=", record.subject)])
            in_use = others.filtered(lambda other: other.state == "published").with_context(**PUBLISHING)
            in_use.state = "archived"
            in_use.flush_recordset()
            record.with_context(**PUBLISHING).write({
                "state": "published", "version": max(others.mapped("version"), default=0) + 1,
                "published_at": fields.Datetime.now(), "published_by_id": self.env.uid,
            })  # fmt: skip
        self.env.registry.clear_cache()
        return True

    def action_new_version(self):
        """Open the draft that may be edited: the one there is, or a copy of this version."""
        self.ensure_one()
        self.check_access("create")
        draft = self.search([
            ("connection_id", "=", self.connection_id.id), ("subject", "=", self.subject), ("state", "=", "draft")
        ])  # fmt: skip
        return (draft or self.copy({"note": False}))._open()

    def _open(self):
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "views": [(False, "form")]}

    def action_refresh_fields(self):
        """Ask the other system for its fields, and the program for its own."""
        self.check_access("write")
        # sudo: the list of fields is the same for all, and made by nobody
        self.env["loyalty.local.field"].sudo()._sync(self.sudo().connection_id.program_id)
        for record in self:
            try:
                with record.connection_id._adapter() as adapter:
                    found = [field for subject in record._discovered() for field in adapter.discover(subject)]
            except RemoteError as error:
                raise UserError(record.connection_id._told(error)) from error
            self.env["loyalty.remote.field"]._keep(record.connection_id, record.subject, found)
        count = self.env["loyalty.remote.field"].search_count([
            ("connection_id", "in", self.connection_id.ids), ("subject", "in", self.mapped("subject")), ("gone", "=", False)
        ])  # fmt: skip
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("%s fields to choose from.", count),
                       "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }  # fmt: skip

    def _discovered(self):
        """What the other system is asked for: contacts that are fetched are members, too."""
        streams = self.connection_id._adapter_class().streams.get(base.PULL_CONTACTS, ())
        return [self.subject, *streams] if self.subject == "member" else [self.subject]

    def action_preview(self):
        self.ensure_one()
        for model in ("loyalty.member", "loyalty.redemption"):
            self.env[model].check_access("read")
        preview = self.env["loyalty.mapping.preview"].create({"mapping_id": self.id})
        return {
            "type": "ir.actions.act_window", "name": self.env._("Preview"), "res_model": preview._name, "res_id": preview.id,
            "views": [(False, "form")], "target": "new", "context": {"dialog_size": "extra-large"},
        }  # fmt: skip

    # ------------------------------------------------------------------
    # Defaults
    # ------------------------------------------------------------------

    @api.model
    def _start(self, connection, subject, defaults):
        """Publish the first version of a mapping, of what the adapter proposes.

        :param defaults: list of ``adapters.base.Default``
        """
        record = self.create({"connection_id": connection.id, "subject": subject})
        # sudo: as in action_refresh_fields
        self.env["loyalty.local.field"].sudo()._sync(connection.program_id)
        theirs = self.env["loyalty.remote.field"]._named(connection, subject, [default.remote for default in defaults])
        ours = {field.name: field for field in self.env["loyalty.local.field"].search(record._local_domain())}
        self.env["loyalty.mapping.line"].create([
            record._line_values(default, number, theirs[default.remote], ours) for number, default in enumerate(defaults, 1)
        ])
        record.action_publish()
        return record

    def _local_domain(self):
        return [("kind", "=", self.kind), ("program_id", "in", [False, self.program_id.id])]

    def _line_values(self, default, number, theirs, ours):
        if default.local and default.local not in ours:
            raise ValueError(f"{self.subject}: there is no field {default.local}; known: {', '.join(locals_of(self.kind))}")
        steps = [transforms.parse(told) for told in default.transforms]
        return {
            "mapping_id": self.id, "sequence": number, "direction": default.direction, "owner": default.owner,
            "local_field_id": default.local and ours[default.local].id, "remote_field_id": theirs.id,
            "required": default.required, "only_create": default.only_create, "default": default.default or False,
            "step_ids": [
                Command.create({"sequence": at, "kind": step.kind, "one": step.one or False, "two": step.two or False})
                for at, step in enumerate(steps)
            ],
        }  # fmt: skip
