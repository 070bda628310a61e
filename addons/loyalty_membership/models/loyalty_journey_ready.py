"""The journeys that every program begins with: switched off, to be read, changed and started."""

from datetime import datetime
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Command
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)


class Ready(NamedTuple):
    """A journey: what it is called, what it is for, its own values, and its steps."""

    name: object
    told: object
    values: dict
    steps: tuple


def _mail(template, name, **values):
    return {"kind": "mail", "mail_template_id": f"mail_journey_{template}", "name": name, **values}


def _sms(template, name, **values):
    return {"kind": "sms", "sms_template_id": f"sms_journey_{template}", "name": name, **values}


def _coupon(key, days, name):
    return {"kind": "coupon", "coupon_program_id": key, "coupon_days": days, "name": name}


def _call(name, summary, note):
    return {"kind": "activity", "name": name, "activity_summary": summary, "activity_note": note}


#: In the morning, when people like to read.
_AT_TEN = {"at_hour": True, "hour": 10.0}
_BOUGHT = repr([("last_purchase_at", "!=", False)])
#: But for who bought nothing in the last year, something before, and something in the first days of this one.
_BOUGHT_LAST_YEAR = repr([("last_purchase_at", ">=", "today -1y =1m =1d"), ("first_purchase_at", "<", "today =1m =1d")])
_NO_BIRTHDAY = repr([("birthdate", "=", False)])
_POINTS_LEFT = repr([("points", ">", 0)])

READY = {
    "welcome": Ready(
        _lt("Welcome"), _lt("A coupon for a new member, and after three days a question for the birthday."),
        {"trigger": "joined", "once": True},
        (
            _coupon("welcome", 30, _lt("Gift coupon")),
            _mail("welcome", _lt("Welcome mail")),
            _sms("welcome", _lt("Welcome SMS")),
            _mail("profile", _lt("Ask for the birthday"), wait_number=3, member_domain=_NO_BIRTHDAY, **_AT_TEN),
        ),
    ),
    "first_purchase": Ready(
        _lt("Thanks for the First Purchase"), _lt("The day after: thank you, and what the points are good for."),
        {"trigger": "first_purchase", "once": True, "offset_days": 1, **_AT_TEN},
        (_mail("first_purchase", _lt("Thank-you mail")),),
    ),
    "birthday_soon": Ready(
        _lt("Birthday in a Week"), _lt("A coupon a week before the birthday, in time to choose something."),
        {"trigger": "birthday", "offset_days": -7, **_AT_TEN},
        (_coupon("birthday", 21, _lt("Birthday coupon")), _mail("birthday_soon", _lt("Birthday coupon mail"))),
    ),
    "birthday": Ready(
        _lt("Birthday"), _lt("Good wishes on the day."),
        {"trigger": "birthday", **_AT_TEN},
        (_mail("birthday", _lt("Birthday mail")), _sms("birthday", _lt("Birthday SMS"))),
    ),
    "tier_up": Ready(
        _lt("Tier Up"), _lt("Congratulations by mail and SMS, a coupon, and a call by the account manager."),
        {"trigger": "tier_up", "member_domain": repr([("tier_id.threshold", ">", 0)])},
        (
            _coupon("tier", 60, _lt("Tier coupon")),
            _mail("tier_up", _lt("Congratulation mail")),
            _sms("tier_up", _lt("Congratulation SMS")),
            _call(
                _lt("Call by the account manager"), _lt("Call and congratulate"),
                _lt("The member has just reached a new tier. Introduce yourself, and say what the tier brings."),
            ),
        ),
    ),
    "tier_lapsing": Ready(
        _lt("Tier About to Lapse"), _lt("30 days before the end of a tier: what is missing to keep it."),
        {"trigger": "tier_lapsing", "trigger_days": 30, "member_domain": repr([("tier_id.threshold", ">", 0)]), **_AT_TEN},
        (_mail("tier_lapsing", _lt("Tier reminder mail")), _sms("tier_lapsing", _lt("Tier reminder SMS"))),
    ),
    "expiring_30": Ready(
        _lt("Points Expire in 30 Days"), _lt("How many points end, when, and what they buy."),
        {"trigger": "points_expiring", "trigger_days": 30, **_AT_TEN},
        (_mail("points_expiring", _lt("Points reminder mail"), member_domain=_POINTS_LEFT),),
    ),
    "expiring_7": Ready(
        _lt("Points Expire in 7 Days"), _lt("The last reminder, by mail and SMS."),
        {"trigger": "points_expiring", "trigger_days": 7, **_AT_TEN},
        (
            _mail("points_expiring", _lt("Points reminder mail"), member_domain=_POINTS_LEFT),
            _sms("points_expiring", _lt("Points reminder SMS"), member_domain=_POINTS_LEFT),
        ),
    ),
    "dormant_30": Ready(
        _lt("30 Days Without a Purchase"), _lt("A coupon that ends soon. A control group gets nothing, to see what it brings."),
        {"trigger": "silent", "trigger_days": 30, "control_percentage": 10, "member_domain": _BOUGHT, **_AT_TEN},
        (_coupon("come_back", 14, _lt("Come-back coupon")), _mail("dormant", _lt("We-miss-you mail"))),
    ),
    "dormant_60": Ready(
        _lt("60 Days Without a Purchase"),
        _lt("A coupon, and an SMS a week later to who has not come. A control group gets nothing, to see what it brings."),
        {"trigger": "silent", "trigger_days": 60, "control_percentage": 10, "member_domain": _BOUGHT, **_AT_TEN},
        (
            _coupon("come_back", 30, _lt("Come-back coupon")),
            _mail("dormant", _lt("We-miss-you mail")),
            _sms(
                "dormant", _lt("We-miss-you SMS"), wait_number=1, wait_unit="week", otherwise="end",
                member_domain=repr([("last_purchase_at", "<", "today -30d")]), **_AT_TEN,
            ),
        ),
    ),
    "churn": Ready(
        _lt("High-Value Member About to Churn"), _lt("The account manager calls before the member is gone."),
        {"trigger": "segment_entered", "trigger_segment_id": "churn", "segment_ids": "high_value"},
        (
            _call(
                _lt("Call by the account manager"), _lt("Call before we lose this member"),
                _lt("One of our best members may not come back. Ask what was wrong, and what would help."),
            ),
        ),
    ),
    "year": Ready(
        _lt("The Year in Review"), _lt("Every January: what the member bought, earned and redeemed in the last year."),
        {"trigger": "repeat", "repeat_number": 1, "repeat_unit": "year",
         "member_domain": _BOUGHT_LAST_YEAR},
        (_mail("year", _lt("Yearly mail")),),
    ),
}  # fmt: skip
#: Of a step, in the language of whoever reads it.
TEXTS = ("name", "activity_summary", "activity_note")


