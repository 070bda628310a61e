"""Lists by hand: whoever is put on one stays until taken off."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class LoyaltySegmentList(models.Model):
    _inherit = "loyalty.segment"

    def _add_members(self, members):
        """Put members on the list; how many were not on it."""
        return self._change_list(members, SQL("id = ANY(%s) OR id IN %s", members.ids, self._on_list()))[0]

    def _remove_members(self, members):
        """Take members off the list; how many were on it."""
        return self._change_list(members, SQL("id <> ALL(%s) AND id IN %s", members.ids, self._on_list()))[1]

    def _on_list(self):
        return SQL("(SELECT member_id FROM loyalty_segment_membership WHERE segment_id = %s AND left_at IS NULL)", self.id)

    def _change_list(self, members, wanted):
        self.ensure_one()
        self.check_access("write")
        members.check_access("read")
        if self.kind != "list":
            raise UserError(self.env._("Who is in %s follows from what it says. Choose a list by hand, or make one.", self.name))
        if members.program_id - self.program_id:
            raise UserError(self.env._("Choose members of one program: %s.", self.program_id.display_name))
        # sudo: nobody writes memberships; asked for above
        segment, now = self.sudo(), fields.Datetime.now()
        self.env.flush_all()
        segment._lock_segment()
        moved = segment._move_members(now, SQL("(SELECT id FROM loyalty_member WHERE %s)", wanted))
        segment._after_move(now, *moved)
        return moved

    def action_add_members(self):
        return self._open_adding("add")

    def action_remove_members(self):
        return self._open_adding("remove")

    def _open_adding(self, what):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add Members") if what == "add" else self.env._("Remove Members"),
            "res_model": "loyalty.segment.adding",
            "view_mode": "form",
            "target": "new",
            "context": {"default_segment_id": self.id, "default_program_id": self.program_id.id, "default_what": what},
        }
