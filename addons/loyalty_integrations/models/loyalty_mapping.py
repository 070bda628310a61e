"""Which field here is which field there, in versions: one is published and used, one may be edited beside it."""

from odoo import api, fields, models, tools
from odoo.addons.loyalty_membership.models.in_process import says
from odoo.exceptions import UserError

from ..adapters import base
from ..adapters.base import ADAPTERS
from ..domain import canonical, mapping, merge
from ..domain.mapping_line import PULL
from ..domain.values import Where

#: Only publishing moves a mapping's state, and only with its connection does one that was published go.
PUBLISHING = {"loyalty_mapping_publishing": object()}
_KEPT = {"state", "version", "published_at", "published_by_id"}


class LoyaltyMapping(models.Model):
    """The fields of one subject of one connection.

    What is published never changes: what was sent can be explained by it later.
    """

    _name = "loyalty.mapping"
    _description = "Field Mapping"
    _order = "connection_id, subject, version desc"

    connection_id = fields.Many2one("loyalty.connection", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id", store=True, precompute=True, index="btree_not_null")
    subject = fields.Selection("_subjects", required=True)
    kind = fields.Char(compute="_compute_kind")
    program_id = fields.Many2one(related="connection_id.program_id")
    version = fields.Integer(readonly=True, copy=False, help="0 until it is published.")
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published"), ("archived", "Archived")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    note = fields.Char("What Is New", help="For those who look for a change later.")
    line_ids = fields.One2many("loyalty.mapping.line", "mapping_id", "Fields", copy=True)
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    missing = fields.Char(
        "Required There, Not Mapped", compute="_compute_missing", help="The other system wants them with each new record."
    )

    _one_published = models.UniqueIndex(
        "(connection_id, subject) WHERE state = 'published'", "Another version of this mapping is published already."
    )
    _one_draft = models.UniqueIndex(
        "(connection_id, subject) WHERE state = 'draft'", "There is a draft of this mapping already: edit that one."
    )
    _version_unique = models.UniqueIndex("(connection_id, subject, version) WHERE version > 0")

    @api.model
    def _subjects(self):
        told = {
            "member": self.env._("Members"), "redemption": self.env._("Redemptions"), "sale": self.env._("Purchases"),
            "refund": self.env._("Refunds"), "points": self.env._("Points Lines"), "return": self.env._("Returns"),
            "outbound": self.env._("Outbound Orders"),
        }  # fmt: skip
        streams = {stream for adapter in ADAPTERS.values() for stream in adapter.streams.get(base.PULL_PURCHASES, ())}
        return [*told.items(), *((stream, stream) for stream in sorted(streams - told.keys()))]

    @api.depends("subject", "version", "state", "connection_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        words = dict(self._fields["subject"]._description_selection(self.env))
        for record in self:
            what = words.get(record.subject, record.subject or "")
            version = f"v{record.version}" if record.version else self.env._("draft")
            record.display_name = f"{record.connection_id.display_name or ''}: {what}, {version}"

    @api.depends("subject", "connection_id")
    def _compute_kind(self):
        for record in self:
            record.kind = record.connection_id._kind_of(record.subject)

    @api.depends("line_ids.remote_field_id", "line_ids.direction", "connection_id", "subject")
    def _compute_missing(self):
        """Only of what is sent: what is received need not be complete."""
        wanted = self.env["loyalty.remote.field"].search([
            ("connection_id", "in", self.connection_id.ids), ("required", "=", True), ("gone", "=", False)
        ])  # fmt: skip
        for record in self:
            sent = record.line_ids.filtered(lambda line: line.direction != PULL).remote_field_id
            mine = wanted.filtered(
                lambda field, record=record: field.connection_id == record.connection_id and field.subject == record.subject
            )
            record.missing = sent and ", ".join((mine - sent._origin).mapped("display_name"))

    # ------------------------------------------------------------------
    # What is published stays
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not says(self.env, PUBLISHING):
            vals_list = [{name: value for name, value in vals.items() if name not in _KEPT} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not says(self.env, PUBLISHING):
            self._check_draft()
            if _KEPT & vals.keys():
                raise UserError(self.env._("Publish the mapping to make it the one that is used."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        if not says(self.env, PUBLISHING):
            self._check_draft()

    def _check_draft(self):
        for record in self.filtered(lambda record: record.state != "draft")[:1]:
            raise UserError(self.env._("%s was published and stays as it is: make a new version.", record.display_name))

    # ------------------------------------------------------------------
    # What the layer asks
    # ------------------------------------------------------------------

    def _to_remote(self, values, creating=True):
        """What is sent of a record: (dict field path -> value, list of what is wrong, told for people).

        :param values: as of ``_integration_snapshot``
        :param creating: the other system doesn't have it yet
        """
        payload, problems = mapping.to_remote(self._lines(), values, self._where(), creating)
        return payload, [self._told(problem) for problem in problems]

    def _to_local(self, values, lines=()):
        """What is known of a record that was received: (dict local field -> value, list of what is wrong).

        :param lines: of a document, the values of each of its lines; they come back as ``lines``
        """
        found, problems = mapping.to_local(self._lines(), values, self._where(), lines)
        return found, [self._told(problem) for problem in problems]

    def _remote_paths(self):
        """The field paths that a page is to have."""
        return mapping.paths(self._lines(), canonical.KEY if self.subject == "member" else "")

    def _news(self, payload, base, held=()):
        """Of a payload what is to be sent, or None: nothing has changed; see ``domain.merge.news``."""
        return merge.news(self._lines(), payload, base, held)

    def _told(self, problem):
        """What is wrong with a value, for who can mend it."""
        words = {
            mapping.MISSING: self.env._("%(field)s is required, and there is nothing to send"),
            mapping.TOO_LONG: self.env._("%(field)s is longer than the %(detail)s that it takes"),
            mapping.WRONG_TYPE: self.env._("%(field)s can't be “%(detail)s”"),
            mapping.UNKNOWN_CHOICE: self.env._("%(field)s has no choice “%(detail)s”: give it a pair of values"),
            mapping.BAD_STEP: self.env._("%(field)s: a step can't do anything with its value (%(detail)s)"),
        }
        return words[problem.kind] % {"field": problem.remote, "detail": problem.detail}

    def _where(self):
        program = self.sudo().connection_id.program_id  # sudo: days and phones are the program's, whoever works
        return Where(program.tz or "UTC", program.phone_country_id.code or "CN")

    def _lines(self):
        """The lines as ``domain.mapping.Line``."""
        return self._published_lines() if self.state == "published" and self.id else self.line_ids._compiled()

    @tools.ormcache("self.id")
    def _published_lines(self):
        return self.line_ids._compiled()
