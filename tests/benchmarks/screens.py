"""The screens of the app with a million members and ten million entries, under a second of server time each.

A browser opens each screen as people do, and what the web client asks the server meanwhile is noted; then the same questions are
asked again over HTTP, one after another, several times. Printed for each screen: the median of the sums, how many questions and
which one takes longest. Ends with 1 if a screen takes longer than the bound.
"""

import argparse
import contextlib
import json
import time
from statistics import median

import requests
import support
from _figures import figure
from _million import generate
from playwright.sync_api import sync_playwright

BOUND = 1.0
#: Screens of this name add up ten million rows because somebody wants to know; they are told, and have no bound.
WHOLE = "the whole"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
ROWS = ".o_data_row"
#: What the client asks once a session or a view, whatever the data are.
ONCE = ("get_views", "has_group", "has_access", "get_installed")


class Browser:
    """A page of one user, and what it asks the server."""

    def __init__(self, browser, url, login, language=None):
        self.url = url
        self.context = browser.new_context(viewport={"width": 1400, "height": 900}, locale=language or "en-US")
        self.page = self.context.new_page()
        self.page.set_default_timeout(120_000)
        self.asked, self.waiting, self.heard = [], set(), time.monotonic()
        self.page.on("request", self._note)
        for end in ("requestfinished", "requestfailed"):
            self.page.on(end, self._end)
        self.page.goto(f"{url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click(".oe_login_buttons button[type=submit]")
        self.page.wait_for_selector(".o_web_client")
        self.session = requests.Session()
        for cookie in self.context.cookies():
            self.session.cookies.set(cookie["name"], cookie["value"])

    def _note(self, request):
        if "/web/dataset/call_kw/" not in request.url:
            return
        self.waiting.add(request)
        self.heard = time.monotonic()
        if request.url.rsplit("/", 1)[-1] not in ONCE:
            self.asked.append((request.url, request.post_data))

    def _end(self, request):
        self.waiting.discard(request)
        self.heard = time.monotonic()

    def open(self, path, wait=ROWS):
        self.page.goto(f"{self.url}/odoo/{path}", wait_until="domcontentloaded")
        self.page.wait_for_selector(wait)
        self.rest()

    def rest(self):
        """Wait until it has asked nothing more for a second."""
        while self.waiting or time.monotonic() - self.heard < 1:
            self.page.wait_for_timeout(100)

    def asks(self, action):
        """The questions that an action makes it ask."""
        self.asked.clear()
        action()
        self.rest()
        return list(self.asked)

    def search(self, text):
        """Type into the search bar and take its first proposal."""
        self.page.fill(".o_searchview_input", text)
        self.page.press(".o_searchview_input", "Enter")
        self.page.wait_for_selector(f".o_searchview_facet:has-text('{text}')")

    def group(self, title):
        self.page.click(".o_searchview_dropdown_toggler")
        self.page.click(f".o_group_by_menu .o_menu_item:text-is('{title}')")
        self.page.wait_for_selector(".o_group_header")

    def again(self, question):
        """Ask once more; its seconds."""
        url, body = question
        start = time.perf_counter()
        answer = self.session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=300).json()
        seconds = time.perf_counter() - start
        if "error" in answer:
            raise RuntimeError(f"{url}: {answer['error']['data']['message']}")
        return seconds


