"""The loyalty API as an integrator meets it: a real key, real HTTP, whatever JSON."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import support

CDNOW = Path(__file__).parent / "data" / "cdnow_slice.txt"
CLUB = """
from datetime import datetime, timedelta
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
company, china = env.ref("base.main_company"), env.ref("base.cn")
program = env["loyalty.program"].create({
    "name": "Club", "program_type": "loyalty", "is_membership": True, "company_id": company.id,
    "phone_country_id": china.id, "tz": "Asia/Shanghai",
})
env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
env["loyalty.earning.rule"].create({
    "program_id": program.id, "name": "Visit", "trigger": "activity", "activity_code": "visit",
    "points_mode": "fixed", "points": 3,
})
abroad = env["res.company"].create({"name": "Abroad"})
env["crm.team"].create({"name": "Far Store", "company_id": abroad.id})
result = {}
for login, group in (("till", "loyalty_membership.group_api"), ("clerk", "loyalty_membership.group_manager")):
    user = env["res.users"].create({
        "name": login, "login": login, "company_id": company.id, "company_ids": [(6, 0, company.ids)],
        "group_ids": [(6, 0, env.ref(group).ids)],
    })
    keys = env["res.users.apikeys"].with_user(user).sudo()
    result[login] = keys._generate("rpc", "test", datetime.now() + timedelta(days=1))
"""
# Rows that a mere request leaves behind, whatever it asks.
LOGS = {"ir_logging", "res_device_log", "res_users_log", "ir_attachment", "ir_profile"}


@pytest.fixture(scope="module")
def club(server, database):
    """The clients of a till and of a clerk, and a member, Li Na (13800138000)."""
    keys = support.run_script(database, CLUB)
    clients = {login: support.Client(server.url, key) for login, key in keys.items()}

    def till(method, **arguments):
        return clients["till"]("loyalty.api", method, **arguments)

    member = till("enroll", name="Li Na", phone="13800138000", source="shop", reference="m-1").json()["member"]
    return SimpleNamespace(till=till, member=member, **{f"{login}_client": client for login, client in clients.items()})


def purchase(reference, amount=10, **values):
    return {
        "member": "13800138000",
        "lines": [{"quantity": 1, "amount": amount}],
        "source": "shop",
        "reference": reference,
        **values,
    }


def counts(database):
    """How many rows each table has."""
    rows = support.sql(
        database,
        """SELECT table_name, (xpath('/row/c/text()', query_to_xml(
                  format('SELECT COUNT(*) AS c FROM %I', table_name), false, true, '')))[1]::text::bigint
             FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'""",
    )
    return {name: count for name, count in rows if name not in LOGS}


# ---- Who may call ----------------------------------------------------------------------------------------------------


def test_without_a_key_nobody_is_let_in(club, server):
    for headers in ({}, {"Authorization": "bearer 0123456789abcdef"}, {"Authorization": "bearer "}):
        url = f"{server.url}/json/2/loyalty.api/get_member"
        assert requests.post(url, json={"member": club.member}, headers=headers, timeout=30).status_code == 401


def test_without_the_group_nobody_may_call(club):
    for method, arguments in (("get_member", {"member": club.member}), ("record_purchase", purchase("no-right"))):
        answer = club.clerk_client("loyalty.api", method, **arguments)
        assert answer.status_code == 403
        assert "Loyalty API" in answer.json()["message"]


def test_the_key_of_a_till_opens_nothing_else(club):
    for model in ("loyalty.member", "loyalty.points.entry", "loyalty.api"):
        for method, arguments in (
            ("search", {"domain": []}),
            ("read", {"ids": [1], "fields": []}),
            ("create", {"vals_list": [{}]}),
            ("write", {"ids": [1], "vals": {"display_name": "x"}}),
            ("unlink", {"ids": [1]}),
        ):
            assert club.till_client(model, method, **arguments).status_code == 403, (model, method)
    for method in ("_record", "_open", "env", "sudo"):
        assert club.till(method).status_code in {403, 404}


def test_the_documentation_page_shows_every_method(call):
    headers = {"Authorization": f"bearer {call.key}"}
    found = requests.get(f"{call.url}/doc-bearer/loyalty.api.json", headers=headers, timeout=60).json()["methods"]
    for method in ("enroll", "get_member", "get_statement", "simulate_purchase", "record_purchases", "record_refund"):
        assert found[method]["doc"] and found[method]["return"], method
        assert "system-message" not in json.dumps(found[method]), method


