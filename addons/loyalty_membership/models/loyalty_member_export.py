"""All that is known of a person, to be handed over to them: who may have it, and what it is."""

import base64
from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from ..domain.export import Attached, Column, Section

#: More people than that are not one request of theirs, but a dump of the customers.
MOST_EXPORTED = 50
#: The member's fields, beside those that say who it is.
FACTS = (
    "code", "state", "program_id", "joined_on", "team_id", "tier_id", "tier_since", "tier_until", "tier_manual_until", "points",
    "points_pending", "points_debt", "qualifying_points", "lifetime_earned", "lifetime_redeemed", "next_expiry_date",
    "next_expiry_points", "purchase_count", "purchase_amount", "first_purchase_at", "last_purchase_at",
    "rfm_class", "recency_score", "frequency_score", "monetary_score", "period_purchases", "period_amount", "average_basket",
    "interval_days", "favourite_category_id", "favourite_team_id", "favourite_weekday_id", "active_days", "reduced_share",
    "points_earned_90", "points_spent_90",
)  # fmt: skip
#: What the customer's contact says beside personal fields.
CONTACT = ("name", "lang", "tz")
#: What a member has many of: (model, fields) by the name of the section.
LISTS = {
    "identities": ("loyalty.member.identity", ("kind", "value", "source")),
    "consents": ("loyalty.consent", ("date", "channel", "purpose", "given", "source", "wording")),
    "points": ("loyalty.points.entry", (
        "date", "kind", "state", "points", "balance", "qualifying_points", "available_on", "expires_on", "explanation",
        "transaction_id.source", "transaction_id.reference",
    )),
    "purchases": ("loyalty.transaction", (
        "date", "type", "source", "reference", "activity_code", "team_id", "amount", "currency_id", "points",
    )),
    "purchase_lines": ("loyalty.transaction.line", (
        "date", "transaction_id.source", "transaction_id.reference", "name", "sku", "quantity", "amount", "currency_id",
    )),
    "tier_changes": ("loyalty.tier.change", ("date", "tier_from_id", "tier_id", "reason", "value", "tier_until", "note")),
    "coupons": ("loyalty.tier.benefit.grant", (
        "create_date", "benefit_id", "occasion", "card_id.code", "card_id.points", "card_id.expiration_date", "withdrawn",
    )),
    "redemptions": ("loyalty.redemption", (
        "name", "submitted_at", "item_id", "quantity", "points", "money", "state", "team_id", "delivery", "done_at", "card_ids",
        "end_reason",
    )),
    "draws": ("loyalty.draw.result", (
        "date", "draw_id", "prize_id", "points", "card_id.code", "redemption_id.name", "source", "reference",
    )),
    "draw_tickets": ("loyalty.draw.ticket", ("create_date", "draw_id", "note", "state")),
    "predictions": ("loyalty.member.prediction", (
        "predicted_on", "alive", "churn_risk", "purchases_90", "purchases_365", "amount_90", "amount_365", "lifetime_value",
    )),
    "segments": ("loyalty.segment.membership", ("segment_id", "entered_at", "left_at")),
    "journeys": ("loyalty.journey.event", (
        "date", "journey_id", "step_id", "outcome", "channel", "message_state", "opened_at", "card_id.code", "points",
    )),
}  # fmt: skip


