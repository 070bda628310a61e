"""What mails and SMS of journey steps carry, and what their events tell of them."""

import json
from email.message import EmailMessage
from unittest.mock import patch

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.sms.tools.sms_api import SmsApi
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_messages import StepCase


@tagged("post_install", "-at_install")
class TestJourneyMails(StepCase):
    def test_each_mail_notes_itself_on_the_event_of_its_member(self):
        events = self.run_step(self.mail_action, self.both)
        self.assertTold(events, channel="email", message_state="outgoing")
        self.assertEqual([event.mail_id.recipient_ids for event in events], [m.partner_id for m in events.member_id])

    def test_more_members_cost_no_more_statements(self):
        def count(members):
            events = self.make_events(members)
            members = self.acting(members, events)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            members._send_mails(self.template)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        members = self.both
        count(members)
        few = count(members)
        for number in range(40):
            members |= self.make_member(f"M{number}", email=f"m{number}@example.com")
        self.assertLessEqual(count(members), few)

    def test_each_mail_carries_its_own_link_in_the_members_language(self):
        events = self.run_step(self.mail_action, self.both)
        links = self.both._unsubscribe_links("email", "marketing")
        for event in events:
            link = links[event.member_id.id]
            self.assertIn(f'href="{link}"', event.mail_id.body_html)
            headers = event.mail_id._prepare_outgoing_list()[0]["headers"]
            self.assertEqual(headers["List-Unsubscribe"], f"<{link}>")
            self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertNotEqual(*links.values())
        chinese = self.env["mail.mail"].with_context(lang="zh_CN").env
        text = chinese._("Choose what we send you, or unsubscribe")
        self.assertIn(text, events.filtered(lambda event: event.member_id == self.member).mail_id.body_html)

    def test_the_link_of_a_notice_is_about_notices(self):
        events = self.run_step(self.mail_action, self.member, purpose="service")
        link = self.member._unsubscribe_links("email", "service")[self.member.id]
        self.assertIn(link, events.mail_id.body_html)

    def test_mails_outside_of_journeys_carry_no_link(self):
        mail = self.template.send_mail_batch(self.member.ids)
        self.assertNotIn("/u/", mail.body_html)
        self.assertFalse(mail.headers)

    def test_a_mail_to_a_colleague_is_no_message_to_the_member(self):
        colleague = self.make_user("colleague", "loyalty_membership.group_manager")
        colleague.partner_id.email = "colleague@example.com"
        events = self.make_events(self.member)
        self.acting(self.member, events).message_notify(partner_ids=colleague.partner_id.ids, body="Call her", subject="Call")
        mail = self.env["mail.mail"].sudo().search([("recipient_ids", "=", colleague.partner_id.id)], limit=1)
        self.assertTrue(mail)
        self.assertNotIn("/u/", mail.body_html)
        self.assertTold(events, channel=False, message_state=False)

    def test_a_mail_that_is_sent_is_sent_though_it_is_deleted(self):
        events = self.run_step(self.mail_action, self.both)
        sent = self.send(events.mail_id)
        self.assertEqual(len(sent), 2)
        self.assertFalse(events.mail_id.exists())
        self.assertTold(events, message_state="sent", problem=False)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mail_that_fails_tells_why(self):
        events = self.run_step(self.mail_action, self.member)
        self.send(events.mail_id, ValueError("the mailbox is full"))
        self.assertTold(events, message_state="failed", problem="the mailbox is full")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mail_that_is_tried_again_and_sent_is_sent(self):
        events = self.run_step(self.mail_action, self.member)
        mail = events.mail_id
        self.send(mail, ValueError("the mailbox is full"))
        mail.mark_outgoing()
        self.assertTold(events, message_state="outgoing", problem=False)
        self.send(mail)
        self.assertTold(events, message_state="sent", problem=False)

    def test_mails_fail_together_when_there_is_no_server(self):
        events = self.run_step(self.mail_action, self.both)
        with patch.object(IrMail_Server, "_connect__", side_effect=OSError("no route to host")):
            events.mail_id.send()
        self.assertTold(
            events, message_state="failed", problem="Connection failed (outgoing mail server problem): no route to host"
        )

    def test_a_mail_to_nobody_fails_with_the_reason(self):
        events = self.run_step(self.mail_action, self.member)
        self.member.partner_id.email = False
        events.mail_id.recipient_ids = False
        self.send(events.mail_id)
        self.env.flush_all()
        events.invalidate_recordset()
        self.assertEqual(events.message_state, "failed")
        self.assertTrue(events.problem.startswith("Missing email"), events.problem)

    def test_a_mail_that_is_cancelled_or_deleted_before_it_is_sent_has_failed(self):
        cancelled, deleted = (self.run_step(self.mail_action, self.member) for _time in range(2))
        cancelled.mail_id.cancel()
        deleted.mail_id.unlink()
        self.assertTold(cancelled, message_state="failed", problem="The mail was cancelled.")
        self.assertTold(deleted, message_state="failed", problem="The mail was deleted before it was sent.")

    def test_a_mail_that_comes_back_has_failed(self):
        events = self.run_step(self.mail_action, self.both)
        [first, _second] = self.send(events.mail_id)
        bounced = {
            **dict.fromkeys(("body", "email_from", "to", "message_id"), "x"),
            "bounced_msg_ids": [first["Message-Id"]], "bounced_email": "lina@example.com", "bounced_partner": False,
            "bounced_message": self.env["mail.message"],
        }  # fmt: skip
        self.env["mail.thread"]._routing_handle_bounce(EmailMessage(), bounced)
        self.env.flush_all()
        events.invalidate_recordset()
        self.assertEqual(sorted(events.mapped("message_state")), ["failed", "sent"])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_a_failure_says_goes_with_the_person(self):
        events = self.run_step(self.mail_action, self.member)
        self.send(events.mail_id, ValueError("no mailbox lina@example.com"))
        self.member._erase("asked for it")
        self.assertTold(events, problem=False)

    def test_a_message_that_is_posted_is_queued_and_carries_the_link(self):
        self.mail_action.mail_post_method = "comment"
        with patch.object(type(self.env["mail.mail"]), "send_after_commit", side_effect=AssertionError("sent at once")):
            events = self.run_step(self.mail_action, self.member)
        self.assertTold(events, channel="email", message_state="outgoing")
        self.assertIn(self.member._unsubscribe_links("email", "marketing")[self.member.id], events.mail_id.body_html)

    def test_an_event_that_somebody_else_changes_doesnt_stop_the_sending(self):
        events = self.run_step(self.mail_action, self.member)
        self.env.flush_all()
        execute, calls = self.env.cr.execute, []

        def held(query, *args, **options):
            if "UPDATE loyalty_journey_event" in str(getattr(query, "code", query)):
                calls.append(query)
                return execute("DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '40001'; END $$")
            return execute(query, *args, **options)

        with patch.object(self.env.cr, "execute", held), mute_logger("odoo.sql_db"):
            self.send(events.mail_id)
        self.assertTrue(calls)
        self.assertFalse(events.mail_id.exists())


