"""Who reads predictions: staff of their own stores' members, marketing and managers of all; and nobody writes them."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestPredictionRights(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: cls.make_user(f"prediction_{name}", f"loyalty_membership.group_{name}")
            for name in ("viewer", "store", "marketing", "manager", "admin")
        }
        cls.elsewhere = cls.env["crm.team"].create({"name": "Elsewhere"})
        cls.other.team_id = cls.elsewhere
        cls.predictions = cls.env["loyalty.member.prediction"].create([
            {
                "member_id": member.id,
                "program_id": cls.program.id,
                "company_id": cls.env.company.id,
                "churn_risk": "high",
                "predicted_on": "2025-03-31",
            }
            for member in (cls.member, cls.other)
        ])
        cls.fit = cls.env["loyalty.prediction.fit"].create({
            "program_id": cls.program.id, "date": "2025-03-31", "state": "done",
            "calibration_ids": [Command.create({"frequency": 0, "customers": 9})],
        })  # fmt: skip

    def seen(self, name, model):
        return self.env[model].with_user(self.users[name]).search([("program_id", "=", self.program.id)])

    def test_a_viewer_reads_none(self):
        for model in ("loyalty.member.prediction", "loyalty.prediction.fit"):
            with self.assertRaises(AccessError):
                self.seen("viewer", model)

    def test_a_viewer_goes_on_reading_programs(self):
        program = self.program.with_user(self.users["viewer"])
        self.assertEqual(program.read(["name", "churn_safe"])[0]["name"], "Club")
        self.assertNotIn("prediction_notice", program.fields_get())

    def test_store_staff_read_those_of_their_own_stores(self):
        seen = self.seen("store", "loyalty.member.prediction")
        self.assertEqual(seen.member_id, self.member.with_user(self.users["store"]))
        self.elsewhere.crm_team_member_ids = [Command.create({"user_id": self.users["store"].id})]
        self.assertEqual(len(self.seen("store", "loyalty.member.prediction")), 2)

    def test_store_staff_read_how_a_member_stands_and_not_how_good_predictions_are(self):
        member = self.member.with_user(self.users["store"])
        self.assertEqual((member.churn_risk, member.prediction_missing), ("high", False))
        with self.assertRaises(AccessError):
            self.seen("store", "loyalty.prediction.fit")

    def test_marketing_and_managers_read_all(self):
        for name in ("marketing", "manager", "admin"):
            self.assertEqual(len(self.seen(name, "loyalty.member.prediction")), 2)
            fit = self.seen(name, "loyalty.prediction.fit")
            self.assertEqual((fit, fit.calibration_ids.customers), (self.fit, 9))
            self.assertEqual(self.program.with_user(self.users[name]).prediction_state, "done")

    def test_nobody_writes_them(self):
        for name in ("store", "marketing", "manager", "admin"):
            for record in (self.predictions[0], self.fit, self.fit.calibration_ids):
                record = record.with_user(self.users[name])
                with self.subTest(name, model=record._name):
                    with self.assertRaises(AccessError):
                        record.write({"program_id": self.program.id} if "program_id" in record else {"customers": 1})
                    with self.assertRaises(AccessError):
                        record.unlink()
                    with self.assertRaises(AccessError):
                        record.create({})

    def test_another_companys_predictions_are_hidden(self):
        company = self.env["res.company"].create({"name": "Abroad"})
        user = self.users["manager"]
        user.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        for model in ("loyalty.member.prediction", "loyalty.prediction.fit"):
            self.assertFalse(self.seen("manager", model))
        with self.assertRaises(AccessError):
            self.fit.calibration_ids.with_user(user).read(["customers"])

    def test_another_companys_program_is_not_predicted_on_demand(self):
        company = self.env["res.company"].create({"name": "Abroad"})
        user = self.users["manager"]
        user.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        with self.assertRaises(AccessError):
            self.program.with_user(user).action_predict()
