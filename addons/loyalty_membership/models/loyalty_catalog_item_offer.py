"""Whether a member may have an item now, and how many are left."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formatLang

from ..domain.limits import cap_window
from ..domain.points import to_decimal
from ..domain.redemption import Claimant, Offer, obstacle

#: Redemptions that count: what they took is gone, or promised, and the member has it or is to get it.
LIVE = ("to_approve", "approved", "delivering", "done")


class LoyaltyCatalogItemOffer(models.Model):
    _inherit = "loyalty.catalog.item"

    taken = fields.Integer(readonly=True, copy=False, help="How many were redeemed and not given back.")
    left = fields.Integer(
        "Still Available", compute="_compute_left", help="In the company's own warehouse; a store may have another."
    )
    is_limited = fields.Boolean(compute="_compute_left")
    stock_told = fields.Char("Availability", compute="_compute_left")

    @api.depends("limit_total", "taken", "kind", "product_id")
    @api.depends_context("lang")
    def _compute_left(self):
        lefts = self._left(self.env["crm.team"])
        for item in self:
            left = lefts[item]
            item.is_limited = left is not None
            item.left = left or 0
            if left is None:
                item.stock_told = False
            else:
                number = formatLang(self.env, left, digits=0)
                item.stock_told = self.env._("%s left", number) if left > 0 else self.env._("Sold out")

    # ------------------------------------------------------------------
    # What is there
    # ------------------------------------------------------------------

    def _counts_stock(self):
        """Whether the warehouse says how many there are."""
        return self.kind == "gift" and self.product_id.is_storable

    def _left(self, team):
        """How many of each item can still be redeemed in a store; dict item -> number, None for any number."""
        stocked = self.filtered(lambda item: item._counts_stock())
        free = {}
        for company, items in stocked.grouped("company_id").items():
            warehouse = team._loyalty_warehouse(company)
            # sudo: whether there is one more gift is told to whoever may redeem, without rights to the stock
            products = items.product_id.sudo().with_context(warehouse_id=warehouse.id)
            promised = self._promised(products, warehouse)
            free |= {item: int(item.product_id.with_env(products.env).free_qty) - promised[item.product_id.id] for item in items}
        left = {}
        for item in self:
            bounds = [free[item]] if item in free else []
            bounds += [item.limit_total - item.taken] if item.limit_total else []
            left[item] = max(0, min(bounds)) if bounds else None
        return left

    @api.model
    def _promised(self, products, warehouse):
        """How many of these products wait for approval, not reserved yet; dict product id -> number."""
        promised = dict.fromkeys(products.ids, 0)
        # sudo: what other members of other stores wait for, too
        for product, quantity in (
            self
            .env["loyalty.redemption"]
            .sudo()
            ._read_group(
                [("product_id", "in", products.ids), ("warehouse_id", "=", warehouse.id), ("state", "=", "to_approve")],
                ["product_id"],
                ["quantity:sum"],
            )
        ):
            promised[product.id] = quantity
        return promised

    def _lock(self):
        """Be the only one who redeems these, as far as there are not any number of them.

        The rows are written, not only locked: under REPEATABLE READ whoever comes second can't write
        them, and tries again with what the first one left.  Items that give the same product share its stock.
        """
        stocked = self.filtered(lambda item: item._counts_stock())
        items = stocked | self.filtered("limit_total")
        if stocked:
            # sudo: who redeems need not see the other items, nor need they be on offer
            everything = self.sudo().with_context(active_test=False)
            items |= everything.search([("product_id", "in", stocked.product_id.ids)])
        self._count_taken(dict.fromkeys(items, 0))

    def _take(self, number):
        """Count this many as taken; negative: they are there again."""
        if self.limit_total:
            self._count_taken({self: number})

    @api.model
    def _count_taken(self, numbers):
        if not numbers:
            return
        items = self.browse(sorted(item.id for item in numbers))
        items.flush_recordset()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_catalog_item i SET taken = GREATEST(COALESCE(i.taken, 0) + t.number, 0)
                 FROM (SELECT c.id, n.number FROM unnest(%s::int[], %s::int[]) AS n(id, number)
                         JOIN loyalty_catalog_item c ON c.id = n.id ORDER BY c.id FOR NO KEY UPDATE OF c) t
                WHERE t.id = i.id""",
            items.ids, [numbers[item] for item in items],
        ))  # fmt: skip
        items.invalidate_recordset(["taken", "left", "is_limited", "stock_told"])

    def _recount(self):
        """Count anew what was taken: nobody counts while an item has no limit."""
        numbers = dict(
            # sudo: redemptions of all stores
            self.env["loyalty.redemption"].sudo()._read_group(
                [("item_id", "in", self.ids), ("state", "in", LIVE)], ["item_id"], ["quantity:sum"]
            )
        )  # fmt: skip
        for item in self:
            item.sudo().taken = numbers.get(item.sudo(), 0)  # sudo: nobody writes it

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([{name: value for name, value in vals.items() if name != "taken"} for vals in vals_list])

    def write(self, vals):
        if "taken" in vals and not self.env.su:
            vals = {name: value for name, value in vals.items() if name != "taken"}
        result = super().write(vals)
        if "limit_total" in vals:
            self._recount()
        return result

    # ------------------------------------------------------------------
    # Who may have it
    # ------------------------------------------------------------------

    def _obstacles(self, member, team, quantity=1, free=False):
        """Why this member can't have these items in this store; dict item -> one of ``domain.redemption.OBSTACLES``, or None."""
        today, left, had = member.program_id._today(), self._left(team), self._had(member)
        return {
            item: obstacle(item._offer(left[item]), item._claimant(member, team, had), quantity, today, free=free)
            for item in self
        }

    def _offer(self, left):
        return Offer(
            points=to_decimal(self.points),
            date_from=self.date_from or None,
            date_to=self.date_to or None,
            team_ids=frozenset(self.team_ids.ids),
            tier_ids=frozenset(self.tier_ids.ids),
            segment_ids=frozenset(self.segment_ids.ids),
            limit_member=self.limit_member,
            left=left,
        )

    def _claimant(self, member, team, had):
        return Claimant(
            points=to_decimal(member.points),
            team_id=team.id or None,
            tier_id=member.tier_id.id or None,
            segment_ids=frozenset(member.partner_id.category_id.ids),
            had=had.get(self, 0),
            barred=member.state != "active" or not member.active,
        )

    def _had(self, member):
        """How many of each limited item this member has redeemed in its period; prizes and presents don't count."""
        return self._had_by(member).get(member.id, {})

    def _had_by(self, members):
        """The same of many members of one program; dict member id -> dict item -> number."""
        program, had = members.program_id, {}
        today = program._today()
        for period, items in self.filtered("limit_member").grouped("limit_period").items():
            domain = [
                ("member_id", "in", members.ids), ("item_id", "in", items.ids), ("state", "in", LIVE), ("is_award", "=", False),
            ]  # fmt: skip
            if window := cap_window(period, today):
                domain.append(("submitted_at", ">=", self.env["loyalty.transaction"]._utc(program, window[0])))
            # sudo: the limit counts what the member got in other stores, too
            rows = self.env["loyalty.redemption"].sudo()._read_group(domain, ["member_id", "item_id"], ["quantity:sum"])
            for member, item, number in rows:
                had.setdefault(member.id, {})[item.with_env(self.env)] = number
        return had

    def _told(self, why, member):
        """Why this item can't be had, for whoever asks, and what helps."""
        self.ensure_one()
        day = {"not_yet": self.date_from, "over": self.date_to}.get(why)
        texts = {
            "barred": self.env._("%(member)s is frozen, closed or archived and can't redeem. Reactivate the member first."),
            "not_yet": self.env._("%(item)s is offered from %(day)s on."),
            "over": self.env._("%(item)s was offered until %(day)s."),
            "store": self.env._("%(item)s is not offered in this store."),
            "tier": self.env._("%(item)s is for members of another tier."),
            "segment": self.env._("%(item)s is for members of another segment."),
            "member_limit": self.env._("%(member)s has redeemed %(item)s as often as each member may."),
            "sold_out": self.env._("%(item)s is sold out. Take fewer, or choose something else."),
            "points": self.env._("%(member)s has not enough points for %(item)s: it costs %(points)s."),
        }
        return texts[why] % {
            "item": self.name,
            # sudo: whoever redeems for a member is told the name
            "member": member.sudo().display_name,
            "day": day and fields.Date.to_string(day),
            "points": formatLang(self.env, self.points, digits=0 if self.points == int(self.points) else 2),
        }

    def _refuse(self, why, member):
        raise RedemptionRefused(why, self._told(why, member))


class RedemptionRefused(UserError):
    """A member can't have an item; ``why`` is one of ``domain.redemption.OBSTACLES``."""

    def __init__(self, why, message):
        super().__init__(message)
        self.why = why