def test_the_administrator_may_call(club, api):
    assert api("get_member", member=club.member).json()["name"] == "Li Na"


# ---- Bad input -------------------------------------------------------------------------------------------------------

LINE = {"quantity": 1, "amount": 1}
BAD_PURCHASES = [
    ({"member": "nobody"}, 404, "member: "),
    ({"member": ["13800138000"]}, 422, "member: "),
    ({"member": None}, 422, "member: "),
    ({"member": "a\0b"}, 422, "member: "),
    ({"member": "x" * 10_000_000}, 422, "member: "),
    ({"lines": "x" * 10_000_000}, 422, "lines: "),
    ({"lines": [{**LINE, "name": "x" * 10_000_000}]}, 422, "lines[0].name: "),
    ({"lines": [LINE] * 1001}, 422, "lines: "),
    ({"lines": [LINE, {**LINE, "quantity": -1}]}, 422, "lines[1].quantity: "),
    ({"lines": [{**LINE, "quantity": True}]}, 422, "lines[0].quantity: "),
    ({"lines": [{**LINE, "amount": -1}]}, 422, "lines[0].amount: "),
    ({"lines": [{**LINE, "amount": "1"}]}, 422, "lines[0].amount: "),
    ({"lines": [{**LINE, "amount": 10**4000}]}, 422, "lines[0].amount: "),
    ({"lines": [{**LINE, "amount": float("nan")}]}, 422, "lines[0].amount: must be a finite number, got NaN"),
    ({"lines": [{**LINE, "amount": float("inf")}]}, 422, "lines[0].amount: "),
    ({"lines": [{**LINE, "price": 1}]}, 422, "lines[0].price: "),
    ({"lines": [[[[[[]]]]]]}, 422, "lines[0]: "),
    ({"currency": "XXX"}, 422, "currency: "),
    ({"currency": {}}, 422, "currency: "),
    ({"date": "2999-01-01T00:00:00Z"}, 422, "date: "),
    ({"date": "yesterday"}, 422, "date: "),
    ({"store": "Far Store"}, 422, "store: "),
    ({"store": "'; DROP TABLE crm_team; --"}, 422, "store: "),
    ({"source": None}, 422, "source: "),
    ({"reference": "\ud800"}, 422, "reference: "),
    ({"program": 10**30}, 422, "program: "),
    ({"program": "Nowhere"}, 404, "program: "),
    ({"colour": "red"}, 422, "got an unexpected keyword argument 'colour'"),
    ({"self": 1}, 422, "self: "),
    ({"context": "zh_CN"}, 422, "context: "),
    ({"context": {"allowed_company_ids": "1"}}, 422, "context.allowed_company_ids: "),
    ({"ids": 5}, 422, "ids: "),
]


@pytest.mark.parametrize(("wrong", "status", "start"), BAD_PURCHASES, ids=[case[2] for case in BAD_PURCHASES])
def test_bad_input_is_refused_and_nothing_is_written(club, database, wrong, status, start):
    before = counts(database)
    body = json.dumps({**purchase("bad"), **wrong})
    headers = {"Content-Type": "application/json"}
    answer = club.till_client.post("/json/2/loyalty.api/record_purchase", data=body, headers=headers)
    assert answer.status_code == status, answer.text[:500]
    message = answer.json()["message"]
    assert message.startswith(start)
    assert len(message) < 500
    assert counts(database) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"null", 422), (b"[]", 422), (b"[1]", 422), (b'"text"', 422), (b"{}", 422), (b"{", 400),
        (b"\xff\xfe\x00", 400), (b"[" * 200_000, 400), (b'{"a":' * 100_000, 400), (b'{"member": ' + b"9" * 5000 + b"}", 400),
    ],
    ids=["empty", "null", "list", "list of numbers", "text", "nothing", "torn", "bytes", "deep list", "deep object", "huge"],
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_refused(club, database, body, status):
    before = counts(database)
    for method in ("record_purchase", "get_member"):
        url, headers = f"/json/2/loyalty.api/{method}", {"Content-Type": "application/json"}
        answer = club.till_client.post(url, data=body, headers=headers)
        assert answer.status_code == status, answer.text[:500]
        assert answer.json()["message"]
    assert counts(database) == before


