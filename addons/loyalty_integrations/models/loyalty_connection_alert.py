"""Asking for help when a connection stays bad: an activity and a mail, at most once a day, until it is good again."""

from datetime import timedelta

from odoo import api, fields, models

from ..domain.health import BAD

#: Hours after which whoever is responsible is told again.
AGAIN = 24


class LoyaltyConnectionAlert(models.Model):
    _inherit = "loyalty.connection"

    alert_after = fields.Integer(
        "Ask for Help After (min)", default=30, required=True,
        help="When the connection has been bad for so many minutes, the responsible gets an activity and a mail, and again "
        "once a day while it lasts. A message that waits longer than that makes it bad, too.",
    )  # fmt: skip
    bad_since = fields.Datetime(readonly=True, copy=False)
    alerted_at = fields.Datetime("Asked for Help", readonly=True, copy=False)

    _alert_after_positive = models.Constraint("CHECK (alert_after > 0)", "Minutes must be above zero.")

    @api.model
    def _cron_alert(self):
        """Look at all connections, and tell of those that stay bad."""
        self.search([("state", "!=", "draft")])._look_after()
        self.env["ir.cron"]._commit_progress()

    def _look_after(self):
        now = fields.Datetime.now()
        bad = self.filtered(lambda connection: connection.health_light == BAD)
        (bad.filtered(lambda connection: not connection.bad_since)).bad_since = now
        for connection in self - bad:
            if connection.bad_since or connection.alerted_at:
                connection._all_clear()
        for connection in bad:
            if connection._must_alert(now):
                connection._alert(now)

    def _must_alert(self, now):
        if now - self.bad_since < timedelta(minutes=self.alert_after):
            return False
        return not self.alerted_at or now - self.alerted_at >= timedelta(hours=AGAIN)

    def _alert(self, now):
        """One activity and one mail, in the language of who is responsible."""
        user = self.user_id.filtered("active") or self.env.ref("base.user_admin")
        told = self.with_context(lang=user.lang)
        told.invalidate_recordset(["health_told"])
        told._ask_for_help(told.health_told)
        template = self.env.ref("loyalty_integrations.mail_template_connection_alert", raise_if_not_found=False)
        if template and user.email:
            template.with_context(lang=user.lang).send_mail(
                self.id, email_values={"email_to": user.email_formatted, "recipient_ids": []}
            )
        self.alerted_at = now

    def _all_clear(self):
        if self.alerted_at:
            self.activity_unlink(["loyalty_integrations.activity_connection"])
        self.write({"bad_since": False, "alerted_at": False})
