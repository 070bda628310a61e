from odoo import models


class MailingTraceReport(models.Model):
    _inherit = "mailing.trace.report"

    def _report_get_request_where_items(self):
        """The figures of mailings: mails of journeys belong to none."""
        return [*super()._report_get_request_where_items(), "trace.mass_mailing_id IS NOT NULL"]
