from odoo import api, models

from . import api_arguments as arguments
from . import api_shapes as shapes
from .api_arguments import ApiArgumentError, ApiConflict
from .loyalty_api_journal import Draft


class LoyaltyApiMembers(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def enroll(
        self, name, source, reference, phone=None, email=None, birthdate=None, gender=None, store=None,
        utm_source=None, referral_code=None, consents=None, properties=None, program=None,
    ):  # fmt: skip
        """Find the member with this reference, phone or e-mail, or make a new one.

        A member who exists already is named by a new ``reference``, phone and e-mail from now on, too. Phone,
        e-mail, birthdate and gender are written where there is none; what is there stays, as do name, store,
        source, referrer and properties. Consents are logged: all of a new reference, of a known one those that
        say something else than the last of their channel and purpose, such as a withdrawal.

        :param name: up to 128 characters
        :param source: the system that calls, up to 64 characters
        :param reference: its own number of the member, up to 128 characters; with ``source`` it names the
            member in every other call
        :param phone: E.164, or national in the program's country
        :param birthdate: ``YYYY-MM-DD``
        :param gender: female, male or other
        :param store: name or id of a sales team
        :param utm_source: where the member came from; made if there is none of this name
        :param referral_code: the referral code, or the number, of the member who brought this one
        :param consents: list of ``{channel, purpose?, given?, wording?, date?}``; purpose "marketing", given
            true, date now; each date is logged once
        :param properties: the program's own member fields, by label or technical name
        :param program: name or id; the one of the caller's company
        :return: ``{member, name, tier: {code, name}, points, created, referral}``; ``member`` is the number; ``referral``
            is null without a code, else ``{state, reason}``: whether the member counts as brought (joined, bought,
            rewarded, taken_back), or not (refused), and why not; the member has joined in any case
        :raise UserError: 409 reference, phone and e-mail name different members; 422 wrong argument, or a person
            whose member is closed or archived
        """
        facade, program = self._open(program)
        values = {
            "name": name, "source": source, "reference": reference, "phone": phone, "email": email,
            "birthdate": birthdate, "gender": gender, "store": store, "utm_source": utm_source,
            "referral_code": referral_code, "consents": consents, "properties": properties,
        }  # fmt: skip
        [draft] = facade._enroll_drafts(program, [values], "member")
        if draft.error:
            raise draft.error
        return facade._enrolment_answer(draft)

    @api.model
    def enroll_members(self, members, program=None):
        """Enrol up to 1,000 members at once; a wrong one is reported in its place and the others join.

        :param members: list of objects with the arguments of ``enroll``
        :return: a list in the same order, each the answer of ``enroll`` or
            ``{error: {message, status, argument?}}``
        :raise UserError: 422 not a list, or none or too many
        """
        facade, program = self._open(program)
        drafts = facade._enroll_drafts(program, arguments.rows(members, "members"), "members")
        return [{"error": facade._row_error(draft.error)} if draft.error else facade._enrolment_answer(draft) for draft in drafts]

    # ------------------------------------------------------------------
    # Enrolling
    # ------------------------------------------------------------------

    @api.model
    def _enroll_drafts(self, program, rows, path):
        details = program.phone_country_id.code, program._today(), *self._clock(program)
        drafts = [
            Draft.parse("enrolment", shapes.enrolment, values, f"{path}[{index}]", *details) for index, values in enumerate(rows)
        ]
        self._look_up_enrolments(program, drafts)
        good = [draft for draft in drafts if not draft.error]
        replayed = self._known_outside(program, good)
        members = self.env["loyalty.member"]
        for draft, applicant in zip(good, members._recognise(program, [draft.row for draft in good]), strict=True):
            draft.applicant, draft.error = applicant, self._refused_newcomer(applicant)
        good = [draft for draft in good if not draft.error]
        members._admit(program, [draft.applicant for draft in good])
        for draft in good:
            draft.member, draft.duplicate = draft.applicant.person.member, not draft.applicant.is_new
        self._note_referrals(good)
        self._log_consents(good, replayed)
        # One recordset, so that the answers read all members at once.
        prefetch = tuple({draft.member.id for draft in good})
        for draft in good:
            draft.member = draft.member.with_prefetch(prefetch)
        return drafts

    @api.model
    def _refused_newcomer(self, applicant):
        """The refusal of who can't join as this call says, by the argument that tells so; or None."""
        argument = {"external": "reference"}
        person, named_by = applicant.person, applicant.named_by
        for key, other in applicant.claimed.items():
            return ApiConflict(
                argument.get(key.kind, key.kind),
                f"names {self._named(other)}, but {argument.get(named_by.kind, named_by.kind)} names {self._named(person)}",
            )
        if not person.barred:
            return None
        state = "closed" if person.member.state == "closed" else "archived"
        return ApiArgumentError(
            argument.get(named_by.kind, named_by.kind),
            f"belongs to member {person.member.code}, who is {state}; a membership manager can reactivate that member",
        )

    @api.model
    def _named(self, person):
        return f"member {person.member.code}" if person.member else "somebody else of this batch"

    @api.model
    def _known_outside(self, program, drafts):
        """Which of the drafts' (source, reference) name a member already."""
        found = self.env["loyalty.member.identity"].search_fetch(
            [
                ("program_id", "=", program.id),
                ("kind", "=", "external"),
                ("source", "in", list({draft.key[0] for draft in drafts})),
                ("value", "in", list({draft.key[1] for draft in drafts})),
            ],
            ["source", "value"],
        )
        return {(identity.source, identity.value) for identity in found}

    @api.model
    def _look_up_enrolments(self, program, drafts):
        good = [draft for draft in drafts if not draft.error]
        stores = self._find_stores(program, {draft.values["store"] for draft in good if draft.values["store"]})
        referrers = self._find_referrers(program, {draft.values["referral_code"] for draft in good})
        for draft in good:
            try:
                self._make_enrolment(program, draft, stores, referrers)
            except ApiArgumentError as error:
                draft.error = error
        good = [draft for draft in good if not draft.error]
        sources = self._find_sources({draft.values["utm_source"] for draft in good})
        for draft in good:
            if source := sources.get(draft.values["utm_source"]):
                draft.row["source_id"] = source.id

    @api.model
    def _make_enrolment(self, program, draft, stores, referrers):
        values = draft.values
        store = self._checked(stores.get(values["store"]))
        referrer = referrers.get(values["referral_code"])
        if values["referral_code"] and not referrer:
            raise ApiArgumentError(
                "referral_code", f"there is no member {arguments.shown(values['referral_code'])} in this program"
            )
        row = {name: values[name] for name in ("name", "phone", "email", "birthdate", "gender", "source", "reference")}
        row["team_id"], draft.referrer = store and store.id, referrer
        if values["properties"] is not None:
            row["properties"] = self._properties(program, values["properties"])
        draft.row = {name: value for name, value in row.items() if value}

    @api.model
    def _find_referrers(self, program, codes):
        codes = list(filter(None, codes))
        return self.env["loyalty.member"]._by_referral_code(program, codes) if codes else {}

    @api.model
    def _note_referrals(self, drafts):
        """Keep who brought whoever is new; who brings themselves joins, and brought nobody."""
        brought = {draft.member: draft.referrer for draft in reversed(drafts) if draft.referrer and not draft.duplicate}
        brought = {friend: referrer for friend, referrer in brought.items() if friend != referrer}
        self.env["loyalty.member"]._bring(list(brought.items()))
        told = [draft for draft in drafts if draft.referrer]
        friends = [draft.member.id for draft in told]
        found = self.env["loyalty.referral"].search([("friend_id", "in", friends)]) if told else self.env["loyalty.referral"]
        known = found.grouped("friend_id")
        for draft in told:
            own = known.get(draft.member)
            if own and own.referrer_id == draft.referrer:
                draft.referral = {"state": own.state, "reason": own.reason or None}
            else:
                draft.referral = {"state": "refused", "reason": "member_already"}

    @api.model
    def _find_sources(self, names):
        names = list(filter(None, names))
        if not names:
            return {}
        sources = self.env["utm.source"].search([("name", "in", names)])
        found = {source.name: source for source in sources}
        missing = [name for name in names if name not in found]
        created = self.env["utm.source"].create([{"name": name} for name in missing])
        return found | dict(zip(missing, created, strict=True))

    @api.model
    def _enrolment_answer(self, draft):
        member = draft.member
        return {
            "member": member.code,
            "name": member.partner_id.name,
            "tier": self._tier(member.tier_id),
            "points": self._number(member.points),
            "created": not draft.duplicate,
            "referral": draft.referral,
        }
