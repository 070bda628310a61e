from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain.mapping_line import PULL, PUSH, Line
from ..domain.transforms import can_be_received
from ..domain.values import text


class LoyaltyMappingLine(models.Model):
    """One field here and one field there."""

    _name = "loyalty.mapping.line"
    _description = "Mapped Field"
    _order = "sequence, id"
    _rec_name = "remote_field_id"

    mapping_id = fields.Many2one("loyalty.mapping", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="mapping_id.company_id", store=True, precompute=True, index="btree_not_null")
    connection_id = fields.Many2one(related="mapping_id.connection_id")
    subject = fields.Selection(related="mapping_id.subject")
    kind = fields.Char(related="mapping_id.kind")
    program_id = fields.Many2one(related="mapping_id.program_id")
    state = fields.Selection(related="mapping_id.state")
    sequence = fields.Integer(default=100)
    local_field_id = fields.Many2one(
        "loyalty.local.field", "Our Field", ondelete="restrict", help="Nothing: the fixed value below is sent.",
        domain="[('kind', '=', kind), ('program_id', 'in', [False, program_id])]",
    )  # fmt: skip
    direction = fields.Selection(
        [("push", "→ Send"), ("pull", "← Receive"), ("both", "⇄ Both Ways")], required=True, default="push",
        help="Send: the other system gets our value. Receive: we get theirs. Both ways: whichever side changed.",
    )  # fmt: skip
    remote_field_id = fields.Many2one(
        "loyalty.remote.field", "Their Field", required=True, ondelete="restrict",
        domain="[('connection_id', '=', connection_id), ('subject', '=', subject)]",
        help="Pick one, or type its technical name.",
    )  # fmt: skip
    remote = fields.Char(related="remote_field_id.path", string="Technical Name")
    step_ids = fields.One2many("loyalty.mapping.step", "line_id", copy=True)
    value_ids = fields.One2many("loyalty.mapping.value", "line_id", copy=True)
    required = fields.Boolean(help="A record without this value is not sent, and shown as failed instead.")
    only_create = fields.Boolean("Only When New", help="Sent with a new record and never again: what people change there stays.")
    owner = fields.Selection(
        [("local", "Ours Wins"), ("remote", "Theirs Wins"), ("newest", "The Newest Wins"), ("manual", "People Decide")],
        "If Both Changed", required=True, default="local",
        help="Where both systems changed the field since they were last the same.",
    )  # fmt: skip
    default = fields.Char("If Empty", help="What is sent where we have nothing, or, without a field of ours, always.")
    told = fields.Char("On the Way", compute="_compute_told", help="The steps and pairs of values that it goes through.")
    problem = fields.Char(compute="_compute_problem")
    example = fields.Char(compute="_compute_example", help="The newest member's value, as it would be sent.")
    choices_told = fields.Char(compute="_compute_choices_told")

    @api.depends("step_ids.kind", "step_ids.one", "step_ids.two", "step_ids.sequence", "value_ids")
    @api.depends_context("lang")
    def _compute_told(self):
        for line in self:
            parts = [self.env._("Pairs: %s", len(line.value_ids))] if line.value_ids else []
            line.told = " → ".join(parts + [step._told() for step in line.step_ids.sorted("sequence")])

    @api.depends(
        "direction", "local_field_id", "remote_field_id", "default", "step_ids.problem", "mapping_id.line_ids.remote_field_id",
        "mapping_id.line_ids.local_field_id", "mapping_id.line_ids.direction",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_problem(self):
        for line in self:
            line.problem = line.remote_field_id and line._fault()

    @api.depends("local_field_id", "step_ids.kind", "step_ids.one", "step_ids.two", "step_ids.sequence", "default",
                 "value_ids.local", "value_ids.remote")  # fmt: skip
    def _compute_example(self):
        for line in self:
            line.example = line.mapping_id._example(line) if line.direction != PULL else False

    @api.depends("remote_field_id")
    def _compute_choices_told(self):
        for line in self:
            choices = line.remote_field_id.choices or ()
            line.choices_told = ", ".join(value if value == label else f"{value} ({label})" for value, label in choices)

    def _fault(self):
        """Why this line can't be published; or False."""
        ours, theirs = self.local_field_id.display_name, self.remote_field_id.display_name
        receives, sends = self.direction != PUSH, self.direction != PULL
        if not self.local_field_id and (receives or not self.default):
            return self.env._("%s: choose our field, or a fixed value to send.", theirs)
        if receives and not self.local_field_id.pulled:
            return self.env._("%s is ours alone: it can be sent, and never received.", ours)
        if receives and not can_be_received(self._steps()):
            return self.env._("%s: nothing can be received through one of its steps. Choose to send only.", theirs)
        if sends and not self.remote_field_id.writable:
            return self.env._("%s can't be written there: choose to receive only.", theirs)
        if fault := next((step.problem for step in self.step_ids if step.problem), None):
            return self.env._("%(field)s: %(problem)s", field=theirs, problem=fault)
        return self._doubled(ours, theirs, sends, receives)

    def _doubled(self, ours, theirs, sends, receives):
        others = self.mapping_id.line_ids - self
        if sends and self.remote_field_id in others.filtered(lambda line: line.direction != PULL).remote_field_id:
            return self.env._("%s is sent by two lines.", theirs)
        if receives and self.local_field_id in others.filtered(lambda line: line.direction != PUSH).local_field_id:
            return self.env._("%s is received by two lines.", ours)
        return False

    # ------------------------------------------------------------------
    # What is published stays
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.mapping_id._check_draft()
        return lines

    def write(self, vals):
        self.mapping_id._check_draft()
        result = super().write(vals)
        self.mapping_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_of_draft(self):
        self.mapping_id._check_draft()

    @api.constrains("remote_field_id", "local_field_id", "mapping_id")
    def _check_fields(self):
        for line in self:
            theirs, ours = line.remote_field_id, line.local_field_id
            if (theirs.connection_id, theirs.subject) != (line.connection_id, line.subject):
                raise ValidationError(self.env._("%s is a field of another connection or list.", theirs.display_name))
            if ours and (ours.kind != line.kind or ours.program_id not in (ours.program_id.browse(), line.program_id)):
                raise ValidationError(self.env._("%s is no field of what this mapping is about.", ours.display_name))

    def action_edit(self):
        """Steps and pairs of values, in a dialog."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.remote_field_id.display_name, "res_model": self._name,
            "res_id": self.id, "views": [(self.env.ref("loyalty_integrations.mapping_line_form").id, "form")], "target": "new",
        }  # fmt: skip

    # ------------------------------------------------------------------
    # As the domain has it
    # ------------------------------------------------------------------

    def _steps(self):
        return tuple(step._compiled() for step in self.step_ids.sorted("sequence"))

    def _compiled(self):
        """Tuple of ``domain.mapping.Line``."""
        return tuple(line._as_line() for line in self if line.remote_field_id)

    def _as_line(self):
        ours = self.local_field_id
        return Line(
            local=ours.name or "", remote=self.remote_field_id.path, direction=self.direction, kind=ours.type or "char",
            steps=self._steps(), pairs=tuple((text(pair.local), text(pair.remote)) for pair in self.value_ids),
            required=self.required, only_create=self.only_create, owner=self.owner, default=self.default or "",
            of_line=ours.of_line, target=self.remote_field_id._target(),
        )  # fmt: skip
