"""The loyalty API as an integrator meets it: a real key, real HTTP, whatever JSON."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
import requests
import support
from club import counts, found_club, purchase

METHODS = (
    "enroll", "enroll_members", "get_member", "get_statement", "simulate_purchase", "record_purchase", "record_purchases",
    "record_refund", "record_activity", "invite", "list_rewards", "redeem", "get_redemption", "cancel_redemption", "draw",
)  # fmt: skip
CDNOW = Path(__file__).parent / "data" / "cdnow_slice.txt"


@pytest.fixture(scope="module")
def club(server, database):
    return found_club(server, database)


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
    for method in METHODS:
        assert found[method]["doc"] and found[method]["return"], method
        assert "system-message" not in json.dumps(found[method]), method


def test_the_administrator_may_call(club, api):
    assert api("get_member", member=club.member).json()["name"] == "Li Na"


# ---- The second delivery ---------------------------------------------------------------------------------------------


def test_the_second_delivery_changes_nothing(club, database):
    calls = [
        (
            "enroll",
            {"name": "Wu", "phone": "13900139000", "consents": [{"channel": "sms"}], "source": "shop", "reference": "m-2"},
        ),
        ("record_purchase", purchase("twice", 12.5)),
        ("record_activity", {"member": "13800138000", "activity": "visit", "source": "shop", "reference": "v"}),
        ("redeem", {"member": "13800138000", "item": "Seat", "source": "shop", "reference": "seat"}),
        ("draw", {"member": "13800138000", "draw": "Wheel", "source": "shop", "reference": "wheel"}),
        ("record_refund", {"source": "shop", "reference": "twice-back", "original_reference": "twice"}),
    ]
    first = [club.till(method, **arguments).json() for method, arguments in calls]
    before = counts(database)
    again = [club.till(method, **arguments).json() for method, arguments in calls]
    assert counts(database) == before
    assert first[0] == {**again[0], "created": True}
    for one, other in zip(first[3:], again[3:], strict=True):  # the balance is that of the moment
        assert one == {**other, "duplicate": False, "balance": one["balance"]}
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


@pytest.mark.parametrize(
    ("method", "one", "other"),
    [("redeem", {"item": "Seat"}, {"quantity": 2}), ("draw", {"draw": "Wheel"}, {"member": "friend@example.com"})],
)
def test_what_is_redeemed_or_drawn_conflicts_with_another_content(club, database, method, one, other):
    club.till("enroll", name="Friend", email="friend@example.com", source="shop", reference="friend")
    call = {"member": "13800138000", "source": "shop", "reference": f"conflict-{method}", **one}
    club.till("record_purchase", **purchase(f"for-{method}", 20))
    assert club.till(method, **call).status_code == 200
    before = counts(database)
    answer = club.till(method, **{**call, **other})
    assert answer.status_code == 409
    assert answer.json()["context"] == {"argument": "reference"}
    assert counts(database) == before


def test_a_redemption_is_cancelled_once(club, database):
    club.till("record_purchase", **purchase("for-cancel", 20))
    made = club.till("redeem", member="13800138000", item="Seat", source="shop", reference="to-cancel").json()
    first = club.till("cancel_redemption", redemption=made["redemption"], reason="Changed plans").json()
    assert (first["state"], first["points"]) == ("cancelled", 2)
    before = counts(database)
    assert club.till("cancel_redemption", redemption=made["redemption"], reason="Changed plans").json() == first
    assert counts(database) == before
    assert club.till("get_redemption", redemption=made["redemption"]).json()["state"] == "cancelled"


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
