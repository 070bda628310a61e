"""What members could redeem now, of many at once."""

from odoo import api, fields, models

from ..domain.redemption import obstacle


class LoyaltyCatalogItemReach(models.Model):
    _inherit = "loyalty.catalog.item"

    name_with_cost = fields.Char(compute="_compute_name_with_cost", help="For messages to members.")

    @api.depends("name", "points", "money")
    @api.depends_context("lang")
    def _compute_name_with_cost(self):
        for item in self:
            item.name_with_cost = item.with_context(loyalty_with_cost=True).display_name

    @api.model
    def _within_reach(self, members):
        """What each of these members may redeem in their own store, what costs most first; dict member id -> items."""
        reach = {}
        for program, some in members.grouped("program_id").items():
            items = self.search([("program_id", "=", program.id)], order="points desc, sequence, id")
            had, today = items._had_by(some), program._today()
            for store, shoppers in items._by_store(program, some).items():
                left = items._left(store)
                offers = {item: item._offer(left[item]) for item in items}
                for member in shoppers:
                    mine = had.get(member.id, {})
                    reach[member.id] = items.filtered(
                        lambda item: not obstacle(offers[item], item._claimant(member, member.team_id, mine), 1, today)  # noqa: B023 - used at once
                    )
        return reach

    def _by_store(self, program, members):
        """These members by a store whose gifts come from the same warehouse as those of their own."""
        nowhere, warehouses = self.env["crm.team"], {}
        if not any(item._counts_stock() for item in self):
            return {nowhere: members}
        stores = {
            store: warehouses.setdefault(store._loyalty_warehouse(program.company_id), store)
            for store in (nowhere, *members.team_id)
        }
        return members.grouped(lambda member: stores[member.team_id])
