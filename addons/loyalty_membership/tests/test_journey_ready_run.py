"""Each ready-made journey, started and lived through by a member whom it is for."""

import re
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..models.loyalty_journey_ready import READY
from .test_journey_ready import ReadyCase


class ReadyRunCase(ReadyCase):
    """Members who have agreed to everything, and no hour at which they may not be written to."""

    lang = "en_US"
    names = ("Members Club", "Nova Shop", "Silver", "Gold", "Tote Bag", "Lin Yue", "Points")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.lang != "en_US":
            cls.env["res.lang"]._activate_lang(cls.lang)
            cls.env["ir.module.module"]._load_module_terms(["loyalty_membership"], [cls.lang], overwrite=True)
        cls.env.company.write({"name": cls.names[1], "email": "shop@example.com"})
        cls.program.with_context(lang=cls.lang).name = cls.names[0]
        cls.program.with_context(lang=cls.lang).portal_point_name = cls.names[6]
        cls.program.write({
            name: 0 for name in ("quiet_from", "quiet_to", "message_cap") if name in cls.program._fields
        })  # fmt: skip
        cls.silver, cls.gold = cls.env["loyalty.tier"].create([
            {"program_id": cls.program.id, "name": name, "code": code, "threshold": threshold}
            for name, code, threshold in ((cls.names[2], "S", 0), (cls.names[3], "G", 100))
        ])
        service = cls.env["product.product"].create({"name": cls.names[4], "type": "service"})
        cls.env["loyalty.catalog.item"].create({
            "program_id": cls.program.id, "name": cls.names[4], "kind": "service", "product_id": service.id, "points": 50,
        })  # fmt: skip
        cls.hero = cls.ask(cls.names[5], "13900139000")

    @classmethod
    def ask(cls, name, phone):
        """A member who has agreed to be written to."""
        member = cls.make_member(name, phone=phone, email=f"{phone}@example.com")
        member.partner_id.lang = cls.lang
        cls.env["loyalty.consent"].create([
            {"member_id": member.id, "channel": channel, "purpose": "marketing"} for channel in ("email", "sms")
        ])
        return member

    # ------------------------------------------------------------ what happens

    def day(self, days):
        return self.program._today() + timedelta(days=days)

    def happen(self, key):
        """What the journey answers, after it was started."""
        days = {"birthday_soon": 7, "birthday": 0, "expiring_30": 30, "expiring_7": 7, "dormant_30": 30, "dormant_60": 60}.get(
            key
        )
        if key.startswith("birthday"):
            self.hero.birthdate = self.day(days).replace(year=1988)
        elif key.startswith("expiring"):
            self.grant(500, self.hero, expires_on=self.day(days))
        elif key.startswith("dormant"):
            self.buy(70, self.hero, self.yesterday(days))
        elif key == "first_purchase":
            self.buy(70, self.hero)
        elif key == "tier_up":
            self.buy(150, self.hero)
        elif key == "tier_lapsing":
            self.hero.write({"tier_id": self.gold.id})
            self.hero.sudo().tier_until = self.day(30)
        elif key == "churn":
            self.churn()
        elif key == "year":
            self.buy(80, self.hero, fields.Datetime.to_datetime(f"{self.program._today().year - 1}-06-05 08:00:00"))
        else:
            self.assertEqual(key, "welcome")
            self.hero = self.ask(self.names[5], "13900139001")

    def churn(self):
        program = self.program.id
        self.env["loyalty.member.insight"].create({"member_id": self.hero.id, "program_id": program, "monetary_score": 5})
        self.env["loyalty.member.prediction"].create({"member_id": self.hero.id, "program_id": program, "churn_risk": "high"})
        for key in ("high_value", "churn"):
            self.env["loyalty.segment"].search([("program_id", "=", program), ("ready_made", "=", key)])._refresh()

    def live(self, key):
        """Start it, let it happen, and let all waits pass; the member's run."""
        journey = self.ready(key)
        journey.control_percentage = 0
        if key == "year":
            journey.trigger_at = fields.Datetime.now() - timedelta(hours=1)
        journey.action_start()
        self.started_before(journey, timedelta(days=1))
        self.happen(key)
        self.env.flush_all()
        self.look(journey)
        run = journey.run_ids.filtered(lambda run: run.member_id == self.hero)
        for _step in journey.step_ids:
            run.filtered(lambda run: run.state == "waiting").due_at = fields.Datetime.now()
            self.env.flush_all()
            self.advance()
        return run

    def mails(self):
        return self.env["mail.mail"].search([("model", "=", "loyalty.member"), ("res_id", "=", self.hero.id)], order="id")

    def sms(self):
        return self.env["sms.sms"].search([("partner_id", "=", self.hero.partner_id.id)], order="id")

    def told(self):
        """Every text that the member got."""
        return [
            *(f"{mail.subject}\n{html2plaintext(mail.body_html)}" for mail in self.mails()),
            *self.sms().mapped("body"),
        ]  # fmt: skip

    def codes(self):
        return self.env["loyalty.card"].search([
            ("partner_id", "=", self.hero.partner_id.id), ("program_id.ready_coupon", "!=", False)
        ]).mapped("code")  # fmt: skip

    def assert_lived(self, key):
        """Live through a journey, every step of which is to be done; what the member was told, as one text."""
        run, kinds = self.live(key), [step["kind"] for step in READY[key].steps]
        outcomes = run.event_ids.sorted("id").mapped(lambda event: (event.step_id.kind, event.outcome))
        self.assertEqual((run.mapped("state"), outcomes), (["done"], [(kind, "done") for kind in kinds]), run.problem)
        self.assertEqual((len(self.mails()), len(self.sms())), (kinds.count("mail"), kinds.count("sms")))
        self.assertEqual(len(self.codes()), kinds.count("coupon"))
        told = "\n".join(self.told())
        for code in self.codes():
            self.assertIn(code, told)
        self.assertNotRegex(told, r"\{\{|t-out|t-if|False|None|Li Na|李娜|0442-1234")
        self.check_language(told)
        return told

    def check_language(self, told):
        """Nothing is told in another language than the member's."""


