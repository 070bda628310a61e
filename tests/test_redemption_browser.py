"""A gift is asked for, approved, sent and done, each step by whoever does it, in a real browser."""

import pytest
import support
from conftest import log_in

SHOP = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Club", "is_membership": True, "company_id": env.company.id})
env["loyalty.redemption.rule"].create({"program_id": program.id, "points_from": 1000})
[mug] = env["product.product"].create([{"name": "Mug", "type": "consu", "is_storable": True}])
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
env["stock.quant"]._update_available_quantity(mug, warehouse.lot_stock_id, 5)
env["loyalty.catalog.item"].create({
    "program_id": program.id, "name": "Mug", "points": 1500, "kind": "gift", "product_id": mug.id,
})
member = env["loyalty.member"].create({
    "program_id": program.id, "partner_id": env["res.partner"].create({"name": "Li Na", "street": "Harbour 1"}).id,
})
env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 4000}])
groups = {
    "counter": ["loyalty_membership.group_store"],
    "boss": ["loyalty_membership.group_manager", "stock.group_stock_user"],
}
for login, names in groups.items():
    env["res.users"].create({
        "name": login, "login": login, "password": login, "group_ids": [(6, 0, [env.ref(name).id for name in names])],
    })
result = member.id
"""
WORDS = {"en_US": ("Sent to the member", "Done"), "zh_CN": ("寄送给会员", "已完成")}


@pytest.fixture(scope="module")
def member(database):
    return support.run_script(database, SHOP)


def become(page, login):
    page.evaluate("localStorage.clear()")  # or the login page offers who was here before
    # Left first: an answer that is still on its way would set its own session, and the login form would be of another one.
    page.goto("about:blank")
    page.context.clear_cookies()
    log_in(page, login)


def state(call, redemption):
    return call("loyalty.redemption", "read", ids=[redemption], fields=["state"]).json()[0]["state"]


def press(page, name):
    page.locator(f"button[name={name}]:visible").first.click()


@pytest.mark.parametrize("lang", [pytest.param(lang, marks=pytest.mark.page(lang=lang)) for lang in WORDS])
def test_request_approval_delivery_done(page, call, member, lang):
    ship, done = WORDS[lang]
    users = call("res.users", "search", domain=[["login", "in", ["counter", "boss"]]]).json()
    call("res.users", "write", ids=users, vals={"lang": lang}).raise_for_status()

    become(page, "counter")
    page.goto(f"/odoo/members/{member}")
    press(page, "action_redeem")
    page.locator("[name=item_id] input").fill("Mug")
    page.locator(".o-autocomplete--dropdown-item", has_text="Mug").first.click()
    page.locator("label", has_text=ship).click()
    press(page, "action_submit")
    page.wait_for_selector(
        ".o_arrow_button_current[data-value=to_approve], .o_statusbar_status [data-value=to_approve].o_arrow_button_current"
    )
    [redemption] = call("loyalty.redemption", "search", domain=[["state", "=", "to_approve"]]).json()
    assert page.locator("button[name=action_approve]:visible").count() == 0

    become(page, "boss")
    page.goto(f"/odoo/membership-redemptions/{redemption}")
    press(page, "action_approve")
    page.wait_for_selector("[data-value=delivering].o_arrow_button_current")
    press(page, "action_view_deliveries")
    press(page, "button_validate")
    page.wait_for_selector("[data-value=done].o_arrow_button_current")

    become(page, "counter")
    page.goto(f"/odoo/membership-redemptions/{redemption}")
    page.wait_for_selector(f"[data-value=done].o_arrow_button_current:has-text('{done}')")
    assert state(call, redemption) == "done"
