"""Odoo's own actions "Send Email" and "Send SMS", done for all members of a journey step at once and queued."""

from odoo import models

from .in_process import journey_events


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def _run_action_mail_post_multi(self, eval_context=None):
        members = self._members_of_step()
        if members and self.template_id and self.mail_post_method == "email":
            members._send_mails(self.template_id)
            return False
        # Nothing leaves before the step is done for good, nor holds it up: Odoo would send what is posted after the commit.
        action = self.with_context(mail_notify_force_send=False) if members else self
        return super(IrActionsServer, action)._run_action_mail_post_multi(eval_context=eval_context)

    def _run_action_sms_multi(self, eval_context=None):
        members = self._members_of_step()
        if members and self.sms_template_id:
            # With a note, Odoo would send one by one, and at once.
            members._send_sms(self.sms_template_id, log=self.sms_method != "sms")
            return False
        return super()._run_action_sms_multi(eval_context=eval_context)

    def _members_of_step(self):
        """The members whom a journey acts on now; none outside of journeys."""
        members = self.env["loyalty.member"]
        if self.model_id.model != members._name or not journey_events(self.env):
            return members
        context = self.env.context
        return members.browse(context.get("active_ids") or [number for number in [context.get("active_id")] if number])
