"""Take pictures of the screens of a running server with demo data, as shop people see them.

    bin/serve --port 8069 &
    python tests/screens/shoot.py --url http://localhost:8069 --out /tmp/pictures [--lang zh_CN] [NAME ...]

Each screen is taken on a desk (1440x900) and on a phone (390x844, touch).  Console errors are
printed; the only one that Odoo 19 itself causes is a missing ``selfie_segmentation.js``.
"""

import argparse
import pathlib
import sys

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DEVICES = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2},
}
#: Odoo itself shows cards instead of graphs where a phone opens them by their address, and has another search there.
DESK_ONLY = {"points-graph", "purchases-graph", "statistics-graph", "members-search", "purchases-by-source"}
DESK_ONLY = {"points-graph", "purchases-graph", "predictions-graph", "members-search", "purchases-by-source"}
#: OdooBot greets a new user in a window that covers a phone.
NO_CHAT = """document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = ".o-mail-ChatHub {display: none !important}";
    document.head.append(style);
})"""
KNOWN = ("selfie_segmentation",)


def tab(name):
    return f".nav-link[name={name}]"


class Screens:
    """What there is to see, and how to get there."""

    def __init__(self, page, url):
        self.page, self.url = page, url

    def call(self, model, method, args, kwargs=None):
        return self.page.evaluate(
            """async ([model, method, args, kwargs]) => {
                const response = await fetch(`/web/dataset/call_kw/${model}/${method}`, {
                    method: "POST", headers: {"Content-Type": "application/json"},
                    body: JSON.stringify({params: {model, method, args, kwargs}}),
                });
                return (await response.json()).result;
            }""",
            [model, method, args, kwargs or {}],
        )

    def first(self, model, domain, order="id"):
        return self.call(model, "search", [domain], {"limit": 1, "order": order})[0]

    def open(self, path, wait, clicks=()):
        self.page.goto(f"{self.url}/odoo/{path}", wait_until="domcontentloaded")
        self.page.wait_for_selector(wait, timeout=20000)
        for selector in clicks:
            self.page.locator(selector).locator("visible=true").first.click(timeout=5000)
        self.page.wait_for_timeout(900)

    def views(self):
        """name -> (path, selector that is there when the screen is, what to click then)"""
        member = self.first("loyalty.member", [["tier_id.code", "=", "GOLD"], ["points_pending", ">", 0]])
        owing = self.first("loyalty.member", [["points_debt", ">", 0]])
        closed = self.first("loyalty.member", [["state", "=", "closed"]])
        partner = self.call("loyalty.member", "read", [[member], ["partner_id"]])[0]["partner_id"][0]
        stranger = self.first(
            "res.partner", [["is_company", "=", True], ["email", "ilike", "@"], ["user_ids", "=", False]], "id desc"
        )
        order = self.first("sale.order", [["state", "=", "sale"], ["pricelist_id.name", "=", "Members Club CNY"]], "id desc")
        paid = self.first("sale.order", [["order_line.coupon_id", "!=", False], ["state", "=", "sale"]], "id desc")
        quotation = self.first("sale.order", [["state", "=", "draft"], ["pricelist_id.name", "=", "Members Club CNY"]])
        plain = self.first("sale.order", [["partner_id.email", "not like", "example.com"]])
        program = self.first("loyalty.program", [["is_membership", "=", True]])
        spent = self.first("loyalty.points.entry", [["kind", "=", "spend"]])
        purchase = self.first("loyalty.transaction", [["type", "=", "purchase"], ["is_refunded", "=", True]])
        entry = self.first("loyalty.points.entry", [["kind", "=", "earn"]])
        activity = self.first("loyalty.transaction", [["type", "=", "activity"]])
        tier = self.first("loyalty.tier", [["code", "=", "DIAMOND"]])
        rule = self.first("loyalty.earning.rule", [["kind", "=", "multiplier"]])
        return {
            "members": ("members", ".o_data_row, .o_kanban_record"),
            "members-search": ("members", ".o_searchview_dropdown_toggler", (".o_searchview_dropdown_toggler",)),
            "members-kanban": ("members?view_type=kanban", ".o_kanban_record"),
            "member": (f"members/{member}", ".o_loyalty_figures"),
            "member-purchases": (f"members/{member}", ".o_loyalty_figures", (tab("purchases"),)),
            "member-tiers": (f"members/{member}", ".o_loyalty_figures", (tab("tiers"),)),
            "member-profile": (f"members/{member}", ".o_loyalty_figures", (tab("profile"),)),
            "member-insight": (f"members/{member}", ".o_loyalty_figures", (tab("insight"),)),
            "member-consents": (f"members/{member}", ".o_loyalty_figures", (tab("consents"),)),
            "member-consent-say": (
                f"members/{member}",
                ".o_loyalty_figures",
                (tab("consents"), "button[name=action_say_consent]"),
            ),
            "member-adjust": (f"members/{member}", ".o_loyalty_figures", ("button[name=action_adjust_points]",)),
            "member-owing": (f"members/{owing}", ".o_loyalty_figures"),
            "member-closed": (f"members/{closed}", ".o_loyalty_figures"),
            "member-new": ("members/new", ".o_form_view"),
            "points": ("points-entries", ".o_data_row, .o_kanban_record"),
            "points-pivot": ("points-analysis", ".o_pivot table"),
            "points-graph": ("points-entries?view_type=graph", "canvas"),
            "points-entry": (f"points-entries/{spent}", ".o_form_view"),
            "points-lot": (f"points-entries/{entry}", ".o_form_view"),
            "purchases": ("member-purchases", ".o_data_row, .o_kanban_record"),
            "purchases-graph": ("member-purchases?view_type=graph", "canvas"),
            "purchases-by-source": (
                "member-purchases",
                ".o_searchview_dropdown_toggler",
                (".o_searchview_dropdown_toggler", ".o_group_by_menu .o_menu_item:nth-of-type(5)"),
            ),
            "purchase-activity": (f"member-purchases/{activity}", ".o_form_view"),
            "purchase": (f"member-purchases/{purchase}", ".o_form_view"),
            "purchases-pivot": ("member-purchase-analysis", ".o_pivot table"),
            "products-pivot": ("member-product-analysis", ".o_pivot table"),
            "tier-changes": ("tier-changes", ".o_data_row, .o_kanban_record"),
            "seals": ("ledger-seals", ".o_list_view, .o_view_nocontent"),
            "customer": (f"m-res.partner/{partner}", ".o_form_view"),
            "customer-stranger": (f"m-res.partner/{stranger}", ".o_form_view"),
            "order": (f"sales/{order}", ".o_form_view"),
            "order-paid": (f"sales/{paid}", ".o_form_view"),
            "order-quotation": (f"sales/{quotation}", ".o_form_view"),
            "order-plain": (f"sales/{plain}", ".o_form_view"),
            "program": (f"membership-programs/{program}", ".o_form_view"),
            "tiers": ("membership-tiers", ".o_kanban_record"),
            "tier": (f"membership-tiers/{tier}", ".o_form_view"),
            "rule": (f"membership-earning-rules/{rule}", ".o_form_view"),
            "rule-new": ("membership-earning-rules/new", ".o_form_view"),
            "program-expiry": (f"membership-programs/{program}", ".o_form_view", (tab("expiry"),)),
            "program-tiers": (f"membership-programs/{program}", ".o_form_view", (tab("tiers"),)),
            "program-members": (f"membership-programs/{program}", ".o_form_view", (tab("members"),)),
            "program-messages": (f"membership-programs/{program}", ".o_form_view", (tab("messages"),)),
            "program-insight": (f"membership-programs/{program}", ".o_form_view", (tab("insight"),)),
            "program-rewards": (f"membership-programs/{program}", ".o_form_view", (tab("rewards"),)),
            "statistics": ("member-statistics", ".o_pivot table"),
            "statistics-graph": ("member-statistics?view_type=graph", "canvas"),
            "statistics-list": ("member-statistics?view_type=list", ".o_data_row, .o_kanban_record"),
            "programs": ("membership-programs", ".o_data_row, .o_kanban_record"),
            "verify": ("action-loyalty_membership.action_ledger_verification", ".modal", ("button[name=action_verify]",)),
            "menu": (
                "members",
                ".o_navbar_apps_menu, .o_mobile_menu_toggle",
                ("[data-menu-xmlid='loyalty_membership.menu_ledger'], .o_mobile_menu_toggle",),
            ),
            "rules": ("membership-earning-rules", ".o_data_row, .o_kanban_record"),
            **self.segments(),
            **self.journeys(),
            **self.rewards(program),
            **self.predictions(),
            **self.journey_results(),
            **self.integrations(),
        }

    def journey_results(self):
        """What journeys brought: the page of each kind of verdict that there is, and the analyses."""
        pages = {}
        for journey in self.call(
            "loyalty.journey", "search_read", [[["counted_at", "!=", False]]], {"fields": ["result_verdict"], "order": "id desc"}
        ):
            path = f"action-loyalty_membership.action_journey/{journey['id']}"
            pages[f"journey-{journey['result_verdict']}"] = (path, ".o_form_view", (tab("results"),))
        return pages | {
            "journey-analysis": ("journey-analysis", ".o_pivot table"),
            "journey-step-analysis": ("journey-step-analysis", ".o_pivot table"),
        }

    def segments(self):
        """Groups of members, one of each kind."""
        made = {
            kind: self.first("loyalty.segment", [["kind", "=", kind]], "member_count desc, id")
            for kind in ("dynamic", "rfm", "list", "combination")
        }
        badges = self.first("loyalty.member", [["segment_ids", "!=", False]])
        return {
            "segments": ("segments", ".o_data_row, .o_kanban_record"),
            **{f"segment-{kind}": (f"segments/{number}", ".o_loyalty_figures") for kind, number in made.items()},
            "segment-new": ("segments/new", ".o_loyalty_figures"),
            "segment-moves": ("action-loyalty_membership.action_segment_move", "canvas, .o_data_row, .o_kanban_record"),
            "segment-adding": (f"segments/{made['list']}", ".o_loyalty_figures", ("button[name=action_add_members]",)),
            "segment-badges": (f"members/{badges}", ".o_loyalty_figures"),
        }

    def predictions(self):
        """What is expected of members; of a demo that is too small for that, what there is."""
        member = self.call(
            "loyalty.member.prediction", "search_read", [[["churn_risk", "=", "medium"]], ["member_id"]], {"limit": 1}
        )
        fit = self.call("loyalty.prediction.fit", "search", [[]], {"limit": 1})
        return {
            "predictions": ("member-predictions?view_type=list", ".o_data_row, .o_kanban_record, .o_view_nocontent"),
            "predictions-pivot": ("member-predictions", ".o_pivot table, .o_view_nocontent, .o_kanban_renderer"),
            "predictions-graph": ("member-predictions?view_type=graph", "canvas, .o_view_nocontent"),
            "prediction-qualities": ("prediction-quality", ".o_data_row, .o_kanban_record, .o_view_nocontent"),
            **({"prediction-quality": (f"prediction-quality/{fit[0]}", ".o_form_view")} if fit else {}),
            **({"prediction-parameters": (f"prediction-quality/{fit[0]}", ".o_form_view", (tab("parameters"),))} if fit else {}),
            **(
                {"member-insight": (f"members/{member[0]['member_id'][0]}", ".o_loyalty_figures", (tab("insight"),))}
                if member
                else {}
            ),
        }

    def journeys(self):
        """What happens by itself, and to whom it happened."""
        ran = self.first("loyalty.journey", [["ready_made", "=", "tier_up"], ["state", "=", "running"]])
        silent = self.first("loyalty.journey", [["ready_made", "=", "dormant_60"], ["state", "=", "running"]])
        off = self.first("loyalty.journey", [["ready_made", "=", "expiring_7"]])
        run = self.first("loyalty.journey.run", [["journey_id", "=", ran]], "id desc")
        step = "[name=step_ids] .o_data_row, [name=step_ids] .o_kanban_record"
        member = self.call("loyalty.journey.run", "read", [[run], ["member_id"]])[0]["member_id"][0]
        return {
            "journeys": ("journeys", ".o_data_row, .o_kanban_record"),
            "journey": (f"journeys/{ran}", ".o_form_view"),
            "journey-silent": (f"journeys/{silent}", ".o_form_view"),
            "journey-off": (f"journeys/{off}", ".o_form_view"),
            "journey-new": ("journeys/new", ".o_form_view"),
            "journey-step": (f"journeys/{ran}", ".o_form_view", (step,)),
            "journey-step-new": (f"journeys/{ran}", ".o_form_view", (
                "[name=step_ids] .o_field_x2many_list_row_add a, [name=step_ids] .o-kanban-button-new",
            )),
            "journey-members": ("journey-members", ".o_data_row, .o_kanban_record"),
            "journey-member": (f"journey-members/{run}", ".o_form_view"),
            "member-journeys": (f"members/{member}", ".o_form_view"),
        }  # fmt: skip

    def integrations(self):
        """What goes to and comes from other systems."""
        rows, form, cards = ".o_data_row, .o_kanban_record", ".o_form_view", ".o_kanban_record"
        system = {
            name: self.first("loyalty.connection", [["system", "=", name]])
            for name in ("kingdee", "neocrm", "wecom", "webhook", "till")
        }
        mapping = self.first("loyalty.mapping", [["connection_id.system", "=", "kingdee"]])
        dead = self.first("loyalty.outbox", [["state", "=", "dead"]])
        parked = self.first("loyalty.inbox", [["state", "=", "parked"]])
        run = self.first("loyalty.sync.run", [])
        attempt = self.first("loyalty.outbox.attempt", [["outcome", "=", "permanent"]])
        return {
            "connections": ("loyalty-connections", rows),
            "connection-new": ("loyalty-connections/new", form),
            **{f"connection-{name}": (f"loyalty-connections/{number}", form) for name, number in system.items()},
            **{
                f"connection-{name}-settings": (f"loyalty-connections/{number}", form, (tab("settings"),))
                for name, number in system.items()
            },
            "health": ("loyalty-health", cards),
            "outbox": ("loyalty-outbox", rows),
            "outbox-row": (f"loyalty-outbox/{dead}", form),
            "attempt": (f"loyalty-attempts/{attempt}", form),
            "inbox": ("loyalty-inbox", rows),
            "inbox-row": (f"loyalty-inbox/{parked}", form),
            "mappings": ("loyalty-mappings", rows),
            "mapping": (f"loyalty-mappings/{mapping}", form),
            "conflicts": ("loyalty-conflicts", rows),
            "runs": ("loyalty-runs", rows),
            "run": (f"loyalty-runs/{run}", form),
            "bindings": ("loyalty-bindings", rows),
        }

    def rewards(self, program):
        """What points buy, and what else moves them."""
        rows, form, club = ".o_data_row, .o_kanban_record", ".o_form_view", ["program_id", "=", program]
        item = self.first("loyalty.catalog.item", [club, ["kind", "=", "gift"], ["money", ">", 0]])
        waiting = self.first("loyalty.redemption", [club, ["state", "=", "to_approve"]])
        ready = self.first("loyalty.redemption", [club, ["state", "=", "approved"]])
        coupon = self.first("loyalty.redemption", [club, ["card_ids", "!=", False]])
        draw = self.first("loyalty.draw", [club])
        drawn = self.first("loyalty.draw.result", [club])
        hand = self.first("loyalty.points.adjustment", [club, ["state", "=", "to_approve"]])
        merge = self.first("loyalty.member.merge", [club])
        upload = self.first("loyalty.member.import", [club])
        return {
            "catalogue": ("membership-catalogue", rows),
            "catalogue-item": (f"membership-catalogue/{item}", form),
            "catalogue-new": ("membership-catalogue/new", form),
            "redemptions": ("membership-redemptions", rows),
            "redemption-waiting": (f"membership-redemptions/{waiting}", form),
            "redemption-ready": (f"membership-redemptions/{ready}", form),
            "redemption-coupon": (f"membership-redemptions/{coupon}", form),
            "redemption-new": ("membership-redemptions/new", form),
            "redemption-scan": ("action-loyalty_membership.action_redemption_scan", ".modal, .o_form_view"),
            "draws": ("lucky-draws", rows),
            "draw": (f"lucky-draws/{draw}", form),
            "draw-results": ("draw-results", rows),
            "draw-result": (f"draw-results/{drawn}", form),
            "draw-tickets": ("draw-tickets", rows),
            "draw-fairness": ("draw-fairness", form),
            "adjustments": ("points-adjustments", rows),
            "adjustment": (f"points-adjustments/{hand}", form),
            "adjustment-new": ("points-adjustments/new", form),
            "merges": ("member-merges", rows),
            "merge": (f"member-merges/{merge}", form),
            "referrals": ("member-referrals", rows),
            "imports": ("member-imports", rows),
            "import": (f"member-imports/{upload}", form),
            "import-new": ("member-imports/new", form),
            "program-approval": (f"membership-programs/{program}", form, (tab("approval"),)),
        }


