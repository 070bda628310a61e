from unittest.mock import patch

from odoo import fields
from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.loyalty_membership.models.in_process import JourneyEvents

from .common import LoyaltyCase


class MessageCase(LoyaltyCase):
    """Li Na reads Chinese, Wang Wei English; both have a phone and an e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.Event = cls.env["loyalty.journey.event"]
        cls.Consent = cls.env["loyalty.consent"]
        cls.member.partner_id.write({"lang": "zh_CN", "email": "lina@example.com"})
        cls.other.partner_id.write({"lang": "en_US", "email": "wangwei@example.com"})
        cls.both = cls.member | cls.other
        model = cls.env["ir.model"]._get_id("loyalty.member")
        cls.template = cls.env["mail.template"].create({
            "name": "Hello", "model_id": model, "lang": "{{ object.partner_id.lang }}", "auto_delete": True,
            "use_default_to": True, "subject": "Hello {{ object.partner_id.name }}",
            "body_html": '<p>Dear <t t-out="object.partner_id.name"/>, welcome.</p>',
        })  # fmt: skip
        cls.template.with_context(lang="zh_CN").write({
            "subject": "您好，{{ object.partner_id.name }}",
            "body_html": '<p>亲爱的<t t-out="object.partner_id.name"/>，欢迎。</p>',
        })
        cls.sms = cls.env["sms.template"].create({
            "name": "Hello", "model_id": model, "lang": "{{ object.partner_id.lang }}",
            "body": "Hello {{ object.partner_id.name }}",
        })  # fmt: skip
        cls.sms.with_context(lang="zh_CN").body = "您好，{{ object.partner_id.name }}"

    def say(self, given=True, channel="email", purpose="marketing", member=None, **values):
        return self.Consent.create({
            "member_id": (member or self.member).id, "channel": channel, "purpose": purpose, "given": given, **values,
        })  # fmt: skip

    def make_events(self, members, purpose="marketing", **values):
        """The events of one step of a journey that acts on these members now."""
        journey = self.env["loyalty.journey"].create({"name": "Welcome", "program_id": self.program.id, "purpose": purpose})
        step = self.env["loyalty.journey.step"].create({
            "journey_id": journey.id, "name": "Mail", "kind": "mail", "mail_template_id": self.template.id,
        })  # fmt: skip
        now = fields.Datetime.now()
        runs = self.env["loyalty.journey.run"].create([
            {"journey_id": journey.id, "member_id": member.id, "program_id": self.program.id, "occasion": "test",
             "occasion_at": now, "state": "waiting"}
            for member in members
        ])  # fmt: skip
        return self.Event.create([
            {"run_id": run.id, "journey_id": journey.id, "step_id": step.id, "member_id": run.member_id.id, "date": now,
             "outcome": "done", **values}
            for run in runs
        ])  # fmt: skip

    def acting(self, members, events):
        """These members, as a step sees them that acts on these events."""
        events = JourneyEvents({event.member_id.id: event.id for event in events})
        return members.with_context(loyalty_journey_events=events)

    def run_step(self, action, members, purpose="marketing"):
        """Let a step of a journey do this with these members, all at once; the events."""
        events = self.make_events(members, purpose)
        acting = self.acting(members, events)
        context = {"active_model": "loyalty.member", "active_ids": acting.ids, "active_id": acting.ids[0]}
        action.with_env(acting.env).with_context(**context).run()
        return events


class StepCase(MessageCase):
    """A step that sends a mail, and one that sends an SMS."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail_action = cls.env["ir.actions.server"].create({
            "name": "Mail", "model_id": cls.env["ir.model"]._get_id("loyalty.member"), "state": "mail_post",
            "mail_post_method": "email", "template_id": cls.template.id,
        })  # fmt: skip
        cls.sms_action = cls.env["ir.actions.server"].create({
            "name": "SMS", "model_id": cls.env["ir.model"]._get_id("loyalty.member"), "state": "sms", "sms_method": "sms",
            "sms_template_id": cls.sms.id,
        })  # fmt: skip

    def assertTold(self, events, **values):
        self.env.flush_all()
        events.invalidate_recordset()
        for name, value in values.items():
            self.assertEqual(set(events.mapped(name)), {value}, name)

    def send(self, mails, error=None):
        """Send these as the mail queue does, over a mail server that takes them or fails."""
        sent = []

        def take(_server, message, *_args, **_options):
            if error:
                raise error
            sent.append(message)
            return message["Message-Id"]

        with (
            patch.object(IrMail_Server, "_disable_send", lambda _server: False),
            patch.object(IrMail_Server, "_connect__", lambda *_args, **_options: None),
            patch.object(IrMail_Server, "send_email", take),
        ):
            mails.send()
        return sent
