"""What other systems are told of members, for many at once."""

from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.addons.loyalty_membership.domain.tiers import following
from odoo.tools import SQL

from ..domain.canonical import PROPERTY
from ..domain.values import plain

_OF_THE_MEMBER = [
    "card_id", "program_id", "state", "joined_on", "team_id", "birthdate", "gender", "tier_id", "points", "points_pending",
    "points_debt", "qualifying_points", "next_expiry_date", "next_expiry_points", "purchase_count", "purchase_amount",
    "last_purchase_at", "source_id",
]  # fmt: skip
_OF_THE_CUSTOMER = [
    "name", "phone", "email", "street", "street2", "city", "state_id", "zip", "country_id", "category_id",
]  # fmt: skip


def told_number(value):
    """An amount or points as JSON has them: at most two decimals, an int where it is whole."""
    return plain(Decimal(str(round(value or 0.0, 2))))


def told_day(value):
    return fields.Date.to_string(value) if value else None


def told_moment(value):
    return f"{value.replace(microsecond=0).isoformat()}Z" if value else None


class LoyaltyMemberSnapshot(models.Model):
    _inherit = "loyalty.member"

    def _integration_snapshot(self, connection=None):
        """What is to be told of these members: dict id -> dict of ``domain.canonical`` (subject ``member``).

        The number of queries doesn't grow with the members. Names are in the language of the program's company, whoever asks.

        :param connection: whose number of the member ``external_id`` is
        """
        # sudo: what is told depends on the mapping alone, not on who works
        members = self.sudo().with_context(active_test=False)
        members.fetch(_OF_THE_MEMBER)
        members.card_id.fetch(["partner_id", "code"])
        members.card_id.partner_id.fetch(_OF_THE_CUSTOMER)
        own, bound = members._own_fields(), members._numbers_there(connection)
        result = {}
        for program, group in members.grouped("program_id").items():
            group = group.with_context(lang=program.company_id.partner_id.lang or self.env.lang)
            upper = {tier: following(program._domain_tiers(), tier.id) for tier in group.tier_id}
            upper[group.tier_id.browse()] = following(program._domain_tiers(), None)
            zone = ZoneInfo(program.tz or "UTC")
            for member in group:
                following_tier = upper[member.tier_id]
                result[member.id] = {
                    **member._told_profile(), **member._told_standing(zone),
                    "next_tier_name": group.env["loyalty.tier"].browse(following_tier.id).name if following_tier else None,
                    "external_id": bound.get(member.id), **own.get(member.id, {}),
                }  # fmt: skip
        return result

    def _told_profile(self):
        partner = self.card_id.partner_id
        return {
            "code": self.card_id.code, "name": partner.name or None, "phone": partner.phone or None,
            "email": partner.email or None, "birthdate": told_day(self.birthdate), "gender": self.gender or None,
            "street": partner.street or None, "street2": partner.street2 or None, "city": partner.city or None,
            "province": partner.state_id.name or None, "zip": partner.zip or None, "country": partner.country_id.code or None,
            "tags": sorted(tag.name for tag in partner.category_id),
            "state": self.state, "joined_on": told_day(self.joined_on), "store": self.team_id.name or None,
            "source": self.source_id.name or None,
        }  # fmt: skip

    def _told_standing(self, zone):
        count, bought = self.purchase_count, self.last_purchase_at
        return {
            "tier_code": self.tier_id.code or None, "tier_name": self.tier_id.name or None,
            "points": told_number(self.points), "points_pending": told_number(self.points_pending),
            "points_debt": told_number(self.points_debt), "qualifying_points": told_number(self.qualifying_points),
            "points_expiring": told_number(self.next_expiry_points), "points_expiring_on": told_day(self.next_expiry_date),
            "purchase_amount": told_number(self.purchase_amount), "purchase_count": count,
            "average_purchase": told_number(self.purchase_amount / count if count else 0.0),
            "last_purchase_on": told_day(bought.replace(tzinfo=UTC).astimezone(zone).date()) if bought else None,
        }  # fmt: skip

    def _numbers_there(self, connection):
        if not connection:
            return {}
        bindings = self.env["loyalty.binding"]._of(connection, "member", self)
        return {number: binding.external_id for number, binding in bindings.items()}

    def _own_fields(self):
        """The program's own member fields: dict member id -> dict ``property_<name>`` -> value."""
        definitions = {program.id: program.member_properties_definition or [] for program in self.program_id}
        if not any(definitions.values()):
            return {}
        self.env["loyalty.member"].flush_model(["properties"])
        rows = self.env.execute_query(SQL(
            "SELECT id, program_id, properties FROM loyalty_member WHERE id = ANY(%s)", list(self.ids)
        ))  # fmt: skip
        return {
            number: {
                PROPERTY + item["name"]: _told_property(item, (kept or {}).get(item["name"]))
                for item in definitions[program] if item.get("type") not in ("separator", "many2one", "many2many", "html")
            }
            for number, program, kept in rows
        }  # fmt: skip


def _told_property(item, value):
    """A value of a program's own field as people see it: labels instead of keys."""
    kind = item.get("type")
    if kind == "selection":
        return dict(map(tuple, item.get("selection") or ())).get(value) or None
    if kind == "tags":
        words = {tag[0]: tag[1] for tag in item.get("tags") or ()}
        return sorted(words[key] for key in value or () if key in words)
    if kind == "datetime" and value:
        return told_moment(fields.Datetime.to_datetime(value))
    if kind == "boolean":
        return bool(value)
    return value if value not in (False, "") else None
