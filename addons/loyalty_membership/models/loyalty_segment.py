from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

#: What says who belongs to a segment: where it changes, the members do.
DEFINITION = {
    "kind", "member_domain", "rfm_class_ids", "recency_from", "recency_to", "frequency_from", "frequency_to", "monetary_from",
    "monetary_to", "match", "term_ids",
}  # fmt: skip
#: What only the methods of this model write.
KEPT = {
    "member_count", "member_value", "average_basket", "lifetime_value", "share", "refreshed_at", "tried_at", "problem", "tag_id",
    "ready_made", "membership_ids", "company_id",
}  # fmt: skip
SCORES = [(str(score), str(score)) for score in range(1, 6)]


class LoyaltySegment(models.Model):
    """A group of members: by a filter, by RFM classes, by hand, or made of other segments.

    Who belongs to it (``_filter``), how that is kept (``_refresh``), shown on contacts (``_tag``) and told while
    somebody edits it (``_preview``) are files of their own.
    """

    _name = "loyalty.segment"
    _description = "Segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer(default=lambda self: self.env["res.partner.category"]._get_default_color())
    description = fields.Char(translate=True, help="What it is for, in a few words.")
    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="cascade", domain=[("is_membership", "=", True)],
        default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")
    kind = fields.Selection(
        [
            ("dynamic", "All members that match a filter"),
            ("rfm", "RFM classes"),
            ("list", "A list by hand"),
            ("combination", "Made of other segments"),
        ],
        "Who",
        required=True,
        default="dynamic",
    )
    ready_made = fields.Char(readonly=True, copy=False, help="Technical: which of the segments that every program has it is.")

    # A filter
    member_domain = fields.Char("Filter", default="[]")
    # RFM
    rfm_class_ids = fields.Many2many("loyalty.rfm.class", string="Classes", help="Members of any of these. Empty: of any class.")
    recency_from = fields.Selection(SCORES, help="5 bought last.")
    recency_to = fields.Selection(SCORES)
    frequency_from = fields.Selection(SCORES, help="5 buys most often.")
    frequency_to = fields.Selection(SCORES)
    monetary_from = fields.Selection(SCORES, help="5 spends most.")
    monetary_to = fields.Selection(SCORES)
    # Other segments
    match = fields.Selection(
        [("all", "All of these are true"), ("any", "At least one of these is true")],
        "Members For Whom",
        default="all",
        required=True,
    )
    term_ids = fields.One2many("loyalty.segment.term", "segment_id", "Segments", copy=True)

    # What the last refresh found
    membership_ids = fields.One2many("loyalty.segment.membership", "segment_id", readonly=True)
    refreshed_at = fields.Datetime("Refreshed", readonly=True, copy=False)
    tried_at = fields.Datetime(readonly=True, copy=False, help="Technical: when the nightly job was here last.")
    problem = fields.Char(readonly=True, copy=False, help="Why it could not be refreshed.")
    member_count = fields.Integer("Members", readonly=True, copy=False)
    member_value = fields.Monetary("Spend", readonly=True, copy=False, help="What its members have spent so far.")
    average_basket = fields.Monetary(readonly=True, copy=False)
    lifetime_value = fields.Monetary(
        "Customer Lifetime Value", readonly=True, copy=False, help="What is expected of its members, where it is predicted."
    )
    share = fields.Float("Share (%)", digits=(16, 1), readonly=True, copy=False, help="Of all members of the program.")

    _ready_made_unique = models.UniqueIndex("(program_id, ready_made) WHERE ready_made IS NOT NULL")

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains("program_id")
    def _check_program(self):
        if self.program_id.filtered(lambda program: not program.is_membership):
            raise ValidationError(self.env._("Choose a membership program."))

    @api.constrains("recency_from", "recency_to", "frequency_from", "frequency_to", "monetary_from", "monetary_to")
    def _check_scores(self):
        for segment in self:
            for name in ("recency", "frequency", "monetary"):
                low, high = segment[f"{name}_from"], segment[f"{name}_to"]
                if low and high and low > high:
                    raise ValidationError(self.env._("A score from %(low)s to %(high)s has nobody: turn them round.",
                                                     low=low, high=high))  # fmt: skip

    @api.constrains("kind", "rfm_class_ids", "recency_from", "recency_to", "frequency_from", "frequency_to", "monetary_from",
                    "monetary_to", "term_ids")  # fmt: skip
    def _check_said(self):
        """Nobody means everybody who has left a choice empty."""
        for segment in self:
            if segment.kind == "rfm" and not segment.rfm_class_ids and not segment._score_limits():
                raise ValidationError(self.env._("%s: choose classes or scores.", segment.name))
            if segment.kind == "combination" and not segment.term_ids:
                raise ValidationError(self.env._("%s: choose the segments that it is made of.", segment.name))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_kept(name for name in vals if vals[name])
        segments = super().create(vals_list)
        segments._make_tags()
        segments._wake()
        return segments

    def write(self, vals):
        self._refuse_kept(vals)
        if "program_id" in vals and any(segment.program_id.id != vals["program_id"] for segment in self):
            raise UserError(self.env._("A segment stays in its program: its members are of that one. Make a new segment."))
        if "kind" in vals and self.filtered(lambda segment: segment.kind == "list" != vals["kind"] and segment.member_count):
            raise UserError(self.env._("This list was made by hand and would be lost. Make a new segment."))
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: whoever may archive a segment ends what it holds
            self.sudo()._empty()
        if {"name", "color", "active"} & vals.keys():
            self._follow_with_tags()
        if vals.get("active") or DEFINITION & vals.keys():
            self._wake()
        return result

    def _refuse_kept(self, names):
        if not self.env.su and (kept := KEPT.intersection(names)):
            raise AccessError(
                self.env._(
                    "%s of a segment is kept by Odoo: nobody writes it.",
                    ", ".join(sorted(self._fields[name]._description_string(self.env) for name in kept)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: what uses it counts, whoever may see that
        tags = self.sudo().tag_id
        for model, field in self._tag_users():
            users = self.env[model].sudo().with_context(active_test=False).search([(field, "in", tags.ids)], limit=1)
            if users:
                raise UserError(self.env._(
                    "%(segment)s is used by %(user)s (%(kind)s): choose something else there, or archive the segment.",
                    segment=", ".join(self.mapped("name")), user=users.display_name, kind=users._description,
                ))  # fmt: skip
        journeys = self.env["loyalty.journey"].sudo().with_context(active_test=False).search(
            Domain("segment_ids", "in", self.ids) | Domain("trigger_segment_id", "in", self.ids), limit=1
        )  # fmt: skip
        if journeys:
            raise UserError(self.env._(
                "The journey %(journey)s asks for %(segment)s: choose something else there, or archive the segment.",
                journey=journeys.name, segment=", ".join(self.mapped("name")),
            ))  # fmt: skip

    @api.model
    def _tag_users(self):
        """Hook: (model, field) of what is limited to contacts with a tag; without the tag it would be open to all."""
        return [("loyalty.catalog.item", "segment_ids"), ("loyalty.draw", "tag_ids")]

    def unlink(self):
        # sudo: its tag and what its members carry of it go with it
        tags = self.sudo().tag_id
        result = super().unlink()
        tags.unlink()
        return result
