"""A template that many members get is compiled once: Odoo compiles the text of a mail template for every record anew."""

from lxml import etree
from odoo import models


class CompiledTemplates:
    """What was compiled while one batch of messages is rendered; only this process can put it into a context."""

    def __init__(self):
        self.known = {}


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _generate_code_uncached(self, template):
        compiled = self.env.context.get("loyalty_compiled_templates")
        if not isinstance(compiled, CompiledTemplates) or not isinstance(template, etree._Element):
            return super()._generate_code_uncached(template)
        # What the code depends on: the text, the options by which Odoo keeps compiled views apart, and what the text may use.
        options = [*self._get_template_cache_keys(), "raise_on_forbidden_code_for_model"]
        key = (etree.tostring(template), *(self.env.context.get(name) or False for name in options))
        if key not in compiled.known:
            compiled.known[key] = super()._generate_code_uncached(template)
        return compiled.known[key]
