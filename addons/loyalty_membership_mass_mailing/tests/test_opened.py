"""Which mails of a journey were opened, over HTTP, as a mailbox tells it."""

import re
from datetime import timedelta

from odoo import fields
from odoo.addons.loyalty_membership.tests.common_messages import StepCase
from odoo.tests import HttpCase, tagged

PICTURE = re.compile(r'<img src="([^"]*/mail/track/[^"]*)"')


@tagged("post_install", "-at_install")
class TestOpened(StepCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.events = self.run_step(self.mail_action, self.both)
        self.traces = self.env["mailing.trace"].search([("loyalty_event_id", "in", self.events.ids)])

    def bodies(self):
        return [message.get_body(("html",)).get_content() for message in self.send(self.events.mail_id)]

    def opened(self):
        self.env.flush_all()
        self.events.invalidate_recordset()
        return self.events.filtered("opened_at")

    def fetch(self, body):
        [address] = PICTURE.findall(body)
        self.env.flush_all()
        self.assertEqual(self.url_open(address.replace(self.program.get_base_url(), "")).status_code, 200)

    def test_fetching_the_picture_of_a_mail_that_was_sent_and_deleted_marks_it_opened(self):
        first, _second = self.bodies()
        self.assertFalse(self.events.mail_id)
        self.assertFalse(self.opened())
        self.fetch(first)
        self.assertEqual(len(self.opened()), 1)

    def test_the_first_time_counts(self):
        body = self.bodies()[0]
        self.fetch(body)
        yesterday = fields.Datetime.now() - timedelta(days=1)
        event = self.opened()
        event.opened_at = yesterday
        self.traces.trace_status = "sent"
        self.fetch(body)
        self.assertEqual(self.opened().opened_at, yesterday)

    def test_a_wrong_picture_opens_nothing(self):
        [address] = PICTURE.findall(self.bodies()[0])
        wrong = address.replace(self.program.get_base_url(), "").rsplit("/", 2)
        self.assertEqual(self.url_open("/".join([wrong[0], "0" * 64, wrong[2]])).status_code, 401)
        self.assertFalse(self.opened())

    def test_a_mail_that_is_answered_was_opened(self):
        self.traces[:1].set_replied()
        self.assertEqual(self.opened(), self.traces[:1].loyalty_event_id)

    def test_unsubscribing_is_the_memberships_own(self):
        links = self.both._unsubscribe_links("email", "marketing")
        messages = self.send(self.events.mail_id)
        self.assertEqual({message["List-Unsubscribe"] for message in messages}, {f"<{link}>" for link in links.values()})

    def test_the_mails_belong_to_no_mailing_and_stay_out_of_its_figures(self):
        self.assertEqual(len(self.traces), 2)
        self.assertFalse(self.traces.mass_mailing_id)
        self.assertFalse(self.traces.mapped("email")[0])
        self.env.flush_all()
        self.assertFalse(self.env["mailing.trace.report"].search([("name", "=", False)]))

    def test_mails_outside_of_journeys_have_no_picture(self):
        mail = self.template.send_mail_batch(self.member.ids)
        self.assertNotIn("/mail/track/", mail._prepare_outgoing_body())

    def test_old_traces_are_forgotten_and_events_stay(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mailing_trace SET create_date = now() - interval '181 days' WHERE id = %s", self.traces[:1].ids
        )
        self.traces._gc_of_journeys()
        self.assertEqual(self.traces.exists(), self.traces[1:])
        self.assertEqual(len(self.events.exists()), 2)
