from odoo import api, fields, models
from odoo.tools import SQL

from ..domain.enrolment import Key
from ..domain.identity import normalize_email, normalize_phone
from .lookup import parts_index


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
    additional = fields.Boolean(
        help="Told when joining, or from a merged contact: it stays when the customer's own phone or e-mail changes."
    )

    _value_parts = parts_index("value")  # the end of a phone is looked for, too
    _value_unique = models.UniqueIndex("(program_id, kind, source, value)", "Another member is known by this already.")

    @api.model
    def _find(self, program, kind, values, source=""):
        """Members by normalised values; dict value -> member, for those that exist."""
        # sudo: who is known by what is one list for all stores
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
    def _add(self, rows, additional=False):
        """Record identities; one that names another member already stays with that member.

        :param rows: (member, kind, source, value)
        """
        rows = [(m.id, m.program_id.id, kind, source, value) for m, kind, source, value in rows if value]
        if not rows:
            return
        members, programs, kinds, sources, values = map(list, zip(*rows, strict=True))
        self.env["loyalty.member"].flush_model()
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_member_identity (member_id, program_id, kind, source, value, additional,
                                                    create_uid, write_uid, create_date, write_date)
               SELECT row.*, %(additional)s, %(uid)s, %(uid)s, %(now)s, %(now)s
                 FROM unnest(%(members)s::int[], %(programs)s::int[], %(kinds)s::text[], %(sources)s::text[],
                             %(values)s::text[]) row
                   ON CONFLICT DO NOTHING""",
            members=members, programs=programs, kinds=kinds, sources=sources, values=values,
            additional=additional, uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip
        self.invalidate_model()

    @api.model
    def _contact_keys(self, program, partner, phone=None, email=None):
        """What names somebody with a customer's phone and e-mail, or with those told instead.

        A national number is one of the customer's country, or else of the program's.
        """
        regions = filter(None, (partner.country_id.code, program.phone_country_id.code))
        keys = [
            Key("phone", "", normalize_phone(phone or partner.phone, *regions)),
            Key("email", "", normalize_email(email or partner.email_normalized or partner.email)),
        ]
        return [key for key in keys if key.value]

    @api.model
    def _contact_rows(self, member):
        """What a member is known by from the customer's contact data."""
        return [(member, *key) for key in self._contact_keys(member.program_id, member.partner_id)]

    @api.model
    def _sync_contact(self, members):
        """Bring phone and e-mail identities in step with the customers' contact data.

        What merged members brought stays.  So does what a closed or archived member was known by, or
        a changed phone would let a banned person join again.
        """
        members.fetch(["card_id", "program_id", "state", "active", "merged_into_id"])
        members = members.filtered(lambda member: not member.merged_into_id)
        members.card_id.fetch(["partner_id"])
        members.partner_id.fetch(["phone", "email", "email_normalized", "country_id"])
        wanted = [row for member in members for row in self._contact_rows(member)]
        keep = {(member.id, kind, value) for member, kind, _source, value in wanted}
        stale = self.search([
            ("member_id", "in", members.ids),
            ("kind", "!=", "external"),
            ("additional", "=", False),
        ]).filtered(
            lambda identity: (
                (identity.member_id.id, identity.kind, identity.value) not in keep and not identity.member_id._is_barred()
            )
        )
        stale.unlink()
        self._add(wanted)

    def unlink(self):
        freed = [(identity.program_id, identity.kind, identity.value) for identity in self]
        result = super().unlink()
        # sudo: who is known by what is one list for all stores
        self.sudo()._offer(freed)
        return result

    @api.model
    def _offer(self, freed):
        """Give phones and e-mails that nobody is known by any more to members whose contact has them by now.

        :param freed: (program, kind, value)
        """
        for program in {program for program, _kind, _value in freed}:
            customers = self.env["res.partner"].with_context(active_test=False)
            keys = [Key(kind, "", value) for owner, kind, value in freed if owner == program]
            customers = customers.search(customers._loyalty_having(keys))
            members = (
                self
                .env["loyalty.member"]
                .with_context(active_test=False)
                .search(
                    [
                        ("program_id", "=", program.id),
                        ("merged_into_id", "=", False),
                        ("partner_id", "in", customers.ids),
                    ],
                    order="active desc, id",
                )
            )
            self._add([row for member in members for row in self._contact_rows(member)])
