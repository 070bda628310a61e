"""Finding one of a million members by what is said at the counter: number, phone, the end of either, or a name."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain.identity import normalize_phone
from .lookup import reads_like


class LoyaltyMemberSearch(models.Model):
    _inherit = "loyalty.member"

    # Stored, to be looked through: behind two joins a name takes ten times as long to find.
    # sudo, as related fields are: staff who may not read customers know members by name, and find them by it
    # not readonly, or Odoo's import wouldn't offer it: a new member's name makes the customer
    name = fields.Char(related="partner_id.name", string="Name", store=True, readonly=False)

    @api.model
    def _search_display_name(self, operator, value):
        """Find by number or phone exactly, so that a scan answers at once, else by the end of either, else by name."""
        if operator not in ("ilike", "like") or not isinstance(value, str):
            # By _rec_names_search, whatever the operator means.
            return super()._search_display_name(operator, value)
        text = value.strip()
        for known in self._ways_to_know(text):
            found = self._any_of(known)
            if self.search_count(found, limit=1):
                return found
        # Where upper and lower case are the same, PostgreSQL need not fold every name that it looks at.
        found = Domain("name", "like" if text.upper() == text.lower() else operator, text)
        return found | self._any_of([self._with_number(operator, text)]) if text.isascii() else found

    @api.model
    def _ways_to_know(self, text):
        """Lists of subqueries of members' ids, the surest first."""
        exact = [self._with_number("=", text), self._merged_from(text)]
        if phones := self._phones_meant_by(text):
            exact.append(self._with_phone("in", phones))
        yield exact
        if 4 <= len(text) <= 8 and text.isdecimal():
            yield [self._with_phone("=like", f"%{text}"), self._with_number("=like", f"%{text}")]

    @api.model
    def _phones_meant_by(self, text):
        """A national number may be one of the company's country, or of a program's."""
        programs = self.env["loyalty.program"]._for_company(self.env.company)
        regions = {self.env.company.country_id.code, *programs.phone_country_id.mapped("code")}
        return {phone for region in regions if (phone := normalize_phone(text, region))}

    @api.model
    def _any_of(self, queries):
        """Each subquery looks through one table; an OR over several would join all of them first."""
        either = SQL(" UNION ").join(queries)
        return Domain.custom(to_sql=lambda _model, alias, _query: SQL("%s IN (%s)", SQL.identifier(alias, "id"), either))

    @api.model
    def _with_number(self, operator, value):
        return self._of_cards(operator, value).subselect()

    @api.model
    def _merged_from(self, number):
        """Who has taken over the member of this number, whose card may still be in somebody's purse."""
        merged = self._of_cards("=", number)
        return merged.subselect(SQL.identifier(merged.table, "merged_into_id"))

    @api.model
    def _of_cards(self, operator, value):
        # sudo: a number leads to who is shown only to whoever may see them
        everyone = self.sudo().with_context(active_test=False)
        number = Domain("code", "=", value) if operator == "=" else reads_like("code", operator, value)
        cards = everyone.env["loyalty.card"]._search(number & Domain("is_member", "=", True))
        return everyone._search([("card_id", "in", cards)])

    @api.model
    def _with_phone(self, operator, value):
        # sudo: whoever may see a member finds them by phone, without reading what others are known by
        programs = self.env["loyalty.program"].sudo().with_context(active_test=False).search([("is_membership", "=", True)])
        phone = Domain("value", "in", value) if operator == "in" else reads_like("value", operator, value)
        phones = Domain("program_id", "in", programs.ids) & Domain("kind", "=", "phone") & Domain("source", "=", "")
        known = self.env["loyalty.member.identity"].sudo()._search(phones & phone)
        return known.subselect(SQL.identifier(known.table, "member_id"))
