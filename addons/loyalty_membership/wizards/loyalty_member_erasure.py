from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: People who ask to be erased come one by one; more at a time is a job for who runs the database.
MOST_ERASED = 100


class LoyaltyMemberErasure(models.TransientModel):
    """What erasing these members means, asked twice, since nothing brings them back."""

    _name = "loyalty.member.erasure"
    _inherit = "loyalty.members.chosen"
    _description = "Erase Members"

    member_ids = fields.Many2many("loyalty.member", required=True, context={"active_test": False})
    person_ids = fields.Many2many("loyalty.member", compute="_compute_persons", string="Will Be Erased")
    person_count = fields.Integer("Number Of Persons", compute="_compute_persons")
    points = fields.Float("Points That End", compute="_compute_persons", digits=(16, 2))
    merged = fields.Char("Erased With Them", compute="_compute_persons", help="Members who were merged into these.")
    kept = fields.Text("Contacts That Stay", compute="_compute_persons")
    reason = fields.Selection(
        [
            ("asked", "the person asked for it"),
            ("withdrawn", "the person withdrew the consent"),
            ("needless", "the data are not needed any more"),
            ("unlawful", "the data were not lawful to have"),
        ],
        help="It stands in the ledger for good, hence these words and no others.",
    )
    case = fields.Char("Case Number", size=64, help="To find the request by. No names, phones or e-mails: it stays.")
    confirmation = fields.Char()

    @api.depends("member_ids")
    def _compute_persons(self):
        for wizard in self:
            wizard._check_members()
            persons = wizard._persons()
            everyone = persons._with_merged()
            wizard.person_ids = persons
            wizard.person_count = len(persons)
            wizard.points = sum(person.points + person.points_pending for person in persons)
            wizard.merged = ", ".join((everyone - persons).mapped("code"))
            wizard.kept = wizard._tell_kept(everyone)

    def _persons(self):
        return self.member_ids._origin._persons().filtered(lambda member: not member.erased_at)

    def _tell_kept(self, everyone):
        # sudo: documents of all companies and apps count, also those that no manager may read
        contacts = everyone.sudo().partner_id
        holds = contacts._erasure_holds(everyone.sudo())
        return "\n".join(
            self.env._("%(contact)s: %(reasons)s", contact=contact.display_name, reasons=", ".join(needed))
            for contact, needed in holds.items()
            if needed
        )

    # ------------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------------

    def action_erase(self):
        self.ensure_one()
        self._check_members()
        persons = self._persons()
        if not persons:
            raise UserError(self.env._("There is nobody left to erase: these members' data were erased already."))
        if not self.reason:
            raise UserError(self.env._("Choose the reason."))
        self._check_case(persons._with_merged())
        self._check_confirmation(persons)
        reason = dict(self._fields["reason"]._description_selection(self.env))[self.reason]
        erased = persons._erase(reason, self.case)
        self.unlink()  # what was typed here names the person, too
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Erased for good: %s.", ", ".join(erased.mapped("code"))),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_members(self):
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may erase a member."))
        members = self.member_ids._origin
        if len(members) > MOST_ERASED:
            raise UserError(self.env._("Erase at most %s members at once.", MOST_ERASED))
        members.check_access("write")
        members._persons()._with_merged().check_access("write")

    def _check_confirmation(self, persons):
        """One person's number, or how many they are: nobody types that by accident."""
        wanted = persons.code if len(persons) == 1 else str(len(persons))
        if (self.confirmation or "").strip() != wanted:
            raise UserError(
                self.env._("Type the number of the member to confirm.")
                if len(persons) == 1
                else self.env._("Type how many members will be erased to confirm.")
            )

    def _check_case(self, everyone):
        """The case number stays, so it must not name the person."""
        text = "".join((self.case or "").split()).casefold()
        told = [
            value
            for member in everyone
            for value in (member.code, member.name, member.phone, *member.identity_ids.mapped("value"))
        ]
        for value in filter(None, told):
            if "".join(value.split()).casefold() in text:
                raise UserError(self.env._("The case number stays: it must not hold the person's name, number, phone or e-mail."))
