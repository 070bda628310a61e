"""What templates may tell of a member to who may not read the customers' phones and e-mails."""

from odoo import api, models

PLAIN = frozenset(("boolean", "char", "date", "datetime", "float", "html", "integer", "monetary", "selection", "text"))
#: What may be told of what a member leads to: these fields, or (None) all that are plain or lead to others of these models.
TOLD = {
    "crm.team": ("name",),
    "loyalty.catalog.item": None,
    "loyalty.program": ("name", "portal_point_name", "currency_id", "company_id"),
    "loyalty.segment": ("name",),
    "loyalty.tier": None,
    "loyalty.tier.benefit": None,
    "loyalty.weekday": ("name",),
    "product.category": ("name",),
    "res.company": ("name", "phone", "email", "website", "street", "street2", "zip", "city"),
    "res.currency": None,
    "res.users": ("name",),
    "utm.campaign": ("name",),
    "utm.medium": ("name",),
    "utm.source": ("name",),
}
#: Of the member itself: contact data, what was written to and about the customer, and what staff wrote down.
UNTOLD = frozenset(("phone", "email", "state_reason"))
WRITTEN = ("activity_", "message_", "my_activity_", "website_message_")


class LoyaltyMemberTemplate(models.Model):
    _inherit = "loyalty.member"

    def _contacts_readable(self):
        """Whether the user may read whatever a template on these members can lead to."""
        if self.env.su:
            return True
        # sudo: who the customers are, not what they are like
        customers = self.env["res.partner"].browse(self.sudo().partner_id.ids)
        return not self._contacts_withheld() and customers.has_access("read")

    @api.model
    def _contacts_withheld(self):
        """Whether the user reads no customer at all: one member may be a colleague, from whom a template leads to others."""
        user = self.env.user
        if not user.has_groups("loyalty_membership.group_marketing,loyalty_membership.group_api"):
            return False
        everybody = self.env.ref("loyalty_membership.rule_partner_all", raise_if_not_found=False)
        # sudo: rules and groups are read by administrators
        return not everybody or not everybody.sudo().groups & user.sudo().all_group_ids

    @api.model
    def _template_fields(self):
        """What may be told of a member, for ``domain/template_expressions.py``: dict field -> None, or what it leads to."""
        known = {}
        fields = self._told_of(self._name, known)
        return {name: kind for name, kind in fields.items() if not self._is_untold(self._fields[name])}

    @api.model
    def _told_of(self, model, known):
        """dict field -> kind of a model; models lead to each other, so each is one dict.

        :param known: dict model -> its fields, filled as they are met
        """
        if model in known:
            return known[model]
        told, names = known.setdefault(model, {}), TOLD.get(model)
        records = self.env[model]
        for name, field in records._fields.items():
            if (names is not None and name not in names) or name.startswith(WRITTEN):
                continue
            if records._has_field_access(field, "read"):
                if field.type in PLAIN:
                    told[name] = None
                elif field.relational and field.comodel_name in TOLD:
                    told[name] = self._told_of(field.comodel_name, known)
        return told

    @api.model
    def _is_untold(self, field):
        path = (field.related or "").split(".")
        return (
            field.name in UNTOLD
            or field.type in ("html", "text")
            or ("partner_id" in path[:-1] and field.name != "name")
        )  # fmt: skip
