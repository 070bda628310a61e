from odoo import models


class IrActionsServerPreview(models.Model):
    _inherit = "ir.actions.server"

    def _journey_preview(self, member):
        """(title, HTML) of what this action would tell or do, rendered on a member; nothing is sent or done.

        To be extended by further kinds; ``member`` carries the language and example values in its context.
        """
        if self.state == "mail_post" and self.template_id:
            template = self.template_id.with_env(member.env)
            return tuple(
                template._render_field(name, member.ids, compute_lang=False)[member.id] for name in ("subject", "body_html")
            )
        if self.state == "sms" and self.sms_template_id:
            template = self.sms_template_id.with_env(member.env)
            return self.env._("SMS"), template._render_field("body", member.ids, compute_lang=False)[member.id]
        return self.loyalty_step_ids[:1].summary or self.name, False