@tagged("post_install", "-at_install")
class TestJourneySms(StepCase):
    def answer(self, state, rows, **more):
        """Let the provider say this of all that is sent to it."""
        results = [{"uuid": row.uuid, "state": state, "credit": 1, **more} for row in rows]
        with patch.object(SmsApi, "_send_sms_batch", lambda *_args, **_options: results):
            rows.send()

    def rows(self, events):
        return self.env["sms.sms"].search([("uuid", "in", events.mapped("sms_uuid"))])

    def test_each_sms_notes_itself_and_is_queued(self):
        events = self.run_step(self.sms_action, self.both)
        self.assertTold(events, channel="sms", message_state="outgoing")
        self.assertEqual(len(self.rows(events)), 2)

    def test_an_sms_with_a_note_is_queued_too_and_stands_in_the_log(self):
        self.sms_action.sms_method = "comment"
        events = self.run_step(self.sms_action, self.member)
        self.assertTold(events, message_state="outgoing")
        self.assertIn("您好", self.member.message_ids[:1].body)

    def test_each_sms_ends_with_its_short_link(self):
        events = self.run_step(self.sms_action, self.both)
        links = self.both._unsubscribe_links("sms", "marketing")
        for row in self.rows(events):
            member = self.both.filtered(lambda member, row=row: member.partner_id == row.partner_id)
            self.assertTrue(row.body.endswith(links[member.id]), row.body)
            self.assertLessEqual(len(links[member.id]) - len(self.program.get_base_url()), 23)

    def test_what_the_provider_takes_is_sent(self):
        events = self.run_step(self.sms_action, self.both)
        self.answer("success", self.rows(events))
        self.assertTold(events, message_state="sent")

    def test_what_the_provider_refuses_has_failed_and_tells_why(self):
        events = self.run_step(self.sms_action, self.both)
        self.answer("insufficient_credit", self.rows(events))
        self.assertTold(events, message_state="failed", problem="Insufficient Credit")

    def test_what_the_provider_says_of_a_failure_that_nobody_knows_is_told(self):
        events = self.run_step(self.sms_action, self.both)
        self.answer("struck_by_lightning", self.rows(events))
        self.assertTold(events, message_state="failed", problem="struck_by_lightning")

    def test_a_number_that_is_none_has_failed_at_once(self):
        self.member.partner_id.phone = "12"
        events = self.run_step(self.sms_action, self.member)
        self.assertTold(events, message_state="failed", problem="Wrong Number Format")

    def test_an_sms_that_is_cancelled_or_deleted_before_it_is_sent_has_failed(self):
        cancelled, deleted = (self.run_step(self.sms_action, self.member) for _time in range(2))
        self.rows(cancelled).action_set_canceled()
        self.rows(deleted).unlink()
        self.assertTold(cancelled, message_state="failed", problem="The SMS was cancelled.")
        self.assertTold(deleted, message_state="failed", problem="The SMS was deleted before it was sent.")


@tagged("post_install", "-at_install")
class TestSmsReports(StepCase, HttpCase):
    def report(self, events, status):
        statuses = [{"sms_status": status, "uuids": events.mapped("sms_uuid")}]
        body = {"jsonrpc": "2.0", "params": {"message_statuses": statuses}}
        answer = self.url_open("/sms/status", data=json.dumps(body), headers={"Content-Type": "application/json"})
        self.assertEqual(answer.json()["result"], "OK")

    def test_a_report_that_comes_later_is_told(self):
        events = self.run_step(self.sms_action, self.both)
        self.report(events, "delivered")
        self.assertTold(events, message_state="sent")
        self.report(events, "not_delivered")
        self.assertTold(events, message_state="failed", problem="Not Delivered")
