"""The API of the membership, one facade for shops, tills, mini programs and partners.

``POST /json/2/loyalty.api/<method>`` with ``Authorization: bearer <key>``; docs/api.md tells the
integrator how. Here are the rules that every method keeps: who may call, which company and
program the call is about, and how records are named.
"""

from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from . import api_arguments as arguments
from .api_arguments import ApiArgumentError, ApiUnknown


class LoyaltyApi(models.AbstractModel):
    """Members, purchases and points for other systems; every method needs the group *Loyalty API*.

    Plain JSON in and out: points and amounts are numbers, dates ISO 8601 in UTC, and what is
    missing is null.  The program is that of the caller's company, or ``program`` (name or id).
    A member is named by number, phone (E.164 or national), e-mail or, under its ``source``,
    outside number.  A wrong call changes nothing and is answered with 4xx and a message that begins
    with the argument: 403 no right, 404 unknown member or purchase, 409 known reference with
    another content, 422 anything else.  Every writing method is idempotent: the same ``source``
    and ``reference`` with the same content once more is answered as the first time.  Other content
    under a known reference is refused, but by ``enroll``: a system that sends a person again under its own
    number has nothing wrong, finds the member, and its consents are logged.
    """

    _name = "loyalty.api"
    _description = "Loyalty API"

    # Odoo's /doc page shows a model to whoever may read it. There is nothing to read here, so that
    # whoever may call these methods sees them, and searching is refused by other means.

    def has_access(self, operation):
        return (operation == "read" and not self and self._is_allowed()) or super().has_access(operation)

    def check_access(self, operation):
        return None if self.has_access(operation) else super().check_access(operation)

    @api.model
    def _search(self, *args, **kwargs):
        raise AccessError(self.env._("There is nothing to search here, only methods to call."))

    # ------------------------------------------------------------------
    # Who calls, and about which program
    # ------------------------------------------------------------------

    @api.model
    def _is_allowed(self):
        return self.env.su or self.env.user.has_group("loyalty_membership.group_api")

    @api.model
    def _open(self, program=None):
        """Check the caller's right and return the facade to work with, and the program.

        :param program: its name or id; None: the only one of the caller's company
        """
        facade = self.with_env(self.env(context=self._clean_context()))
        if not facade._is_allowed():
            raise AccessError(self.env._("This needs the group Loyalty API."))
        company = facade.env.company
        # sudo: the facade is the API user's only right; each method bounds what it reads and writes
        # to the program that is chosen here, out of the companies that this user may use
        facade = facade.sudo().with_company(company)
        chosen = facade._choose_program(arguments.key(program, "program"))
        return facade.with_company(chosen.company_id or company), chosen.with_company(chosen.company_id or company)

    @api.model
    def _clean_context(self):
        """Of the caller's context only language and companies, and only if they make sense."""
        context = self.env.context
        user = self.env(context={}).user  # in no language: apps have translated fields on the user, and the caller's may be none
        clean = {"lang": user.lang or "en_US", "tz": "UTC"}
        if isinstance(context.get("lang"), str) and self.env["res.lang"]._get_data(code=context["lang"]):
            clean["lang"] = context["lang"]
        if companies := context.get("allowed_company_ids"):
            if not isinstance(companies, (list, tuple)) or any(type(number) is not int for number in companies):
                raise ApiArgumentError("context.allowed_company_ids", "must be a list of ids")
            clean["allowed_company_ids"] = list(companies)
        return clean

    @api.model
    def _choose_program(self, wanted):
        programs = self.env["loyalty.program"]
        if wanted is None:
            found = programs._for_company(self.env.company)
        else:
            reachable = programs.search(self._company_domain() & Domain("is_membership", "=", True))
            found = reachable.filtered(lambda program: wanted in (program.id, program.name))
        if not found and wanted is not None:
            raise ApiUnknown("program", f"there is no membership program {arguments.shown(wanted)}")
        if not found:
            raise ApiUnknown("program", f"{self.env.company.name} has no membership program")
        if len(found) > 1:
            raise ApiArgumentError("program", f"choose one by its id: {', '.join(map(str, found.ids))}")
        return found

    @api.model
    def _company_domain(self):
        """What belongs to a company that the caller may use, to a parent of one, or to all."""
        return Domain("company_id", "in", [False, *self.env.user.company_ids.parent_ids.ids])

    # ------------------------------------------------------------------
    # What callers name
    # ------------------------------------------------------------------

    @api.model
    def _find_members(self, program, texts, source=""):
        """Members by what they are called under ``source``; dict text -> member, of those that exist.

        A member who was merged is the one they were merged into.
        """
        found = self.env["loyalty.member"].with_context(active_test=False)._resolve(program, texts, source)
        members = self.env["loyalty.member"].union(*found.values())
        target = {member.id: (member.merged_into_id or member).id for member in members}
        members = members.browse(dict.fromkeys(target.values()))
        return {text: members.browse(target[member.id]).with_prefetch(members._ids) for text, member in found.items()}

    @api.model
    def _find_member(self, program, member, source=None):
        text = arguments.text(member, "member", required=True)
        source = arguments.text(source, "source", 64) or ""
        found = self._find_members(program, [text], source).get(text)
        if not found:
            raise self._unknown_member(text)
        return found

    @api.model
    def _unknown_member(self, text):
        return ApiUnknown("member", f"there is no member {arguments.shown(text)} in this program")

    @api.model
    def _find_stores(self, program, keys):
        """Stores by id or name; dict key -> store, or the error to raise for it."""
        names = {key for key in keys if isinstance(key, str)}
        ids = {key for key in keys if isinstance(key, int)}
        if not keys:
            return {}
        found = self.env["crm.team"].search(
            self._company_domain() & (Domain("id", "in", list(ids)) | Domain("name", "in", list(names)))
        )
        usable = found.filtered(lambda store: program.company_id._shares_tree(store.company_id))
        result = {}
        for key in keys:
            stores = usable.filtered(lambda store, key=key: key in (store.id, store.name))
            if len(stores) == 1:
                result[key] = stores
            elif stores:
                result[key] = ApiArgumentError("store", f"several are called {arguments.shown(key)}, use the id")
            else:
                result[key] = ApiArgumentError("store", f"there is no store {arguments.shown(key)}")
        return result

    @api.model
    def _checked(self, value):
        """Raise what a look-up found instead of a record."""
        if isinstance(value, Exception):
            raise value
        return value

    # ------------------------------------------------------------------
    # What callers read
    # ------------------------------------------------------------------

    @api.model
    def _number(self, value):
        """A number as JSON shows it best: 12 rather than 12.0, never more than two decimals."""
        value = round(float(value or 0.0), 2)
        return int(value) if value.is_integer() else value

    @api.model
    def _moment(self, value):
        return value.replace(tzinfo=UTC, microsecond=0).isoformat().replace("+00:00", "Z") if value else None

    @api.model
    def _day(self, value):
        return fields.Date.to_string(value) if value else None

    @api.model
    def _tier(self, tier):
        return {"code": tier.code or None, "name": tier.name} if tier else None
