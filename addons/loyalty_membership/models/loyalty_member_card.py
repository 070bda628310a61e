"""The member card (会员卡): what stands on it. Its pictures are drawn in ``report.member_card``."""

import base64

from odoo import models
from odoo.exceptions import UserError

from ..domain.card import Face
from ..domain.export import file_name

#: More cards than that are a job for a printing house.
MOST_CARDS = 100


class LoyaltyMemberCard(models.Model):
    _inherit = "loyalty.member"

    def _check_cards(self):
        """Refuse cards of whom this user doesn't see, and of who is no member any more."""
        self._check_papers(MOST_CARDS)
        for merged in self.filtered("merged_into_id")[:1]:
            raise UserError(merged._merged_message())
        for closed in self.filtered(lambda member: member.state == "closed")[:1]:
            raise UserError(self.env._("%s is closed and has no card any more.", closed.display_name))

    def _card_face(self):
        """What stands on this member's card, in the member's language."""
        member = self._in_own_words()
        # sudo: marketing knows members by name and reads no customer; name and logo of a company are on all its papers
        known, company = member.sudo(), (member.company_id or member.env.company).sudo()
        return Face(
            number=member.code,
            name=known.partner_id.name or "",
            program=known.program_id.name,
            company=company.name,
            qr=known.program_id._card_qr(member.code),
            tier=known.tier_id.name or "",
            color=known.tier_id.color if known.tier_id else None,
            logo=base64.b64decode(company.logo or b""),
        )

    def _card_file_name(self):
        """No name of a person, as of a statement."""
        return file_name(self.env._("Card %s", self.code if len(self) == 1 else self.env._("%s members", len(self))))

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_print_cards(self):
        return self._open_cards("cards.pdf")

    def action_print_card_sheet(self):
        return self._open_cards("sheet.pdf")

    def action_card_picture(self):
        return self._open_cards("card.png")

    def _open_cards(self, name):
        self._check_cards()
        return {
            "type": "ir.actions.act_url",
            "url": f"/loyalty_membership/members/{','.join(map(str, self.ids))}/{name}",
            "target": "download",
        }
