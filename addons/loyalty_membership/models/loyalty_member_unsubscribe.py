"""The link by which a member says, without signing in, what they want to be told from now on.

It names the member by a signed number and nothing else, and works as long as the database's secret stays the same: a mail
may be read years later, and must still be unsubscribed from.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, hmac
from odoo.tools.urls import urljoin

from ..domain import unsubscribe
from .loyalty_member_consent import MARKETING, SERVICE

SCOPE = "loyalty_membership-unsubscribe"
#: Consents that one link may give within a day. Withdrawing is never refused, and needs something to withdraw.
MOST_GIVEN = 20


class LoyaltyMemberUnsubscribe(models.Model):
    _inherit = "loyalty.member"

    def _unsubscribe_links(self, channel="", purpose=""):
        """The link of each of these members, for a message by this channel and about this: {member id: address}."""
        bases = {program: program.get_base_url() for program in self.program_id}
        return {
            member.id: urljoin(bases[member.program_id], f"/u/{self._unsubscribe_token(member.id, channel, purpose)}")
            for member in self
        }

    @api.model
    def _unsubscribe_token(self, number, channel="", purpose=""):
        said = unsubscribe.subject(number, channel, purpose)
        return unsubscribe.token(said, self._unsubscribe_signature(said))

    @api.model
    def _unsubscribe_signature(self, said):
        return bytes.fromhex(hmac(self.env(su=True), SCOPE, said.hex()))[: unsubscribe.SIGNATURE]

    @api.model
    def _behind_link(self, token):
        """Whom a link names, as superuser, with the channel and the purpose of the message; nobody if it is not ours.

        Of who was merged it is the survivor.
        """
        nobody = self.sudo().browse()
        pieces = unsubscribe.parts(token)
        if not pieces or not consteq(self._unsubscribe_signature(pieces[0]).hex(), pieces[1].hex()):
            return nobody, "", ""
        number, channel, purpose = unsubscribe.told(pieces[0])
        member = nobody.browse(number).exists()
        while member.merged_into_id:
            member = member.merged_into_id
        return member, channel, purpose

    # ------------------------------------------------------------------
    # What the page shows
    # ------------------------------------------------------------------

    def _link_choices(self):
        """What the member may choose: {purpose: {channel: whether they get it now}}."""
        self.ensure_one()
        channels, purposes = self._asked_channels(), self._asked_purposes()
        asked = [(channel, purpose) for purpose in purposes for channel in channels]
        words = self._last_words(asked)
        return {
            purpose: {
                channel: words.get((self.id, channel, purpose), (purpose == SERVICE,))[0] for channel in channels
            }
            for purpose in purposes
        }  # fmt: skip

    @api.model
    def _link_purposes(self):
        """Purposes as members know them."""
        return {MARKETING: self.env._("Offers and news"), SERVICE: self.env._("Notices about my points")}

    def _link_wording(self, channel, purpose):
        """What a choice is about: it stands on the page and, word by word, in the log."""
        return self.env._(
            "%(purpose)s by %(channel)s",
            purpose=self._link_purposes()[purpose],
            channel=self._asked_channels().get(channel, channel),
        )

    # ------------------------------------------------------------------
    # Choosing
    # ------------------------------------------------------------------

    def _choose_by_link(self, wanted, source="link"):
        """Log what differs from what the member said last; the new consents.

        :param wanted: {(channel, purpose): given}; anything that the page doesn't show is passed over
        """
        self.ensure_one()
        self._refuse_erased()
        present = self._link_choices()
        news = {
            (channel, purpose): given
            for (channel, purpose), given in wanted.items()
            if purpose in present and channel in present[purpose] and present[purpose][channel] != given
        }
        if any(news.values()):
            self._check_given_by_link(sum(news.values()))
        return self._say_consent(
            [
                {
                    "channel": channel, "purpose": purpose, "given": given,
                    "wording": self._link_sentence(channel, purpose, given),
                }
                for (channel, purpose), given in news.items()
            ],
            source,
        )  # fmt: skip

    def _link_sentence(self, channel, purpose, given):
        wording = self._link_wording(channel, purpose)
        return self.env._("%s: yes, please", wording) if given else self.env._("%s: no, thank you", wording)

    def _check_given_by_link(self, number):
        """Whoever has a link may not fill the log."""
        given = self.env["loyalty.consent"].search_count([
            ("member_id", "=", self.id), ("source", "=", "link"), ("given", "=", True),
            ("date", ">", fields.Datetime.now() - timedelta(days=1)),
        ])  # fmt: skip
        if given + number > MOST_GIVEN:
            raise UserError(
                self.env._("That was changed often today. You can stop messages now, and ask for them again tomorrow.")
            )

    def _stop_by_link(self, channel, purpose, source="one-click"):
        """Withdraw what a message was about; all advertising where it doesn't say by which channel."""
        channels = [channel] if channel else self._asked_channels()
        return self._choose_by_link(dict.fromkeys(((channel, purpose or MARKETING) for channel in channels), False), source)
