"""What members agreed to: their last word on each channel and purpose, and who may be told what."""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

#: Names every channel, or every purpose.
ALL = "all"
MARKETING, SERVICE = "marketing", "service"


class LoyaltyMemberConsent(models.Model):
    _inherit = "loyalty.member"

    consent_told = fields.Html("Present Consents", compute="_compute_consent_told")

    # ------------------------------------------------------------------
    # Who may be told
    # ------------------------------------------------------------------

    def _may_be_told(self, channel, purpose=MARKETING):
        """Those of these members who may get a message by this channel.

        Their last word counts, whether it was about this channel or about all. For a notice of their own points
        (purpose "service") silence is no refusal; for anything else it is. Who was erased, or merged into somebody else,
        is told nothing.
        """
        words = self._last_words([(channel, purpose)])
        silence = purpose == SERVICE
        # sudo: whoever is gone is gone for everybody
        gone = self.sudo().filtered(lambda member: member.merged_into_id or member.erased_at)
        told = {member.id for member in self if words.get((member.id, channel, purpose), (silence,))[0]}
        return self.filtered(lambda member: member.id in told and member.id not in gone._ids)

    def _last_words(self, asked):
        """What these members said last.

        :param asked: (channel, purpose) pairs
        :return: {(member id, channel, purpose): (given, date)} of what anything was said about
        """
        if not self or not asked:
            return {}
        self.env["loyalty.consent"].flush_model()
        ways = SQL(", ").join(
            SQL("(%s, %s, %s, %s)", channel, purpose, said, about)
            for channel, purpose in asked
            for said in self._consent_channels(channel)
            for about in {purpose, ALL}
        )
        rows = self.env.execute_query(SQL(
            """SELECT DISTINCT ON (c.member_id, way.channel, way.purpose)
                      c.member_id, way.channel, way.purpose, c.given, c.date
                 FROM loyalty_consent c
                 JOIN (VALUES %s) AS way (channel, purpose, said, about) ON way.said = c.channel AND way.about = c.purpose
                WHERE c.member_id = ANY(%s)
                ORDER BY c.member_id, way.channel, way.purpose, c.date DESC, c.id DESC""",
            ways, list(self._ids),
        ))  # fmt: skip
        return {tuple(row[:3]): (row[3], row[4]) for row in rows}

    @api.model
    def _consent_channels(self, channel):
        """The channels of the log that speak of this one."""
        return {channel, ALL}

    # ------------------------------------------------------------------
    # Saying so
    # ------------------------------------------------------------------

    def _say_consent(self, words, source, date=None):
        """Log what these members said now, each of these words.

        :param words: list of dicts with ``channel``, ``purpose``, ``given`` and ``wording``
        """
        date = date or fields.Datetime.now()
        # sudo: the log is written by its own methods alone, and never changed; whoever calls has asked who may
        return (
            self
            .env["loyalty.consent"]
            .sudo()
            .create([{**word, "member_id": member.id, "source": source, "date": date} for member in self for word in words])
        )

    def action_say_consent(self):
        """Open the window in which staff note what a member said."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give or Withdraw Consent"),
            "res_model": "loyalty.consent.say",
            "view_mode": "form",
            "target": "new",
            "context": {"default_member_id": self.id},
        }

    def _check_may_consent(self):
        """Refuse to note words of who is gone."""
        # sudo: whoever is gone is gone for everybody
        for member in self.sudo():
            member._refuse_erased()
            if member.merged_into_id:
                raise UserError(member._merged_message())

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("consent_ids.given", "consent_ids.date")
    @api.depends_context("lang")
    def _compute_consent_told(self):
        purposes = self._asked_purposes()
        for member in self:
            channels = member._asked_channels()
            words = member._origin._last_words([(channel, purpose) for channel in channels for purpose in purposes])
            cells = {
                (channel, purpose): member._tell_word(words.get((member._origin.id, channel, purpose)), purpose)
                for channel in channels
                for purpose in purposes
            }
            member.consent_told = member._tell_words(channels, purposes, cells)

    def _tell_word(self, word, purpose):
        if word is None:
            may = purpose == SERVICE
            return Markup('<span class="text-muted">%s</span>') % (
                self.env._("Yes, never refused") if may else self.env._("No, never asked")
            )
        given, date = word
        day = format_date(self.env, fields.Datetime.context_timestamp(self, date).date())
        if given:
            return Markup('<span class="text-success">%s</span>') % self.env._("Yes, since %s", day)
        return Markup('<span class="text-danger">%s</span>') % self.env._("No, since %s", day)

    @api.model
    def _tell_words(self, channels, purposes, cells):
        head = Markup("").join(Markup("<th>%s</th>") % name for name in purposes.values())
        rows = Markup("").join(
            Markup("<tr><td>%s</td>%s</tr>")
            % (name, Markup("").join(Markup("<td>%s</td>") % cells[channel, purpose] for purpose in purposes))
            for channel, name in channels.items()
        )
        return Markup('<table class="table table-sm o_loyalty_consents"><tr><th></th>%s</tr>%s</table>') % (head, rows)

    def _asked_channels(self):
        """{code: name} of the channels that this member is asked about: those that send, and those of the log."""
        names = self.env["loyalty.consent"]._channel_names()
        codes = [*self._message_channels(), *sorted(set(self.consent_ids.mapped("channel")) - {ALL})]
        return {code: names.get(code, code) for code in codes}

    @api.model
    def _message_channels(self):
        """Codes of the channels by which messages are sent here; whoever adds one overrides this."""
        return ["email", "sms"]

    @api.model
    def _asked_purposes(self):
        names = self.env["loyalty.consent"]._purpose_names()
        return {purpose: names[purpose] for purpose in (MARKETING, SERVICE)}
