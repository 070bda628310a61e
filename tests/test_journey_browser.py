"""A marketing person sets up "who becomes gold gets a mail, an SMS, a coupon and a call"; a purchase by API makes it happen."""

import pytest
import support

SHOP = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({
    "name": "Club", "is_membership": True, "company_id": env.company.id, "quiet_from": 0, "quiet_to": 0, "hold_days": 0,
    "tier_metric": "amount",
})
env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
boss = env["res.users"].create({
    "name": "Boss", "login": "boss", "password": "boss", "group_ids": [(6, 0, [env.ref("loyalty_membership.group_manager").id])],
})
env["res.users"].create({
    "name": "Mei", "login": "mei", "password": "mei", "group_ids": [(6, 0, [env.ref("loyalty_membership.group_marketing").id])],
})
env["loyalty.tier"].create([
    {"program_id": program.id, "name": name, "code": name.upper(), "threshold": threshold, "user_id": boss.id}
    for name, threshold in (("Silver", 0), ("Gold", 1000))
])
member = env["loyalty.member"].create({
    "program_id": program.id,
    "partner_id": env["res.partner"].create({
        "name": "Li Na", "email": "li.na@example.com", "phone": "13800138000", "country_id": env.ref("base.cn").id,
    }).id,
})
env["loyalty.consent"].create([
    {"member_id": member.id, "channel": channel, "purpose": "marketing"} for channel in ("email", "sms")
])
env["ir.cron"].search([("model_id.model", "in", ("mail.mail", "sms.sms"))]).active = False
journey = env["loyalty.journey"].search([("program_id", "=", program.id), ("ready_made", "=", "tier_up")])
result = {"member": member.code, "id": member.id, "partner": member.partner_id.id, "journey": journey.id}
"""
JOB = """
env.ref("loyalty_membership.cron_journeys").method_direct_trigger()
"""


@pytest.fixture(scope="module")
def shop(database):
    return support.run_script(database, SHOP)


def choose(page, field, text):
    """Pick one in a field that completes what is typed."""
    page.locator(f"[name={field}] input").first.fill(text)
    page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()


@pytest.mark.page(login="mei")
def test_who_becomes_gold_is_told_gets_a_coupon_and_is_called(page, api, call, database, server, shop):
    page.goto(f"/odoo/journeys/{shop['journey']}")
    choose(page, "trigger_tier_ids", "Gold")
    page.locator("button.o_form_button_save").click()
    page.wait_for_selector(".o_form_saved, .o_form_status_indicator_buttons.invisible", state="attached")

    # Look at all of it on one member: nothing is sent
    page.locator(".o_statusbar_buttons button").nth(1).click()
    choose(page, "member_id", "Li Na")
    page.wait_for_selector(".modal .o_kanban_record:has-text('0442-EXAMPLE')")
    page.locator(".modal footer button").first.click()
    page.wait_for_selector(".modal", state="detached")
    assert given(call, shop) == (0, 0, 0, 0)

    page.locator("button[name=action_start]").click()
    page.wait_for_selector("[data-value=running].o_arrow_button_current")

    answer = api(
        "record_purchase", member=shop["member"], source="till", reference="1",
        lines=[{"name": "Coat", "quantity": 1, "amount": 1200}],
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json()["tier"]["code"] == "GOLD"
    support.run_script(database, JOB)

    assert given(call, shop) == (1, 1, 1, 1)
    [run] = call("loyalty.journey.run", "search_read", domain=[["journey_id", "=", shop["journey"]]], fields=["state"]).json()
    assert run["state"] == "done"
    page.goto(f"/odoo/members/{shop['id']}")
    page.locator("button[name=action_view_journeys]").click()
    page.wait_for_selector(".o_data_row")


def given(call, shop):
    """Mails and SMS that were queued, coupons, calls on the account manager's list."""
    return (
        call("mail.mail", "search_count", domain=[["model", "=", "loyalty.member"], ["res_id", "=", shop["id"]]]).json(),
        call("sms.sms", "search_count", domain=[["partner_id", "=", shop["partner"]]]).json(),
        call("loyalty.card", "search_count", domain=[
            ["partner_id", "=", shop["partner"]], ["program_id.ready_coupon", "=", "tier"],
        ]).json(),
        call("mail.activity", "search_count", domain=[
            ["res_model", "=", "loyalty.member"], ["res_id", "=", shop["id"]], ["user_id.login", "=", "boss"],
        ]).json(),
    )  # fmt: skip
