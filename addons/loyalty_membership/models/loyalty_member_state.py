from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .in_process import MERGING, says


class LoyaltyMemberState(models.Model):
    """Who is frozen or closed neither earns nor spends, nor earns afterwards for what was ordered meanwhile."""

    _inherit = "loyalty.member"

    earning_since = fields.Datetime(
        readonly=True, copy=False, help="When the member was last reactivated: orders confirmed before never earn."
    )
    state_reason = fields.Char("Frozen Or Closed Because", readonly=True, copy=False)
    frozen_until = fields.Date(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The last day; the member is active again on the next. Empty: by hand.",
    )

    def write(self, vals):
        state = vals.get("state")
        back = self.filtered(lambda member: member.state != "active") if state == "active" else self.browse()
        closing = self.filtered(lambda member: member.state != "closed") if state == "closed" else self.browse()
        if state and not {"state_reason", "frozen_until"} & vals.keys():
            changing = self.filtered(lambda member: member.state != state)
            # sudo: nobody chooses what goes with the state, nor this moment
            changing.sudo().write({"state_reason": False, "frozen_until": False, "points_end_on": False})
        result = super().write(vals)
        back.sudo().earning_since = fields.Datetime.now()
        if closing and not says(self.env, MERGING):
            closing.sudo()._on_closed()
        return result

    def _on_closed(self):
        """These members were closed a moment ago: end what they have open elsewhere, e.g. their redemptions.

        To be extended; runs as superuser, after the state was written and before it is settled what
        becomes of the points, so that points given back here are settled with the others.  Not run
        for a merge: there, everything moves on to the survivor.
        """

    def _could_earn_at(self, moment):
        """Whether an order confirmed at ``moment`` is one of this member's.

        The day of joining counts as a whole: whoever orders and then joins at the same counter earns.
        """
        if self.earning_since:
            return moment >= self.earning_since
        program = self.program_id
        return program._local(moment).date() >= program._local(self.create_date).date()

    # ------------------------------------------------------------------
    # Freezing and reactivating; closing: loyalty_member_closing
    # ------------------------------------------------------------------

    def _freeze(self, reason, until=False):
        """Let these members neither earn nor spend, until the end of a day, or else until they are reactivated."""
        self._refuse_erased()
        self.write({"state": "frozen", "state_reason": reason, "frozen_until": until})
        for member in self:
            told = member.env._("Frozen: %s", reason)
            if until:
                told = member.env._("Frozen until %(day)s: %(reason)s", day=format_date(member.env, until), reason=reason)
            member._message_log(body=told)

    def _reactivate(self, reason):
        self._refuse_erased()
        self.write({
            "state": "active", "active": True, "state_reason": False, "frozen_until": False, "points_end_on": False,
        })  # fmt: skip
        for member in self:
            member._message_log(body=member.env._("Reactivated: %s", reason))

    @api.model
    def _cron_thaw(self):
        """Reactivate members whose freeze is over."""
        self.env["loyalty.points.entry"]._run_in_chunks(self._members_to_thaw, lambda members: members._thaw())

    @api.model
    def _members_past(self, condition):
        self.flush_model()
        rows = self.env.execute_query(SQL(
            "SELECT m.id FROM loyalty_member m JOIN loyalty_program p ON p.id = m.program_id WHERE %s ORDER BY m.id", condition
        ))  # fmt: skip
        return [row[0] for row in rows]

    @api.model
    def _members_to_thaw(self):
        today = self.env["loyalty.points.entry"]._today()
        return self._members_past(SQL("m.state = 'frozen' AND m.active AND m.frozen_until < %s", today))

    def _thaw(self):
        for member in self:
            lang = member.with_context(lang=member.company_id.partner_id.lang or member.env.lang)
            lang._reactivate(lang.env._("the freeze ended on %s", format_date(lang.env, member.frozen_until)))

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_freeze(self):
        return self._ask_state("freeze", self.env._("Freeze"))

    def action_close(self):
        return self._ask_state("close", self.env._("Close Member"))

    def action_reactivate(self):
        return self._ask_state("reactivate", self.env._("Reactivate"))

    def _ask_state(self, change, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "loyalty.member.state.change",
            "view_mode": "form",
            "target": "new",
            "context": {"default_member_id": self.id, "default_change": change},
        }
