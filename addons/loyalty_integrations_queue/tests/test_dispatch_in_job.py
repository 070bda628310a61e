"""What is queued for other systems is sent by jobs: made once it is committed, one a connection, more where there is much."""

from unittest.mock import patch

from odoo.addons.loyalty_integrations.tests.common import EchoCase
from odoo.addons.loyalty_integrations_queue.models import loyalty_connection
from odoo.addons.queue_job.job import Job
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestDispatchInJob(EchoCase):
    def queue(self, number, connection=None):
        """So many messages that are to be sent; their rows."""
        connection = connection or self.connection
        connection.push_message = True
        rows = self.env["loyalty.outbox"].create([
            {
                "connection_id": connection.id, "flow": "push_message", "event": "message", "ordering_key": f"message:{n}",
                "data": {"number": n}, "idempotency_key": f"{connection.id}-{n}",
            }
            for n in range(number)
        ])  # fmt: skip
        self.env.flush_all()
        return rows

    def commit(self):
        """What comes after a commit, which a test can't make."""
        self.env.cr.precommit.run()
        self.env.flush_all()
        self.env.cr.postcommit.run()
        self.env.invalidate_all()

    def jobs(self):
        return self.env["queue.job"].search([("method_name", "=", "_dispatch_in_job")], order="id")

    def test_what_changes_becomes_a_job_of_its_connection_once_it_is_committed(self):
        self.connection.push_member = True
        self.member.partner_id.name = "Li Na 李娜"
        self.env.cr.precommit.run()
        self.assertFalse(self.jobs())
        self.commit()
        job = self.jobs()
        self.assertEqual((job.model_name, job.records, job.args), ("loyalty.connection", self.connection, [0]))
        self.assertEqual((job.identity_key, job.channel), (f"loyalty.connection:{self.connection.id}:0", "root.loyalty"))

    def test_the_job_sends_what_is_queued(self):
        rows = self.queue(3)
        rows._wake()
        self.commit()
        Job.load(self.env, self.jobs().uuid).perform()
        self.env.invalidate_all()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(set(self.fake.events.values()), {1})

    def test_there_is_one_waiting_job_however_often_something_changes(self):
        self.queue(1)
        for _time in range(3):
            self.env["loyalty.outbox"]._wake()
            self.commit()
        self.assertEqual(self.jobs().mapped("channel"), ["root.loyalty"])

    def test_while_a_job_runs_what_changes_gets_the_next_one(self):
        self.queue(1)._wake()
        self.commit()
        self.env.cr.execute("UPDATE queue_job SET state = 'started' WHERE id = %s", self.jobs().ids)
        self.env["loyalty.outbox"]._wake()
        self.commit()
        self.assertEqual(len(self.jobs()), 2)

    def test_every_connection_that_waits_has_its_job_and_no_other(self):
        other = self.make_connection(name="Other")
        self.make_connection(name="Idle")
        paused = self.make_connection(name="Paused")
        for connection in (self.connection, other, paused):
            self.queue(1, connection)
        paused.action_pause()
        self.env["loyalty.outbox"]._wake()
        self.commit()
        keys = {f"loyalty.connection:{connection.id}:0" for connection in (self.connection, other)}
        self.assertEqual(set(self.jobs().mapped("identity_key")), keys)

    def test_where_there_is_much_to_send_the_first_job_calls_others(self):
        self.connection.parallel_jobs = 3
        self.queue(120)
        with trap_jobs() as trap, patch.object(type(self.connection), "_dispatch", lambda *_args: 0):
            self.connection._dispatch_in_job()
            self.assertEqual([job.args for job in trap.enqueued_jobs], [(1,), (2,)])

    def test_where_there_is_little_to_send_it_calls_nobody(self):
        self.connection.parallel_jobs = 3
        self.queue(50)
        with trap_jobs() as trap:
            self.connection._dispatch_in_job()
            trap.assert_jobs_count(0)

    def test_what_is_left_when_its_time_is_up_is_sent_by_another_job(self):
        self.queue(2)
        with trap_jobs() as trap, patch.object(loyalty_connection, "SLICE", 1e-6):
            with patch.object(type(self.connection), "_dispatch", lambda *_args: 1):
                self.connection._dispatch_in_job()
            trap.assert_jobs_count(1)

    def test_a_connection_where_nothing_can_be_sent_makes_no_jobs_for_ever(self):
        self.queue(2)
        with trap_jobs() as trap, patch.object(loyalty_connection, "SLICE", 1e-6):
            with patch.object(type(self.connection), "_dispatch", lambda *_args: 0):
                self.connection._dispatch_in_job()
            trap.assert_jobs_count(0)

    def test_without_a_job_runner_the_scheduled_action_is_there(self):
        cron = self.env.ref("loyalty_integrations.cron_dispatch")
        self.assertEqual((cron.active, cron.interval_number, cron.interval_type), (True, 1, "minutes"))
        rows = self.queue(1)
        rows._wake()
        self.commit()
        self.assertIn(self.connection, self.env["loyalty.outbox"]._waiting_connections())

    def test_a_job_of_whoever_changed_something_runs_as_the_system(self):
        clerk = self.env["res.users"].create({"name": "Clerk", "login": "clerk_q", "group_ids": [(5, 0)]})
        self.queue(1)
        self.env["loyalty.outbox"].with_user(clerk)._wake()
        self.commit()
        self.assertEqual(self.jobs().user_id, self.env.ref("base.user_root"))
