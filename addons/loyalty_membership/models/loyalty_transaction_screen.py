"""The journal in the words of who reads it: systems and activities by name instead of by code."""

from odoo import api, fields, models


class LoyaltyTransactionScreen(models.Model):
    _inherit = "loyalty.transaction"

    source_name = fields.Char("Source In Words", compute="_compute_source_name", help="Where it was bought.")
    activity_name = fields.Char("Activity In Words", compute="_compute_activity_name")

    @api.depends("source")
    @api.depends_context("lang")
    def _compute_source_name(self):
        names = self._source_names()
        for transaction in self:
            transaction.source_name = names.get(transaction.source, transaction.source)

    @api.model
    def _source_names(self):
        """Sources that many databases share; any other system is shown as it names itself."""
        return {
            "sale.order": self.env._("Sales Orders"),
            "pos": self.env._("Till"),
            "mini-program": self.env._("Mini Program"),
            "odoo": self.env._("Back Office"),
        }

    @api.depends("activity_code")
    @api.depends_context("lang")
    def _compute_activity_name(self):
        names = dict(self.env["loyalty.earning.rule"]._fields["activity"]._description_selection(self.env))
        for transaction in self:
            transaction.activity_name = names.get(transaction.activity_code, transaction.activity_code)

    @api.depends("activity_name")
    def _compute_display_name(self):
        """An activity is called what it is; only purchases and refunds have a number."""
        activities = self.filtered("activity_name")
        for transaction in activities:
            transaction.display_name = transaction.activity_name
        return super(LoyaltyTransactionScreen, self - activities)._compute_display_name()

    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        if groupby_spec != "source":
            return super()._web_read_group_groupby_formatter(groupby_spec, values)
        names = self._source_names()
        return lambda source: (names.get(source, source), [("source", "=", source)])
