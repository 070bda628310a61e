"""What staff hand to a member, statement and card: who may, for whom, and in which language."""

from odoo import models
from odoo.exceptions import UserError

from .in_process import TOLD_TO_MEMBER


class LoyaltyMemberPapers(models.Model):
    _inherit = "loyalty.member"

    def _check_papers(self, most):
        """Refuse papers of members whom this user doesn't see, of who was erased, and of too many at once."""
        self.check_access("read")
        if not self or len(self) > most:
            raise UserError(self.env._("Choose 1 to %s members.", most))
        # sudo: what was erased is erased for everybody
        for erased in self.sudo().filtered("erased_at")[:1]:
            raise UserError(self.env._("%s: this person's data were erased, there is nothing to print.", erased.code))

    def _in_own_words(self):
        """This member in the member's language, where the database has it, and in the program's time zone."""
        self.ensure_one()
        # sudo: marketing reads no customers, and of this one only the language
        lang = self.env["res.lang"]._get_code(self.sudo().partner_id.lang or "") or self.env.lang
        return self.with_context(lang=lang, tz=self.program_id.tz, **TOLD_TO_MEMBER)
