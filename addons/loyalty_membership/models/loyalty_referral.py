from odoo import api, fields, models
from odoo.tools import SQL

#: Activities that reward a referral: the one who brought, and the friend.
REFERRAL, REFERRED = "referral", "referred"


class LoyaltyReferral(models.Model):
    """Who was brought by whom, and what became of it; a friend is brought once."""

    _name = "loyalty.referral"
    _description = "Referral"
    _order = "id desc"
    _rec_name = "friend_id"

    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    referrer_id = fields.Many2one(
        "loyalty.member", "Referred By", required=True, readonly=True, index=True, ondelete="cascade",
        context={"active_test": False},
    )  # fmt: skip
    friend_id = fields.Many2one(
        "loyalty.member", required=True, readonly=True, ondelete="cascade", context={"active_test": False}
    )
    team_id = fields.Many2one(related="friend_id.team_id", string="Store Of The Friend", store=True, index="btree_not_null")
    state = fields.Selection(
        [
            ("joined", "Joined"),
            ("bought", "Bought"),
            ("rewarded", "Rewarded"),
            ("refused", "Refused"),
            ("taken_back", "Taken Back"),
        ],
        required=True,
        readonly=True,
        default="joined",
        help="Joined: the friend has bought nothing yet. Bought: the friend has, and the one who brought them has no points for "
        "it; the reason says why. Taken back: the purchase was returned or cancelled, and the points with it.",
    )
    reason = fields.Selection(
        [
            ("contact", "The same contact, or one of its addresses"),
            ("phone", "The same phone"),
            ("email", "The same e-mail"),
            ("address", "The same postal address"),
            ("merged", "Both are one member now"),
            ("bought_before", "The friend was a customer already"),
            ("moved_in", "Before the move from another system"),
            ("barred", "Who brought them is frozen, closed or archived"),
            ("limit", "Over the limit of the month"),
            ("unpaid", "Not paid yet"),
            ("forgiven", "Points for it were spent and kept: no second reward"),
        ],
        readonly=True,
    )
    joined_on = fields.Date(readonly=True, default=fields.Date.context_today)
    rewarded_on = fields.Date(readonly=True, index="btree_not_null", help="The day in the program's time zone.")
    purchase_id = fields.Many2one(
        "loyalty.transaction", "First Purchase", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    referrer_activity_id = fields.Many2one("loyalty.transaction", readonly=True, ondelete="restrict")
    friend_activity_id = fields.Many2one("loyalty.transaction", readonly=True, ondelete="restrict")
    referrer_points = fields.Float("Points For Referring", digits=(16, 2), readonly=True)
    friend_points = fields.Float("Points For The Friend", digits=(16, 2), readonly=True)
    attempt = fields.Integer(default=0, readonly=True, help="How often it was rewarded, those that were taken back included.")
    to_settle = fields.Boolean(readonly=True, help="Technical: the friend has bought, paid or returned something since.")

    _friend_unique = models.UniqueIndex("(friend_id)", "This member was brought by somebody already.")
    _to_settle_idx = models.Index("(id) WHERE to_settle")

    @api.depends("friend_id", "state")
    def _compute_display_name(self):
        for referral in self:
            # sudo: a friend may belong to another store
            referral.display_name = referral.friend_id.sudo().display_name

    # ------------------------------------------------------------------
    # Joining
    # ------------------------------------------------------------------

    @api.model
    def _note(self, friends, refused=None):
        """Keep who brought these members, as they say now.

        :param refused: dict friend -> (referrer, reason), of those who may not be said to be brought
        """
        refused = refused or {}
        known = self.search([("friend_id", "in", friends.ids)]).grouped("friend_id")
        rows = []
        for friend in friends:
            referrer, reason = refused.get(friend, (friend.referrer_id, None))
            values = self._values(friend, referrer, reason) if referrer else {}
            if own := known.get(friend):
                own._renote(values)
            elif values:
                rows.append(values)
        return self.create(rows)

    @api.model
    def _values(self, friend, referrer, reason):
        reason = reason or (friend.purchase_count and "bought_before") or (referrer._is_barred() and "barred") or False
        return {
            "program_id": friend.program_id.id,
            "company_id": friend.program_id.company_id.id,
            "referrer_id": referrer.id,
            "friend_id": friend.id,
            "joined_on": friend.joined_on,
            "state": "refused" if reason else "joined",
            "reason": reason,
        }

    def _renote(self, values):
        """Somebody else, or nobody, is said to have brought this friend; what was rewarded stays with whom it was."""
        if self.purchase_id:
            return
        if not values:
            self.unlink()
        elif self.referrer_id.id != values["referrer_id"] or (self.state == "refused") != (values["state"] == "refused"):
            self.write(values)

    # ------------------------------------------------------------------
    # What happens to the purchases of friends
    # ------------------------------------------------------------------

    @api.model
    def _touch(self, purchases):
        """Look again soon at the friends who made these purchases, which were made, paid, returned or cancelled.

        The points follow in a transaction of their own: many friends of one member can buy at once, and none of them waits.
        """
        programs = {program_id for program_id, code in self._activities() if code in (REFERRAL, REFERRED)}
        purchases = purchases.filtered(lambda row: row.program_id.id in programs and row.type == "purchase")
        if purchases and self._mark(purchases.member_id, purchases):
            self._wake()

    @api.model
    def _mark(self, friends, purchases):
        """Mark the referrals of these friends that wait for a purchase, and those of these purchases; whether there are any.

        Those that failed are tried at once, for something is new.

        Also those that are marked in this transaction's sight: the job may have just looked at them, without what is booked
        here, and PostgreSQL tells only of rows that are written.
        """
        self.flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_referral
                  SET to_settle = TRUE, tries = 0, try_at = NULL,
                      state = CASE WHEN state IN ('joined', 'taken_back') THEN 'bought' ELSE state END
                WHERE friend_id = ANY(%s) AND purchase_id IS NULL AND state <> 'refused' OR purchase_id = ANY(%s)""",
            list(friends.ids), list(purchases.ids),
        ))  # fmt: skip
        marked = self.env.cr.rowcount
        if marked:
            self.invalidate_model(["to_settle", "tries", "try_at", "state"])
        return marked

    @api.model
    def _activities(self):
        return self.env["loyalty.earning.rule"]._rewarded()
