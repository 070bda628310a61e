"""Which mapping a connection uses for what."""

from odoo import api, fields, models

from ..adapters import base
from ..adapters.base import ADAPTERS
from ..domain import canonical
from .loyalty_mapping import PUBLISHING

#: Flow -> what it maps; of fetched purchases each stream has a mapping of its own.
_MAPPED = {
    base.PUSH_MEMBER: "member", base.PULL_CONTACTS: "member", base.PULL_ENROLMENTS: "member",
    base.PUSH_REDEMPTION: "redemption", base.PUSH_POINTS: "points",
}  # fmt: skip


class LoyaltyConnectionMapping(models.Model):
    _inherit = "loyalty.connection"

    mapping_ids = fields.One2many("loyalty.mapping", "connection_id")
    mapping_count = fields.Integer(compute="_compute_mapping_count")
    conflict_count = fields.Integer(compute="_compute_conflict_count")
    create_members = fields.Boolean(
        "Enrol Unknown Contacts",
        help="A fetched contact that is no member yet becomes one. Off: it is passed over, and shown with the reason.",
    )

    @api.depends("mapping_ids.state")
    def _compute_mapping_count(self):
        for connection in self:
            connection.mapping_count = len(connection.mapping_ids.filtered(lambda mapping: mapping.state != "archived"))

    def _compute_conflict_count(self):
        counts = self.env["loyalty.sync.conflict"]._read_group(
            [("connection_id", "in", self.ids), ("state", "=", "open")], ["connection_id"], ["__count"]
        )
        counted = dict(counts)
        for connection in self:
            connection.conflict_count = counted.get(connection, 0)

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        for connection in connections:
            connection._start_mappings()
        return connections

    def unlink(self):
        # Before their fields, which PostgreSQL would take first.
        self.mapping_ids.with_context(**PUBLISHING).unlink()
        return super().unlink()

    # ------------------------------------------------------------------
    # What the layer asks
    # ------------------------------------------------------------------

    def _mapping(self, subject):
        """The published mapping of a subject or stream, made of the adapter's defaults where there is none.

        What this system doesn't map has an empty one, which maps nothing.
        """
        self.ensure_one()
        subject = self._mapped_as(subject)
        found = self.env["loyalty.mapping"].search([
            ("connection_id", "=", self.id), ("subject", "=", subject), ("state", "=", "published")
        ])  # fmt: skip
        if found or subject not in self._mapped_subjects():
            return found
        return self._start_mapping(subject)

    def _mapped_as(self, stream):
        """The subject of a stream: contacts, and whoever joins, are members."""
        streams = self._streams()
        people = (*streams.get(base.PULL_CONTACTS, ()), *streams.get(base.PULL_ENROLMENTS, ()))
        return "member" if stream in people else stream

    @api.model
    def _kind_of(self, subject):
        """What a subject is made of: member, redemption, points or, each stream of them, purchase."""
        return subject if subject in canonical.KINDS else "purchase"

    def _streams(self):
        return ADAPTERS[self.system].streams if self.system in ADAPTERS else {}

    def _mapped_subjects(self):
        flows = ADAPTERS[self.system].flows if self.system in ADAPTERS else ()
        found = [subject for flow, subject in _MAPPED.items() if flow in flows]
        return list(dict.fromkeys([*found, *self._streams().get(base.PULL_PURCHASES, ())]))

    def _start_mappings(self):
        """Give the connection the mappings that its adapter proposes; those that are there stay."""
        there = set(self.mapping_ids.mapped("subject"))
        for subject in self._mapped_subjects():
            if subject not in there:
                self._start_mapping(subject)

    def _start_mapping(self, subject):
        with self._adapter() as adapter:
            defaults = adapter.defaults(subject)
        # sudo: the defaults are the adapter's, whoever works with the connection
        return self.env["loyalty.mapping"].sudo()._start(self.sudo(), subject, defaults).with_env(self.env)

    def action_view_mappings(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_mapping")
        return {
            **action, "domain": [("connection_id", "=", self.id)],
            "context": {"default_connection_id": self.id, "search_default_current": 1},
        }  # fmt: skip

    def action_view_conflicts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_sync_conflict")
        return {**action, "domain": [("connection_id", "=", self.id)]}
