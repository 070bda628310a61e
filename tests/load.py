"""Eight customers' clients who earn and spend on the same five members, and the proof that nothing got lost.

Tills record purchases through `loyalty.api`; a shop sells orders that pay with points. Each client notes what the server
accepted and repeats, with the same reference, whatever failed without an answer. `check_ledger` then holds the notes against
the ledger: every accepted call is there once, nothing else is, no balance was ever below zero, and Verify Ledger passes.

    club = prepare(database)
    notes = run(call, club, seconds=20)
    check_ledger(call, database, club, notes)
"""

import random
import threading
import time
from collections import Counter, namedtuple
from decimal import Decimal

import requests
import support

CLIENTS = 8
#: How long a client goes on repeating a call that gets no answer.
PATIENCE = 120

#: ids of program, partners and product; codes of the members, in the order of the partners
Club = namedtuple("Club", "program partners members product")
#: accepted: (member's place, points), by kind and reference; refused: the server's reasons
Notes = namedtuple("Notes", "earned spent refused repeated")

SETUP = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Load", "is_membership": True, "point_value": 0.01})
env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase", "points_mode": "money", "points": 1})
partners = env["res.partner"].create([{"name": f"Customer {number}"} for number in range(5)])
members = env["loyalty.member"].create([{"partner_id": partner.id, "program_id": program.id} for partner in partners])
product = env["product.product"].create({"name": "Tea", "type": "service", "list_price": 1, "taxes_id": False})
result = {
    "program": program.id, "partners": partners.ids, "members": members.mapped("code"), "product": product.id,
}
"""


def prepare(database, cluster=None):
    """A program where a point is worth 0.01 and each unit of money earns one, five members, and something to sell."""
    return Club(**support.run_script(database, SETUP, cluster))


class Refused(Exception):
    """The server answered, and the answer is no."""


def answered(response):
    """Whether this is the method's answer; a refusal raises. Without its database Odoo says 404, too, as a page."""
    if response is None or response.status_code >= 500 or "json" not in response.headers.get("Content-Type", ""):
        return False
    if response.ok:
        return True
    message = response.json().get("message")
    if (response.status_code, message) == (403, "Access Denied"):
        # What Odoo says of any accident while it looks up the key, such as a database that went away.
        return False
    raise Refused(f"{response.status_code}: {message}")


class Shopper:
    """One client: it does one thing after another until the time is over."""

    def __init__(self, call, club, number, notes, deadline):
        self.call, self.club, self.notes, self.deadline = call, club, notes, deadline
        self.random = random.Random(number)
        self.number, self.done = number, 0
        self.error = None

    def run(self):
        try:
            while time.monotonic() < self.deadline:
                self.done += 1
                self.step(f"{self.number}-{self.done}", self.random.randrange(len(self.club.members)))
        except Exception as error:  # told by the test, not by a thread
            self.error = error

    def step(self, reference, place):
        if self.random.random() < 0.7:
            self.earn(reference, place)
        else:
            try:
                self.spend(reference, place)
            except Refused as reason:
                self.notes.refused.append(str(reason))

    def ask(self, model, method, **arguments):
        """The JSON of an answer. What isn't answered, or answered by an accident of the server, is asked again."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                response = self.call(model, method, **arguments)
            except requests.RequestException:
                response = None
            if answered(response):
                return response.json()
            self.notes.repeated.append(method)
            time.sleep(0.2)
        raise TimeoutError(f"{method}: no answer in {PATIENCE} s")

    def earn(self, reference, place):
        """A till records a purchase; the same reference again is the same purchase."""
        answer = self.ask(
            *("loyalty.api", "record_purchase"),
            member=self.club.members[place],
            program=self.club.program,
            lines=[{"name": "Tea", "quantity": 1, "amount": self.random.randrange(1, 400)}],
            source="till",
            reference=reference,
        )
        self.notes.earned[reference] = (place, Decimal(str(answer["points"])))

    def spend(self, reference, place):
        """An order of 1.00 to 5.00, paid with as many points as the member has, or else not confirmed."""
        order = self.order(reference, place)
        self.ask("sale.order", "action_open_reward_wizard", ids=[order])
        lines = self.lines(order)
        if not any(line["points_cost"] for line in lines):
            raise Refused("no points to spend")
        self.confirm(order)
        lines = self.lines(order)
        paid = sum(Decimal(str(line["price_total"])) for line in lines)
        cost = sum(Decimal(str(line["points_cost"])) for line in lines)
        self.notes.spent[reference] = (place, int(paid) - cost)

    def order(self, reference, place):
        """The quotation with this reference; made if a first try didn't."""
        found = []
        while not found:
            found = self.ask("sale.order", "search", domain=[("client_order_ref", "=", reference)])
            if not found:
                self.once("sale.order", "create", vals_list=[{
                    "partner_id": self.club.partners[place],
                    "client_order_ref": reference,
                    "order_line": [(0, 0, {"product_id": self.club.product, "product_uom_qty": self.random.randrange(1, 6)})],
                }])  # fmt: skip
        return found[0]

    def once(self, model, method, **arguments):
        """Call what can't be repeated blindly; True if it was answered well."""
        try:
            response = self.call(model, method, **arguments)
        except requests.RequestException:
            response = None
        if answered(response):
            return True
        self.notes.repeated.append(method)
        time.sleep(0.2)
        return False

    def confirm(self, order):
        """Confirm, and where the answer got lost, look whether it is confirmed before trying again."""
        end = time.monotonic() + PATIENCE
        while not self.once("sale.order", "action_confirm", ids=[order]):
            [row] = self.ask("sale.order", "read", ids=[order], fields=["state"])
            if row["state"] == "sale":
                return
            if time.monotonic() > end:
                raise TimeoutError(f"action_confirm: no answer in {PATIENCE} s")

    def lines(self, order):
        return self.ask(
            "sale.order.line", "search_read", domain=[("order_id", "=", order)], fields=["price_total", "points_cost"]
        )


