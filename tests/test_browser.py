"""A day at the counter, in a real browser: a customer joins, buys, and sees the points; in English and in Chinese."""

import pytest

WORDS = {
    "en_US": {"will": "This order will earn", "has": "This order has earned", "create": "Create"},
    "zh_CN": {"will": "本单预计可得", "has": "本单已得", "create": "创建"},
}


@pytest.fixture(scope="module")
def shop(call):
    """A program of 1 point per 1.00, and something to sell."""
    [china] = call("res.country", "search", domain=[("code", "=", "CN")]).json()
    values = {"name": "Club", "is_membership": True, "program_type": "loyalty", "phone_country_id": china}
    [program] = call("loyalty.program", "create", vals_list=[values]).json()
    call("loyalty.earning.rule", "create", vals_list=[{"program_id": program, "name": "Purchase"}]).raise_for_status()
    product = call("product.product", "create", vals_list=[{"name": "Tea", "type": "service", "list_price": 128, "taxes_id": []}])
    return product.json()[0]


@pytest.fixture
def walk(page, call, shop):
    return Walk(page, call, shop)


class Walk:
    def __init__(self, page, call, product):
        self.page, self.call, self.product = page, call, product

    def enrol(self, name, phone, words):
        """Enrol somebody who isn't a customer yet, on the member form."""
        self.page.goto("/odoo/members/new")
        customer = self.page.locator("[name=partner_id] input")
        customer.fill(name)
        self.page.locator(".o-autocomplete--dropdown-item", has_text=words["create"]).first.click()
        self.page.locator("[name=phone] input:visible").first.fill(phone)
        self.page.locator(".o_form_button_save:visible").click()
        self.page.wait_for_selector(".o_loyalty_figures")

    def quotation(self, partner):
        order = self.call("sale.order", "create", vals_list=[
            {"partner_id": partner, "order_line": [[0, 0, {"product_id": self.product, "product_uom_qty": 2}]]},
        ])  # fmt: skip
        return order.json()[0]

    def text(self, selector):
        return self.page.locator(selector).first.inner_text()


@pytest.mark.parametrize("lang", [pytest.param(lang, marks=pytest.mark.page(lang=lang, login="admin")) for lang in WORDS])
def test_join_buy_and_see_the_points(walk, call, lang):
    words, name = WORDS[lang], f"Counter {lang}"
    phone = {"en_US": "13912345678", "zh_CN": "13912345679"}[lang]
    walk.enrol(name, phone, words)
    [member] = call("loyalty.member", "search_read", domain=[["name", "=", name]], fields=["partner_id", "code", "phone"]).json()
    assert member["phone"].replace(" ", "").endswith(phone)

    order = walk.quotation(member["partner_id"][0])
    walk.page.goto(f"/odoo/sales/{order}")
    walk.page.wait_for_selector(".o_loyalty_order_points")
    told = walk.text(".o_loyalty_order_points")
    assert words["will"] in told and "256" in told, told
    walk.page.locator("button[name=action_confirm]:visible").first.click()
    walk.page.wait_for_selector(f".o_loyalty_order_points:has-text('{words['has']}')")

    walk.page.goto("/odoo/members")
    walk.page.fill(".o_searchview_input", phone)
    walk.page.press(".o_searchview_input", "Enter")
    walk.page.locator(f".o_data_row:has-text('{name}'), .o_kanban_record:has-text('{name}')").first.click()
    walk.page.wait_for_selector(".o_loyalty_figures")
    assert "256" in walk.text(".o_loyalty_figures")
    assert "256" in walk.text("[name=entry_ids]")
