"""What events tell, in plain JSON: documented in docs/integrations/webhooks.md, rendered for a whole batch, then frozen."""

from datetime import UTC

from odoo import fields, models

from ..domain.outcomes import Permanent

#: Of an explanation, so many characters.
LONGEST = 500


def moment(value):
    """ISO 8601 in UTC; None of none."""
    return value.replace(tzinfo=UTC, microsecond=0).isoformat().replace("+00:00", "Z") if value else None


def number(value):
    """12 rather than 12.0, never more than two decimals."""
    value = round(float(value or 0.0), 2)
    return int(value) if value.is_integer() else value


def tier(record):
    return {"code": record.code or None, "name": record.name} if record else None


class LoyaltyOutboxEvent(models.Model):
    _inherit = "loyalty.outbox"

    def _render_push_event(self, _adapter):
        """dict id -> event, or why there is none."""
        rendered = {}
        for model, rows in self.grouped("model").items():
            records = (
                self.env[model].with_context(active_test=False, lang="en_US").browse(rows.mapped("res_id")).exists()
                if model
                else ()
            )
            known = {record.id: record for record in records}
            for row in rows:
                rendered[row.id] = row._render_event(known.get(row.res_id))
        return rendered

    def _render_event(self, record):
        if self.model and not record:
            return Permanent("the record does not exist any more", "no_record")
        topic = self.event.split(".")[0] if record else ""
        data = getattr(self, f"_event_of_{topic}")(record) if topic else self.data or {}
        return {"type": self.event, "timestamp": moment(self.occurred_at), "data": data}

    def _event_of_member(self, member):
        return {
            **self._event_member(member),
            "state": member.state if member.active else "archived",
            "joined_on": fields.Date.to_string(member.joined_on),
            "store": member.team_id.name or None,
            "tier": tier(member.tier_id),
            "points": number(member.points),
            "points_pending": number(member.points_pending),
            "purchase_count": member.purchase_count,
            "purchase_amount": number(member.purchase_amount),
            "last_purchase_at": moment(member.last_purchase_at),
        }

    def _event_member(self, member):
        """Whom an event is about: the number alone, unless the connection is for personal data."""
        known = {"member": member.code}
        if self.connection_id.webhook_personal:
            partner = member.partner_id
            known |= {"name": partner.name or None, "phone": partner.phone or None, "email": partner.email or None}
        return known

    def _event_of_tier(self, change):
        return {
            **self._event_member(change.member_id),
            "tier": tier(change.tier_id),
            "previous_tier": tier(change.tier_from_id),
            "reason": change.reason,
        }

    def _event_of_points(self, record):
        if self.event == "points.expiring":
            return {**self._event_member(record), **self.data}
        purchase = record.transaction_id
        return {
            **self._event_member(record.member_id),
            "entry": record.id,
            "kind": record.kind,
            "points": number(record.points),
            "qualifying_points": number(record.qualifying_points),
            "balance": number(record.member_id.points),
            "expires_on": fields.Date.to_string(record.expires_on) or None,
            "explanation": (record.explanation or "")[:LONGEST] or None,
            "purchase": {"source": purchase.source, "reference": purchase.reference} if purchase else None,
        }

    def _event_of_redemption(self, redemption):
        return {
            **self._event_member(redemption.member_id),
            "redemption": redemption.name,
            "state": self.event.removeprefix("redemption."),
            "item": redemption.item_id.name,
            "kind": redemption.kind,
            "quantity": redemption.quantity,
            "points": number(redemption.points),
            "money": number(redemption.money),
            "currency": redemption.currency_id.name,
            "store": redemption.team_id.name or None,
            "delivery": redemption.delivery,
            "reason": redemption.end_reason or None,
        }
