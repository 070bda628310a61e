"""What a segment would hold if it were saved now, told while somebody edits it; and where its members are seen."""

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .loyalty_segment import DEFINITION


class LoyaltySegmentPreview(models.Model):
    _inherit = "loyalty.segment"

    live_count = fields.Integer("Members Now", compute="_compute_live")
    live_value = fields.Monetary("Spend Now", compute="_compute_live")
    live_basket = fields.Monetary("Average Basket Now", compute="_compute_live")
    live_share = fields.Float("Share Now", digits=(16, 1), compute="_compute_live", help="Percent of the program's members.")
    live_problem = fields.Char(compute="_compute_live")
    may_write = fields.Boolean(compute="_compute_may_write")

    @api.depends_context("uid")
    def _compute_may_write(self):
        self.may_write = self.has_access("write")

    @api.depends(*sorted(DEFINITION), "program_id", "term_ids.side", "term_ids.part_id", "membership_ids")
    @api.depends_context("uid", "lang")
    def _compute_live(self):
        # Only who may make segments may ask what any of them would hold.
        asks = self.has_access("write")
        for segment in self:
            told = segment._live() if asks and segment.program_id else segment._kept()
            segment.live_count, segment.live_value, purchases, segment.live_share, segment.live_problem = told
            segment.live_basket = segment.live_value / purchases if purchases else 0.0

    def _kept(self):
        purchases = self.member_value / self.average_basket if self.average_basket else 0
        return self.member_count, self.member_value, purchases, self.share, False

    def _live(self):
        try:
            self.program_id._origin.check_access("read")
            self.term_ids.part_id._origin.check_access("read")
            with self.env.cr.savepoint(flush=False):
                return (*self._live_sums(), False)
        except UserError as error:
            return 0, 0.0, 0, 0.0, str(error)
        except (ValueError, TypeError, NotImplementedError, psycopg2.DataError, psycopg2.ProgrammingError):
            return 0, 0.0, 0, 0.0, str(self._unreadable())

    def _live_sums(self):
        """(members, spend, purchases, percent of the program's members), in one statement over whoever is in it."""
        if self.kind == "combination" and not self.term_ids.part_id:
            return 0, 0.0, 0, 0.0
        self.env["loyalty.segment.membership"].flush_model()
        query = self._wanted_query()
        spend, purchases = (SQL.identifier(query.table, name) for name in ("purchase_amount", "purchase_count"))
        query.order = None
        [row] = self.env.execute_query(query.select(
            SQL("COUNT(*)"), SQL("COALESCE(SUM(%s), 0)::float", spend), SQL("COALESCE(SUM(%s), 0)::float", purchases)
        ))  # fmt: skip
        return *row, 100.0 * row[0] / (self._program_size() or 1)

    # ------------------------------------------------------------------
    # Where it leads
    # ------------------------------------------------------------------

    def action_view_members(self):
        """Its members in their list: of what has just been changed, those by now."""
        self.ensure_one()
        if self.may_write and not self.tried_at:
            self.action_refresh()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_loyalty_member")
        return dict(action, name=self.name, domain=[("segment_ids", "in", self.ids)], context={})

    def action_view_moves(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_segment_move")
        return dict(action, domain=[("segment_id", "=", self.id)])
