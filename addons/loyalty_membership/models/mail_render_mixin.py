from odoo import api, models
from odoo.tools.rendering_tools import parse_inline_template
from odoo.tools.translate import FORMAT_REGEX

from ..domain.template_expressions import refused_inline, refused_qweb


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _render_template(self, template_src, model, res_ids, engine="inline_template", add_context=None, options=None):
        """A template may tell phones and e-mails: who may not read these sees only templates that can't tell them."""
        if model == "loyalty.member" and template_src and res_ids:
            members = self.env[model].browse(res_ids)
            if not members._contacts_readable() and self._refused_expression(template_src, engine, add_context):
                raise members._contacts_refused()
        return super()._render_template(
            template_src, model, res_ids, engine=engine, add_context=add_context, options=options
        )  # fmt: skip

    def _render_lang(self, res_ids, engine="inline_template"):
        """A template reads its language off the customer, of whom others may not read even that."""
        members = self.env["loyalty.member"].browse(res_ids)
        if self.render_model != members._name or members._contacts_readable():
            return super()._render_lang(res_ids, engine=engine)
        return {member.id: member._own_language() for member in members}

    @api.model
    def _refused_expression(self, template_src, engine, add_context):
        """What of a template on members tells more than is good for everybody, read as Odoo reads it; None: nothing."""
        roots = {"object": self.env["loyalty.member"]._template_fields(), "user": {"name": None}}
        if engine == "inline_template":
            return refused_inline([part[1] for part in parse_inline_template(str(template_src)) if part[1]], roots)
        if engine == "qweb":
            # What Odoo puts there means something even where a variable of this name is not reached.
            taken = {**self._render_eval_context(), **(add_context or {})}
            self.env["ir.qweb"]._prepare_environment(taken)
            return refused_qweb(str(template_src), roots, taken, FORMAT_REGEX)
        return None  # a view: written by who may read everything
