"""Fields that both systems have changed, where the mapping leaves it to people."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..domain.mapping import taken_value
from ..domain.mapping_line import Wrong
from ..domain.values import text


class LoyaltySyncConflict(models.Model):
    """One field of one record, with what each side says. While it is open the field is neither sent nor received."""

    _name = "loyalty.sync.conflict"
    _description = "Conflict"
    _order = "id desc"
    _rec_name = "field_label"

    binding_id = fields.Many2one("loyalty.binding", required=True, readonly=True, index=True, ondelete="cascade")
    connection_id = fields.Many2one(
        related="binding_id.connection_id", store=True, precompute=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, precompute=True, index="btree_not_null")
    external_id = fields.Char(related="binding_id.external_id")
    member_id = fields.Many2one("loyalty.member", readonly=True, index="btree_not_null", ondelete="cascade")
    field = fields.Char("Our Field", required=True, readonly=True)
    path = fields.Char("Technical Name There", required=True, readonly=True)
    field_label = fields.Char("Field", compute="_compute_field_label")
    local = fields.Json(readonly=True)
    remote = fields.Json(readonly=True)
    base = fields.Json(readonly=True)
    local_told = fields.Char("Ours", compute="_compute_told")
    remote_told = fields.Char("Theirs", compute="_compute_told")
    base_told = fields.Char("Before", compute="_compute_told")
    found_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    remote_modified = fields.Char("Changed There", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")], required=True, readonly=True, default="open", index=True
    )
    resolution = fields.Selection(
        [("ours", "Ours Kept"), ("theirs", "Theirs Taken"), ("settled", "Settled by Itself")], readonly=True
    )
    resolved_by_id = fields.Many2one("res.users", readonly=True)
    resolved_at = fields.Datetime(readonly=True)

    _one_open = models.UniqueIndex("(binding_id, path) WHERE state = 'open'")

    @api.depends("field")
    @api.depends_context("lang")
    def _compute_field_label(self):
        # sudo: names of fields are the same for all
        known = self.env["loyalty.local.field"].sudo().search([("kind", "=", "member")])
        words = {field.name: field.display_name for field in known}
        for conflict in self:
            conflict.field_label = words.get(conflict.field, conflict.field)

    @api.depends("local", "remote", "base")
    def _compute_told(self):
        for conflict in self:
            conflict.local_told, conflict.remote_told = text(conflict.local), text(conflict.remote)
            conflict.base_told = text(conflict.base)

    # ------------------------------------------------------------------
    # Found and gone
    # ------------------------------------------------------------------

    @api.model
    def _held(self, bindings):
        """Fields that people decide about: dict binding id -> set of field paths."""
        found = self.search([("binding_id", "in", bindings.ids), ("state", "=", "open")])
        return {binding.id: set(group.mapped("path")) for binding, group in found.grouped("binding_id").items()}

    @api.model
    def _found(self, binding, member, rows):
        """Note conflicts, or what each side says by now of those that are open.

        :param rows: dict path -> values of ``field``, ``local``, ``remote``, ``base``
        """
        open_ones = {
            conflict.path: conflict
            for conflict in self.search([("binding_id", "=", binding.id), ("state", "=", "open"), ("path", "in", list(rows))])
        }
        for path, values in rows.items():
            if path in open_ones:
                open_ones[path].write({name: values[name] for name in ("local", "remote", "remote_modified")})
        self.create([
            {"binding_id": binding.id, "member_id": member.id, "path": path, **values}
            for path, values in rows.items() if path not in open_ones
        ])  # fmt: skip

    @api.model
    def _settle(self, binding, paths):
        """Both sides are the same again, or only one has changed since."""
        gone = self.search([("binding_id", "=", binding.id), ("state", "=", "open"), ("path", "in", list(paths))])
        gone._close("settled")

    def _close(self, resolution):
        self.write({
            "state": "resolved", "resolution": resolution, "resolved_at": fields.Datetime.now(),
            "resolved_by_id": False if resolution == "settled" else self.env.uid,
        })  # fmt: skip

    # ------------------------------------------------------------------
    # Decided
    # ------------------------------------------------------------------

    def action_keep_ours(self):
        """Send ours there, whatever it has."""
        for conflict in self._deciding():
            binding = conflict.binding_id
            # As if they were the same as theirs: so ours has changed since, and is sent.
            binding.base = {**(binding.base or {}), conflict.path: conflict.remote}
            conflict._close("ours")
        self.env["loyalty.outbox"].sudo()._note("member", dict.fromkeys(self.sudo().member_id.ids, False))
        return True

    def action_take_theirs(self):
        """Take theirs, as if nobody had changed ours."""
        for conflict in self._deciding():
            binding, member = conflict.binding_id, conflict.member_id
            conflict.connection_id._write_member(member, {conflict.field: conflict._their_value()}, binding)
            binding.base = {**(binding.base or {}), conflict.path: conflict.remote}
            conflict._close("theirs")
        return True

    def _deciding(self):
        """The open ones of these, as they may be changed by who decides."""
        self.check_access("read")
        user = self.env.user
        if not (self.env.su or user.has_group("loyalty_membership.group_manager") or user.has_group("base.group_system")):
            raise AccessError(self.env._("Membership managers decide about conflicts."))
        # sudo: asked for above; conflicts are written by these methods alone
        return self.sudo().filtered(lambda conflict: conflict.state == "open")

    def _their_value(self):
        mapping = self.connection_id._mapping("member")
        line = next((line for line in mapping._lines() if line.remote == self.path and line.taken), None)
        if not line:
            raise UserError(self.env._("%s is not received any more: keep ours.", self.field_label))
        try:
            return taken_value(line, self.remote, mapping._where())
        except Wrong as wrong:
            raise UserError(self.env._("%(field)s can't be “%(value)s” here: keep ours.",
                                       field=self.field_label, value=self.remote_told)) from wrong  # fmt: skip
