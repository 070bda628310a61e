from odoo import api, fields, models
from odoo.tools import SQL

from ..domain.identity import normalize_email, normalize_phone


class LoyaltyMemberIdentity(models.Model):
    """What a member is known by: one phone, e-mail or outside number names one member.

    The unique key makes two enrolments of one phone at the same moment find each other: the
    second one fails to serialise, is retried by Odoo, and then sees the first.
    """

    _name = "loyalty.member.identity"
    _description = "Member Identity"
    _rec_name = "value"

    member_id = fields.Many2one("loyalty.member", required=True, index=True, ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", required=True, ondelete="cascade")
    kind = fields.Selection([("phone", "Phone"), ("email", "E-mail"), ("external", "External ID")], required=True)
    source = fields.Char(required=True, default="", help="The system that an external ID comes from.")
    value = fields.Char(required=True)

    _value_unique = models.UniqueIndex("(program_id, kind, source, value)", "Another member is known by this already.")

    @api.model
    def _find(self, program, kind, values, source=""):
        """Members by normalised values; dict value -> member, for those that exist."""
        found = self.sudo().search_fetch(
            [
                ("program_id", "=", program.id),
                ("kind", "=", kind),
                ("source", "=", source),
                ("value", "in", list(values)),
            ],
            ["value", "member_id"],
        )
        return {identity.value: identity.member_id for identity in found}

    @api.model
    def _add(self, rows):
        """Record identities; one that names another member already stays with that member.

        :param rows: (member, kind, source, value)
        """
        rows = [(m.id, m.program_id.id, kind, source, value) for m, kind, source, value in rows if value]
        if not rows:
            return
        self.env["loyalty.member"].flush_model()
        values = SQL(", ").join(
            SQL("(%s, %s, %s, %s, %s, %s, %s, %s, %s)", *row, self.env.uid, self.env.uid, now, now)
            for row in rows
            for now in [fields.Datetime.now()]
        )
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_member_identity
                      (member_id, program_id, kind, source, value, create_uid, write_uid, create_date, write_date)
               VALUES %s ON CONFLICT DO NOTHING""", values,
        ))  # fmt: skip
        self.invalidate_model()

    @api.model
    def _sync_contact(self, members):
        """Bring phone and e-mail identities in step with the customers' contact data."""
        wanted = [
            row
            for member in members
            for row in (
                (member, "phone", "", normalize_phone(member.partner_id.phone, member._phone_region())),
                (member, "email", "", normalize_email(member.partner_id.email)),
            )
        ]
        keep = {(member.id, kind, value) for member, kind, _source, value in wanted}
        stale = self.search([("member_id", "in", members.ids), ("kind", "!=", "external")]).filtered(
            lambda identity: (identity.member_id.id, identity.kind, identity.value) not in keep
        )
        stale.unlink()
        self._add(wanted)