def run(call, club, seconds, meanwhile=()):
    """Let the clients go on for some seconds; their notes.

    :param meanwhile: functions that are called one after another, evenly spread over the time
    """
    start = time.monotonic()
    notes = Notes({}, {}, [], [])
    shoppers = [Shopper(call, club, number, notes, start + seconds) for number in range(CLIENTS)]
    threads = [threading.Thread(target=shopper.run) for shopper in shoppers]
    for thread in threads:
        thread.start()
    for number, function in enumerate(meanwhile, 1):
        time.sleep(max(0, start + seconds * number / (len(meanwhile) + 1) - time.monotonic()))
        function()
    for thread in threads:
        thread.join()
    errors = [shopper.error for shopper in shoppers if shopper.error]
    if errors:
        raise errors[0]
    return notes


def check_ledger(call, database, club, notes, cluster=None):
    """Assert that the ledger holds exactly what the clients noted."""

    def rows(statement, *parameters):
        return support.sql(database, statement, parameters, cluster)

    wanted = Counter()
    for place, points in [*notes.earned.values(), *notes.spent.values()]:
        wanted[club.members[place]] += points
    held = rows(
        """SELECT c.code, c.points::numeric, (SELECT SUM(points) FROM loyalty_points_entry e WHERE e.member_id = m.id)
             FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id WHERE m.program_id = %s""",
        club.program,
    )
    assert {code: points or 0 for code, _balance, points in held} == {code: wanted[code] for code in club.members}
    assert {code: balance for code, balance, _points in held} == {code: wanted[code] for code in club.members}
    # Every accepted call is there once, and nothing that was not accepted.
    recorded = rows("SELECT reference FROM loyalty_transaction WHERE source = 'till'")
    assert Counter(reference for (reference,) in recorded) == Counter(notes.earned.keys())
    confirmed = rows("SELECT client_order_ref FROM sale_order WHERE state = 'sale'")
    assert Counter(reference for (reference,) in confirmed) == Counter(notes.spent.keys())
    paying = rows("SELECT origin_id FROM loyalty_points_entry WHERE kind = 'spend'")
    assert len(paying) == len(set(paying)) == len(notes.spent)
    # A member's entries are numbered in the order in which they were booked.
    lowest = rows(
        "SELECT MIN(sum) FROM (SELECT SUM(points) OVER (PARTITION BY member_id ORDER BY id) FROM loyalty_points_entry) e"
    )
    assert lowest[0][0] >= 0
    verified = call("loyalty.ledger.verification", "verify").json()
    assert verified["ok"], verified["problems"]
