from odoo import api, fields, models

from ..domain import transforms

KINDS = [
    ("trim", "Remove blanks"),
    ("upper", "UPPER CASE"),
    ("lower", "lower case"),
    ("digits", "Digits only"),
    ("phone", "Phone, international"),
    ("phone_national", "Phone, national"),
    ("date", "Write the date as"),
    ("epoch", "Seconds since 1970"),
    ("epoch_ms", "Milliseconds since 1970"),
    ("scale", "Multiply by"),
    ("round", "Round"),
    ("prefix", "Put in front"),
    ("suffix", "Put behind"),
    ("template", "Text with fields"),
    ("split", "Part of the text"),
    ("boolean", "Words for yes and no"),
    ("truncate", "Cut to characters"),
    ("truncate_bytes", "Cut to bytes"),
    ("mask", "Mask"),
]


class LoyaltyMappingStep(models.Model):
    """What becomes of a value on its way, one step after the other; see ``domain.transforms``."""

    _name = "loyalty.mapping.step"
    _description = "Step of a Value"
    _inherit = "loyalty.mapping.owned"
    _order = "sequence, id"
    _rec_name = "kind"

    kind = fields.Selection(KINDS, "Step", required=True)
    one = fields.Char("With")
    two = fields.Char("And")
    hint_one = fields.Char(compute="_compute_hints")
    hint_two = fields.Char(compute="_compute_hints")
    problem = fields.Char(compute="_compute_problem")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_hints(self):
        hints = self._hints()
        for step in self:
            step.hint_one, step.hint_two = (*hints.get(step.kind, ()), False, False)[:2]

    @api.model
    def _hints(self):
        """What each argument of a kind means: shown in the empty field; a kind without a second one has none."""
        return {
            "phone": (self.env._("country, e.g. CN; empty: the program's"),),
            "phone_national": (self.env._("country, e.g. CN; empty: the program's"),),
            "date": (self.env._("e.g. %s", "%Y-%m-%d %H:%M:%S"),),
            "scale": (self.env._("e.g. %s", "100, 0.01"),),
            "round": (self.env._("decimals, e.g. 2; empty: none"),),
            "prefix": (self.env._("text, e.g. LOY-"),),
            "suffix": (self.env._("text"),),
            "template": (self.env._("e.g. %s", "{name} ({code})"),),
            "split": (self.env._("separator, e.g. -"), self.env._("which part: 1, 2, or -1 for the last")),
            "boolean": (self.env._("yes, e.g. Y"), self.env._("no, e.g. N")),
            "truncate": (self.env._("how many, e.g. 30"),),
            "truncate_bytes": (self.env._("how many in UTF-8, e.g. 60"),),
            "mask": (self.env._("how many stay in front, e.g. 3"), self.env._("and behind, e.g. 4")),
        }

    @api.depends("kind", "one", "two")
    @api.depends_context("lang")
    def _compute_problem(self):
        told = {
            "argument": self.env._("tell the step what with"),
            "number": self.env._("the step wants a number"),
            "unknown": self.env._("there is no such step"),
        }
        for step in self:
            fault = step.kind and transforms.fault(step._compiled())
            step.problem = fault and self.env._("“%(step)s”: %(fault)s.", step=step._label(), fault=told[fault])

    def _label(self):
        return dict(self._fields["kind"]._description_selection(self.env)).get(self.kind, "")

    def _told(self):
        return " ".join(filter(None, (self._label(), self.one, self.two)))

    @api.onchange("kind")
    def _onchange_kind(self):
        """Arguments of another kind of step make no sense."""
        if self.kind != self._origin.kind:
            self.one = self.two = False

    def _compiled(self):
        return transforms.Step(self.kind, self.one or "", self.two or "")
