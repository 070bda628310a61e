"""The few fields of a member that another system may change, and how."""

from odoo import models
from odoo.exceptions import UserError

from ..domain.merge import alike

#: Local field -> field of the customer.
_OF_THE_CUSTOMER = {"name": "name", "street": "street", "street2": "street2", "city": "city", "zip": "zip"}
#: Written through the member, whose checks see to it that phone and e-mail still name one person.
_OF_THE_MEMBER = ("phone", "email", "birthdate", "gender")


class LoyaltyConnectionReceived(models.Model):
    _inherit = "loyalty.connection"

    def _write_member(self, member, values, binding):
        """Write what was received; the names of the fields that have changed.

        :param values: dict local field -> value
        :raise UserError: a value that the membership doesn't take
        """
        member = member.sudo().with_company(self.company_id)  # sudo: as in _take_contacts; conflicts ask for the right before
        before = {name: value for name, value in member._integration_snapshot()[member.id].items() if name in values}
        values = {name: value for name, value in values.items() if name in before and not alike(before[name], value)}
        if not values:
            return ()
        if "name" in values and not values["name"]:
            raise UserError(self.env._("A member needs a name."))
        if values.get("gender") and values["gender"] not in dict(member._fields["gender"].selection):
            raise UserError(self.env._("%s is no gender: give the field pairs of values.", values["gender"]))
        customer = {_OF_THE_CUSTOMER[name]: values[name] or False for name in values.keys() & _OF_THE_CUSTOMER.keys()}
        customer |= self._place(member.partner_id, values)
        if "tags" in values:
            customer["category_id"] = [(6, 0, self._tags(values["tags"]).ids)]
        if customer:
            member.partner_id.write(customer)
        if own := {name: values[name] or False for name in _OF_THE_MEMBER if name in values}:
            member.write(own)
        member.flush_recordset()
        return tuple(values)

    def _place(self, partner, values):
        """Country and province by code or name."""
        result, countries = {}, self.env["res.country"]
        if "country" in values:
            country = self._named_one(countries, values["country"], [])
            result["country_id"] = country.id
        if "province" in values:
            country = countries.browse(result.get("country_id", partner.country_id.id)) or self.program_id.phone_country_id
            result["state_id"] = self._named_one(
                self.env["res.country.state"], values["province"], [("country_id", "=", country.id)]
            ).id
        return result

    def _named_one(self, model, told, domain):
        if not told:
            return model
        found = model.search([*domain, "|", ("code", "=ilike", told), ("name", "=ilike", told)], limit=2)
        found = found or model.with_context(lang=self.company_id.partner_id.lang).search(
            [*domain, ("name", "=ilike", told)], limit=2
        )
        if len(found) != 1:
            raise UserError(self.env._("There is no %(what)s “%(name)s”.", what=model._description.lower(), name=told))
        return found

    def _tags(self, names):
        tags = self.env["res.partner.category"].search([("name", "in", list(names)), ("parent_id", "=", False)])
        missing = [name for name in names if name not in tags.mapped("name")]
        return tags | tags.create([{"name": name} for name in missing])