def log_in(page, url, login, lang):
    page.goto(f"{url}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", login)
    page.click("button[type=submit]:has-text('Log in'), .oe_login_buttons button")
    page.wait_for_selector(".o_web_client", timeout=60000)
    if lang:
        screens = Screens(page, url)
        user = screens.first("res.users", [["login", "=", login]])
        screens.call("res.users", "write", [[user], {"lang": lang}])


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://localhost:8069")
    parser.add_argument("--out", default="pictures", type=pathlib.Path)
    parser.add_argument("--login", default="admin")
    parser.add_argument("--lang")
    parser.add_argument("--device", choices=DEVICES, action="append")
    parser.add_argument("--full", action="store_true", help="the whole page, not what fits the screen")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def listen(page, problems):
    """Gather what the browser complains about, but for what is known."""

    def note(text):
        if not any(known in text for known in KNOWN):
            problems.append(f"{page.url}: {text}")

    page.on("console", lambda message: message.type == "error" and note(message.text))
    page.on("pageerror", lambda error: note(str(error)))


def shoot(browser, device, options, problems):
    page = browser.new_context(**DEVICES[device]).new_page()
    page.add_init_script(NO_CHAT)
    log_in(page, options.url, options.login, options.lang)
    listen(page, problems)
    screens = Screens(page, options.url)
    for name, screen in screens.views().items():
        if (options.names and name not in options.names) or (device == "phone" and name in DESK_ONLY):
            continue
        try:
            screens.open(*screen)
        except PlaywrightError as error:
            problems.append(f"{device} {name}: {error.message.splitlines()[0]}")
        page.screenshot(path=options.out / f"{name}-{device}.png", full_page=options.full)


def main():
    options = read_options()
    options.out.mkdir(parents=True, exist_ok=True)
    problems = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for device in options.device or DEVICES:
            shoot(browser, device, options, problems)
        browser.close()
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
