from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

#: What the requester says, until it is submitted.
ASKED = {
    "program_id", "kind", "points", "reason", "attachment_ids", "expires_on", "is_qualifying", "audience", "member_id",
    "member_ids", "pasted", "segment_domain", "category_ids",
}  # fmt: skip
#: What only the methods of this model write.
KEPT = {
    "name", "state", "paused", "company_id", "requested_by_id", "decided_by_id", "decided_at", "rejection_reason", "day",
    "day_number", "line_ids", "reverses_id", "unknown",
}  # fmt: skip
#: What may still be said of the undoing of another adjustment.
OF_REVERSAL = {"reason", "attachment_ids"}


class LoyaltyPointsAdjustment(models.Model):
    """Points given or taken by hand, to one member or many, with a reason.

    A request lives through four files: who it concerns (``_audience``), who may let it happen (``_flow``), how it
    is booked (``_booking``), and what the screens tell (``_screen``).
    """

    _name = "loyalty.points.adjustment"
    _description = "Points Adjustment"
    _inherit = ["loyalty.approval"]
    _order = "id desc"

    name = fields.Char("Number", readonly=True, copy=False, default=lambda self: self.env._("New"))
    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="restrict", domain=[("is_membership", "=", True)],
        default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, precompute=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")
    kind = fields.Selection(
        [("grant", "Give Points"), ("deduct", "Take Points")], "What", required=True, default="grant", tracking=True
    )
    points = fields.Float("Points Per Member", digits=(16, 2), tracking=True)
    reason = fields.Char(tracking=True, help="Members read it in their statement.")
    attachment_ids = fields.Many2many(
        "ir.attachment", "loyalty_points_adjustment_attachment_rel", string="Attachments", copy=False, bypass_search_access=True
    )
    expires_on = fields.Date(
        "Valid Until", copy=False, help="Last day of these points. Empty: as the program says of points that are earned today."
    )
    is_qualifying = fields.Boolean(
        "Count For Tiers", help="Also change the qualifying points, by which members reach tiers. Usually they stay."
    )
    audience = fields.Selection(
        [
            ("one", "One member"),
            ("list", "A list of members"),
            ("segment", "All members that match a filter"),
            ("reversal", "The members of another adjustment"),
        ],
        "Who",
        required=True,
        default="one",
    )
    member_id = fields.Many2one("loyalty.member", index="btree_not_null", domain="[('program_id', '=', program_id)]")
    member_ids = fields.Many2many(
        "loyalty.member", "loyalty_points_adjustment_member_rel", string="Members", copy=False,
        domain="[('program_id', '=', program_id)]",
    )  # fmt: skip
    pasted = fields.Text(
        "Numbers Or Phones", copy=False, help="Member numbers, phones or e-mails, one a line or separated by commas."
    )
    unknown = fields.Text("Not Found", readonly=True, copy=False)
    segment_domain = fields.Char("Filter", default="[]")
    category_ids = fields.Many2many("res.partner.category", string="Customer Tags", help="Customers with one of these tags.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To Approve"),
            ("running", "Running"),
            ("done", "Done"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    paused = fields.Boolean(readonly=True, copy=False, tracking=True)
    day = fields.Date("Submitted On", readonly=True, copy=False, help="In the program's time zone.")
    day_number = fields.Integer(readonly=True, copy=False)
    reverses_id = fields.Many2one(
        "loyalty.points.adjustment", "Undoes", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    reversal_ids = fields.One2many("loyalty.points.adjustment", "reverses_id", "Undone By", readonly=True)
    line_ids = fields.One2many("loyalty.points.adjustment.line", "adjustment_id", readonly=True, copy=False)

    _points_positive = models.Constraint("CHECK (points >= 0 AND points < 1e12)", "Enter how many points: a number above 0.")
    # Two requests at the same moment would not see each other's points: the second is refused.
    _day_number_unique = models.UniqueIndex(
        "(requested_by_id, program_id, day, day_number)",
        "You were submitting another adjustment at the same moment. Submit this one again.",
    )

    # ------------------------------------------------------------------
    # Constraints and CRUD
    # ------------------------------------------------------------------

    @api.constrains("program_id", "member_id", "member_ids")
    def _check_members(self):
        for adjustment in self:
            members = (adjustment.member_id | adjustment.member_ids).with_context(active_test=False)
            if members.program_id - adjustment.program_id:
                raise ValidationError(self.env._("Choose members of one program: %s.", adjustment.program_id.display_name))

    @api.constrains("program_id")
    def _check_program(self):
        if self.program_id.filtered(lambda program: not program.is_membership):
            raise ValidationError(self.env._("Choose a membership program."))

    @api.model_create_multi
    def create(self, vals_list):
        start = {"state": "draft", "requested_by_id": self.env.uid, "name": self.env._("New")}
        for vals in vals_list:
            self._refuse_kept({name for name in vals if vals[name] and vals[name] != start.get(name)})
        numbers = self.env["ir.sequence"]
        adjustments = super().create([
            # sudo: a number is drawn for whoever may ask
            {**{key: value for key, value in vals.items() if key not in start}, "name": numbers.sudo().next_by_code(self._name)}
            for vals in vals_list
        ])
        adjustments._own_attachments()
        return adjustments

    def write(self, vals):
        self._refuse_kept(vals)
        if not self.env.su and (asked := ASKED & vals.keys()):
            for adjustment in self:
                if adjustment.state != "draft":
                    raise UserError(self.env._("%s was submitted: what it says stays. Make a new one.", adjustment.name))
                if adjustment.reverses_id and asked - OF_REVERSAL:
                    raise UserError(self.env._("%s undoes another adjustment: only its reason is yours to say.", adjustment.name))
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_attachments()
        return result

    def _refuse_kept(self, names):
        if not self.env.su and KEPT.intersection(names):
            raise AccessError(self.env._("An adjustment is submitted, approved and booked by its buttons alone."))

    def _own_attachments(self):
        """What was uploaded for a request that did not exist yet is read by whoever reads the request."""
        for adjustment in self:
            # sudo: only those that the user has uploaded for this
            loose = adjustment.attachment_ids.sudo().filtered(lambda file: not file.res_id and file.create_uid == self.env.user)
            loose.write({"res_model": self._name, "res_id": adjustment.id})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        if any(adjustment.state != "draft" for adjustment in self):
            raise UserError(self.env._("Only drafts can be deleted. Cancel the adjustment, or reverse it."))

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------

    def _own_of(self, user):
        """Nor does anybody decide over points of their own."""
        return super()._own_of(user) | self._concerning(user)

    def _concerning(self, user):
        """Those of which this user is one of the members, however they were chosen."""
        return self & self._lines_of(self.env["loyalty.member"]._of_user(user, self.program_id)).adjustment_id

    def _concerned(self, users):
        own = self.env["loyalty.member"]._of_users(users, self.program_id)
        named = self._lines_of(self.env["loyalty.member"].union(*own.values())).member_id
        return users.browse(user.id for user, members in own.items() if members & named)

    def _lines_of(self, members):
        # sudo: whose member is whose is asked for the rule alone
        lines = self.env["loyalty.points.adjustment.line"].sudo()
        return lines.search([("adjustment_id", "in", self.ids), ("member_id", "in", members.ids)])

    def _approval_summary(self):
        return self.env._("Approve %(number)s: %(what)s", number=self.name, what=self.told)
