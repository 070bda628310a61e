"""From a connection's form to Neocrm and back, through the layer."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.addons.loyalty_membership.tests.common import LoyaltyCase
from odoo.tests import tagged

from .common_sending import Sending
from .fakes.neocrm import Neocrm as FakeNeocrm


class NeocrmConnectionCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["loyalty.connection"].create({
            "name": "销售易", "system": "neocrm", "program_id": cls.program.id, "allow_private": True, "rate_calls": 1000,
            "neocrm_client_id": "cid-1", "neocrm_client_secret": "secret-of-cid-1", "neocrm_username": "loyalty@example.com",
            "neocrm_password": "Passw0rd!", "neocrm_security_token": "Tok3nABC", "push_member": True, "pull_contacts": True,
        })  # fmt: skip

    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(FakeNeocrm())
        self.connection.write({"neocrm_token_url": self.fake.url + "/auc/oauth2/token", "neocrm_api_url": self.fake.url})
        self.enterContext(self.enter_registry_test_mode())
        self.env.cr.precommit.clear()
        self.registry.clear_cache()


@tagged("post_install", "-at_install")
class TestNeocrmConnection(NeocrmConnectionCase):
    def test_a_connection_that_works_says_where_it_is(self):
        self.connection.action_test()
        self.assertEqual(self.connection.test_result, "loyalty@example.com @ 200001: account, 14 fields")

    def test_a_wrong_password_is_told_with_what_to_do(self):
        self.connection.neocrm_password = "wrong"
        self.connection.action_test()
        self.assertFalse(self.connection.test_passed)
        self.assertEqual(
            self.connection.test_result,
            "User, password or security token is wrong, or the password has expired. "
            "([invalid_grant] 用户名、密码或安全令牌错误)",
        )

    def test_what_is_missing_is_named_by_its_label(self):
        self.connection.neocrm_client_secret = False
        self.connection.action_test()
        self.assertEqual(self.connection.test_result, "Fill in first: Client Secret.")

    def test_secrets_are_kept_encrypted_and_shown_as_dots(self):
        self.env.flush_all()
        [kept] = self.env.execute_query_dict(
            self.env["loyalty.connection"]._search([("id", "=", self.connection.id)]).select("*")
        )
        for secret in ("secret-of-cid-1", "Passw0rd!", "Tok3nABC"):
            self.assertNotIn(secret, repr(kept))
            self.assertNotIn(secret, repr(self.connection.read()))

    def test_a_new_secret_leaves_the_others_as_they_are(self):
        self.connection.neocrm_password = "wrong"
        self.connection.neocrm_password = "Passw0rd!"
        self.connection.action_test()
        self.assertTrue(self.connection.test_passed, self.connection.test_result)


class NeocrmFlowsCase(Sending, NeocrmConnectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls.make_member("张三", phone="13811118888")
        cls.connection.state = "active"

    def fetch(self):
        """Read what is new, and do it; what came in."""
        before = self.env["loyalty.inbox"].search([("connection_id", "=", self.connection.id)])
        self.env.flush_all()
        self.connection._pull(float("inf"))
        self.env.invalidate_all()
        while batch := self.env["loyalty.inbox"]._claim(500):
            batch._process()
        return self.env["loyalty.inbox"].search(
            [("connection_id", "=", self.connection.id), ("id", "not in", before.ids)], order="id"
        )

    def send(self, **values):
        self.member.partner_id.write(values)
        return self.dispatch()[-1]

    def there(self, entity="account"):
        return list(self.fake.records[entity].values())

    def map_field(self, subject, ours, theirs):
        """Add a line to a mapping as somebody does who picks both fields, and publish it."""
        mapping = self.connection._mapping(subject)
        draft = mapping.browse(mapping.action_new_version()["res_id"])
        draft.action_refresh_fields()
        remote = self.env["loyalty.remote.field"].search([
            ("connection_id", "=", self.connection.id), ("subject", "=", subject), ("path", "=", theirs)
        ])  # fmt: skip
        local = self.env["loyalty.local.field"].search([("kind", "=", subject), ("name", "=", ours)])
        draft.line_ids = [(0, 0, {"local_field_id": local.id, "remote_field_id": remote.id})]
        draft.action_publish()


@tagged("post_install", "-at_install")
class TestNeocrmFlows(NeocrmFlowsCase):
    def writes(self):
        return len(self.fake.seen("xobjects/account", "POST")) + len(self.fake.seen("xobjects/account", "PATCH"))

    def test_a_member_goes_there_and_a_change_there_comes_back(self):
        row = self.send(name="张三丰")
        self.assertEqual((row.state, row.error_message), ("done", False))
        [account] = self.there()
        self.assertEqual(
            (account["accountName"], account["phone"], account["loyaltyNo__c"]), ("张三丰", "13811118888", self.member.code)
        )
        self.fake.change("account", account["id"], accountName="张君宝 🎁", phone="13900139009")
        self.fetch()
        self.assertEqual((self.member.partner_id.name, self.member.phone), ("张君宝 🎁", "+8613900139009"))

    def test_what_we_sent_comes_back_as_nothing_new_and_is_not_sent_again(self):
        self.send(name="张三丰")
        self.fetch()
        before = self.writes()
        self.dispatch()
        self.assertEqual((self.writes(), self.member.partner_id.name), (before, "张三丰"))

    def test_what_was_fetched_is_not_sent_back(self):
        self.send(name="张三丰")
        [account] = self.there()
        self.fetch()
        self.fake.change("account", account["id"], accountName="张君宝")
        before = self.writes()
        self.fetch()
        self.dispatch()
        self.assertEqual((self.member.partner_id.name, self.writes()), ("张君宝", before))

    def test_both_sides_changed_at_once_keep_both_changes(self):
        self.send(name="张三丰")
        [account] = self.there()
        self.fetch()
        self.fake.change("account", account["id"], phone="13900139009")
        self.send(email="zsf@example.com")
        self.fetch()
        self.dispatch()
        [account] = self.there()
        self.assertEqual((account["phone"], account["email"]), ("13900139009", "zsf@example.com"))
        self.assertEqual((self.member.phone, self.member.email), ("+8613900139009", "zsf@example.com"))

    def unmap_phone(self):
        mapping = self.connection._mapping("member")
        draft = mapping.browse(mapping.action_new_version()["res_id"])
        draft.line_ids.filtered(lambda line: line.remote == "phone").unlink()
        draft.action_publish()

    def test_members_who_cannot_be_recognised_are_not_made_a_second_time(self):
        self.connection.neocrm_match_field = "phone"
        self.fake.add("account", accountName="张三", phone="138 1111 8888")
        self.unmap_phone()
        self.connection.action_test()
        self.assertIn("“Recognise By” is phone: add a line", self.connection.test_result)
        row = self.send(name="张三丰")
        self.assertEqual((row.state, row.error_code, len(self.there())), ("dead", "no_match", 1))

    def test_a_member_who_is_known_there_needs_no_recognition(self):
        self.send(name="张三丰")
        self.connection.neocrm_match_field = "phone"
        self.unmap_phone()
        self.assertEqual(self.send(name="张君宝").state, "done")

    def test_a_member_there_without_number_is_taken_however_the_phone_is_written(self):
        self.connection.neocrm_match_field = "phone"
        self.fake.add("account", accountName="张三", phone="138 1111 8888")
        self.assertEqual(self.send(name="张三丰").state, "done")
        self.assertEqual([account["loyaltyNo__c"] for account in self.there()], [self.member.code])

    def test_points_are_sent_and_never_fetched(self):
        self.map_field("member", "points", "loyaltyPoints__c")
        self.env["loyalty.points.entry"]._post([{"member_id": self.member.id, "kind": "adjust", "points": 120}])
        self.dispatch()
        [account] = self.there()
        self.assertEqual(account["loyaltyPoints__c"], 120)
        self.fake.change("account", account["id"], loyaltyPoints__c=999_999)
        self.fetch()
        self.assertEqual(self.member.points, 120)

    def test_a_lost_answer_makes_no_second_record(self):
        self.fake.unique = ""
        self.fake.fail_next("reset_after", path="/xobjects/account", method="POST")
        self.send(name="张三丰")
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self.dispatch()
        with freeze_time(fields.Datetime.now() + timedelta(hours=9)):
            row = self.dispatch()[-1]
        self.assertEqual(row.state, "done")
        self.assertEqual(len(self.there()), 1)

    # ------------------------------------------------------------------
    # Won deals
    # ------------------------------------------------------------------

    def win(self, **customer):
        self.connection.write({"pull_enrolments": True, "pull_contacts": False, "neocrm_won_stage": "915959"})
        account = self.fake.add("account", **customer)
        deal = self.fake.add("opportunity", opportunityName="大单", accountId=int(account), saleStageId=915959)
        return account, deal

    def test_a_won_deal_makes_its_customer_a_member(self):
        account, _deal = self.win(accountName="赵六", phone="13700137000", email="z@example.com")
        [row] = self.fetch().filtered(lambda row: row.kind == "enrolment")
        self.assertEqual((row.state, row.result["body"]["created"]), ("done", True))
        member = self.env["loyalty.member"].search([("code", "=", row.result["body"]["member"])])
        self.assertEqual((member.name, member.phone, member.email), ("赵六", "+8613700137000", "z@example.com"))
        self.dispatch()
        self.assertEqual(
            self.fake.records["account"][int(account)]["loyaltyNo__c"], member.code, "the same record got its number"
        )
        self.assertEqual(len(self.there()), 1)

    def test_a_deal_enrols_once_however_often_it_is_read_and_changed(self):
        _account, deal = self.win(accountName="赵六", phone="13700137000")
        count = self.env["loyalty.member"].search_count([])
        self.fetch()
        self.fake.change("opportunity", deal, opportunityName="更大的单")
        rows = self.fetch().filtered(lambda row: row.kind == "enrolment")
        self.assertFalse(rows)
        self.assertEqual(self.env["loyalty.member"].search_count([]), count + 1)

    def test_a_member_who_wins_a_deal_stays_the_same_member(self):
        self.win(accountName="张三", phone="13811118888")
        [row] = self.fetch().filtered(lambda row: row.kind == "enrolment")
        self.assertEqual((row.result["body"]["member"], row.result["body"]["created"]), (self.member.code, False))

    def test_a_deal_whose_customer_cannot_join_says_why_and_holds_up_nobody(self):
        self.win(phone="13600136000")
        account, _deal = self.win(accountName="删了")
        del self.fake.records["account"][int(account)]
        self.fake.add("opportunity", opportunityName="无主", saleStageId=915959)
        self.win(accountName="赵六", phone="13700137000")
        rows = self.fetch().filtered(lambda row: row.kind == "enrolment")
        self.assertEqual(rows.mapped("state"), ["dead", "dead", "dead", "done"])
        self.assertEqual(rows.mapped("error_code"), ["refused", "refused", "no_customer", False])
        self.assertIn("name", rows[0].error_message)

    def test_two_deals_of_one_customer_enrol_one_member(self):
        account, _deal = self.win(accountName="赵六", phone="13700137000")
        self.fake.add("opportunity", opportunityName="又一单", accountId=int(account), saleStageId=915959)
        rows = self.fetch().filtered(lambda row: row.kind == "enrolment")
        self.assertEqual(rows.mapped("state"), ["done", "done"])
        self.assertEqual(len({row.result["body"]["member"] for row in rows}), 1)

    def test_a_phone_that_is_none_is_told_and_the_customer_joins_without(self):
        self.win(accountName="赵六", phone="12")
        [row] = self.fetch().filtered(lambda row: row.kind == "enrolment")
        self.assertEqual(row.state, "done")
        self.assertIn("12", row.result["body"]["told"][0])

    def test_won_deals_have_no_mapping_of_their_own(self):
        self.assertEqual(self.connection.mapping_ids.mapped("subject"), ["member", "points"])

    def test_a_customer_without_phone_and_email_enrols_once_too(self):
        account, _deal = self.win(accountName="赵六")
        self.fetch()
        count = self.env["loyalty.member"].search_count([])
        self.fake.add("opportunity", opportunityName="又一单", accountId=int(account), saleStageId=915959)
        [row] = self.fetch()
        self.assertEqual((row.state, row.result["body"]["created"]), ("done", False))
        self.assertEqual(self.env["loyalty.member"].search_count([]), count)


@tagged("post_install", "-at_install")
class TestNeocrmPoints(NeocrmFlowsCase):
    """Each line of the ledger becomes a record of an object that was made for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.write({"push_points": True, "neocrm_points_object": "pointsLine__c"})

    def earn(self, points=120, **values):
        return self.env["loyalty.points.entry"]._post([
            {"member_id": self.member.id, "kind": "adjust", "points": points, **values}
        ])

    def lines(self):
        sent = self.dispatch().filtered(lambda row: row.flow == "push_points")
        self.assertEqual({(row.state, row.error_message) for row in sent}, {("done", False)})
        return self.there("pointsLine__c")

    def test_each_line_becomes_a_record(self):
        self.earn()
        [line] = self.lines()
        entry = self.env["loyalty.points.entry"].search([("member_id", "=", self.member.id)])
        self.assertEqual((line["loyaltyEntry__c"], line["name"]), (entry.id, self.member.code))
        self.assertEqual((line["loyaltyPoints__c"], line["loyaltyText__c"]), (120, entry.explanation))
        self.earn(-20)
        self.assertEqual([line["loyaltyPoints__c"] for line in self.lines()], [120, -20])

    def test_a_lost_answer_leaves_one_record(self):
        self.earn()
        self.fake.fail_next("reset_after", path="/xobjects/pointsLine__c", method="POST")
        self.dispatch()
        for hours in (1, 9):
            with freeze_time(fields.Datetime.now() + timedelta(hours=hours)):
                self.dispatch()
        self.assertEqual(len(self.lines()), 1)
        self.assertEqual(len(self.fake.seen("/xobjects/pointsLine__c", "POST")), 1)

    def test_a_line_can_name_the_record_of_its_member(self):
        self.map_field("points", "member_external_id", "accountId")
        self.send(name="张三丰")
        self.earn()
        [line] = self.lines()
        self.assertEqual(line["accountId"], str(self.there()[0]["id"]))

    def test_a_wrong_object_or_field_is_told_by_the_test(self):
        wrong = {"neocrm_points_object": ("", "Points: Object"), "neocrm_points_key": ("entry__c", "has no field entry__c")}
        for name, (value, told) in wrong.items():
            with self.subTest(name):
                self.connection[name] = value
                self.connection.action_test()
                self.assertIn(told, self.connection.test_result)
                self.connection.neocrm_points_object = "pointsLine__c"
