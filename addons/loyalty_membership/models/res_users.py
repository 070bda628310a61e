from odoo import api, models
from odoo.exceptions import UserError

#: What says for ever who wrote it.
SIGNED = ("loyalty.points.entry", "loyalty.points.allocation", "loyalty.draw.result", "loyalty.ledger.seal")


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_the_ledger(self):
        for model in SIGNED:
            # sudo: whoever deletes users may not read the ledger
            if row := self.env[model].sudo().search([("create_uid", "in", self.ids)], limit=1):
                raise UserError(self.env._(
                    "%s has written to the points ledger, which says for ever who did what: archive the user instead.",
                    row.create_uid.name,
                ))  # fmt: skip
