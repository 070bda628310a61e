"""Confirming a sales order of a member, against the same order of a customer with a native loyalty card.

Two databases in one process: Odoo alone with a native program of 1 point per unit of money, and Odoo with our addon, the same
rule and four tiers. Orders are confirmed in turns (A B, B A, ...) by the same kind of user, each with a cold record cache and
with its commit. Printed for each kind and number of lines: the median of the pairs' ratios in time, the ratio of SQL
statements, and what they are made of. The bound is 1.5 in both; ends with 1 if one is broken.
"""

import argparse
import contextlib
import os
from statistics import median

import _inside
import support
from _figures import figure, ratio

SIZES = (1, 5, 20)
BOUND = 1.5
TIERS = (("普通", 0, 1), ("银卡", 2000, 1.2), ("金卡", 10000, 1.5), ("钻石", 50000, 2))


def native_program(env):
    """A native loyalty program: 1 point per unit of money, spent as a discount."""
    return env["loyalty.program"].create({
        "name": "Native",
        "program_type": "loyalty",
        "applies_on": "both",
        "trigger": "auto",
        "rule_ids": [(0, 0, {"reward_point_mode": "money", "reward_point_amount": 1})],
        "reward_ids": [
            (0, 0, {"reward_type": "discount", "discount_mode": "per_point", "discount": 0.01, "required_points": 100})
        ],
    })


def membership(env):
    """Our program with the same rule, the same reward, and four tiers."""
    program = env["loyalty.program"].create({"name": "Members", "is_membership": True, "point_value": 0.01})
    program._point_reward().required_points = 100
    env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Base", "points_mode": "money", "points": 1})
    for name, threshold, factor in TIERS:
        env["loyalty.tier"].create({"program_id": program.id, "name": name, "threshold": threshold, "earn_multiplier": factor})
    return program


class Shop:
    """One database with its program, customers, products and a salesman who confirms orders."""

    def __init__(self, env, ours, customers=20):
        self.program = membership(env) if ours else native_program(env)
        partners = env["res.partner"].create([{"name": f"Customer {number}"} for number in range(customers)])
        if ours:
            env["loyalty.member"].create([{"partner_id": p.id, "program_id": self.program.id} for p in partners])
        else:
            env["loyalty.card"].create([{"partner_id": p.id, "program_id": self.program.id} for p in partners])
        groups = ["sales_team.group_sale_salesman_all_leads"]
        self.user = env["res.users"].create({
            "name": "Salesman",
            "login": "bench_salesman",
            "group_ids": [(4, env.ref(group).id) for group in groups],
        })
        self.partners = partners
        self.products = {
            kind: env["product.product"].create([
                {"name": f"{kind} {number}", "type": kind, "list_price": 10 + number, "taxes_id": False} for number in range(20)
            ])
            for kind in ("consu", "service")
        }
        self.env = env(user=self.user)

    def order(self, number, kind, lines):
        """A quotation of the next customer."""
        return self.env["sale.order"].create({
            "partner_id": self.partners[number % len(self.partners)].id,
            "order_line": [
                (0, 0, {"product_id": product.id, "product_uom_qty": 1 + number % 3}) for product in self.products[kind][:lines]
            ],
        })

    def confirm(self, number, kind, lines):
        """Seconds, seconds of the processor, and SQL statements of confirming one order."""
        order = self.order(number, kind, lines)
        return _inside.measured(self.env, order.with_env(self.env).action_confirm)


def compare(ours, native, kind, lines, rounds):
    """Confirm orders in turns and print the ratios; whether the bound holds in both."""
    results = {ours: [], native: []}
    for number in range(rounds + 2):
        for shop in (ours, native) if number % 2 else (native, ours):
            outcome = shop.confirm(number, kind, lines)
            if number >= 2:  # the first ones fill caches that stay
                results[shop].append(outcome)
    (times, busy, queries), (native_times, native_busy, native_queries) = (
        zip(*results[shop], strict=True) for shop in (ours, native)
    )
    name = f"order_confirmation {kind} {lines} lines"
    seconds, statements = ratio(times, native_times), median(queries) / median(native_queries)
    figure(
        f"{name}, time", f"{seconds:.2f}",
        f"x native (medians {median(times) * 1000:.0f} and {median(native_times) * 1000:.0f} ms; "
        f"{ratio(busy, native_busy):.2f} x its processor; bound {BOUND})",
    )  # fmt: skip
    figure(
        f"{name}, statements", f"{statements:.2f}",
        f"x native (medians {median(queries):.0f} and {median(native_queries):.0f}; bound {BOUND})",
    )  # fmt: skip
    return max(seconds, statements) <= BOUND


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench order_confirmation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="pairs of orders for each size")
    options = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        shops = []
        for ours, template in ((True, os.environ["TEMPLATE"]), (False, os.environ["NATIVE_TEMPLATE"])):
            name = stack.enter_context(support.database(template))
            stack.callback(_inside.close, name)
            shops.append(Shop(stack.enter_context(_inside.environment(name)), ours))
        sizes = [(kind, lines) for kind in ("consu", "service") for lines in SIZES]
        fine = [compare(*shops, kind, lines, options.rounds) for kind, lines in sizes]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    raise SystemExit(main())
