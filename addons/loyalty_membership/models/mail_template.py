from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _send_check_access(self, res_ids):
        """A template of any text and any recipients is a way to write to members by hand."""
        if self.model == "loyalty.member":
            self.env[self.model].browse(res_ids)._check_contacts_readable()
        return super()._send_check_access(res_ids)
