"""Whom an adjustment concerns: looked up while it is a draft, fixed as lines when it is submitted."""

import re
from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, unique

#: What separates the numbers and phones of a pasted list; a blank may be part of a phone.
SEPARATORS = re.compile(r"[\n\r\t,;，；、]+")


class LoyaltyPointsAdjustmentAudience(models.Model):
    _inherit = "loyalty.points.adjustment"

    def _audience(self):
        """The members concerned, as a query whose rows the user may see; of chosen ones archived ones, too."""
        self.ensure_one()
        members = self.env["loyalty.member"]
        if self.audience == "segment":
            chosen = self._segment()
        else:
            members = members.with_context(active_test=False)
            ids = self.member_id.ids if self.audience == "one" else [*self.member_ids.ids, *self._pasted_members().ids]
            chosen = Domain("id", "in", ids)
        return members._search(Domain("program_id", "=", self.program_id.id) & chosen)

    def _segment(self):
        try:
            domain = Domain(literal_eval(self.segment_domain or "[]"))
            if self.category_ids:
                domain &= Domain("partner_id.category_id", "in", self.category_ids.ids)
            domain.validate(self.env["loyalty.member"])
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter can't be read: choose its fields and values anew.")) from error
        return domain

    # ------------------------------------------------------------------
    # Pasted lists
    # ------------------------------------------------------------------

    def _pasted_texts(self):
        return self._split(self.pasted)

    @api.model
    def _split(self, pasted):
        return list(unique(filter(None, map(str.strip, SEPARATORS.split(pasted or "")))))

    def _pasted_found(self):
        """dict text -> member, of what was pasted and names a member."""
        if self.audience != "list" or not self.pasted:
            return {}
        members = self.env["loyalty.member"].with_context(active_test=False)
        return members._resolve(self.program_id, self._pasted_texts())

    def _pasted_members(self):
        return self.env["loyalty.member"].union(*self._pasted_found().values())

    def _pasted_unknown(self):
        found = self._pasted_found() if self.audience == "list" else {}
        return [text for text in self._pasted_texts() if text not in found] if self.audience == "list" else []

    # ------------------------------------------------------------------
    # Fixing it
    # ------------------------------------------------------------------

    def _freeze_audience(self):
        """Write down who is concerned, in one statement: whoever joins or moves afterwards changes nothing."""
        self.ensure_one()
        members = self._reversed_members() if self.audience == "reversal" else self._chosen_members()
        # sudo: lines are written by submitting alone
        lines = self.env["loyalty.points.adjustment.line"].sudo()
        lines.flush_model()
        self.env["loyalty.member"].flush_model()
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_points_adjustment_line (adjustment_id, company_id, member_id, reverses_id, state,
                                                           create_uid, write_uid, create_date, write_date)
               SELECT %(id)s, %(company)s, w.member_id, w.reverses_id, 'waiting', %(uid)s, %(uid)s, %(now)s, %(now)s
                 FROM (%(members)s) w JOIN loyalty_member m ON m.id = w.member_id ORDER BY m.card_id""",
            id=self.id, company=self.company_id.id or None, members=members, uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip
        count = self.env.cr.rowcount
        if not count:
            raise UserError(self.env._("There is nobody to book for: choose members, or widen the filter."))
        # Phones of the list are kept no longer than needed.
        self.sudo().write({"unknown": "\n".join(self._pasted_unknown()) or False, "pasted": False})
        self.invalidate_recordset()
        lines.invalidate_model()
        return count

    def _chosen_members(self):
        query = self._audience()
        return query.select(SQL("%s AS member_id", SQL.identifier(query.table, "id")), SQL("NULL::integer AS reverses_id"))

    def _reversed_members(self):
        """Whoever the other adjustment was booked for, unless that is being undone already."""
        return SQL(
            """SELECT member_id, entry_id AS reverses_id FROM loyalty_points_adjustment_line o
                WHERE adjustment_id = %s AND state = 'done'
                  AND NOT EXISTS (SELECT FROM loyalty_points_adjustment_line r
                                   WHERE r.reverses_id = o.entry_id AND r.state IN ('waiting', 'done', 'failed'))""",
            self.reverses_id.id,
        )
