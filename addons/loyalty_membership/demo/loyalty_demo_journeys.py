"""Two journeys of the demo club that have run for most of its year: what they did is written down as if, and nothing is sent."""

from datetime import datetime, time, timedelta
from random import Random

from odoo import api, fields, models
from odoo.tools import SQL

SILENT = 60


class LoyaltyDemoJourneys(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _run_journeys(self):
        """Tier Up, and 60 Days Without a Purchase with a control group; unless the demo club's journeys have run."""
        self = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_notrack=True, lang="en_US")
        program = self.env["loyalty.program"].search([("name", "=", "Members Club")], limit=1)
        journeys = self.env["loyalty.journey"].search([("program_id", "=", program.id)])
        if not program or not journeys or any(journey.state != "draft" for journey in journeys):
            return
        climbed, silent = (journeys.filtered(lambda j: j.ready_made == key) for key in ("tier_up", "dormant_60"))  # noqa: B023
        members = self.env["loyalty.member"].search([("program_id", "=", program.id), ("state", "=", "active")], order="id")
        self._agree_to_mails(members)
        silent.control_percentage = 25
        random = Random(5)  # noqa: S311 - the same story in every database
        self._live_through(climbed, self._climbs(program, members), random)
        self._live_through(silent, self._silences(program, members), random)
        (climbed + silent).action_count()

    @api.model
    def _agree_to_mails(self, members):
        self.env["loyalty.consent"].create([
            {
                "member_id": member.id, "channel": "email", "given": number % 9 > 0,
                "date": self._moment(member.joined_on, 10, 0), "source": "mini-program",
                "wording": "I agree to receive offers of the Members Club. 我同意接收会员俱乐部的优惠信息。",
            }
            for number, member in enumerate(members)
            if number % 6
        ])  # fmt: skip

    # ------------------------------------------------------------------
    # What happened, by the names that journeys give it
    # ------------------------------------------------------------------

    @api.model
    def _climbs(self, program, members):
        """(member, occasion, when it happened, when the first step came); to the last one, or the job would answer it."""
        since = datetime.now() - timedelta(days=300)
        return [
            (change.member_id, f"tier:{change.id}", change.date, change.date)
            for change in members.tier_change_ids.sorted("id")
            if change.reason == "earned" and change.tier_id.threshold > 0 and change.date > since
        ]

    @api.model
    def _silences(self, program, members):
        today, found = program._today(), []
        purchases = self.env["loyalty.transaction"].search([("member_id", "in", members.ids), ("type", "=", "purchase")])
        days = {}
        for purchase in purchases:
            days.setdefault(purchase.member_id, set()).add(program._local(purchase.date).date())
        for member, bought in days.items():
            ordered = sorted(bought)
            for day, after in zip(ordered, [*ordered[1:], today + timedelta(days=1)], strict=True):
                due = day + timedelta(days=SILENT)
                if due < after and today - timedelta(days=270) < due < today:
                    at, starts = (
                        program._utc(datetime.combine(moment, hour)) for moment, hour in ((day, time()), (due, time(10)))
                    )
                    found.append((member, f"silent since {day}", at, starts))
        return sorted(found, key=lambda row: (row[3], row[0].id))

    # ------------------------------------------------------------------
    # What was done
    # ------------------------------------------------------------------

    @api.model
    def _live_through(self, journey, occasions, random):
        now = fields.Datetime.now()
        journey.write({"state": "running", "started_at": now - timedelta(days=300), "looked_until": now})
        control = {member: journey._is_control(member) for member, *_rest in occasions}
        runs = self.env["loyalty.journey.run"].create([
            {
                "journey_id": journey.id, "member_id": member.id, "program_id": journey.program_id.id,
                "company_id": journey.company_id.id, "occasion": occasion, "occasion_at": at, "starts_at": starts,
                "ended_at": starts, "is_control": control[member], "state": "control" if control[member] else "done",
            }
            for member, occasion, at, starts in occasions
        ])  # fmt: skip
        runs.flush_recordset()
        self.env.cr.execute(SQL("UPDATE loyalty_journey_run SET create_date = starts_at WHERE id = ANY(%s)", runs.ids))
        runs.invalidate_recordset(["create_date"])
        for run in runs.filtered(lambda run: not run.is_control):
            self._take_steps(run, random)

    @api.model
    def _take_steps(self, run, random):
        moment = run.starts_at
        for step in run.journey_id.step_ids.sorted("sequence"):
            moment = step._due_after(moment)
            if moment > fields.Datetime.now():
                run.write({"state": "waiting", "step_id": step.id, "due_at": moment, "ended_at": False})
                return
            if step.otherwise == "end" and self._has_bought(run, moment):
                self._note_step(run, step, moment, outcome="left_out")
                run.write({"state": "ended", "ended_at": moment})
                return
            self._note_step(run, step, moment, **self._done(run, step, moment, random))
            run.ended_at = moment

    @api.model
    def _has_bought(self, run, moment):
        return bool(self.env["loyalty.transaction"].search_count([
            ("member_id", "=", run.member_id.id), ("type", "=", "purchase"), ("date", ">", run.starts_at), ("date", "<", moment),
        ], limit=1))  # fmt: skip

    @api.model
    def _note_step(self, run, step, moment, **values):
        self.env["loyalty.journey.event"].create({
            "run_id": run.id, "journey_id": run.journey_id.id, "step_id": step.id, "member_id": run.member_id.id,
            "company_id": run.company_id.id, "date": moment, "channel": step._channel(), **values,
        })  # fmt: skip

    @api.model
    def _done(self, run, step, moment, random):
        """What became of a step: a message that was sent, and opened by some; a coupon, used by some; a call that was made."""
        if step.kind == "coupon":
            return {"outcome": "done", "card_id": self._give_coupon(run, step, moment, random).id}
        if step.kind not in ("mail", "sms"):
            return {"outcome": "done"}
        words = run.member_id.consent_ids.filtered(lambda consent: consent.channel == step._channel())
        if not words[:1].given:
            return {"outcome": "no_consent"}
        opened = step.kind == "mail" and random.random() < 0.45
        return {
            "outcome": "done", "message_state": "sent",
            "opened_at": min(moment + timedelta(hours=random.randint(1, 40)), fields.Datetime.now()) if opened else False,
        }  # fmt: skip

    @api.model
    def _give_coupon(self, run, step, moment, random):
        used = random.random() < 0.3
        card = self.env["loyalty.card"].create({
            "program_id": step.coupon_program_id.id, "partner_id": run.member_id.partner_id.id, "points": 0 if used else 1,
            "expiration_date": run.program_id._local(moment).date() + timedelta(days=step.coupon_days),
        })  # fmt: skip
        if used:
            self.env["loyalty.history"].create({
                "card_id": card.id,
                "description": "Paid at the till 门店抵现",
                "used": 1,
                "issued": 0,
            })
        return card
