from odoo import models


class IrActionsServerPreview(models.Model):
    _inherit = "ir.actions.server"

    def _journey_preview(self, member):
        """(title, HTML) of what this action would tell or do, rendered on a member as the user may read it.

        To be extended by further kinds; ``member`` carries the language and example values in its context.
        """
        own = self.sudo()  # sudo: server actions are read by nobody else; what they render is read as the user
        if own.state == "mail_post" and own.template_id:
            template = own.template_id.with_env(member.env)
            return tuple(
                template._render_field(name, member.ids, compute_lang=False)[member.id] for name in ("subject", "body_html")
            )
        if own.state == "sms" and own.sms_template_id:
            template = own.sms_template_id.with_env(member.env)
            return self.env._("SMS"), template._render_field("body", member.ids, compute_lang=False)[member.id]
        return own.name, False
