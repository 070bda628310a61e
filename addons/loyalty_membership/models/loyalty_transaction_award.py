"""From a journal row to points: load, ask ``domain``, post."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, models
from odoo.tools import SQL

from ..domain import rules
from ..domain.additions import evaluate_addition
from ..domain.points import to_decimal

#: What an activity counts as, having no lines: one unit, for nothing.
_ONCE = rules.Line(key=0, amount=to_decimal(0), quantity=to_decimal(1))


class LoyaltyTransactionAward(models.Model):
    _inherit = "loyalty.transaction"

    @api.model
    def _evaluate(self, program, rows):
        """What these rows earn, without writing anything; rows as for ``_book`` or ``_book_addition``.

        :return: a list of ``domain.rules.Award`` for each row
        """
        members = self.env["loyalty.member"].union(*(row["member"] for row in rows))
        products = self.env["product.product"].browse({
            line["product_id"] for row in rows for line in self._whole(row) if line.get("product_id")
        })
        earning = program.sudo().earning_rule_ids
        evaluated = {rule.id: rule for rule in earning._to_domain(members, products)}
        excluded = set(products._loyalty_excluded().ids)
        known = self._facts_of_products(products, earning)
        applicable = [self._applicable(earning, row, evaluated) for row in rows]
        used = self._used(program, rows, earning.filtered("cap_points"))
        budgets = {
            rule.id: to_decimal(rule.budget_points) - to_decimal(rule.budget_used) for rule in earning.filtered("budget_points")
        }
        result = []
        for row, candidates, taken in zip(rows, applicable, used, strict=True):
            whole = self._to_purchase(program, row, self._whole(row), known, excluded)
            if "grows" in row:
                before = self._to_purchase(program, row, row["grows"].lines, known, excluded)
                awards = evaluate_addition(whole, before, candidates, program._policy(), taken, budgets, row["grows"].past)
            else:
                awards = rules.evaluate(whole, candidates, program._policy(), taken, budgets)
            for award in awards:
                if award.rule_id in budgets:
                    budgets[award.rule_id] -= award.points
            result.append(awards)
        return result

    @api.model
    def _applicable(self, earning, row, evaluated):
        """Base rules of the row's own trigger, and the multipliers of purchases."""
        activity = row["type"] == "activity"
        return [
            evaluated[rule.id]
            for rule in earning
            if rule.id in evaluated
            and (rule.trigger == "activity") == activity
            and (not activity or rule.activity_code == row.get("activity_code"))
        ]

    @api.model
    def _whole(self, row):
        """The lines of a row, after those of the purchase that it adds to."""
        earlier = row["grows"].lines if "grows" in row else ()
        return [*earlier, *row.get("lines", ())]

    @api.model
    def _to_purchase(self, program, row, lines, products, excluded):
        member, root = row["member"], row["grows"].root if "grows" in row else None
        tier = (root or member).tier_id
        return rules.Purchase(
            member_id=member.id,
            moment=program._local(root.date if root else row["date"]),
            lines=self._to_lines(row, lines, products, excluded),
            team_id=(root and root.team_id.id) or row.get("team_id") or member.team_id.id or None,
            tier_id=tier.id or None,
            tier_name=tier.name or "",
            birthdate=member.birthdate or None,
            birthday_period=program.birthday_period,
            first=row["type"] != "activity" and (root._is_first() if root else not member.purchase_count),
            streak=row.get("streak", (0, 0)),
            tier_multiplier=to_decimal(tier.earn_multiplier) if tier and lines else to_decimal(1),
            birthday_multiplier=to_decimal(tier.birthday_multiplier) if tier and lines else to_decimal(1),
        )

    @api.model
    def _facts_of_products(self, products, earning):
        """What rules may ask of a product; dict id -> (category, tag ids), tags only if a rule asks for them."""
        tagged = any("tag_ids" in (rule.filters or {}) for rule in earning)
        return {
            product.id: (product.categ_id, frozenset(product.all_product_tag_ids.ids) if tagged else frozenset())
            for product in products
        }

    @api.model
    def _to_lines(self, row, lines, products, excluded):
        if row["type"] == "activity":
            return (_ONCE,)
        # A line that isn't in the journal yet is known by its place from the end: -1 is the last one.
        return tuple(
            self._to_line(line.get("line_id") or index - len(lines), line, products)
            for index, line in enumerate(lines)
            if line.get("product_id") not in excluded
        )

    def _ids_by_key(self):
        """What the lines of this row were called while it was evaluated; dict key -> id."""
        ids = self.line_ids.sorted("id").ids
        return {index - len(ids): line_id for index, line_id in enumerate(ids)}

    @api.model
    def _to_line(self, key, line, products):
        category, tag_ids = products.get(line.get("product_id"), (None, frozenset()))
        category = category or self.env["product.category"].browse(line.get("category_id") or ())
        return rules.Line(
            key=key,
            amount=to_decimal(line["amount"]),
            quantity=to_decimal(line["quantity"]),
            product_id=line.get("product_id") or None,
            category_ids=frozenset(map(int, (category.parent_path or "").split("/")[:-1])),
            tag_ids=tag_ids,
        )

    @api.model
    def _used(self, program, rows, capped):
        """Points that members, and who was merged into them, have from capped rules in the cap's period; a dict a row."""
        wanted = self._cap_windows(program, rows, capped)
        result = [{} for _row in rows]
        if not wanted:
            return result
        positions, members, rule_ids, since, until = map(list, zip(*wanted, strict=True))
        self.env["loyalty.points.entry"].flush_model()
        self.env["loyalty.member"].flush_model(["merged_into_id"])
        for index, rule_id, points in self.env.execute_query(SQL(
            """SELECT w.index, w.rule_id, SUM(e.points)
                 FROM unnest(%s::int[], %s::int[], %s::int[], %s::timestamp[], %s::timestamp[])
                      AS w(index, member_id, rule_id, since, until)
                CROSS JOIN LATERAL (SELECT w.member_id AS id UNION ALL
                                    SELECT s.id FROM loyalty_member s WHERE s.merged_into_id = w.member_id) k
                 JOIN loyalty_points_entry e ON e.rule_id = w.rule_id AND e.member_id = k.id
                  AND e.kind IN ('earn', 'revoke') AND e.state <> 'void'
                 LEFT JOIN loyalty_points_entry o ON o.id = e.reverses_id
                 LEFT JOIN loyalty_points_entry g ON g.id = o.reverses_id -- given again: the award that was taken back
                WHERE (w.since IS NULL OR COALESCE(g.date, o.date, e.date) >= w.since)
                  AND (w.until IS NULL OR COALESCE(g.date, o.date, e.date) < w.until)
                GROUP BY w.index, w.rule_id""",
            positions, members, rule_ids, since, until,
        )):  # fmt: skip
            result[index][rule_id] = max(to_decimal(points), to_decimal(0))
        return result

    @api.model
    def _cap_windows(self, program, rows, capped):
        """(position of the row, member id, rule id, since, until) for each row and capped rule."""
        wanted = []
        for index, row in enumerate(rows):
            for rule in capped:
                first, last = rules.cap_window(rule.cap_period, program._local(row["date"]).date()) or (None, None)
                wanted.append((
                    index, row["member"].id, rule.id,
                    first and self._utc(program, first),
                    last and self._utc(program, last + timedelta(days=1)),
                ))  # fmt: skip
        return wanted

    @api.model
    def _utc(self, program, day):
        """The moment, naive UTC, at which a day begins in the program's time zone."""
        midnight = datetime.combine(day, time.min, tzinfo=ZoneInfo(program.tz or "UTC"))
        return midnight.astimezone(UTC).replace(tzinfo=None)

    @api.model
    def _award(self, program, transactions, awards):
        """Post what the rows have earned; one entry a row and base rule."""
        today = program._today()
        batch, spent = [], {}
        for transaction, granted in zip(transactions, awards, strict=True):
            day = program._local(transaction.date).date()
            available = day + timedelta(days=program.hold_days) if program.hold_days else None
            for award in granted:
                spent[award.rule_id] = spent.get(award.rule_id, 0) + award.points
                batch.append({
                    "member_id": transaction.member_id.id,
                    "kind": "earn",
                    "points": award.points,
                    "qualifying_points": award.qualifying,
                    "date": transaction.date,
                    "available_on": (available and available > today and available) or None,
                    "expires_on": program._expires_on(available or day),
                    "transaction_id": transaction.id,
                    "rule_id": award.rule_id,
                    "origin_model": (transaction.sale_order_id and "sale.order") or None,
                    "origin_id": transaction.sale_order_id.id or None,
                    "detail": award.detail,
                    "basis": None if transaction.type == "addition" else self._basis(transaction, award.weights),
                })
        self.env["loyalty.points.entry"]._post(batch, locked=True)
        self.env["loyalty.earning.rule"]._spend_budgets(spent)

    @api.model
    def _basis(self, transaction, weights):
        """Line id -> weight; None where every line weighs its amount, which is the usual case."""
        weights = {line_id: weights[key] for key, line_id in transaction._ids_by_key().items() if key in weights}
        if all(weights.get(line.id) == to_decimal(line.amount) for line in transaction.line_ids):
            return None
        return {str(line_id): str(weight) for line_id, weight in weights.items()}

    @api.model
    def _note_points(self, transactions):
        if not transactions:
            return
        self.env.cr.execute(SQL(
            """UPDATE loyalty_transaction t
                  SET points = (SELECT COALESCE(SUM(e.points), 0) FROM loyalty_points_entry e
                                 WHERE e.transaction_id = t.id AND e.state <> 'void')
                WHERE t.id IN %s""",
            transactions._ids,
        ))  # fmt: skip
        transactions.invalidate_recordset(["points"])
