"""Who is a member, and becoming one."""

from odoo import api, models

from ..domain.identity import normalize_email, normalize_phone
from .in_process import LOOKED_UP

#: What selling to a member and booking its points read: fetched at once.
EVERYDAY = [
    "card_id", "partner_id", "program_id", "company_id", "active", "state", "joined_on", "team_id", "birthdate", "tier_id",
    "purchase_count", "points", "points_debt", "points_pending", "next_expiry_date", "earning_since", "create_date",
    "merged_into_id",
]  # fmt: skip


class LoyaltyMemberEnrolment(models.Model):
    _inherit = "loyalty.member"

    @api.model
    def _of_partners(self, partners):
        """Members who serve these customers: their own, or else the nearest parent contact's.

        :return: dict partner id -> members, one a program
        """
        chains = {partner.id: self._with_parents(partner) for partner in partners}
        ids = {partner_id for chain in chains.values() for partner_id in chain}
        members = self.search_fetch([("partner_id", "in", list(ids))], EVERYDAY)
        by_partner = members.grouped(lambda member: member.partner_id.id)
        result = {}
        for partner_id, chain in chains.items():
            found = {}
            for ancestor in chain:
                for member in by_partner.get(ancestor, ()):
                    found.setdefault(member.program_id, member.id)
            # What is read of one of them is read of all.
            result[partner_id] = self.browse(found.values()).with_prefetch(members._prefetch_ids)
        return result

    @api.model
    def _with_parents(self, partner):
        chain = []
        while partner and partner.id not in chain:
            chain.append(partner.id)
            partner = partner.parent_id
        return chain

    @api.model
    def _resolve(self, program, texts, source=""):
        """Members by number, phone, e-mail or outside number; dict text -> member, if found."""
        texts = {text for text in texts if text}
        region = program.phone_country_id.code
        found = {member.code: member for member in self.search([("program_id", "=", program.id), ("code", "in", list(texts))])}
        identity = self.env["loyalty.member.identity"]
        for kind, where, normalize in (
            ("external", source, str),
            ("phone", "", lambda text: normalize_phone(text, region)),
            ("email", "", normalize_email),
        ):
            values = {text: value for text in texts - found.keys() if (value := normalize(text))}
            members = identity._find(program, kind, set(values.values()), where) if values else {}
            found.update({text: members[value] for text, value in values.items() if value in members})
        return {text: member.with_env(self.env) for text, member in found.items()}

    @api.model
    def _enroll(self, program, rows):
        """Find or make the members that these rows describe; nobody for who is closed or archived.

        :param rows: as for ``_find_or_make``
        :return: list of (member, created), in the order of the rows
        """
        found = self._find_or_make(program, rows)
        return [(self.browse() if member._is_barred() else member, created) for member, created in found]

    @api.model
    def _find_or_make(self, program, rows):
        """Find or make the members that these rows describe, set-wise.

        A row whose customer, outside number, phone or e-mail names a member finds that one, closed
        and archived members included; a customer that Odoo already has by phone or e-mail becomes
        the member; anybody else becomes both.

        :param rows: dicts with ``name`` and optionally ``partner_id``, ``phone``, ``email``,
            ``source``, ``reference`` and any field of the member; phones in any national form
        :return: list of (member, created), in the order of the rows
        """
        keys = self._identity_keys(program, rows)
        known = self._known_by(program, {key for group in keys for key in group})
        fresh, place, result = [], {}, []
        for row, group in zip(rows, keys, strict=True):
            member = next((known[key] for key in group if key in known), None)
            index = next((place[key] for key in group if key in place), None)
            if member is None and index is None:
                index = len(fresh)
                fresh.append((row, group))
                place.update(dict.fromkeys(group, index))
                result.append((index, True))
            else:
                result.append((member if member is not None else index, False))
        members = self._enroll_fresh(program, fresh)
        return [(who if not isinstance(who, int) else members[who], new) for who, new in result]

    @api.model
    def _identity_keys(self, program, rows):
        """What names the person of each row, the surest first: (kind, source, value)."""
        partners = self.env["res.partner"].browse(row["partner_id"] for row in rows if row.get("partner_id"))
        keys = []
        for row in rows:
            partner = self.env["res.partner"].browse(row.get("partner_id")).with_prefetch(partners._ids)
            region = (partner.country_id or program.phone_country_id).code
            group = [
                ("partner", "", partner.id),
                ("external", row.get("source") or "", row.get("reference")),
                ("phone", "", normalize_phone(row.get("phone") or partner.phone, region)),
                ("email", "", normalize_email(row.get("email") or partner.email)),
            ]
            keys.append([key for key in group if key[2]])
        return keys

    @api.model
    def _known_by(self, program, keys):
        known = {}
        for kind, source in {(kind, source) for kind, source, _value in keys}:
            values = {value for k, s, value in keys if (k, s) == (kind, source)}
            if kind == "partner":
                found = self._own_members(program, values)
            else:
                found = self.env["loyalty.member.identity"]._find(program, kind, values, source)
            known.update({(kind, source, value): member.with_env(self.env) for value, member in found.items()})
        return known

    @api.model
    def _own_members(self, program, partner_ids):
        """The customers' own members, gone ones too; dict partner id -> member, of a merged one the survivor."""
        # sudo: a member of another store is the same person all the same
        members = self.sudo().with_context(active_test=False)
        found = members.search_fetch([("program_id", "=", program.id), ("partner_id", "in", list(partner_ids))], EVERYDAY)
        # The last one counts: the active member, else the archived, else the survivor of a merged one.
        found = found.sorted(lambda member: (member.active, not member.merged_into_id))
        return {member.partner_id.id: member.merged_into_id or member for member in found}

    @api.model
    def _enroll_fresh(self, program, fresh):
        partners = self._partners_for(program, fresh)
        vals_list = [
            {
                "joined_on": program._today(),
                **{name: value for name, value in row.items() if name in self._fields and name != "source"},
                "program_id": program.id,
                "partner_id": partner.id,
            }
            for (row, _keys), partner in zip(fresh, partners, strict=True)
        ]
        for vals in vals_list:
            vals.pop("name", None), vals.pop("phone", None), vals.pop("email", None)
        members = self.with_context(mail_create_nolog=True, tracking_disable=True, **LOOKED_UP).create(vals_list)
        self.env["loyalty.member.identity"]._add([
            (member, *key) for member, (_row, keys) in zip(members, fresh, strict=True) for key in keys if key[0] == "external"
        ])
        return members.with_env(self.env)

    @api.model
    def _partners_for(self, program, fresh):
        """The customers of these rows: given, found by phone or e-mail, or new."""
        found = self._customers_by_contact(program, [key for _row, keys in fresh for key in keys])
        partners, missing = [], []
        for row, keys in fresh:
            partner = self.env["res.partner"].browse(row.get("partner_id"))
            partner = partner or next((found.pop(key) for key in keys if key in found), partner)
            partners.append(partner)
            if not partner:
                missing.append({
                    "name": row["name"],
                    "phone": row.get("phone"),
                    "email": row.get("email"),
                    "company_id": program.company_id.id if program.company_id.parent_id else False,
                })
        created = iter(self.env["res.partner"].with_context(tracking_disable=True).create(missing))
        return [partner or next(created) for partner in partners]

    @api.model
    def _customers_by_contact(self, program, keys):
        """Customers of this company without a member who have these phones or e-mails."""
        emails = [value for kind, _source, value in keys if kind == "email"]
        phones = [value for kind, _source, value in keys if kind == "phone"]
        if not emails and not phones:
            return {}
        Partner = self.env["res.partner"]
        domain = [
            ("company_id", "in", [False, program.company_id.id]),
            ("is_company", "=", False),
            "|", ("email_normalized", "in", emails), ("phone_sanitized", "in", phones),
        ]  # fmt: skip
        partners = Partner.search(domain, order="id desc")
        members = self.with_context(active_test=False).search([
            ("partner_id", "in", partners.ids),
            ("program_id", "=", program.id),
        ])
        found = {}
        for partner in partners - members.partner_id:
            found["phone", "", partner.phone_sanitized] = partner
            found["email", "", partner.email_normalized] = partner
        return found

    def _after_create(self):
        """What every new member gets: identities, the lowest tier, points for joining."""
        self.env["loyalty.member.identity"]._sync_contact(self)
        self._update_tiers(reason="joined")
        self.env["loyalty.transaction"]._record_activity_once(self, "joined")
