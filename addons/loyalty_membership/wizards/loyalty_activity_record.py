from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..models.loyalty_earning_rule import CHECK_IN
from ..models.loyalty_member_occasions import GIVEN_BY_ITSELF


class LoyaltyActivityRecord(models.TransientModel):
    """Staff record what members did: a review, an event, a check-in at the counter."""

    _name = "loyalty.activity.record"
    _inherit = "loyalty.members.chosen"
    _description = "Record Activity"

    member_ids = fields.Many2many("loyalty.member", string="Members", required=True)
    program_id = fields.Many2one("loyalty.program", compute="_compute_program", compute_sudo=True)
    rule_ids = fields.Many2many("loyalty.earning.rule", compute="_compute_program", compute_sudo=True)
    rule_id = fields.Many2one(
        "loyalty.earning.rule", "Activity", domain="[('id', 'in', rule_ids)]", help="What the program's rules give points for."
    )
    summary = fields.Char(related="rule_id.summary")
    date = fields.Datetime(required=True, default=fields.Datetime.now, help="When it happened; not in the future.")
    note = fields.Char(help="It is kept in the log of the member.")
    token = fields.Char(default=lambda self: uuid4().hex, readonly=True, help="Technical: recording twice records once.")

    @api.depends("member_ids")
    def _compute_program(self):
        """The program, if these members have one in common, and the first rule of each activity that staff may record."""
        for wizard in self:
            programs = wizard.member_ids.program_id
            rules = programs.earning_rule_ids.filtered(
                lambda rule: rule.trigger == "activity" and rule.kind == "base" and rule.activity_code not in GIVEN_BY_ITSELF
            )
            wizard.program_id = programs if len(programs) == 1 else False
            firsts = [group[:1].id for group in rules.grouped("activity_code").values()]
            wizard.rule_ids = [Command.set(firsts if len(programs) == 1 else [])]

    def action_record(self):
        self.ensure_one()
        self._check()
        # sudo: asked for above; staff write the journal by no other way
        journal, program = self.env["loyalty.transaction"].sudo(), self.program_id
        members = self.member_ids.sudo()
        members._lock()
        known = journal._known(program, "odoo", map(self._reference, members))
        rows = [self._row(member) for member in members if self._reference(member) not in known]
        booked = journal._book(program, rows, locked=True)
        mine = booked.filtered(lambda row: row.reference in {row["reference"] for row in rows})
        for activity in mine:
            self._log(activity)
        return self._told(mine, len(booked - mine) + len(known))

    def _check(self):
        if not self.env.user.has_group("loyalty_membership.group_store"):
            raise AccessError(self.env._("Only store staff and membership managers may record activities."))
        self.member_ids.check_access("read")
        self.member_ids._check_not_oneself()
        if not self.program_id:
            raise UserError(self.env._("Choose members of one program."))
        if self.rule_id not in self.rule_ids:
            raise UserError(self.env._("Choose an activity that a rule of %s gives points for.", self.program_id.display_name))
        if self.date > fields.Datetime.now():
            raise UserError(self.env._("The activity can't be in the future: choose when it happened."))
        self._check_day()
        self.member_ids._check_not_barred()

    def _check_day(self):
        """Staff check members in who are there; days that are over would make up a streak."""
        program, manager = self.program_id, self.env.user.has_group("loyalty_membership.group_manager")
        past = program._local(self.date).date() != program._today()
        if self.rule_id.activity_code == CHECK_IN and past and not manager:
            raise UserError(self.env._("Check in members today: only a membership manager records a check-in of another day."))

    def _reference(self, member):
        return f"recorded:{self.token}:{member.id}"

    def _row(self, member):
        return {
            "member": member,
            "type": "activity",
            "activity_code": self.rule_id.activity_code,
            "date": self.date,
            "source": "odoo",
            "reference": self._reference(member),
        }

    def _log(self, activity):
        told = self.env._("Recorded: %s", activity.activity_name)
        activity.member_id._message_log(body=f"{told}. {self.note}" if self.note else told)

    def _told(self, booked, again):
        points = sum(booked.mapped("points"))
        message = self.env._("Recorded for %(count)s members: %(points)g points.", count=len(booked), points=points)
        if again:
            message += " " + self.env._("%s had it already.", again)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if booked else "warning",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
