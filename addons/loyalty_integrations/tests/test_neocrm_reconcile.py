"""What reconciliation finds of members in Neocrm, and what a repair makes of it."""

from odoo.tests import tagged

from .test_neocrm import NeocrmFlowsCase


@tagged("post_install", "-at_install")
class TestNeocrmReconcile(NeocrmFlowsCase):
    def setUp(self):
        super().setUp()
        self.send(name="张三丰")
        self.env["loyalty.member"].search([
            ("program_id", "=", self.program.id), ("id", "!=", self.member.id)
        ]).action_archive()  # fmt: skip
        self.dispatch()
        [self.account] = [account for account in self.there() if account["loyaltyNo__c"] == self.member.code]

    def found(self):
        run = self.work(self.run_of("reconcile"))
        self.assertEqual((run.state, run.problem), ("done", False))
        return run, run.line_ids.filtered(lambda line: line.res_id == self.member.id)

    def numbered(self):
        return [account["id"] for account in self.there() if account["accountName"] == "张三丰"]

    def test_one_that_was_deleted_there_is_noticed_and_made_again(self):
        del self.fake.records["account"][self.account["id"]]
        run, line = self.found()
        self.assertEqual((line.action, line.external_id), ("gone", str(self.account["id"])))
        run.action_repair()
        self.assertEqual(self.dispatch()[-1].state, "done")
        self.assertEqual(len(self.numbered()), 1)
        self.assertFalse(self.found()[1])

    def test_one_that_lost_its_number_there_gets_it_back_and_is_not_made_a_second_time(self):
        self.fake.change("account", self.account["id"], loyaltyNo__c=None)
        run, line = self.found()
        run.action_repair()
        self.assertEqual(self.dispatch()[-1].state, "done")
        self.assertEqual(self.numbered(), [self.account["id"]])
        self.assertEqual((line.action, self.there()[0]["loyaltyNo__c"]), ("different", self.member.code))
        self.assertFalse(self.found()[1])
