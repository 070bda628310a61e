"""Who is a member, and becoming one."""

from odoo import api, models
from odoo.fields import Domain

from ..domain.enrolment import Applicant, Key, Person, tell_apart
from ..domain.identity import normalize_email, normalize_phone
from .in_process import IDENTIFIED, LOOKED_UP, MOVED_IN, says

#: What selling to a member and booking its points read: fetched at once.
EVERYDAY = [
    "card_id", "partner_id", "program_id", "company_id", "active", "state", "joined_on", "team_id", "birthdate", "tier_id",
    "purchase_count", "points", "points_debt", "points_pending", "next_expiry_date", "earning_since", "create_date",
    "merged_into_id",
]  # fmt: skip

#: Of a row that describes somebody who joins, what the customer or an identity keeps.
OF_THE_CUSTOMER = {"name", "phone", "email", "source", "reference", "customer"}
#: Of the person, filled in where it is missing when somebody who is a member already tells it.
PERSONAL = ("birthdate", "gender")


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

        A row whose customer, number, outside number, phone or e-mail names a member finds that one, closed
        and archived members included; a customer that Odoo already has by phone or e-mail becomes
        the member; anybody else becomes both.

        :param rows: dicts with ``name`` and optionally ``partner_id``, ``phone``, ``email``, ``code``,
            ``source``, ``reference``, any field of the member, and ``customer``, more values of a
            customer who is made; phones in any national form
        :return: list of (member, created), in the order of the rows
        """
        applicants = self._recognise(program, rows)
        self._admit(program, applicants)
        return [(applicant.person.member, applicant.is_new) for applicant in applicants]

    # ------------------------------------------------------------------
    # Who is who
    # ------------------------------------------------------------------

    @api.model
    def _recognise(self, program, rows, earlier=None):
        """Tell whom these rows describe; see ``_find_or_make``.  Nothing is written.

        :param earlier: dict key -> person, of whom rows before these describe; it grows
        :return: list of ``Applicant``, in the order of the rows
        """
        applicants = [
            Applicant(row, keys) for row, keys in zip(rows, self._identity_keys(program, rows), strict=True)
        ]  # fmt: skip
        known = self._known_by(program, {key for applicant in applicants for key in applicant.keys})
        strangers = [applicant for applicant in applicants if known.keys().isdisjoint(applicant.keys)]
        self._recognise_customers(program, strangers)
        persons = {} if earlier is None else earlier
        for key, member in known.items():
            own = Key("member", "", member.id)
            if own not in persons:
                persons[own] = Person(member, member._is_barred())
            persons[key] = persons[own]
        tell_apart(applicants, persons)
        return applicants

    @api.model
    def _recognise_customers(self, program, strangers):
        """Let those whom Odoo has as customers be known as these."""
        strangers = [applicant for applicant in strangers if not applicant.row.get("partner_id")]
        customers = self._customers_by_contact(program, {key for applicant in strangers for key in applicant.keys})
        for applicant in strangers:
            if customer := next((customers[key] for key in applicant.keys if key in customers), None):
                applicant.keys.insert(0, Key("partner", "", customer.id))

    @api.model
    def _identity_keys(self, program, rows):
        """What names the person of each row, the surest first."""
        partners = self.env["res.partner"].browse(row["partner_id"] for row in rows if row.get("partner_id"))
        identities = self.env["loyalty.member.identity"]
        keys = []
        for row in rows:
            partner = self.env["res.partner"].browse(row.get("partner_id")).with_prefetch(partners._ids)
            group = [
                Key("partner", "", partner.id),
                Key("code", "", row.get("code")),
                Key("external", row.get("source") or "", row.get("reference")),
            ]
            contact = identities._contact_keys(program, partner, row.get("phone"), row.get("email"))
            keys.append([key for key in group if key.value] + contact)
        return keys

    @api.model
    def _known_by(self, program, keys):
        known = {}
        for kind, source in {(key.kind, key.source) for key in keys}:
            values = {key.value for key in keys if (key.kind, key.source) == (kind, source)}
            if kind == "partner":
                found = self._own_members(program, values)
            elif kind == "code":
                found = self._of_numbers(program, values)
            else:
                found = self.env["loyalty.member.identity"]._find(program, kind, values, source)
            known.update({Key(kind, source, value): member.with_env(self.env) for value, member in found.items()})
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
    def _of_numbers(self, program, codes):
        """Members by number, gone ones too; dict number -> member, of a merged one the survivor."""
        # sudo: as in _own_members
        members = self.sudo().with_context(active_test=False)
        found = members.search_fetch([("program_id", "=", program.id), ("code", "in", list(codes))], EVERYDAY)
        return {member.code: member.merged_into_id or member for member in found}

    @api.model
    def _customers_by_contact(self, program, keys):
        """Customers of this company without a member who have these phones or e-mails; dict key -> customer.

        An address with the phone is its customer's.
        """
        Partner = self.env["res.partner"]
        domain = Domain("company_id", "in", [False, program.company_id.id]) & Domain("is_company", "=", False)
        partners = Partner.search(domain & Partner._loyalty_having(keys), order="id desc")
        customers = {partner: partner._loyalty_customer() for partner in partners}
        members = self.with_context(active_test=False).search([
            ("partner_id", "in", [customer.id for customer in customers.values()]),
            ("program_id", "=", program.id),
        ])
        taken, found = members.partner_id, {}
        for partner in partners.sorted(lambda partner: partner.type == "contact"):
            if (customer := customers[partner]) not in taken and not customer.is_company:
                contact = self.env["loyalty.member.identity"]._contact_keys(program, partner)
                found.update(dict.fromkeys(contact, customer))
        return found

    # ------------------------------------------------------------------
    # Joining
    # ------------------------------------------------------------------

    @api.model
    def _admit(self, program, applicants):
        """Make members of newcomers, and keep what the others tell; who is refused changes nothing."""
        fresh = [applicant for applicant in applicants if applicant.is_new]
        customers = self._customers_of(program, fresh)
        members = self.with_context(mail_create_nolog=True, tracking_disable=True, **LOOKED_UP).create([
            self._newcomer_values(program, applicant, customer) for applicant, customer in zip(fresh, customers, strict=True)
        ]).with_env(self.env)  # fmt: skip
        for applicant, member in zip(fresh, members, strict=True):
            applicant.person.member = member
        admitted = [applicant for applicant in applicants if not applicant.is_refused]
        self.env["loyalty.member.identity"]._add([
            (applicant.person.member, *key)
            for applicant in admitted
            for key in applicant.keys
            if key.kind == "external" and key != applicant.named_by
        ])
        self._complete(admitted)

    @api.model
    def _newcomer_values(self, program, applicant, customer):
        told = {name: value for name, value in applicant.row.items() if name in self._fields and name not in OF_THE_CUSTOMER}
        return {"joined_on": program._today(), **told, "program_id": program.id, "partner_id": customer.id}

    @api.model
    def _customers_of(self, program, newcomers):
        """The customers of these newcomers: given, recognised, or made."""
        Partner = self.env["res.partner"]
        ids = [next((key.value for key in newcomer.keys if key.kind == "partner"), False) for newcomer in newcomers]
        created = iter(Partner.with_context(tracking_disable=True).create([
            {
                "name": newcomer.row["name"],
                "phone": newcomer.row.get("phone"),
                "email": newcomer.row.get("email"),
                "company_id": program.company_id.id if program.company_id.parent_id else False,
                **newcomer.row.get("customer", {}),
            }
            for newcomer, id_ in zip(newcomers, ids, strict=True) if not id_
        ]))  # fmt: skip
        return [Partner.browse(id_) if id_ else next(created) for id_ in ids]

    @api.model
    def _complete(self, applicants):
        """Keep what rows tell beyond what was known: it fills a gap, or else names the member beside what is there."""
        identities = self.env["loyalty.member.identity"]
        ids = {applicant.person.member.id for applicant in applicants}
        filled, beside = self.env["res.partner"], []
        for applicant in applicants:
            row, member = applicant.row, applicant.person.member.with_prefetch(ids)
            self._fill_gaps(member, {name: row.get(name) for name in PERSONAL})
            told = [key for key in applicant.keys if key.kind in ("phone", "email") and row.get(key.kind)]
            customer = member.partner_id.with_context(**IDENTIFIED)
            if self._fill_gaps(customer, {key.kind: row[key.kind] for key in told}):
                filled |= customer
            has = identities._contact_keys(member.program_id, customer)
            beside += [(member, *key) for key in told if key not in has]
        filled._loyalty_identify()
        identities._add(beside, additional=True)

    @api.model
    def _fill_gaps(self, record, values):
        """Write what this record lacks; the ORM keeps the writes until the next flush, and sends them as one."""
        gaps = {name: value for name, value in values.items() if value and not record[name]}
        if gaps:
            record.with_context(tracking_disable=True).write(gaps)
        return gaps

    def _after_create(self):
        """What every new member gets: identities, the lowest tier, points for joining."""
        self.env["loyalty.member.identity"]._sync_contact(self)
        if says(self.env, MOVED_IN):
            return
        self._update_tiers(reason="joined")
        self.env["loyalty.transaction"]._record_activity_once(self, "joined")
