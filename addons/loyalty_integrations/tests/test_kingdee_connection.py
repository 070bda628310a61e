"""From the form of a connection to a Kingdee of our own."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.secret import DOTS
from .common_kingdee_connection import KingdeeConnectionCase


@tagged("-at_install", "post_install")
class TestKingdeeConnection(KingdeeConnectionCase):
    def test_the_form_is_all_that_is_needed_to_sign_in(self):
        for how in ("login_by_sign", "signed_headers", "app_secret"):
            connection = self.connect(kingdee_sign_in=how)
            connection.action_test()
            self.assertEqual((connection.test_passed, connection.test_result), (True, "demo @ 6290000000abcd"))

    def test_what_is_missing_is_named(self):
        self.connection.kingdee_app_secret = False
        self.connection.action_test()
        self.assertFalse(self.connection.test_passed)
        self.assertIn("App Secret", self.connection.test_result)
        self.assertFalse(self.fake.requests)

    def test_the_secret_is_never_shown_again(self):
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.kingdee_app_secret, DOTS)
        self.assertEqual(self.connection._settings()["app_secret"], self.fake.app_secret)

    def test_a_refusal_is_told_in_its_words(self):
        self.connection.kingdee_app_secret = "wrong"
        self.connection.action_test()
        self.assertIn("用户名或密码错误", self.connection.test_result)

    def test_numbers_need_a_beginning_that_every_database_takes(self):
        for wrong in (False, "积分", "x" * 11):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.connection.kingdee_prefix = wrong

    def test_what_earns_and_what_numbers_begin_with_are_fixed_once_it_was_activated(self):
        self.connection.write({"kingdee_prefix": "M-", "kingdee_earn_on": "outbound"})
        self.connection.push_member = True
        self.connection.action_activate()
        self.connection.action_pause()
        for name, value in (("kingdee_prefix", "LOY-"), ("kingdee_earn_on", "order")):
            with self.assertRaises(UserError):
                self.connection[name] = value
        self.connection.write({"kingdee_prefix": "M-", "kingdee_earn_on": "outbound", "kingdee_page_size": 500})
        self.assertEqual(self.connection.kingdee_page_size, 500)

    def test_pages_have_rows(self):
        with self.assertRaises(ValidationError):
            self.connection.kingdee_page_size = 0
