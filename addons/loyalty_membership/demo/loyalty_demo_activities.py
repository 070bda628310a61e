"""What members of the demo club do without buying: they check in, complete their profile and bring friends."""

from datetime import timedelta

from odoo import api, models
from odoo.fields import Command


class LoyaltyDemo(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _be_active(self):
        """Let the demo club reward activities, unless it does already."""
        self = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_notrack=True)
        program = self.env["loyalty.program"].with_context(lang="en_US").search([("name", "=", "Members Club")], limit=1)
        if not program or program.referral_url:
            return
        wanted = ("profile_birthdate", "profile_gender", "profile_city", "profile_street")
        program.write({
            "referral_url": "https://club.example.com/join?ref={code}",
            "referral_limit": 2,
            "profile_field_ids": [Command.set([self.env.ref(f"loyalty_membership.{name}").id for name in wanted])],
        })
        self._write_activity_rules(program)
        members = self.env["loyalty.member"].search([("program_id", "=", program.id), ("state", "=", "active")], order="id")
        self._check_in_daily(program, members[3:9])
        self._complete_some(members[::5])
        self._reward_referrals(members)

    @api.model
    def _write_activity_rules(self, program):
        rules = self.env["loyalty.earning.rule"].create([
            {"program_id": program.id, "trigger": "activity", "qualifying": False, **values}
            for values in (
                {"name": "Daily check-in", "activity_code": "check_in", "points": 2},
                {"name": "A week in a row", "activity_code": "check_in", "points": 20, "streak": "again", "streak_days": 7},
                {"name": "Profile completed", "activity_code": "profile_completed", "points": 50},
                {"name": "Brought a friend", "activity_code": "referral", "points": 200},
                {"name": "Brought by a friend", "activity_code": "referred", "points": 100},
                {"name": "Member event", "activity_code": "event", "points": 80},
            )
        ])  # fmt: skip
        for rule, chinese in zip(rules, ("每日签到", "连续签到七天", "资料完善", "推荐有礼", "新友礼", "会员活动"), strict=True):
            self._in_chinese(rule, "name", chinese)

    @api.model
    def _check_in_daily(self, program, members):
        """Some for two weeks, some for a few days, until today or yesterday."""
        today = program._today()
        self.env["loyalty.transaction"]._book(program, [
            {
                "member": member,
                "type": "activity",
                "activity_code": "check_in",
                "date": self._moment(today - timedelta(days=days), 8, number),
                "source": "mini-program",
                "reference": f"CI{member.id}-{days}",
            }
            for number, member in enumerate(members)
            for days in range(3 * number, number % 2 - 1, -1)
        ])  # fmt: skip

    @api.model
    def _complete_some(self, members):
        for number, member in enumerate(members, start=1):
            member.partner_id.street = f"南京西路 {number * 8} 号"

    @api.model
    def _reward_referrals(self, members):
        """Those who brought friends during the year get the points for them, up to the limit of the month."""
        members._make_referral_codes()
        referrals = self.env["loyalty.referral"].search([("referrer_id", "in", members.ids)])
        self.env["loyalty.referral"]._touch(
            self.env["loyalty.transaction"].search([("member_id", "in", referrals.friend_id.ids), ("type", "=", "purchase")])
        )
        referrals._settle()
        members[1].referrer_id = members[0]  # a customer already: nobody brought them
