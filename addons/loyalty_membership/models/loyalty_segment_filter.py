"""Who belongs to a segment: one query, whatever the segment is, and what a filter may ask.

What a segment counts is told to marketing, who read no contact data: a filter that could ask for phones would tell
them one digit after the other. So a filter asks what is listed here, and nothing else.
"""

from ast import literal_eval

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

#: Models that a filter may look into; of a customer only ``OF_CUSTOMER``, of others whatever may be read of them.
OPEN = {
    "loyalty.member", "loyalty.card", "loyalty.program", "loyalty.tier", "loyalty.tier.change", "loyalty.tier.benefit",
    "loyalty.tier.benefit.grant", "loyalty.transaction", "loyalty.transaction.line", "loyalty.points.entry",
    "loyalty.redemption", "loyalty.catalog.item", "loyalty.member.insight", "loyalty.member.prediction", "loyalty.weekday",
    "loyalty.consent", "loyalty.referral", "loyalty.draw", "loyalty.draw.result", "loyalty.earning.rule",
    "res.partner", "res.partner.category", "res.partner.industry", "res.country", "res.country.state", "res.company",
    "res.currency", "res.users", "crm.team", "utm.source", "utm.medium", "utm.campaign",
    "product.product", "product.template", "product.category", "product.tag",
}  # fmt: skip
#: Of a customer: where they live and what they are, but not who, nor how to reach them.
OF_CUSTOMER = {
    "id", "active", "name", "category_id", "city", "state_id", "country_id", "lang", "tz", "is_company", "company_id",
    "industry_id", "user_id", "team_id", "create_date", "color",
}  # fmt: skip
#: Whether there is one may be asked, and nothing else.
CONTACT = {"phone", "email"}
#: Never: texts that may name people, and what finds a member by a phone.
CLOSED = {"display_name", "identity_ids", "note", "detail", "complete_name"}
#: Of these only chosen records: what is typed is looked for in e-mails and phones, too.
CHOSEN_ONLY = {"loyalty.member", "loyalty.card", "res.partner", "res.users"}
#: Of staff, no more than who they are.
NOT_THROUGH = {"res.users"}


class LoyaltySegmentFilter(models.Model):
    _inherit = "loyalty.segment"

    def _wanted(self):
        """The members who belong to this segment by now, as a subselect of their ids; whoever asks."""
        return self._wanted_query().subselect()

    def _wanted_query(self):
        # sudo: a segment is the same for all; what its filter may ask is checked when it is written
        zone = self.program_id.tz or "UTC"
        members = self.env["loyalty.member"].sudo().with_context(active_test=True, tz=zone)
        return members._search(self._everybody() & self._definition())

    def _everybody(self):
        """Who of the program can be in a segment at all."""
        return (
            Domain("program_id", "=", self.program_id._origin.id)
            & Domain("active", "=", True)
            & Domain("state", "!=", "closed")
            & Domain("erased_at", "=", False)
        )

    def _definition(self):
        return getattr(self, f"_definition_of_{self.kind}")()

    def _definition_of_dynamic(self):
        return self._filter()

    def _definition_of_rfm(self):
        wanted = Domain.TRUE
        if self.rfm_class_ids:
            wanted &= Domain("rfm_class", "in", self.rfm_class_ids.mapped("code"))
        for name, operator, score in self._score_limits():
            wanted &= Domain(name, operator, score)
        return Domain("insight_ids", "any", wanted)

    def _score_limits(self):
        return [
            (f"{name}_score", operator, int(self[f"{name}_{end}"]))
            for name in ("recency", "frequency", "monetary")
            for end, operator in (("from", ">="), ("to", "<="))
            if self[f"{name}_{end}"]
        ]

    def _definition_of_list(self):
        return self._members_of(self._origin)

    def _definition_of_combination(self):
        terms = [
            self._members_of(term.part_id) if term.side == "in" else ~self._members_of(term.part_id)
            for term in self.term_ids
            if term.part_id
        ]
        return (Domain.AND if self.match == "all" else Domain.OR)(terms)

    @api.model
    def _members_of(self, segment):
        return Domain("id", "in", SQL(
            "(SELECT member_id FROM loyalty_segment_membership WHERE segment_id = %s AND left_at IS NULL)",
            segment._origin.id or 0,
        ))  # fmt: skip

    # ------------------------------------------------------------------
    # The filter
    # ------------------------------------------------------------------

    def _filter(self):
        """The filter as a domain of members; an error if it can't be read, or asks what it may not."""
        members = self.env["loyalty.member"]
        try:
            domain = Domain(literal_eval(self.member_domain or "[]"))
            self._check_asked(domain, members)
            domain.validate(members.sudo())
        except (ValueError, SyntaxError, TypeError, KeyError) as error:
            raise self._unreadable() from error
        return domain

    def _unreadable(self):
        return UserError(self.env._("The filter can't be read: choose its fields and values anew."))

    @api.constrains("kind", "member_domain")
    def _check_filter(self):
        for segment in self.filtered(lambda segment: segment.kind == "dynamic"):
            try:
                segment._filter()
                with self.env.cr.savepoint(flush=False):
                    # Nothing is looked up: PostgreSQL says whether it could be.
                    self.env.cr.execute(SQL("EXPLAIN %s", segment._wanted()))
            except (ValueError, TypeError, NotImplementedError, psycopg2.DataError, psycopg2.ProgrammingError) as error:
                raise self._unreadable() from error
            except UserError as error:
                raise ValidationError(str(error)) from error

    @api.model
    def _check_asked(self, domain, model):
        """Refuse a domain that asks of these records what a segment may not tell."""
        for condition in domain.iter_conditions():
            name, _dot, rest = condition.field_expr.partition(".")
            field, value = model._fields[name], condition.value
            known = condition.operator in ("=", "!=", "in", "not in") and (value is False or value == [False])
            self._check_field(model, field, known)
            if not field.relational:
                continue
            comodel = self.env[field.comodel_name]
            if rest:
                self._check_asked(Domain(rest, condition.operator, value), comodel)
            elif "any" in condition.operator:
                self._check_asked(Domain(value), comodel)
            elif comodel._name in CHOSEN_ONLY and _has_text(value):
                self._refuse(field)

    @api.model
    def _check_field(self, model, field, known):
        """:param known: whether it is only asked if there is one"""
        if field.name in CONTACT and known and field.name in self.env["res.partner"]._fields:
            return
        refused = (
            field.name in CLOSED | CONTACT
            or (model._name == "res.partner" and field.name not in OF_CUSTOMER)
            or (model._name in NOT_THROUGH and field.name != "id")
            or (field.relational and field.comodel_name not in OPEN)
            # with_user: constraints run as if by the superuser, and it is the writer who may read it or not
            or not model.with_user(self.env.uid)._has_field_access(field, "read")
        )
        if refused:
            self._refuse(field)
        if not field._description_searchable:
            raise UserError(
                self.env._("%s can't be used in a filter: choose another field.", field._description_string(self.env))
            )
        if field.related and not field.inherited:
            self._check_asked(Domain(field.related, "!=", False), model)

    @api.model
    def _refuse(self, field):
        raise UserError(self.env._(
            "A segment can't ask for %s: its count would tell what marketing may not read. Choose another field.",
            field._description_string(self.env),
        ))  # fmt: skip


def _has_text(value):
    return isinstance(value, str) or (isinstance(value, (list, tuple, set)) and any(isinstance(item, str) for item in value))