def screens(see, name):
    """Title -> what to do in a browser at rest; each after the one before."""
    [[member, partner, code, phone, full_name]] = support.sql(
        name,
        """SELECT m.id, p.id, c.code, p.phone, p.name FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id
             JOIN res_partner p ON p.id = c.partner_id
            WHERE m.team_id = (SELECT team_id FROM loyalty_member ORDER BY id LIMIT 1)
            ORDER BY m.id OFFSET (SELECT COUNT(*) / 50 FROM loyalty_member) LIMIT 1""",
    )

    def searched(text):
        see.open("members")
        return see.asks(lambda: see.search(text))

    def opened(path, wait=ROWS):
        return lambda: see.asks(lambda: see.open(path, wait))

    def grouped(path, title):
        see.open(path)
        return see.asks(lambda: see.group(title))

    return {
        "members": opened("members"),
        "members by number": lambda: searched(code),
        "members by phone": lambda: searched(phone),
        "members by the last 4 digits of a phone": lambda: searched(phone[-4:]),
        "members by the last 8 digits of a phone": lambda: searched(phone[-8:]),
        "members by family name": lambda: searched(full_name[:1]),
        "members by two characters of a name": lambda: searched(full_name[:2]),
        "members by full name": lambda: searched(full_name),
        "members by a name that nobody has": lambda: searched("欧阳无名"),
        "members in a list grouped by tier": lambda: grouped("members", "Tier"),
        "members in a list grouped by store": lambda: grouped("members", "Store"),
        "members in columns by tier": opened("members?view_type=kanban", ".o_kanban_record"),
        "a member's form": opened(f"members/{member}", ".o_loyalty_figures"),
        "points entries": opened("points-entries"),
        f"{WHOLE} ledger grouped by kind": lambda: grouped("points-entries", "Kind"),
        f"{WHOLE} ledger in a graph": opened("points-entries?view_type=graph", "canvas"),
        "points entries in a pivot": opened("points-analysis", ".o_pivot table"),
        "points entries in a graph": opened("points-analysis?view_type=graph", "canvas"),
        "purchases": opened("member-purchases"),
        "purchases in a pivot": opened("member-purchase-analysis", ".o_pivot table"),
        "purchases in a graph": opened("member-purchase-analysis?view_type=graph", "canvas"),
        "products in a pivot": opened("member-product-analysis", ".o_pivot table"),
        "tier changes": opened("tier-changes", ".o_list_view"),
        "a customer's form": opened(f"m-res.partner/{partner}", ".o_form_view"),
        "a new order": opened("sales/new", ".o_form_view"),
        "a new order's customer": lambda: see.asks(lambda: choose_customer(see, phone)),
    }


def choose_customer(see, text):
    field = see.page.locator("div[name=partner_id] input").first
    field.click()
    see.rest()
    field.press_sequentially(text)
    see.page.click(".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)")
    see.page.wait_for_selector("[name=loyalty_points_available]")


def measure(title, see, action, rounds):
    """Print what a screen takes; whether the bound holds."""
    questions = action()
    times = [[see.again(question) for question in questions] for _round in range(rounds + 1)][1:]
    total = median(map(sum, times))
    each = [median(column) for column in zip(*times, strict=True)]
    slowest = max(range(len(each)), key=each.__getitem__)
    method = json.loads(questions[slowest][1])["params"]["method"]
    model = json.loads(questions[slowest][1])["params"]["model"]
    fine = total <= BOUND or WHOLE in title
    figure(f"{title}", f"{total * 1000:,.0f} ms",
           f"{'' if fine else 'TOO SLOW: '}{len(questions)} calls, the longest {model}/{method} {each[slowest] * 1000:,.0f} ms; "
           f"worst round {max(map(sum, times)) * 1000:,.0f} ms")  # fmt: skip
    return fine


STORE_USER = """
group = env.ref("loyalty_membership.group_store")
groups = [(4, group.id), (4, env.ref("sales_team.group_sale_salesman").id)]
if not env["res.users"].search([("login", "=", "bench_store")]):
    user = env["res.users"].create({"name": "Store", "login": "bench_store", "password": "bench_store", "group_ids": groups})
    store = env["loyalty.member"].search([], order="id", limit=1).team_id
    env["crm.team.member"].create({"user_id": user.id, "crm_team_id": store.id})
"""


def run(name, options):
    """Measure the screens of the manager, and those of a store; whether all bounds hold."""
    support.run_script(name, STORE_USER)
    fine = True
    with (
        support.Server(name, workers=2, options=("--limit-time-real=600", "--limit-time-cpu=600")) as server,
        sync_playwright() as playwright,
        contextlib.closing(playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)) as browser,
    ):
        for login, prefix in (("admin", ""), ("bench_store", "store: ")):
            see = Browser(browser, server.url, login)
            for title, action in screens(see, name).items():
                if options.only in prefix + title:
                    fine &= measure(prefix + title, see, action, options.rounds)
    return fine


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench screens", description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000, help="default: 1,000,000")
    parser.add_argument("--entries", type=int, default=10_000_000, help="entries of the ledger (default: 10,000,000)")
    parser.add_argument("--rounds", type=int, default=5, help="times that each screen is measured (default: 5)")
    parser.add_argument("--only", default="", help="screens with this in their name")
    parser.add_argument("--database", help="measure in this one, filled if there is none of this name, and keep it")
    options = parser.parse_args(argv)
    each = options.entries // options.members
    if each < 4:
        parser.error("at least four entries a member")
    with contextlib.ExitStack() as stack:
        name = options.database
        if not name or not support.sql("postgres", "SELECT 1 FROM pg_database WHERE datname = %s", [name]):
            name = support.copy_database(name=name)
            if not options.database:
                stack.callback(support.drop_database, name)
            generate(name, options.members, each, journal=True)
        return 0 if run(name, options) else 1


if __name__ == "__main__":
    raise SystemExit(main())