class LoyaltyJourneyReady(models.Model):
    _inherit = "loyalty.journey"

    ready_made = fields.Char(readonly=True, copy=False, index="btree_not_null", help="Technical: which ready-made journey it is.")

    @api.model
    def _ready_values(self, program, key, place):
        """The values of a ready-made journey of a program; None where what it needs is not there."""
        ready = READY[key]
        values = {
            "program_id": program.id, "ready_made": key, "sequence": 10 * place,
            "name": self.env._(ready.name), "description": self.env._(ready.told), **ready.values,
        }  # fmt: skip
        if ready.values["trigger"] == "repeat":
            values["trigger_at"] = program._utc(datetime(program._today().year + 1, 1, 8, 10))
        if "trigger_segment_id" in values:
            segments = {
                name: self._ready_segment(program, ready.values[name]) for name in ("trigger_segment_id", "segment_ids")
            }  # fmt: skip
            if not all(segments.values()):
                return None
            values |= {"trigger_segment_id": segments["trigger_segment_id"].id, "segment_ids": segments["segment_ids"].ids}
        steps = enumerate(ready.steps, start=1)
        values["step_ids"] = [Command.create(self._ready_step(program, step, 10 * number)) for number, step in steps]
        return values

    @api.model
    def _ready_segment(self, program, key):
        return self.env["loyalty.segment"].search([("program_id", "=", program.id), ("ready_made", "=", key)], limit=1)

    @api.model
    def _ready_step(self, program, step, sequence):
        values = {"sequence": sequence, **step}
        values |= {name: self.env._(step[name]) for name in TEXTS if name in step}
        for name in ("mail_template_id", "sms_template_id"):
            if name in step:
                values[name] = self.env.ref(f"loyalty_membership.{step[name]}").id
        if step["kind"] == "coupon":
            values["coupon_program_id"] = program._ready_coupon(step["coupon_program_id"]).id
        if step["kind"] == "activity":
            values["user_id"] = self._ready_colleague(program).id
        return values

    @api.model
    def _ready_colleague(self, program):
        """Who gets what there is to do where a tier has no account manager: somebody who reads it."""
        if self.env.uid != SUPERUSER_ID:
            return self.env.user
        group = self.env.ref("loyalty_membership.group_manager")
        companies = program.company_id.ids or self.env.companies.ids
        managers = group.all_user_ids.filtered(lambda user: user.active and user.id != SUPERUSER_ID)
        return managers.filtered(lambda user: set(companies) & set(user.company_ids.ids))[:1] or managers[:1] or self.env.user

    def _name_ready_made(self):
        """Name them in every language of the database; a name that somebody gave stays."""
        for code, _name in self.env["res.lang"].get_installed():
            for journey in self.with_context(lang=code):
                ready = READY[journey.ready_made]
                translate_own(journey, {"name": ready.name, "description": ready.told})
                for step in journey.step_ids:
                    for texts in ready.steps:
                        translate_own(step, {name: texts[name] for name in TEXTS if name in texts})


def translate_own(record, texts):
    """Put those of a record's texts that are still the addon's own into the record's language.

    :param texts: dict field -> text, lazily translated
    """
    english = record.with_context(lang="en_US")
    for name, text in texts.items():
        own, here, field = record.env._(text), english.env._(text), record._fields[name]
        if own == here or not record[name]:
            continue
        if callable(field.translate):  # by terms: a whole text would be the English one, too
            record.update_field_translations(name, {record.env.lang: {here: own}})
        elif record[name] == here:
            record[name] = own
