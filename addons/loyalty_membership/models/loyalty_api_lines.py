"""What was bought, as callers say it: skus, categories and currencies found for a whole batch at once."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, float_round

from ..domain.points import to_decimal
from . import api_arguments as arguments
from .api_arguments import ApiArgumentError


class LoyaltyApiLines(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def _lines_of(self, program, drafts, now):
        """Journal lines of drafts, in the program's currency; dict draft -> list.  A wrong draft gets its error."""
        drafts = [draft for draft in drafts if draft.values.get("lines")]
        rates = self._find_rates(program, drafts, now)
        lines = [line for draft in drafts for line in draft.values["lines"]]
        products = self._find_products(program, {line["sku"] for line in lines if line["sku"]})
        categories = self._find_categories({line["category"] for line in lines if line["category"]})
        units = self.env["decimal.precision"].precision_get("Product Unit")
        result = {}
        for draft in drafts:
            try:
                currency, rate = self._checked(rates[draft])
                result[draft] = [
                    {
                        **self._describe(line, products.get(line["sku"]), categories.get(line["category"])),
                        "quantity": self._quantity(line["quantity"], units, f"lines[{index}].quantity"),
                        "amount": self._converted(line["amount"], currency, rate, program.currency_id),
                    }
                    for index, line in enumerate(draft.values["lines"])
                ]
                self._check_total(result[draft], program.currency_id)
            except UserError as error:
                draft.error = error
        return result

    @api.model
    def _describe(self, line, product, category):
        """Product, category and texts of a journal line; what Odoo does not know stays as text."""
        if product:
            category = product.categ_id
        return {
            "product_id": product.id if product else None,
            "category_id": category.id if category else None,
            "name": line["name"] or (product.display_name if product else None if category else line["category"]),
            "sku": line["sku"],
        }

    @api.model
    def _quantity(self, quantity, units, path):
        rounded = float_round(float(quantity), precision_digits=units)
        if rounded <= 0:
            raise ApiArgumentError(path, f"is less than the smallest unit of {10**-units}: {quantity}")
        return rounded

    @api.model
    def _converted(self, amount, currency, rate, target):
        amount = currency.round(float(amount))
        return amount if currency == target else target.round(float(to_decimal(amount) * rate))

    @api.model
    def _check_total(self, lines, currency):
        if sum(line["amount"] for line in lines) >= arguments.MAX_AMOUNT:
            raise ApiArgumentError("lines", f"must sum to less than {arguments.MAX_AMOUNT} {currency.name}")

    # ------------------------------------------------------------------
    # Products
    # ------------------------------------------------------------------

    @api.model
    def _find_products(self, program, skus):
        """Products by internal reference; of several an active one of the company, then the oldest."""
        if not skus:
            return {}
        company = program.company_id or self.env.company
        products = self.env["product.product"].with_context(active_test=False).search(
            Domain("default_code", "in", list(skus)) & Domain("company_id", "in", [False, *company.parent_ids.ids]),
            order="active desc, company_id, id",
        )  # fmt: skip
        found = {}
        for product in products:
            found.setdefault(product.default_code, product)
        return found

    @api.model
    def _find_categories(self, names):
        """Product categories by full path ("All / Tea") or name; a name that several have names none."""
        if not names:
            return {}
        names = list(names)
        categories = self.env["product.category"].search([
            "|", ("complete_name", "in", names), ("name", "in", names),
        ])  # fmt: skip
        by_name = {}
        for category in categories:
            by_name.setdefault(category.name, []).append(category)
        found = {name: group[0] for name, group in by_name.items() if len(group) == 1}
        return found | {category.complete_name: category for category in categories}

    # ------------------------------------------------------------------
    # Currencies
    # ------------------------------------------------------------------

    @api.model
    def _find_rates(self, program, drafts, now):
        """Currency of each draft and its rate to the program's currency on the day of the purchase.

        :return: dict draft -> (currency, rate), or the error to raise for it
        """
        own = program.currency_id
        named = {draft.values.get("currency") for draft in drafts} - {None, own.name}
        active = {c.name: c for c in self.env["res.currency"].search([("name", "in", list(named))])} if named else {}
        active[own.name] = active[None] = own
        days = {draft: program._local(draft.values["date"] or now).date() for draft in drafts} if named else {}
        wanted = {(active[name], days[d]) for d in drafts if (name := d.values.get("currency")) in active} if named else ()
        rates = self._rates(program, {currency for currency, _day in wanted}, {day for _currency, day in wanted})
        result = {}
        for draft in drafts:
            name = draft.values.get("currency")
            currency = active.get(name)
            if currency == own:
                result[draft] = own, to_decimal(1)
            elif not currency:
                result[draft] = ApiArgumentError("currency", f"there is no active currency {arguments.shown(name)}")
            elif not rates.get((currency.id, days[draft])) or not rates.get((own.id, days[draft])):
                result[draft] = ApiArgumentError("currency", f"there is no rate from {currency.name} to {own.name}")
            else:
                result[draft] = currency, rates[own.id, days[draft]] / rates[currency.id, days[draft]]
        return result

    @api.model
    def _rates(self, program, currencies, days):
        """Rates of currencies on days, as ``res.currency._get_rates`` has them for one day.

        A currency without any rate has none here: money is not exchanged one for one by default.
        """
        if not days:
            return {}
        company = program.company_id or self.env.company
        currencies = list({currency.id for currency in currencies} | {program.currency_id.id})
        self.env["res.currency.rate"].flush_model()
        rows = self.env.execute_query(SQL(
            """SELECT c.id, d.day, COALESCE(
                      (SELECT r.rate FROM res_currency_rate r
                        WHERE r.currency_id = c.id AND r.name <= d.day AND (r.company_id = %(company)s OR r.company_id IS NULL)
                        ORDER BY r.company_id, r.name DESC LIMIT 1),
                      (SELECT r.rate FROM res_currency_rate r
                        WHERE r.currency_id = c.id AND (r.company_id = %(company)s OR r.company_id IS NULL)
                        ORDER BY r.company_id, r.name LIMIT 1),
                      CASE WHEN c.id = %(own)s THEN 1 END)
                 FROM unnest(%(currencies)s::int[]) AS c(id) CROSS JOIN unnest(%(days)s::date[]) AS d(day)""",
            company=company.root_id.id, own=company.root_id.currency_id.id,
            currencies=currencies, days=list(days),
        ))  # fmt: skip
        return {(currency, day): to_decimal(rate) for currency, day, rate in rows if rate}
