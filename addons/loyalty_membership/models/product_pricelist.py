from odoo import api, models


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        """A member's tier brings its pricelist. A pricelist chosen on the customer by hand goes before it, and nothing is
        written on the customer.
        """
        result = super()._get_partner_pricelist_multi(partner_ids)
        if not partner_ids or not self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
            return result
        partners = self.env["res.partner"].with_context(active_test=False).browse(partner_ids)
        partners = partners.filtered(
            lambda partner: not partner.specific_property_product_pricelist._get_partner_pricelist_multi_filter_hook()
        )
        return {**result, **self._of_tiers(partners)}

    @api.model
    def _of_tiers(self, partners):
        """Return {partner id: pricelist} of the partners whose tier brings a pricelist that this company uses."""
        usable = partners and self._usable_of_tiers()
        if not usable:
            return {}
        # sudo: the price is the same whoever sells, and whether or not he sees the member
        members = self.env["loyalty.member"].sudo()._of_partners(partners._origin)
        result = {}
        for partner in partners:
            served = [
                member
                for member in members.get(partner._origin.id, ())
                if member.state == "active" and member.tier_id.id in usable
            ]
            if served:
                member = min(served, key=lambda member: (member.program_id.sequence, member.program_id.id))
                result[partner.id] = usable[member.tier_id.id]
        return result

    @api.model
    def _usable_of_tiers(self):
        """Return {tier id: pricelist} of the tiers with a pricelist, by the company and website that ask."""
        company = self.env.company
        # sudo: as above
        programs = self.env["loyalty.program"].sudo()._for_company(company)
        return {
            tier.id: tier.pricelist_id.with_env(self.env)
            for tier in programs.tier_ids.filtered("pricelist_id")
            if tier.pricelist_id.company_id in (company, company.browse())
            and tier.pricelist_id._get_partner_pricelist_multi_filter_hook()
        }