class LoyaltyMemberExport(models.Model):
    _inherit = "loyalty.member"

    # ------------------------------------------------------------------
    # Who may, and what is noted
    # ------------------------------------------------------------------

    def action_export_data(self):
        """Hand over these members' data; what the button of the screens calls."""
        self._persons_to_export()
        ids = ",".join(map(str, self.ids))
        return {"type": "ir.actions.act_url", "url": f"/loyalty_membership/export/{ids}", "target": "download"}

    def _persons_to_export(self):
        """The persons to export; an error for who may not have their data, and for too many."""
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may export a member's data."))
        if not self or len(self) > MOST_EXPORTED:
            raise UserError(self.env._("Choose 1 to %s members.", MOST_EXPORTED))
        self.check_access("read")
        persons = self._persons()
        persons.check_access("read")
        for person in persons.filtered("erased_at")[:1]:
            raise UserError(self.env._("%s: nothing is left to export, this person's data were erased.", person.display_name))
        return persons

    def _log_export(self):
        for person in self:
            person._message_log(body=self.env._("All data of this member were exported."))

    # ------------------------------------------------------------------
    # What
    # ------------------------------------------------------------------

    def _portable(self):
        """This person's data in the person's language: name of the folder, sections, files (see ``domain.export``)."""
        return self._in_own_words().with_context(active_test=False)._portable_parts()

    def _portable_parts(self):
        everyone = self._with_merged()
        titles = self._portable_titles()
        sections = [
            self._portable_facts(everyone),
            *(self._portable_list(key, titles[key], everyone, *what) for key, what in LISTS.items()),
            self._portable_messages(everyone),
        ]
        return self.code, sections, self._portable_files(everyone)

    def _portable_titles(self):
        return {
            "identities": self.env._("Known By"),
            "consents": self.env._("Consents"),
            "points": self.env._("Points Entries"),
            "purchases": self.env._("Purchases"),
            "purchase_lines": self.env._("Purchase Lines"),
            "tier_changes": self.env._("Tier Changes"),
            "coupons": self.env._("Coupons"),
            "redemptions": self.env._("Redemptions"),
            "draws": self.env._("Lucky Draws"),
            "draw_tickets": self.env._("Draw Tickets"),
            "predictions": self.env._("Predictions"),
            "segments": self.env._("Segments"),
            "journeys": self.env._("Journeys"),
        }

    # ------------------------------------------------------------------
    # Sections
    # ------------------------------------------------------------------

    def _portable_facts(self, everyone):
        """One line a field, so that a field that somebody added is there, too."""
        columns = (
            Column("of", self.env._("Of")),
            Column("field", self.env._("Technical Name")),
            Column("label", self.env._("Field")),
            Column("value", self.env._("Content"), "long"),
        )
        return Section("member", self.env._("Member"), columns, self._portable_fact_rows(everyone))

    def _portable_fact_rows(self, everyone):
        partner = self.partner_id
        yield from self._portable_fields(self, (*FACTS, *(name for name in self._personal_fields() if name != "referrer_id")))
        # Of somebody else only the number: the name is theirs.
        yield from self._portable_pairs(self, [("referrer_id", self._fields["referrer_id"], self.referrer_id.code)])
        for merged in everyone - self:
            yield from self._portable_pairs(merged, [("code", self._fields["code"], merged.code)])
        yield from self._portable_fields(partner, (*CONTACT, *partner._personal_fields()))

    def _portable_fields(self, record, names):
        fields = [(name, record._fields[name]) for name in names]
        # sudo: the person's own fields are theirs to have, those that this user isn't shown included
        record = record.sudo()
        for name, field in fields:
            if field.type == "properties":
                yield from self._portable_properties(record, name)
            elif field.type not in ("binary", "image", "json"):
                yield from self._portable_pairs(record, [(name, field, self._portable_value(record, field))])

    def _portable_properties(self, record, name):
        """Fields that a business user made, each by its own name."""
        for field in record.read([name])[0][name]:
            value = field.get("value")
            if value not in (False, None, "", []):
                value = dict(field.get("selection") or ()).get(value, value) if isinstance(value, str) else value
                yield record._name, field["name"], field.get("string"), value if isinstance(value, (int, float)) else str(value)

    def _portable_pairs(self, record, pairs):
        for name, field, value in pairs:
            if value not in (None, "", False):
                yield record._name, name, field._description_string(self.env), value

    def _portable_list(self, key, title, everyone, model, paths):
        """A section of what these members have: each path is a field, or a field of the record that one points to."""
        fields = [(path, self._portable_field(model, path)) for path in paths]
        columns = tuple(
            Column(path.replace(".", "_"), field._description_string(self.env), self._portable_kind(field))
            for path, field in fields
        )
        return Section(key, title, columns, self._portable_rows(self.env[model], everyone, fields))

    def _portable_field(self, model, path):
        name, _dot, rest = path.partition(".")
        field = self.env[model]._fields[name]
        return self._portable_field(field.comodel_name, rest) if rest else field

    def _portable_rows(self, model, everyone, fields):
        for records in self._in_chunks(model.search([("member_id", "in", everyone.ids)], order="id")):
            for record in records:
                # sudo: what the person's own row points to is named, a coupon's program or a store
                sudo = record.sudo()
                yield tuple(
                    self._portable_value(sudo[path.partition(".")[0]] if "." in path else sudo, field) for path, field in fields
                )

    def _in_chunks(self, records, size=1000):
        """Fifty thousand rows are read and forgotten a thousand at a time; of a few, nothing that a caller works with is."""
        ids = records._ids
        for start in range(0, len(ids), size):
            if start:
                self.env.invalidate_all()
            yield records.browse(ids[start : start + size])

    def _portable_kind(self, field):
        kinds = {
            "float": "number",
            "integer": "number",
            "monetary": "number",
            "date": "date",
            "datetime": "moment",
            "text": "long",
        }
        return "long" if field.name == "explanation" else kinds.get(field.type, "text")

    def _portable_value(self, record, field):
        """A field as people read it: numbers, local moments, days, text."""
        value = record[field.name]
        if field.type == "boolean":
            return bool(value) if record else None
        if field.type in ("integer", "float", "monetary"):
            return value if record else None
        if value is False or value is None:
            return None
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "datetime":
            return self._portable_moment(value)
        if field.type == "html":
            return html2plaintext(value)
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        return value if field.type in ("date", "char", "text") else str(value)

    def _portable_moment(self, moment):
        """A moment of the program's calendar that says how far that is from UTC."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.program_id.tz or "UTC"))

    # ------------------------------------------------------------------
    # Chatter and files
    # ------------------------------------------------------------------

    def _portable_messages(self, everyone):
        columns = (
            Column("date", self.env._("Date"), "moment"),
            Column("author", self.env._("Author")),
            Column("subject", self.env._("Subject")),
            Column("text", self.env._("Message"), "long"),
        )
        return Section("messages", self.env._("Messages"), columns, self._portable_message_rows(everyone))

    def _portable_message_rows(self, everyone):
        messages = self.env["mail.message"].search([("model", "=", self._name), ("res_id", "in", everyone.ids)], order="id")
        for chunk in self._in_chunks(messages):
            for message in chunk:
                # sudo: changes of fields that this user isn't shown are the person's to know as well
                changes = message.sudo().tracking_value_ids._tracking_value_format()
                told = [
                    f"{change['fieldInfo']['changedField']}: {change['oldValue'] or '-'} → {change['newValue'] or '-'}"
                    for change in changes
                ]
                text = "\n".join(filter(None, [html2plaintext(message.body or ""), *told]))
                yield (
                    self.program_id._local(message.date),
                    message.author_id.name or message.email_from,
                    message.subject or None,
                    text,
                )

    def _portable_files(self, everyone):
        """Files of the chatter, and the photo."""
        files = self.env["ir.attachment"].search([("res_model", "=", self._name), ("res_id", "in", everyone.ids)], order="id")
        for file in files:
            yield Attached(file.name, file.raw or b"")
        if photo := self.partner_id.image_1920:
            yield Attached("photo.png", base64.b64decode(photo))
