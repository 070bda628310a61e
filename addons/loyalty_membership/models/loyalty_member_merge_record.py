from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .loyalty_member import KEPT

#: Columns that a merge changes by itself, though others are computed or kept by ledger and journal.
OF_MERGES = {
    "tier_since", "tier_until", "merged_into_id", "last_movement_at", "earning_since", "properties", "state_reason",
    "frozen_until", "points_end_on",
}  # fmt: skip
#: What is kept of a contact that a merge of contacts deletes.
KEPT_OF_CONTACT = (
    "name", "phone", "email", "street", "street2", "zip", "city", "state_id", "country_id", "lang", "tz", "company_id",
    "parent_id", "is_company", "category_id", "vat", "ref", "function", "website", "comment", "user_id",
)  # fmt: skip


class LoyaltyMemberMergeRecord(models.Model):
    """That one member was merged into another, with all that is needed to undo it."""

    _name = "loyalty.member.merge"
    _description = "Member Merge"
    _order = "id desc"
    _rec_name = "merged_id"

    survivor_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    merged_id = fields.Many2one("loyalty.member", "Merged Member", required=True, readonly=True, index=True, ondelete="cascade")
    program_id = fields.Many2one(related="survivor_id.program_id", store=True, index=True)
    company_id = fields.Many2one(related="survivor_id.company_id", store=True, index="btree_not_null")
    state = fields.Selection([("done", "Merged"), ("undone", "Undone")], required=True, readonly=True, default="done")
    through = fields.Selection(
        [("members", "Merge of members"), ("contacts", "Merge of contacts")], required=True, readonly=True, default="members"
    )
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", "Merged By", readonly=True, default=lambda self: self.env.user, ondelete="restrict")
    date = fields.Datetime("Merged On", readonly=True, default=fields.Datetime.now)
    undone_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    undone_at = fields.Datetime("Undone On", readonly=True)
    undo_reason = fields.Char("Undone Because", readonly=True)
    points = fields.Float("Points That Moved", digits=(16, 2), readonly=True, help="Negative: a debt.")
    points_back = fields.Float("Points Given Back", digits=(16, 2), readonly=True)
    told = fields.Char("What Moved", compute="_compute_told")
    # Personal data, and ids that mean nothing on a screen: for nobody but the undoing itself.
    # What hooks of the undoing need is noted in ``moved`` by names of its own.
    moved = fields.Json(readonly=True, groups=fields.NO_ACCESS, help="Ids of the rows that moved, by model and field.")
    cards = fields.Json(readonly=True, groups=fields.NO_ACCESS, help="What became of the customer's own coupons.")
    columns = fields.Json(readonly=True, groups=fields.NO_ACCESS, help="Both members before and after.")
    contacts = fields.Json(readonly=True, groups=fields.NO_ACCESS, help="Both customers before.")

    @api.depends("survivor_id", "merged_id")
    def _compute_display_name(self):
        for merge in self:
            merge.display_name = f"{merge.merged_id.display_name} → {merge.survivor_id.display_name}"

    @api.depends("moved", "cards")
    @api.depends_context("lang")
    def _compute_told(self):
        for merge in self:
            moved, cards = merge.sudo().moved or {}, merge.sudo().cards or []  # sudo: numbers tell nobody
            counts = (
                (len(moved.get("loyalty.transaction.member_id", ())), self.env._("rows of the purchase journal: %s")),
                (len(moved.get("loyalty.member.identity.member_id", ())), self.env._("phones, e-mails and outside numbers: %s")),
                (len(moved.get("loyalty.member.referrer_id", ())), self.env._("referred members: %s")),
                (len(cards), self.env._("coupons and wallets: %s")),
            )
            merge.told = ", ".join(text % count for count, text in counts if count)

    # ------------------------------------------------------------------
    # Noting a merge
    # ------------------------------------------------------------------

    @api.model
    def _begin(self, member, target, reason, through="members"):
        """Note both as they are, before anything moves."""
        return self.create({
            "survivor_id": target.id,
            "merged_id": member.id,
            "reason": reason,
            "through": through,
            "points": member.points,
            "columns": {"before": self._columns_of(member | target), "owed": target.points_debt},
            "contacts": {str(each.id): self._contact_of(each) for each in member | target},
        })

    def _finish(self, moved, cards):
        """Note what moved, and both as they are now."""
        both = self.merged_id | self.survivor_id
        self.write({
            "moved": moved,
            "cards": cards,
            "columns": {**self.columns, "after": self._columns_of(both), "last": self._last_ids()},
        })

    @api.model
    def _last_ids(self):
        """The last numbers given so far: whatever comes later has a greater one, for the members are locked."""
        models_ = ("loyalty.points.entry", "loyalty.transaction", "loyalty.tier.change")
        return {
            name: self.env.execute_query(SQL("SELECT last_value FROM %s", SQL.identifier(f"{self.env[name]._table}_id_seq")))[0][
                0
            ]
            for name in models_
        }

    @api.model
    def _columns_of(self, members):
        """What the members' own columns say; dict of member id (text) -> dict."""
        names = self._own_columns()
        self.env["loyalty.member"].flush_model()
        rows = self.env.execute_query(SQL("SELECT m.id, to_jsonb(m) FROM loyalty_member m WHERE m.id = ANY(%s)", members.ids))
        return {str(member_id): {name: row[name] for name in names} for member_id, row in rows}

    @api.model
    def _own_columns(self):
        """The members' columns that a merge may change by itself; the ledger's and the journal's figures follow those."""
        fixed = {"program_id", *models.MAGIC_COLUMNS}
        return sorted(
            name
            for name, field in self.env["loyalty.member"]._fields.items()
            if field.store and field.column_type and name not in fixed
            and (name in OF_MERGES or not (field.compute or name in KEPT))
        )  # fmt: skip

    @api.model
    def _contact_of(self, member):
        partner = member.partner_id
        return {"id": partner.id, "values": partner.read(KEPT_OF_CONTACT, load=False)[0]}

    @api.model
    def _of_contacts(self, partners):
        """The newest merges that left members with these contacts."""
        merges = self.search([("state", "=", "done"), ("merged_id.partner_id", "in", partners.ids)])
        return merges.browse(group[:1].id for group in merges.grouped("merged_id").values())

    def _keep_contacts(self):
        """Keep these merged members' contacts as they are now, of merges that can be undone: they are about to go."""
        for merge in self.filtered("contacts"):
            merge.contacts = {**merge.contacts, str(merge.merged_id.id): self._contact_of(merge.merged_id)}

    @api.model
    def _behind(self, member):
        """The merge by which what arrives at this member moves on; none if it was before merges were noted."""
        # sudo: whatever arrives moves on, whoever books it
        merges = self.sudo().search([("survivor_id", "=", member.merged_into_id.id), ("state", "=", "done")])
        return merges.filtered(lambda merge: member in merge._moved_members())[:1]

    def _other_of(self, member):
        """With whom a merge of this member was."""
        return self.merged_id if member == self.survivor_id else self.survivor_id

    def _moved_members(self):
        """Who was merged, and whoever had been merged into that member before."""
        before = (self.moved or {}).get("loyalty.member.merged_into_id", ())
        return self.merged_id | self.merged_id.browse(before)

    @api.model
    def _forget(self, members):
        """Blank what was kept of members whose data are erased: their merges can't be undone from then on."""
        merges = self.search(["|", ("survivor_id", "in", members.ids), ("merged_id", "in", members.ids)])
        personal = ("moved", "cards", "columns", "contacts", "reason", "undo_reason")
        merges.write(dict.fromkeys(personal, False))

    # ------------------------------------------------------------------
    # Guards and buttons
    # ------------------------------------------------------------------

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group("loyalty_membership.group_manager")):
            raise AccessError(self.env._("Only a membership manager may merge members or undo it."))
        (self.survivor_id | self.merged_id).check_access("write")

    def action_ask_undo(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo Merge"),
            "res_model": "loyalty.member.unmerging",
            "view_mode": "form",
            "target": "new",
            "context": {"default_merge_id": self.id},
        }