class EachIsLivedThrough:
    """Tests of each journey, in the language of the class."""

    allow_inherited_tests_method = True

    def test_welcome(self):
        self.assertIn(self.names[0], self.assert_lived("welcome"))

    def test_first_purchase(self):
        self.assertIn(self.names[4], self.assert_lived("first_purchase"))  # 70 points buy it

    def test_birthday_in_a_week(self):
        self.assert_lived("birthday_soon")

    def test_birthday(self):
        self.assertIn(self.names[5], self.assert_lived("birthday"))

    def test_tier_up(self):
        told = self.assert_lived("tier_up")
        self.assertIn(self.names[3], told)
        self.assertEqual(len(self.hero.activity_ids), 1)

    def test_tier_about_to_lapse(self):
        told = self.assert_lived("tier_lapsing")
        self.assertIn("100", told)  # what is missing to keep it
        self.assertIn(self.names[3], told)

    def test_points_expire_in_30_days(self):
        told = self.assert_lived("expiring_30")
        self.assertIn("500", told)
        self.assertIn(self.names[4], told)

    def test_points_expire_in_7_days(self):
        self.assertEqual(self.assert_lived("expiring_7").count(self.names[4]), 2)  # in the mail, and in the SMS

    def test_30_days_without_a_purchase(self):
        self.assert_lived("dormant_30")

    def test_60_days_without_a_purchase(self):
        self.assert_lived("dormant_60")

    def test_high_value_member_about_to_churn(self):
        self.assert_lived("churn")
        self.assertEqual(len(self.hero.activity_ids), 1)

    def test_the_year_in_review(self):
        told = self.assert_lived("year")
        self.assertIn(str(self.program._today().year - 1), told)
        self.assertIn("80", told)


@tagged("post_install", "-at_install")
class TestJourneyReadyRun(EachIsLivedThrough, ReadyRunCase):
    pass


@tagged("post_install", "-at_install")
class TestJourneyReadyRunChinese(EachIsLivedThrough, ReadyRunCase):
    lang = "zh_CN"
    names = ("会员俱乐部", "新星商场", "银卡", "金卡", "帆布托特包", "林悦", "积分")

    def check_language(self, told):
        for own in (*self.codes(), *self.names):
            told = told.replace(own, "")
        told = re.sub(r"\[\d+\]|https?://\S+", "", told)  # the link to unsubscribe
        self.assertNotRegex(told, "[A-Za-z]{2,}")

    def test_sms_are_short(self):
        """A message of 70 characters is one message; the link to unsubscribe comes on top."""
        for key in ("welcome", "birthday", "tier_up", "tier_lapsing", "expiring_7", "dormant_60"):
            self.live(key)
        for body in self.sms().mapped("body"):
            self.assertRegex(body, "^【新星商场】")
            self.assertLessEqual(len(body.split("http")[0]), 70, body)

    def test_names_and_steps_are_chinese(self):
        for journey in self.of_program().with_context(lang="zh_CN"):
            steps = journey.step_ids
            coupons = steps.coupon_program_id
            for text in (
                journey.name, journey.description, *steps.mapped("name"), *steps.mapped("summary"), *coupons.mapped("name"),
                *coupons.reward_ids.mapped("description"), *filter(None, steps.mapped("activity_summary")),
                *(html2plaintext(note) for note in filter(None, steps.mapped("activity_note"))),
            ):  # fmt: skip
                self.assertRegex(text, "[\\u4e00-\\u9fff]")
        call = self.ready("tier_up").step_ids[-1:]
        self.assertIn("has just reached", call.activity_note)
