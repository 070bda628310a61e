"""Fifty callers at once for what there are ten of: exactly ten get it, everybody is answered, and nobody pays for nothing."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import support

# Threads, so that all of them are under way at once: worker processes would serve two and let the others wait.
pytestmark = pytest.mark.server(workers=0, own_postgres=True, options=("--db_maxconn=150",))
CALLERS, STOCK = 50, 10
CLUB = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Club", "is_membership": True, "company_id": env.company.id})
members = env["loyalty.member"].create([
    {"partner_id": partner.id, "program_id": program.id}
    for partner in env["res.partner"].create([{"name": f"Member {number}"} for number in range(callers + 1)])
])
env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 1000} for member in members])
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
mug = env["product.product"].create({"name": "Mug", "type": "consu", "is_storable": True})
plate = env["product.product"].create({"name": "Plate", "type": "consu", "is_storable": True})
for product in mug | plate:
    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, stock)
env["loyalty.redemption.rule"].create({"program_id": program.id, "points_from": 350})
items = env["loyalty.catalog.item"].create([
    {"program_id": program.id, "name": "Mug", "points": 300, "kind": "gift", "product_id": mug.id},
    {"program_id": program.id, "name": "Seat", "points": 300, "kind": "service", "limit_total": stock},
    {"program_id": program.id, "name": "Badge", "points": 300, "kind": "service"},
    {"program_id": program.id, "name": "Plate", "points": 400, "kind": "gift", "product_id": plate.id},
    {"program_id": program.id, "name": "Gift set", "points": 390, "kind": "gift", "product_id": plate.id},
    {"program_id": program.id, "name": "One each", "points": 0, "kind": "service", "limit_member": 1},
])
result = {"program": program.id, "members": members.mapped("code"), "items": dict(zip(items.mapped("name"), items.ids))}
"""


@pytest.fixture(scope="module")
def club(database, postgres):
    return SimpleNamespace(**support.run_script(database, CLUB, postgres, callers=CALLERS, stock=STOCK))


def redeem_at_once(call, club, items, members):
    """Redeem for each of these members at the same moment; (answers that took it, refusals, how often somebody was sent away).

    Of several items the members want one after the other.
    """

    def redeem(number, member):
        item = items[number % len(items)]
        for turned_away in range(50):
            answer = call("loyalty.api", "redeem", program=club.program, member=member, item=club.items[item],
                          source="app", reference=f"{item}-{number}")  # fmt: skip
            if answer.status_code != 503:
                return answer, turned_away
        raise AssertionError("never answered")

    with ThreadPoolExecutor(len(members)) as pool:
        answers = [*pool.map(redeem, range(len(members)), members)]
    got = [answer.json() for answer, _turned_away in answers if answer.status_code == 200]
    refused = [answer for answer, _turned_away in answers if answer.status_code != 200]
    return got, refused, sum(turned_away for _answer, turned_away in answers)


def taken(database, postgres, item):
    """How many redemptions of an item there are, and the points that its members paid."""
    return support.sql(
        database,
        """SELECT COUNT(DISTINCT r.id), -COALESCE(SUM(e.points), 0) FROM loyalty_redemption r
             JOIN loyalty_catalog_item i ON i.id = r.item_id
             LEFT JOIN loyalty_points_entry e ON e.origin_model = 'loyalty.redemption' AND e.origin_id = r.id
            WHERE i.name->>'en_US' = %s AND r.state IN ('to_approve', 'approved', 'delivering', 'done')""",
        [item],
        cluster=postgres,
    )[0]


@pytest.mark.parametrize("item", ["Mug", "Seat"])
def test_fifty_callers_get_exactly_the_ten_that_there_are(call, club, database, postgres, item):
    got, refused, turned_away = redeem_at_once(call, club, [item], club.members[:CALLERS])
    assert len(got) == STOCK
    assert {answer.json()["context"]["reason"] for answer in refused} == {"sold_out"}
    assert taken(database, postgres, item) == (STOCK, STOCK * 300)
    # Whoever is sent away five times in a row is so by bad luck; most of them are answered by the server's own tries.
    assert turned_away < CALLERS


def test_what_two_items_give_and_waits_for_approval_is_promised_once(call, club, database, postgres):
    got, refused, _turned_away = redeem_at_once(call, club, ["Plate", "Gift set"], club.members[:CALLERS])
    assert {answer["state"] for answer in got} == {"to_approve"}
    assert {answer.json()["context"]["reason"] for answer in refused} == {"sold_out"}
    promised = [taken(database, postgres, item) for item in ("Plate", "Gift set")]
    assert len(got) == sum(number for number, _points in promised) == STOCK
    assert sum(points for _number, points in promised) == promised[0][0] * 400 + promised[1][0] * 390


def test_one_member_redeems_no_more_than_the_points_pay_for(call, club, database, postgres):
    got, refused, _turned_away = redeem_at_once(call, club, ["Badge"], [club.members[CALLERS]] * 20)
    assert len(got) == 3
    assert {answer.json()["context"]["reason"] for answer in refused} == {"points"}
    assert taken(database, postgres, "Badge") == (3, 900)


def test_a_limit_per_member_holds_for_what_costs_nothing(call, club, database, postgres):
    got, refused, _turned_away = redeem_at_once(call, club, ["One each"], [club.members[CALLERS]] * 20)
    assert (len(got), {answer.json()["context"]["reason"] for answer in refused}) == (1, {"member_limit"})
    assert taken(database, postgres, "One each") == (1, 0)


def test_the_stock_and_the_ledger_agree(club, database, postgres):
    reserved = support.sql(
        database, "SELECT SUM(reserved_quantity), SUM(quantity) FROM stock_quant WHERE reserved_quantity <> 0", cluster=postgres
    )
    assert reserved == [(STOCK, STOCK)]
    problems = support.run_script(
        database, 'result = env["loyalty.ledger.verification"].verify(program)["problems"]', postgres, program=club.program
    )
    assert problems == []
