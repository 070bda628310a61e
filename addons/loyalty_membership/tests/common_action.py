from datetime import datetime

from .common import LoyaltyCase


class ActionCase(LoyaltyCase):
    """Server actions on members, run as an administrator's code, a user by hand, or a journey runs them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Action = cls.env["ir.actions.server"]
        cls.Step = cls.env["loyalty.journey.step"]
        cls.coupons = cls.env["loyalty.program"].create({"name": "10 off", "program_type": "coupons"})
        cls.vip = cls.env["res.partner.category"].create({"name": "VIP"})
        cls.journey = cls.env["loyalty.journey"].create({"name": "Welcome", "program_id": cls.program.id})
        cls.store = cls.make_user("act_store", "loyalty_membership.group_store")
        cls.marketing = cls.make_user("act_marketing", "loyalty_membership.group_marketing")
        cls.manager = cls.make_user("act_manager", "loyalty_membership.group_manager")

    @classmethod
    def make_action(cls, kind, model="loyalty.member", **values):
        return cls.Action.create({
            "name": kind, "model_id": cls.env["ir.model"]._get_id(model), "state": f"loyalty_{kind}",
            **{f"loyalty_{name}": value for name, value in values.items()},
        })  # fmt: skip

    def points_action(self, points=50, **values):
        return self.make_action("points", points=points, reason="Anniversary", **values)

    def run_on(self, action, records, user=None):
        action = action.with_user(user).sudo(False) if user else action
        if not user:
            action = action.sudo()
            records = records.sudo()
        action.with_context(active_model=records._name, active_ids=records.ids, active_id=records.ids[0]).run()

    def make_step(self, kind, **values):
        return self.Step.create({"journey_id": self.journey.id, "kind": kind, **values})

    def events(self, step, members):
        """A journey's step has come to these members; dict member id -> event id."""
        now = datetime.now().replace(microsecond=0)
        common = {"journey_id": self.journey.id, "company_id": self.program.company_id.id}
        runs = self.env["loyalty.journey.run"].create([
            {**common, "member_id": member.id, "program_id": self.program.id, "occasion": f"test:{step.id}", "occasion_at": now,
             "state": "waiting", "step_id": step.id}
            for member in members
        ])  # fmt: skip
        events = self.env["loyalty.journey.event"].create([
            {**common, "run_id": run.id, "step_id": step.id, "member_id": run.member_id.id, "date": now, "outcome": "done"}
            for run in runs
        ])
        return {event.member_id.id: event.id for event in events}

    def act(self, step, members):
        """Let a journey act; the members' events."""
        events = self.events(step, members)
        step._act(members, events)
        return self.env["loyalty.journey.event"].browse(events.values())

    def many(self, number):
        """So many members more, made set-wise."""
        partners = self.env["res.partner"].create([
            {"name": f"Member {n}", "email": f"m{number}.{n}@example.com"} for n in range(number)
        ])  # fmt: skip
        return self.env["loyalty.member"].create([{"partner_id": p.id, "program_id": self.program.id} for p in partners])

    def statements(self, act, members):
        """How many statements this takes, with nothing in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act(members)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def assertConstant(self, act, slack=0):
        """As many statements for 200 members as for 10."""
        few, many = self.many(10), self.many(200)
        act(self.many(2))  # what is read once
        few, many = self.statements(act, few), self.statements(act, many)
        self.assertLessEqual(many, few + slack)
