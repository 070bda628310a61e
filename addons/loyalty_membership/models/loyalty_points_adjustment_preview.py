"""What would happen if a draft were submitted now: shown before anything is booked."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formatLang

#: Members shown by name.
FIRST = 8


class LoyaltyPointsAdjustmentPreview(models.Model):
    _inherit = "loyalty.points.adjustment"

    audience_count = fields.Integer("Concerned", compute="_compute_preview", help="Members who would be concerned now.")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends(
        "program_id", "kind", "points", "audience", "member_id", "member_ids", "pasted", "segment_domain", "category_ids",
        "state", "reverses_id",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_preview(self):
        for adjustment in self:
            told = adjustment._preview() if adjustment.state == "draft" and adjustment.program_id else {}
            adjustment.audience_count = told.get("count", 0)
            adjustment.preview = told and self.env["ir.qweb"]._render("loyalty_membership.adjustment_preview", told)

    def _preview(self):
        """What the template needs; a filter that can't be read yet tells why."""
        try:
            with self.env.cr.savepoint(flush=False):
                return self._preview_of(self._previewed_members())
        except UserError as error:
            return {"error": str(error), "count": 0}

    def _previewed_members(self):
        """The members who would be concerned, as a subselect of their ids."""
        if self.audience == "reversal":
            return SQL("(SELECT member_id FROM (%s) w)", self._reversed_members())
        return self._audience().subselect()

    def _preview_of(self, members):
        self.env["loyalty.member"].flush_model()
        why = self._why_not(SQL("false"))  # whether points have expired is looked up line by line
        [(count, barred, short, points)] = self.env.execute_query(SQL(
            """SELECT COUNT(*), COUNT(*) FILTER (WHERE why IN ('gone', 'barred')), COUNT(*) FILTER (WHERE why = 'short'),
                      COUNT(*) FILTER (WHERE why IS NULL)
                 FROM (SELECT %s AS why FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id WHERE m.id IN %s) t""",
            why, members,
        ))  # fmt: skip
        change = (1 if self.kind == "grant" else -1) * (self.points or 0)
        total = change * points
        rows, unknown = self._preview_rows(members, why, change), self._pasted_unknown()
        return {
            "count": count,
            "barred": barred,
            "short": short,
            "unknown": unknown,
            "not_found": self.env._("Not found: %s", len(unknown)),
            "total": self._number(total),
            "worth": formatLang(self.env, abs(total) * self.program_id.point_value, currency_obj=self.currency_id),
            "has_worth": bool(self.program_id.point_value),
            "single": self.audience == "one",
            "rows": rows,
            "more": self.env._("and %s more", f"{count - len(rows):,}"),
            "number": lambda value: f"{value:,}",
        }

    def _preview_rows(self, members, why, change):
        rows = self.env.execute_query(SQL(
            """SELECT m.name, c.code, c.points::float, %s AS why
                 FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id WHERE m.id IN %s
                ORDER BY why NULLS LAST, m.id LIMIT %s""",
            why, members, FIRST,
        ))  # fmt: skip
        failures = dict(self.env["loyalty.points.adjustment.line"]._fields["failure"]._description_selection(self.env))
        return [
            {
                "name": name,
                "code": code,
                "has": self._number(points),
                "becomes": self._number(points + change),
                "why": failures.get(why),
                "sentence": self._tell_balance(name, points, change, failures.get(why)),
            }
            for name, code, points, why in rows
        ]

    def _tell_balance(self, name, points, change, why):
        if why:
            return self.env._("%(member)s has %(points)s points. %(why)s.", member=name, points=self._number(points), why=why)
        return self.env._(
            "%(member)s has %(points)s points. The balance becomes %(then)s.",
            member=name, points=self._number(points), then=self._number(points + change),
        )  # fmt: skip

    def _number(self, points):
        return formatLang(self.env, points, digits=0 if points == int(points) else 2)
