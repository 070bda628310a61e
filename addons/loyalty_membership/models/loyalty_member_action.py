"""What actions do with members, set-wise: points, coupons, tags, tiers, activities. Who may was asked before."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.fields import Command

from .in_process import journey_events


class LoyaltyMemberAction(models.Model):
    _inherit = "loyalty.member"

    def _to_act_on(self):
        """Those for whom something is done: not the frozen, closed, archived, merged and erased."""
        return self.sudo().filtered(
            lambda m: m.state == "active" and m.active and not m.merged_into_id and not m.erased_at
        ).with_env(self.env)  # fmt: skip

    def _give_points(self, action):
        """Book the points of this server action; the members are locked.

        :return: the entries
        """
        reasons = self._in_languages(action, "loyalty_reason")
        events = journey_events(self.env)
        batch = []
        for program, members in self.grouped("program_id").items():
            today = program._today()
            days = action.loyalty_points_days
            last = today + timedelta(days=days) if days else program._expires_on(today)
            batch += [
                {
                    "member_id": member.id,
                    "kind": "adjust",
                    "points": action.loyalty_points,
                    "qualifying_points": action.loyalty_points if action.loyalty_is_qualifying else 0,
                    "expires_on": last,
                    "origin_model": "loyalty.journey.event" if member.id in events else action._name,
                    "origin_id": events.get(member.id, action.id),
                    "note": reasons[member.partner_id.lang],
                }
                for member in members
            ]
        entries = self.env["loyalty.points.entry"]._post(batch, locked=True)
        self.env["loyalty.journey.event"]._note("points", {entry.member_id.id: entry.points for entry in entries})
        if action.loyalty_is_qualifying:
            self._update_tiers()
        return entries

    def _in_languages(self, action, name):
        """A translated text of this server action for each language of these members."""
        record, name = action._text_kept(name)
        return {
            lang: record.with_context(lang=lang)[name] if lang else record[name] for lang in set(self.partner_id.mapped("lang"))
        }

    def _give_coupons(self, program, days):
        """Give each of these members a coupon of this program; the coupons."""
        last = self.program_id[:1]._today() + timedelta(days=days) if days else False
        cards = self.env["loyalty.card"].create([
            {"program_id": program.id, "partner_id": member.partner_id.id, "points": 1, "expiration_date": last}
            for member in self
        ])
        self.env["loyalty.journey.event"]._note("card_id", dict(zip(self.ids, cards.ids, strict=True)))
        return cards

    def _change_tags(self, tags, remove=False):
        """Add these tags to the customers, or remove them; customers who have it so already are left alone."""
        command = Command.unlink if remove else Command.link
        changing = self.partner_id.filtered(lambda p: p.category_id & tags if remove else tags - p.category_id)
        changing.write({"category_id": [command(tag.id) for tag in tags]})

    def _move_to_tier(self, tier, months=0):
        """Set this tier as by hand, guaranteed for so many months; members of other programs are left alone."""
        members = self.filtered(lambda member: member.program_id == tier.program_id)
        values = {"tier_id": tier.id}
        if months:
            values["tier_manual_until"] = tier.program_id._today() + relativedelta(months=months)
        members.write(values)

    def _schedule_activities(self, action):
        """Plan the activity of this journey step's action for each of these members, without a mail about each."""
        step, today = action.loyalty_step_ids[:1], fields.Date.context_today(self)
        values = {
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "activity_type_id": action.activity_type_id.id,
            "date_deadline": fields.Date.add(today, days=action.activity_date_deadline_range),
            "automated": True,
        }
        name = action.activity_user_type == "generic" and action.activity_user_field_name
        rows = []
        for user, members in self.grouped(lambda member: (name and member[name]) or action.activity_user_id).items():
            own = step.with_context(lang=user.lang)
            texts = {"user_id": user.id, "summary": own.activity_summary, "note": own.activity_note}
            # Odoo looks names up one by one
            rows += [{**values, **texts, "res_id": member.id, "res_name": member.display_name} for member in members]
        return self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(rows)
