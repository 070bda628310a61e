"""Runs from the connection's form: try, load, compare."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from .loyalty_sync_run import COMPARED, LOADED


class LoyaltyConnectionRuns(models.Model):
    _inherit = "loyalty.connection"

    run_ids = fields.One2many("loyalty.sync.run", "connection_id", readonly=True)
    run_count = fields.Integer(compute="_compute_run_count")

    @api.depends("run_ids")
    def _compute_run_count(self):
        counts = dict(
            self.env["loyalty.sync.run"]._read_group([("connection_id", "in", self.ids)], ["connection_id"], ["__count"])
        )
        for connection in self:
            connection.run_count = counts.get(connection, 0)

    def action_dry_run(self):
        """Say what would happen."""
        return self._new_run("dry", self.supported_flows)

    def action_first_load(self):
        """Bring over all there is."""
        return self._new_run("first_load", LOADED)

    def _new_run(self, kind, flows):
        self.ensure_one()
        on = [flow for flow in flows if self[flow]] or [flow for flow in flows if flow in self.supported_flows]
        if not on:
            raise UserError(self.env._("%s: the system can't do that.", self.name))
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_sync_run")
        return dict(
            action, views=[(False, "form")], view_mode="form",
            context={"default_connection_id": self.id, "default_kind": kind, "default_flow": on[0]},
        )  # fmt: skip

    def action_reconcile(self):
        """Compare both systems now."""
        self.ensure_one()
        self.env["loyalty.sync.run"]._check_may_operate()
        if self.state == "draft":
            raise UserError(self.env._("Activate %s first.", self.name))
        runs = self._reconcile(self.env.context.get("loyalty_flow"))
        if not runs:
            raise UserError(self.env._("%s: members or purchases have to be exchanged, to be compared.", self.name))
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_sync_run")
        if len(runs) == 1:
            return dict(action, views=[(False, "form")], view_mode="form", res_id=runs.id)
        return dict(action, domain=[("id", "in", runs.ids)])

    def _reconcile(self, only=None):
        """Start comparing what these connections exchange; the runs, also those that were under way."""
        flows = [flow for flow in COMPARED if only in (None, flow)]
        wanted = {(connection, flow) for connection in self for flow in flows if connection[flow]}
        # sudo: who may was asked by the caller; runs are written by the layer
        runs = self.env["loyalty.sync.run"].sudo()
        open_ones = runs.search([
            ("connection_id", "in", self.ids), ("kind", "=", "reconcile"), ("state", "in", ("running", "paused"))
        ])  # fmt: skip
        there = {(run.connection_id, run.flow) for run in open_ones}
        self._end_failed_comparisons(wanted - there)
        asked = self.env.uid if self.env.uid != SUPERUSER_ID else False
        fresh = runs.create([
            {"connection_id": connection.id, "kind": "reconcile", "flow": flow, "state": "running", "user_id": asked,
             "started_at": fields.Datetime.now()}
            for connection, flow in sorted(wanted, key=lambda pair: (pair[0].id, pair[1]))
            if (connection, flow) not in there
        ])  # fmt: skip
        for run in fresh:
            run._prepare()
        if fresh:
            runs._wake()
        return (fresh | open_ones.filtered(lambda run: run.flow in flows)).with_env(self.env)

    def _end_failed_comparisons(self, pairs):
        """What has failed is not resumed once all is compared anew, and need not keep what it had seen there.

        :param pairs: set of (connection, flow)
        """
        # sudo: as in _reconcile
        failed = self.env["loyalty.sync.run"].sudo().search([
            ("connection_id", "in", self.ids), ("kind", "=", "reconcile"), ("state", "=", "failed"),
        ]).filtered(lambda run: (run.connection_id, run.flow) in pairs)  # fmt: skip
        for run in failed:
            run._on_stop()
        failed.write({"state": "stopped"})

    def action_view_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_integrations.action_sync_run")
        return dict(action, domain=[("connection_id", "=", self.id)], context={"default_connection_id": self.id})
