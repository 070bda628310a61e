"""What the screens tell of an adjustment: a sentence, how far it is, and where it leads."""

from odoo import api, fields, models
from odoo.tools import formatLang


class LoyaltyPointsAdjustmentScreen(models.Model):
    _inherit = "loyalty.points.adjustment"

    told = fields.Char("What Happens", compute="_compute_told")
    line_count = fields.Integer("Number Of Members", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    done_count = fields.Integer("Booked", compute="_compute_counts")
    failed_count = fields.Integer("Left Out", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="Percent of the members who have been dealt with.")
    progress_told = fields.Char(compute="_compute_counts")
    points_total = fields.Float("Points In Total", digits=(16, 2), compute="_compute_counts")
    worth = fields.Monetary(compute="_compute_counts", help="What these points pay for on orders.")

    @api.depends("line_ids.state", "points", "kind")
    @api.depends_context("lang")
    def _compute_counts(self):
        counts = {}
        groups = self.env["loyalty.points.adjustment.line"]._read_group(
            [("adjustment_id", "in", self._origin.ids)], ["adjustment_id", "state"], ["__count"]
        )
        for adjustment, state, count in groups:
            counts.setdefault(adjustment.id, {})[state] = count
        for adjustment in self:
            count = counts.get(adjustment._origin.id, {})
            every = sum(count.values())
            adjustment.line_count = every
            adjustment.waiting_count = count.get("waiting", 0)
            adjustment.done_count = count.get("done", 0)
            adjustment.failed_count = count.get("failed", 0)
            adjustment.progress = 100.0 * (every - adjustment.waiting_count) / every if every else 0.0
            adjustment.progress_told = self.env._(
                "%(done)s booked, %(waiting)s still waiting",
                done=f"{adjustment.done_count:,}", waiting=f"{adjustment.waiting_count:,}",
            )  # fmt: skip
            sign = 1 if adjustment.kind == "grant" else -1
            adjustment.points_total = sign * adjustment.points * (adjustment.waiting_count + adjustment.done_count)
            adjustment.worth = adjustment.points_total * adjustment.program_id.point_value

    @api.depends("kind", "points", "audience", "member_id", "state", "line_ids")
    @api.depends_context("lang")
    def _compute_told(self):
        """A whole sentence: the order of its words is the language's."""
        for adjustment in self:
            points = formatLang(self.env, adjustment.points, digits=0 if adjustment.points == int(adjustment.points) else 2)
            if adjustment.audience == "one":
                adjustment.told = adjustment._tell_one(points, adjustment.member_id.name or "")
            else:
                adjustment.told = adjustment._tell_many(points, f"{adjustment.line_count:,}")

    def _tell_one(self, points, member):
        if self.kind == "grant":
            return self.env._("Give %(points)s points to %(member)s", points=points, member=member)
        return self.env._("Take %(points)s points from %(member)s", points=points, member=member)

    def _tell_many(self, points, count):
        if self.state == "draft":
            told = (
                self.env._("Give %s points to many members")
                if self.kind == "grant"
                else self.env._("Take %s points from many members")
            )
            return told % points
        if self.kind == "grant":
            return self.env._("Give %(points)s points to each of %(count)s members", points=points, count=count)
        return self.env._("Take %(points)s points from each of %(count)s members", points=points, count=count)

    # ------------------------------------------------------------------
    # Where it leads
    # ------------------------------------------------------------------

    def action_view_lines(self):
        return self._view_lines([])

    def action_view_failed(self):
        return self._view_lines([("state", "=", "failed")])

    def _view_lines(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_points_adjustment_line")
        return dict(action, domain=[("adjustment_id", "in", self.ids), *domain])

    def action_view_entries(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_points_entry")
        return dict(action, domain=[("origin_model", "=", self._name), ("origin_id", "in", self.ids)])

    def action_view_reversals(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_points_adjustment")
        return dict(action, domain=[("id", "in", (self.reversal_ids | self.reverses_id).ids)], context={})


class LoyaltyPointsEntryAdjustment(models.Model):
    """Every point that was given by hand leads back to who asked for it, and who approved."""

    _inherit = "loyalty.points.entry"

    adjustment_id = fields.Many2one(
        "loyalty.points.adjustment", compute="_compute_adjustment", groups="loyalty_membership.group_manager"
    )

    @api.depends("origin_model", "origin_id")
    def _compute_adjustment(self):
        for entry in self:
            entry.adjustment_id = entry.origin_id if entry.origin_model == "loyalty.points.adjustment" else False
