"""Members who bring friends: the code and the link, and who was brought."""

import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..domain.referral import clean_code, new_code
from .in_process import ERASING, REFERRED, says


class LoyaltyMemberReferral(models.Model):
    _inherit = "loyalty.member"

    referral_code = fields.Char(
        copy=False,
        readonly=True,
        help="Friends who join with it are brought by this member. It is made when it is first asked for.",
    )
    referral_link = fields.Char(compute="_compute_referral_link", help="The program's address with the code in it.")
    referral_ids = fields.One2many("loyalty.referral", "referrer_id", "Friends Brought", readonly=True)

    _referral_code_unique = models.UniqueIndex(
        "(program_id, referral_code) WHERE referral_code IS NOT NULL", "Another member has this referral code."
    )

    @api.depends("referral_code", "program_id.referral_url")
    def _compute_referral_link(self):
        for member in self:
            url, code = member.program_id.referral_url, member.referral_code
            member.referral_link = url.replace("{code}", code) if url and code else False

    def action_make_referral_code(self):
        self.check_access("read")
        self.sudo()._make_referral_codes()  # sudo: whoever sees the member may invite friends with them

    def _make_referral_codes(self):
        """Make codes for those of these members who have none yet."""
        for program, members in self.filtered(lambda member: not member.referral_code).grouped("program_id").items():
            for member, code in zip(members, self._new_referral_codes(program, len(members)), strict=True):
                member.referral_code = code

    @api.model
    def _new_referral_codes(self, program, count):
        codes = set()
        while len(codes) < count:
            codes |= {new_code(secrets.randbelow) for _missing in range(count - len(codes))}
            codes -= self._by_referral_code(program, codes).keys()
        return codes

    @api.model
    def _by_referral_code(self, program, texts):
        """Members by what friends say: the code, in any case, or the member number; dict text -> member.

        Of a merged member it is the survivor; closed and archived ones are found, too.
        """
        cleaned = {text: clean_code(text) for text in texts if clean_code(text)}
        # sudo: a friend may be brought by a member of another store
        members = self.sudo().with_context(active_test=False)
        found = {}
        for name in ("code", "referral_code"):
            wanted = {*cleaned.values()} | {*cleaned}
            rows = members.search([("program_id", "=", program.id), (name, "in", list(wanted))])
            found |= {member[name]: member.merged_into_id or member for member in rows}
        said = {text: found.get(text) or found.get(code) for text, code in cleaned.items()}
        return {text: member.with_env(self.env) for text, member in said.items() if member}

    @api.constrains("referral_code")
    def _check_referral_code(self):
        for member in self.filtered("referral_code"):
            if not re.fullmatch(r"[A-Z0-9]{4,32}", member.referral_code):
                raise ValidationError(self.env._("A referral code has 4 to 32 capital letters and digits, e.g. LINA88."))

    @api.model
    def _check_may_manage(self, vals):
        result = super()._check_may_manage(vals)
        if vals.get("referral_code") and not self.env.su and not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may change a referral code."))
        return result

    def _personal_fields(self):
        """A code that was chosen may be a name."""
        return [*super()._personal_fields(), "referral_code"]

    def _may_earn(self):
        return self.state == "active" and self.active

    # ------------------------------------------------------------------
    # Who brought whom
    # ------------------------------------------------------------------

    @api.constrains("referrer_id")
    def _check_self_referral(self):
        if says(self.env, REFERRED):
            return
        referrals = self.env["loyalty.referral"].sudo()  # sudo: whoever is one person is so in all stores
        reasons = dict(referrals._fields["reason"]._description_selection(self.env))
        for friend, reason in referrals._one_person([(m, m.referrer_id) for m in self if m.referrer_id]).items():
            raise ValidationError(
                self.env._(
                    "%(friend)s can't be referred by %(referrer)s, who seems to be the same person. %(reason)s.",
                    friend=friend.display_name,
                    referrer=friend.referrer_id.sudo().display_name,
                    reason=reasons[reason],
                )
            )

    @api.model
    def _check_who_brings(self, referrer_ids):
        """Refuse who says that they brought somebody themselves."""
        self.browse(filter(None, referrer_ids))._check_not_oneself()

    def _check_referrer_is_open(self):
        """Refuse another referrer, or none, of whoever has bought since: who brought them may have been rewarded."""
        if says(self.env, ERASING):
            return
        # sudo: all purchases and referrals count, whatever the user sees
        brought = self.sudo().filtered("referrer_id")
        rewarded = self.env["loyalty.referral"].sudo().search([("friend_id", "in", brought.ids), ("attempt", ">", 0)])
        for member in brought.filtered("first_purchase_at") | rewarded.friend_id:
            raise UserError(self.env._(
                "%s has bought since they were brought: by whom can't be changed any more.", member.display_name
            ))  # fmt: skip

    def _after_create(self):
        result = super()._after_create()
        if not says(self.env, REFERRED) and (brought := self.filtered("referrer_id")):
            self.env["loyalty.referral"].sudo()._note(brought)  # sudo: a list that nobody edits
        return result

    @api.model_create_multi
    def create(self, vals_list):
        self._check_who_brings({vals.get("referrer_id") for vals in vals_list})
        return super().create(vals_list)

    def write(self, vals):
        if "referrer_id" in vals and not says(self.env, REFERRED):
            changing = self.filtered(lambda member: member.referrer_id.id != vals["referrer_id"])
            changing._check_referrer_is_open()
            self._check_who_brings({changing and vals["referrer_id"]})
        result = super().write(vals)
        if "referrer_id" in vals and not says(self.env, REFERRED):
            self.env["loyalty.referral"].sudo()._note(self.sudo())  # sudo: as above
        return result

    @api.model
    def _bring(self, pairs):
        """Say who brought these new members; who is one person with them did not, and that is kept, too.

        :param pairs: (friend, referrer)
        """
        referrals = self.env["loyalty.referral"].sudo()  # sudo: as above
        refused = referrals._one_person(pairs)
        self._say_who_brought([(friend, referrer) for friend, referrer in pairs if friend not in refused])
        friends = self.browse([friend.id for friend, _referrer in pairs])
        referrals._note(friends, {friend: (referrer, refused[friend]) for friend, referrer in pairs if friend in refused})

    @api.model
    def _say_who_brought(self, pairs):
        """In one statement, however many: members of one program, checked already, and new ones have brought nobody."""
        if not pairs:
            return
        friends, referrers = map(list, zip(*((friend.id, referrer.id) for friend, referrer in pairs), strict=True))
        self.env["loyalty.member"].flush_model(["referrer_id"])
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member m SET referrer_id = w.referrer_id
                 FROM unnest(%s::int[], %s::int[]) AS w(id, referrer_id) WHERE m.id = w.id""",
            friends, referrers,
        ))  # fmt: skip
        self.browse(friends).invalidate_recordset(["referrer_id"])
