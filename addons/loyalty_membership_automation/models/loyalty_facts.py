from contextlib import contextmanager

from odoo import models
from odoo.addons.base_automation.models.base_automation import CREATE_TRIGGERS, WRITE_TRIGGERS


class LoyaltyFacts(models.AbstractModel):
    _inherit = "loyalty.facts"

    def _after_insert(self):
        """Run the automation rules that creating these records would run, all records of a rule at once."""
        result = super()._after_insert()
        rules = self._automation_rules("create", CREATE_TRIGGERS)
        for rule in rules.with_context(old_values=None):
            rule._process(rule._filter_post(self.with_env(rules.env), feedback=True))
        return result

    @contextmanager
    def _changing(self, *names):
        """Run the automation rules that writing these fields would run."""
        rules = self._automation_rules("write", WRITE_TRIGGERS)
        records = self.with_env(rules.env)
        before = {rule: rule._filter_pre(records) for rule in rules}
        old = {record.id: {name: record[name] for name in names} for record in records} if rules else {}
        with super()._changing(*names):
            yield
        for rule in rules.with_context(old_values=old):
            found, domain = rule._filter_post_export_domain(before[rule], feedback=True)
            rule._process(found, domain_post=domain)

    def _automation_rules(self, method, triggers):
        """The rules of this model; none, and nothing asked of PostgreSQL, where Odoo has not put them into the method.

        Nor those that are acting just now: a rule that gives points for points would answer itself for ever.
        """
        # sudo: a rule acts whoever books, as Odoo has it; the user stays who it is
        rules = self.sudo().env["base.automation"]
        if not self or not hasattr(getattr(type(self), method), "origin"):
            return rules
        rules = rules._get_actions(self, triggers)
        acting = self.env.context.get("__action_done") or {}
        return rules.filtered(lambda rule: not acting.get(rule))
