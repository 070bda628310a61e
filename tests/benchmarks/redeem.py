"""Redeeming over HTTP, against what Odoo itself does for the same goods over the same HTTP.

`redeem` of a coupon against a bare create of the card, of a service against a create of a partner, and of a gift from stock
against a delivery order that is made and reserved; calls in turns, so that both meet the same machine.
"""

import argparse
import time
from statistics import median

import support
from _figures import figure, ratio
from cdnow import answer, make_program, send
from record import timed

MEMBERS, POINTS = 100, 10**6
SETUP = """
program = env["loyalty.program"].browse(program)
members = env["loyalty.member"].search([("program_id", "=", program.id)])
env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": points} for member in members])
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
mug = env["product.product"].create({"name": "Mug", "type": "consu", "is_storable": True})
env["stock.quant"]._update_available_quantity(mug, warehouse.lot_stock_id, 10**6)
coupons = env["loyalty.program"].create({
    "name": "10 off", "program_type": "coupons", "applies_on": "current", "trigger": "with_code", "rule_ids": [(5, 0)],
    "reward_ids": [(0, 0, {"reward_type": "discount", "discount": 10, "discount_mode": "per_order", "required_points": 1})],
})
items = env["loyalty.catalog.item"].create([
    {"program_id": program.id, "points": 1, **values}
    for values in (
        {"name": "Coupon", "kind": "coupon", "coupon_program_id": coupons.id},
        {"name": "Service", "kind": "service"},
        {"name": "Gift", "kind": "gift", "product_id": mug.id},
    )
])
picking_type = warehouse.out_type_id
result = {
    "items": dict(zip(items.mapped("name"), items.ids)), "coupons": coupons.id, "product": mug.id, "type": picking_type.id,
    "from": warehouse.lot_stock_id.id, "to": env.ref("stock.stock_location_customers").id,
}
"""


def prepare(client, database):
    """A program with members who have points, and its catalogue."""
    program = make_program(client, "Redeem")
    people = [{"name": f"Member {number}", "source": "bench", "reference": str(number)} for number in range(MEMBERS)]
    answers, _progress = send(client, program, "enroll_members", "members", people, "members", 1)
    shop = support.run_script(database, SETUP, program=program, points=POINTS)
    return program, [row["member"] for row in answers], shop


def bare(client, kind, shop, number):
    """What Odoo does for the same: a card, a contact, or a delivery that is made and reserved."""
    if kind == "Coupon":
        return timed(client, "loyalty.card", "create", vals_list=[{"program_id": shop["coupons"], "points": 1}])
    if kind == "Service":
        return timed(client, "res.partner", "create", vals_list=[{"name": f"Partner {number}"}])
    places = {"location_id": shop["from"], "location_dest_id": shop["to"]}
    move = {"product_id": shop["product"], "product_uom_qty": 1, **places}
    values = {"picking_type_id": shop["type"], "move_ids": [[0, 0, move]], **places}
    start = time.perf_counter()
    [picking] = answer(client("stock.picking", "create", vals_list=[values]))
    answer(client("stock.picking", "action_confirm", ids=[picking]))
    return time.perf_counter() - start


def measure(client, program, members, shop, kind, count):
    ours, theirs = [], []
    for number in range(count + 10):
        native = bare(client, kind, shop, number)
        redeemed = timed(client, "loyalty.api", "redeem", program=program, member=members[number % len(members)],
                         item=shop["items"][kind], source="bench", reference=f"{kind}-{number}")  # fmt: skip
        if number >= 10:  # the first ones fill caches that stay
            theirs.append(native)
            ours.append(redeemed)
    figure(f"redeem, {kind.lower()}", f"{1 / median(ours):,.0f}", f"a second (median {median(ours) * 1000:.1f} ms)")
    figure(f"redeem, {kind.lower()}, time", f"{ratio(ours, theirs):.2f}", "x what Odoo does for the same goods")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench redeem", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="calls of each kind (default: 200)")
    options = parser.parse_args(argv)
    with support.database() as name, support.Server(name, workers=2) as server:
        client = support.Client(server.url, support.api_key(name))
        program, members, shop = prepare(client, name)
        for kind in shop["items"]:
            measure(client, program, members, shop, kind, options.count)


if __name__ == "__main__":
    main()
