import re

from odoo import api, models

#: What leads a template from a member to the customer, or past the rights of who looks at it.
TO_CONTACTS = re.compile(
    r"partner|\[|__|getattr|\.\s*(sudo|env|with_\w+|browse|search\w*|mapped|filtered\w*|read\w*|fetch\w*|web_\w+|export\w*)\b"
)


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _render_template(self, template_src, model, res_ids, engine="inline_template", add_context=None, options=None):
        """A template may tell phones and e-mails: what it says of customers is read by who may read these."""
        if model == "loyalty.member" and res_ids and TO_CONTACTS.search(template_src or ""):
            self.env[model].browse(res_ids)._check_contacts_readable()
        return super()._render_template(
            template_src, model, res_ids, engine=engine, add_context=add_context, options=options
        )  # fmt: skip
