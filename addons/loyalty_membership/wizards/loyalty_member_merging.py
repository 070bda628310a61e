from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..domain import tiers as ladder

#: People who hold more cards than that are no people.
MOST_MERGED = 10


class LoyaltyMemberMerging(models.TransientModel):
    """Members who turn out to be one person, side by side: who survives, and what that means."""

    _name = "loyalty.member.merging"
    _inherit = "loyalty.members.chosen"
    _description = "Merge Members"

    member_ids = fields.Many2many("loyalty.member", required=True, context={"active_test": False})
    survivor_id = fields.Many2one(
        "loyalty.member", "Who Stays", compute="_compute_survivor", store=True, readonly=False,
        help="Number, own phone and e-mail, and what both say differently, stay this member's.",
    )  # fmt: skip
    program_id = fields.Many2one("loyalty.program", compute="_compute_program")
    what_moves = fields.Text(compute="_compute_told")
    differences = fields.Text(compute="_compute_told")
    merge_contacts = fields.Boolean(
        "Merge The Contacts, Too",
        help="One contact is left, with the orders and invoices of both. That is Odoo's merge of contacts: at most three at "
        "a time, and of the same e-mail address unless an administrator merges them.",
    )
    reason = fields.Char(help="It stands in the log of the members.")

    @api.depends("member_ids")
    def _compute_program(self):
        for wizard in self:
            wizard.program_id = wizard.member_ids._origin[:1].program_id

    @api.depends("member_ids")
    def _compute_survivor(self):
        for wizard in self:
            members = wizard.member_ids._origin
            if wizard.survivor_id not in members:
                wizard.survivor_id = max(
                    members, key=lambda m: (m.active, m.state == "active", m.purchase_count, m.points, -m.id), default=False
                )

    @api.depends("member_ids", "survivor_id")
    def _compute_told(self):
        for wizard in self:
            gone = wizard._gone()
            ready = bool(gone and wizard.survivor_id)
            wizard.what_moves = ready and "\n".join(wizard._tell_moving(gone))
            wizard.differences = ready and "\n".join(wizard._tell_differences(gone))

    def _gone(self):
        return self.member_ids._origin - self.survivor_id._origin

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------

    def _tell_moving(self, gone):
        survivor = self.survivor_id._origin
        everyone = gone | survivor
        steps = self.program_id._ladder()
        highest = max(everyone, key=lambda m: (ladder.rank(steps, m.tier_id.id or None), m == survivor)).tier_id
        coupons = sum(len(member._own_cards()) for member in gone if member.partner_id != survivor.partner_id)
        referred = self.env["loyalty.member"].search_count([("referrer_id", "in", gone.ids)])
        yield self.env._(
            "Points: %(moving)s move with their last days, %(total)s in all", moving=self._number(sum(gone.mapped("points"))),
            total=self._number(sum(everyone.mapped("points"))),
        )  # fmt: skip
        if pending := sum(gone.mapped("points_pending")):
            yield self.env._("Pending points: %s move on once they can be spent", self._number(pending))
        yield self.env._("Tier: %s, the higher one stays", highest.name or self.env._("none"))
        yield self.env._("Purchases: %s move, and count for the tier together", self._number(sum(gone.mapped("purchase_count"))))
        yield self.env._("Coupons, gift cards and e-wallets of the customer: %s move", coupons)
        if referred:
            yield self.env._("Referred members: %s move", referred)
        yield self.env._("Old numbers, phones and e-mails go on finding the member; tags and consents move")
        yield self.env._("Contact: %s", self._tell_contacts(gone))

    def _tell_contacts(self, gone):
        names = ", ".join((gone.partner_id - self.survivor_id.partner_id).mapped("display_name"))
        if not names:
            return self.env._("it is one already")
        return self.env._("%s stays, with its orders and invoices, unless you merge the contacts, too", names)

    def _number(self, number):
        return f"{number:,.2f}".rstrip("0").rstrip(".")

    def _tell_differences(self, gone):
        survivor = self.survivor_id._origin
        for member in gone:
            for name in ("name", "phone", "email", "birthdate"):
                mine, theirs = survivor[name], member[name]
                if mine and theirs and mine != theirs:
                    label = self.env["loyalty.member"]._fields[name]._description_string(self.env)
                    if name == "birthdate":
                        mine, theirs = format_date(self.env, mine), format_date(self.env, theirs)
                    yield self.env._("%(label)s: %(mine)s and %(theirs)s", label=label, mine=mine, theirs=theirs)

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    def action_merge(self):
        self.ensure_one()
        self._check_merge()
        # sudo: what members leave is spread over tables that no manager may write; asked for above
        survivor, gone = self.survivor_id._origin.sudo(), self._gone().sudo()
        contacts = gone.partner_id - survivor.partner_id
        gone._merge_into(survivor, self.reason.strip())
        if self.merge_contacts and contacts:
            wizard = self.env["base.partner.merge.automatic.wizard"].create({})
            wizard._merge((contacts | survivor.partner_id).ids, survivor.partner_id.with_env(self.env))
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.member",
            "res_id": survivor.id,
            "view_mode": "form",
        }

    def _check_merge(self):
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may merge members or undo it."))
        members = self.member_ids._origin
        members.check_access("write")
        members._check_not_oneself()
        if not 2 <= len(members) <= MOST_MERGED:
            raise UserError(self.env._("Choose 2 to %s members who are one person.", MOST_MERGED))
        if self.survivor_id._origin not in members:
            raise UserError(self.env._("Choose who stays."))
        if len(members.program_id) > 1:
            raise UserError(self.env._("These members are of several programs: only members of one program can be merged."))
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: it stands in the log of the members."))


class LoyaltyMemberUnmerging(models.TransientModel):
    """What undoing a merge means, and why it is undone."""

    _name = "loyalty.member.unmerging"
    _description = "Undo Merge"

    merge_id = fields.Many2one("loyalty.member.merge", required=True)
    survivor_id = fields.Many2one(related="merge_id.survivor_id", related_sudo=False)
    merged_id = fields.Many2one(related="merge_id.merged_id", related_sudo=False)
    date = fields.Datetime(related="merge_id.date", related_sudo=False)
    told = fields.Char(related="merge_id.told", related_sudo=False)
    points = fields.Float(related="merge_id.points", related_sudo=False)
    reason = fields.Char(help="It stands in the log of both members.")

    def action_undo(self):
        self.ensure_one()
        merge = self.merge_id
        merge._check_manager()
        (merge.survivor_id | merge.merged_id)._check_not_oneself()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: it stands in the log of the members."))
        # sudo: as in action_merge of the other wizard
        merge.sudo()._undo(self.reason.strip())
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.member",
            "res_id": merge.merged_id.id,
            "view_mode": "form",
        }