def test_texts_of_all_kinds_come_back_as_they_went(club):
    for number, text in enumerate(("Robert'); DROP TABLE loyalty_member; --", "<script>alert(1)</script>", "李娜 🎁 %s {0} \\")):
        member = club.till("enroll", name=text, source=text, reference=text).json()
        assert member["name"] == text
        bought = purchase(text, member=text, source=text, lines=[{**LINE, "name": text, "category": text, "sku": text}])
        assert club.till("record_purchase", **bought).json()["points"] == 1
        [entry] = club.till("get_statement", member=member["member"]).json()["entries"]
        assert entry["reference"] == text, number


# ---- The second delivery ---------------------------------------------------------------------------------------------


def test_the_second_delivery_changes_nothing(club, database):
    calls = [
        (
            "enroll",
            {"name": "Wu", "phone": "13900139000", "consents": [{"channel": "sms"}], "source": "shop", "reference": "m-2"},
        ),
        ("record_purchase", purchase("twice", 12.5)),
        ("record_activity", {"member": "13800138000", "activity": "visit", "source": "shop", "reference": "v"}),
        ("record_refund", {"source": "shop", "reference": "twice-back", "original_reference": "twice"}),
    ]
    first = [club.till(method, **arguments).json() for method, arguments in calls]
    before = counts(database)
    again = [club.till(method, **arguments).json() for method, arguments in calls]
    assert counts(database) == before
    assert first[0] == {**again[0], "created": True}
    assert first[3] == {**again[3], "duplicate": False}
    for one, other in zip(first[1:], again[1:], strict=True):
        assert (one["duplicate"], other["duplicate"], one["points"]) == (False, True, other["points"])


def test_another_content_under_the_same_reference_is_a_conflict(club, database):
    assert club.till("record_purchase", **purchase("conflict", 5)).status_code == 200
    before = counts(database)
    answer = club.till("record_purchase", **purchase("conflict", 6))
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("reference: ")
    assert answer.json()["context"] == {"argument": "reference"}
    assert counts(database) == before


def test_eight_deliveries_at_once_count_once(club):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: club.till("record_purchase", **purchase("race", 7)), range(8)))
    good = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert [answer["duplicate"] for answer in good].count(False) == 1
    assert len({answer["transaction"] for answer in good}) == 1


def test_a_batch_lands_without_its_wrong_rows(club):
    rows = [purchase("b-1", 5), purchase("b-2", -5), purchase("b-3", 5, member="nobody"), 7, purchase("b-4", 5)]
    answers = club.till("record_purchases", purchases=rows).json()
    assert [answer.get("points") for answer in answers] == [5, None, None, None, 5]
    assert [answer["error"]["status"] for answer in answers[1:4]] == [422, 404, 422]
    assert answers[1]["error"]["argument"] == "lines[0].amount"


# ---- Real input ------------------------------------------------------------------------------------------------------


def test_real_purchases_give_exact_points(club, database):
    bought = [line.split() for line in CDNOW.read_text().splitlines()[1:]]
    customers = sorted({row[0] for row in bought})
    people = [{"name": f"Customer {name}", "source": "cdnow", "reference": name} for name in customers]
    joined = club.till("enroll_members", members=people).json()
    assert all(answer["created"] for answer in joined)
    rows = [
        {
            "member": customer,
            "date": f"{day[:4]}-{day[4:6]}-{day[6:]}",
            "lines": [{"quantity": int(units), "amount": float(paid)}],
            "source": "cdnow",
            "reference": f"{customer}/{number}",
        }
        for number, (customer, day, units, paid) in enumerate(bought)
    ]
    answers = club.till("record_purchases", purchases=rows).json()
    assert [answer["points"] for answer in answers] == [int(Decimal(paid)) for *_rest, paid in bought]
    [[points, spend]] = support.sql(
        database,
        """SELECT SUM(c.points)::numeric, SUM(m.purchase_amount)::numeric FROM loyalty_member m
             JOIN loyalty_card c ON c.id = m.card_id JOIN loyalty_member_identity i ON i.member_id = m.id
            WHERE i.source = 'cdnow'""",
    )
    assert points == sum(int(Decimal(paid)) for *_rest, paid in bought)
    assert round(spend, 2) == sum(Decimal(paid) for *_rest, paid in bought)
    before = counts(database)
    again = club.till("record_purchases", purchases=rows).json()
    assert all(answer["duplicate"] for answer in again)
    assert not any(answer["created"] for answer in club.till("enroll_members", members=people).json())
    assert counts(database) == before
