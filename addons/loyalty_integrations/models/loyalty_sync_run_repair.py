"""Repairing what a reconciliation has found: ours is sent, and what is bound to nothing is let go."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class LoyaltySyncRunRepair(models.Model):
    _inherit = "loyalty.sync.run"

    may_repair = fields.Boolean(compute="_compute_may_repair")

    def _compute_may_repair(self):
        for run in self:
            run.may_repair = run.kind == "reconcile" and run.state == "done" and any(run.line_ids.mapped("may_repair"))

    def action_repair(self):
        """Repair all that can be."""
        lines = self.line_ids.filtered("may_repair")
        if not lines:
            raise UserError(self.env._("There is nothing here that can be repaired."))
        return lines.action_repair()

    def action_again(self):
        """Compare once more."""
        self.ensure_one()
        return self.connection_id.with_context(loyalty_flow=self.flow).action_reconcile()


class LoyaltySyncRunLineRepair(models.Model):
    _inherit = "loyalty.sync.run.line"

    def action_repair(self):
        """Send ours once more, or forget a binding that leads nowhere; each line once."""
        self.check_access("read")
        self.env["loyalty.sync.run"]._check_may_operate()
        lines = self.filtered("may_repair").try_lock_for_update().filtered("may_repair")
        # sudo: asked for above; only what the layer would do by itself is done
        for connection, group in lines.sudo().grouped("connection_id").items():
            group._repair(connection)
        lines.sudo().write({"repaired_at": fields.Datetime.now()})
        self.env["loyalty.outbox"]._wake()
        left = len(self) - len(lines)
        told = self.env._("Differences that are being repaired: %s.", len(lines))
        if left:
            told += " " + self.env._("Others that somebody has to look at: %s.", left)
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {"type": "success", "message": told, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }  # fmt: skip

    def _repair(self, connection):
        by_action = self.grouped("action")
        empty = self.browse()
        lost = by_action.get("gone", empty) | by_action.get("orphan", empty)
        if lost:
            self.env["loyalty.binding"].search([
                ("connection_id", "=", connection.id), ("subject", "=", "member"),
                ("external_id", "in", lost.mapped("external_id")),
            ]).unlink()  # fmt: skip
        by_action.get("different", empty)._let_ours_win(connection)
        if booked := by_action.get("not_booked"):
            rows = self.env["loyalty.inbox"].browse(booked.mapped("res_id")).exists()
            rows.filtered(lambda row: row.state in ("received", "parked", "dead")).action_try_again()
        sent = empty.union(*(by_action.get(action, empty) for action in ("missing", "gone", "unbound", "different")))
        members = self.env["loyalty.member"].with_context(active_test=False).browse(sent.mapped("res_id")).exists()
        self.env["loyalty.outbox"]._queue_members(connection, members.ids)

    def _let_ours_win(self, connection):
        """What the other side has is what both had last, so that ours is the newer; and nothing is skipped as unchanged."""
        for line in self:
            there = {path: value for path, value, _here in line.changes or ()}
            self.env.execute_query(SQL(
                """UPDATE loyalty_binding SET pushed_hash = NULL, base = COALESCE(base, '{}'::jsonb) || %s::jsonb
                    WHERE connection_id = %s AND subject = 'member' AND external_id = %s RETURNING id""",
                fields.Json().convert_to_column(there, self), connection.id, line.external_id,
            ))  # fmt: skip
        self.env["loyalty.binding"].invalidate_model(flush=False)
