"""Who is erased is erased in what was exchanged, too, and over there."""

from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestErasure(EchoCase):
    def everything(self):
        """All that the layer's tables hold, as text."""
        tables = ("loyalty_outbox", "loyalty_outbox_attempt", "loyalty_inbox", "loyalty_binding")
        self.env.flush_all()
        found = []
        for table in tables:
            self.env.cr.execute(f"SELECT COALESCE(string_agg(t::text, '\n'), '') FROM {table} t")  # noqa: S608
            found += self.env.cr.fetchone()
        return "\n".join(found)

    def test_nothing_that_was_exchanged_names_the_person_any_more_and_the_other_system_is_told(self):
        self.connection.push_points = True
        self.member.partner_id.write({"name": "Li Na 李娜", "email": "li.na@example.com"})
        self.env["loyalty.points.entry"]._post([{"member_id": self.member.id, "kind": "adjust", "points": 5}])
        self.dispatch()
        code, phone = self.member.code, "13800138000"
        inbox = self.env["loyalty.inbox"].sudo()
        for number, data in enumerate((
            {"member": [phone], "reference": "T1"},
            {"id": "x", "values": {"email": "li.na@example.com"}},
        )):
            inbox._receive(self.connection, "purchase", [{"event_id": f"E{number}", "data": data, "raw_body": str(data)}])
        for text in (code, phone, "li.na@example.com", "李娜"):
            self.assertIn(text, self.everything() + str(self.fake.records))
        self.member._erase("asked for it")
        self.dispatch()
        for text in (code, phone, "li.na@example.com", "李娜"):
            self.assertNotIn(text, self.everything())
        [values] = self.fake.records.values()
        self.assertNotIn("李娜", values["name"])
        self.assertTrue(values["code"].startswith("erased-"))

    def test_others_keep_what_was_exchanged_of_them(self):
        self.other.partner_id.name = "Wang Wei 王伟"
        self.dispatch()
        self.member._erase("asked for it")
        self.assertIn("王伟", self.everything())
