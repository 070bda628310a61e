"""Whatever a caller of the API says wrong, in whichever argument: a 4xx that names it, and nothing written."""

import copy
import json
import re

import pytest
import support
from club import PHONE, counts, found_club, purchase

NAN, INFINITE = float("nan"), float("inf")
SQL, HTML, ODD = "Robert'); DROP TABLE loyalty_member; --", "<script>alert(1)</script>", "李娜 🎁 %s {0} \\"
STRANGER = object()  # stands for the number of another company's member
REDEEMED = object()  # stands for the number of a redemption

NO_TEXT = [5, True, NAN, [], {}, ["a"], "a\0b", "\ud800", "x" * 100_000]
NO_NAME = [None, "", " ", *NO_TEXT]
NO_KEY = [True, 1.5, NAN, [], {}, -1, 0, 10**30, "a\0b", "x" * 100_000, SQL, HTML, ODD, "Nowhere"]
NO_MOMENT = [5, True, NAN, [], {}, "", "yesterday", "2026-02-30", "2026-01-01T99:00:00Z", "1969-12-31", "x" * 100_000, SQL]
NO_PAST = [*NO_MOMENT, "2999-01-01T00:00:00Z"]
NO_DAY = [5, True, NAN, [], {}, "yesterday", "2026-02-30", "2999-01-01", "1899-12-31", "2026-01-01T10:00:00Z", SQL]
NO_ROWS = [5, True, NAN, {}, "x" * 1_000_000, SQL, [5], [None], [[]], [[[[[[]]]]]]]
NO_AMOUNT = ["1", True, NAN, INFINITE, -INFINITE, [], {}, -1, 10**4000, 1e300]
NO_QUANTITY = [None, 0, 1e-9, *NO_AMOUNT]
NO_INTEGER = ["5", True, 1.5, NAN, INFINITE, [], {}, -1, 10**30]
NO_MEMBER = [*NO_NAME, "nobody", SQL, HTML, ODD, STRANGER, "far@example.com", "x" * 10_000_000]
NO_REDEMPTION = [*NO_NAME, "RD1999/00001", SQL, HTML, ODD, "%"]
ORIGIN = {"source": [*NO_NAME, "odoo", "sale.order"], "reference": NO_NAME}
LINE = {
    "lines": [None, *NO_ROWS, [], [{"quantity": 1, "amount": 1}] * 1001], "lines[0].quantity": NO_QUANTITY,
    "lines[0].amount": [None, *NO_AMOUNT], "lines[0].sku": NO_TEXT, "lines[0].name": NO_TEXT, "lines[0].category": NO_TEXT,
    "lines[0].price": [1],
}  # fmt: skip
BASKET = {"member": NO_MEMBER, **LINE, "date": NO_PAST, "store": [*NO_KEY, "Far Store"], "currency": [*NO_TEXT, "XXX", SQL]}
FOR_ALL = {"program": [*NO_KEY, "Far Club"], "colour": ["red"]}

#: method -> what it is called with, and the wrong values of each of its arguments
METHODS = {
    "enroll": ({"name": "Zhao Min", "source": "shop", "reference": "bad"}, {
        "name": [*NO_NAME, "x" * 129, "x" * 10_000_000], **ORIGIN, "phone": [*NO_TEXT, "12345", SQL, HTML, ODD],
        "email": [*NO_TEXT, "a@b", "@", SQL, HTML, ODD], "birthdate": NO_DAY, "gender": [*NO_TEXT, "m", "", SQL],
        "store": [*NO_KEY, "Far Store"], "utm_source": NO_TEXT,
        "referral_code": [*NO_TEXT, "nobody", SQL, HTML, ODD, STRANGER], "consents": [*NO_ROWS, [{}] * 51],
        "consents[0].channel": NO_NAME, "consents[0].purpose": NO_TEXT, "consents[0].given": [None, 1, "true", NAN, [], {}],
        "consents[0].wording": NO_TEXT, "consents[0].date": NO_PAST, "consents[0].to": ["all"],
        "properties": [5, True, NAN, "x", [], SQL], "properties.Size": [*NO_INTEGER[:-2], 10**30],
        "properties.Motto": NO_TEXT, "properties.Likes": [5, "Tea", {}, NAN], "properties.Colour": ["red"],
    }),
    "get_member": ({"member": PHONE}, {"member": NO_MEMBER, "source": NO_TEXT}),
    "get_statement": ({"member": PHONE}, {
        "member": NO_MEMBER, "source": NO_TEXT, "since": NO_MOMENT, "until": NO_MOMENT,
        "limit": [0, 501, *NO_INTEGER], "offset": NO_INTEGER,
    }),
    "simulate_purchase": ({"member": PHONE, "lines": [{"quantity": 1, "amount": 1}]}, {**BASKET, "source": NO_TEXT}),
    "record_purchase": (purchase("bad"), {**BASKET, **ORIGIN}),
    "record_refund": ({"source": "shop", "reference": "bad", "original_reference": "kept"}, {
        **ORIGIN, "original_reference": [*NO_NAME, "nothing", SQL, HTML, ODD], "date": [*NO_PAST, "2001-01-01"],
        "currency": [*NO_TEXT, "XXX", SQL], "lines": [*NO_ROWS, []],
        "lines[0].line": [0, *NO_INTEGER], "lines[0].sku": NO_NAME[1:], "lines[0].name": NO_NAME[1:],
    }),
    "record_activity": ({"member": PHONE, "activity": "visit", "source": "shop", "reference": "bad"}, {
        "member": NO_MEMBER, **ORIGIN, "date": NO_PAST, "activity": [*NO_NAME, SQL, HTML, ODD, "Visit", "a-b", "x" * 65],
    }),
    "invite": ({"member": PHONE}, {"member": NO_MEMBER, "source": NO_TEXT}),
    "list_rewards": ({"member": PHONE}, {"member": NO_MEMBER, "source": NO_TEXT, "store": [*NO_KEY, "Far Store"]}),
    "redeem": ({"member": PHONE, "item": "Seat", "source": "shop", "reference": "bad"}, {
        "member": NO_MEMBER, **ORIGIN, "item": [None, *NO_KEY, "Far Seat"], "quantity": [0, 1001, *NO_INTEGER],
        "store": [*NO_KEY, "Far Store"], "delivery": [*NO_TEXT, "", "drone", SQL],
    }),
    "get_redemption": ({"redemption": REDEEMED}, {"redemption": NO_REDEMPTION}),
    "cancel_redemption": ({"redemption": REDEEMED, "reason": "x"}, {"redemption": NO_REDEMPTION, "reason": NO_NAME}),
    "draw": ({"member": PHONE, "draw": "Wheel", "source": "shop", "reference": "bad"}, {
        "member": NO_MEMBER, **ORIGIN, "draw": [None, *NO_KEY],
    }),
}  # fmt: skip
BATCHES = {"enroll_members": ("members", "enroll"), "record_purchases": ("purchases", "record_purchase")}


@pytest.fixture(scope="module")
def club(server, database):
    made = found_club(server, database)
    assert made.till("record_purchase", **purchase("kept")).ok
    kept = made.till("redeem", member=PHONE, item="Seat", source="shop", reference="kept")
    made.redemption = kept.json()["redemption"]
    return made


def good_call(method, club):
    """The body that nothing is wrong with."""
    good, _wrong = METHODS[method]
    return {name: club.redemption if value is REDEEMED else copy.deepcopy(value) for name, value in good.items()}


def wrong_calls(method, argument, club):
    """The bodies that are wrong in this argument, and nothing else."""
    _good, wrong = METHODS[method]
    for value in {**wrong, **FOR_ALL}[argument]:
        body = good_call(method, club)
        value = club.stranger if value is STRANGER else value
        if found := re.fullmatch(r"(\w+)\[0\]\.(\w+)", argument):
            outer, inner = found.groups()
            row = body.get(outer, [{"channel": "sms"} if outer == "consents" else {}])[0]
            body[outer] = [{**row, inner: value}]
        elif argument.startswith("properties."):
            body["properties"] = {argument.removeprefix("properties."): value}
        else:
            body[argument] = value
        yield value, body


def names(message, argument):
    """Whether the message is about this argument, or a part of it; Odoo itself tells of one that no method has."""
    return (
        re.match(rf"{re.escape(argument)}(\[\d+\])?(\.\w+)?: ", message) or f"unexpected keyword argument '{argument}'" in message
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_argument_is_refused_by_its_name_and_nothing_is_written(club, database, method):
    before = counts(database)
    for argument in {**METHODS[method][1], **FOR_ALL}:
        for value, body in wrong_calls(method, argument, club):
            url, headers = f"/json/2/loyalty.api/{method}", {"Content-Type": "application/json"}
            answer = club.till_client.post(url, data=json.dumps(body), headers=headers)
            said = f"{argument} {str(value)[:60]}: {answer.text[:300]}"
            assert answer.status_code in {404, 422}, said
            assert names(answer.json()["message"], argument), said
            assert len(answer.json()["message"]) < 500
    assert counts(database) == before


@pytest.mark.parametrize("method", METHODS)
def test_a_missing_argument_is_named(club, database, method):
    before, good = counts(database), good_call(method, club)
    for argument in good:
        answer = club.till(method, **{name: value for name, value in good.items() if name != argument})
        assert answer.status_code == 422, argument
        assert f"'{argument}'" in answer.json()["message"]
    assert counts(database) == before


@pytest.mark.parametrize("batch", BATCHES)
def test_wrong_rows_of_a_batch_are_named_in_their_places(club, database, batch):
    before, (argument, method) = counts(database), BATCHES[batch]
    wrong = [
        (name, body)
        for name in METHODS[method][1]
        for _value, body in wrong_calls(method, name, club)
        if len(json.dumps(body)) < 200_000
    ]
    url, headers = f"/json/2/loyalty.api/{batch}", {"Content-Type": "application/json"}
    answer = club.till_client.post(url, data=json.dumps({argument: [body for _name, body in wrong]}), headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    assert len(answer.json()) == len(wrong) > 100
    for (name, body), row in zip(wrong, answer.json(), strict=True):
        assert row["error"]["status"] in {404, 422}, body
        assert row["error"]["argument"].startswith(name), (row, body)
    assert counts(database) == before


@pytest.mark.parametrize("batch", BATCHES)
def test_what_is_no_batch_is_refused(club, database, batch):
    before, (argument, method) = counts(database), BATCHES[batch]
    for value in (None, 5, True, NAN, {}, "x" * 1_000_000, [], [METHODS[method][0]] * 1001):
        url, headers = f"/json/2/loyalty.api/{batch}", {"Content-Type": "application/json"}
        answer = club.till_client.post(url, data=json.dumps({argument: value}), headers=headers)
        assert answer.status_code == 422, answer.text[:300]
        assert answer.json()["message"].startswith(f"{argument}: ")
    assert counts(database) == before


@pytest.mark.parametrize("method", [*METHODS, *BATCHES])
def test_what_no_method_takes_is_refused(club, database, method):
    before = counts(database)
    good = good_call(method, club) if method in METHODS else {BATCHES[method][0]: [METHODS[BATCHES[method][1]][0]]}
    for wrong, start in (
        ({"self": 1}, "self: "),
        ({"context": "zh_CN"}, "context: "),
        ({"context": {"allowed_company_ids": "1"}}, "context.allowed_company_ids: "),
        ({"ids": 5}, "ids: "),
    ):
        answer = club.till(method, **good, **wrong)
        assert answer.status_code == 422, answer.text[:300]
        assert answer.json()["message"].startswith(start)
    assert counts(database) == before


NO_BODIES = [
    (b"", 422), (b"null", 422), (b"[]", 422), (b"[1]", 422), (b'"text"', 422), (b"{}", 422), (b"{", 400),
    (b"\xff\xfe\x00", 400), (b"[" * 200_000, 400), (b'{"a":' * 100_000, 400), (b'{"member": ' + b"9" * 5000 + b"}", 400),
]  # fmt: skip


def test_a_body_that_makes_no_sense_is_refused(club, database):
    before = counts(database)
    for method in (*METHODS, *BATCHES):
        for body, status in NO_BODIES:
            url, headers = f"/json/2/loyalty.api/{method}", {"Content-Type": "application/json"}
            answer = club.till_client.post(url, data=body, headers=headers)
            assert answer.status_code == status, f"{method} {body[:20]}: {answer.text[:300]}"
            assert answer.json()["message"]
    assert counts(database) == before


@pytest.mark.parametrize("text", [SQL, HTML, ODD], ids=["sql", "html", "odd"])
def test_texts_of_all_kinds_come_back_as_they_went(club, text):
    member = club.till(
        "enroll", name=text, source=text, reference=text, utm_source=text, properties={"Motto": text},
        consents=[{"channel": text, "purpose": text, "wording": text}],
    ).json()  # fmt: skip
    assert member["name"] == text
    bought = purchase(
        text, member=text, source=text, lines=[{"quantity": 1, "amount": 1, "name": text, "category": text, "sku": text}]
    )
    assert club.till("record_purchase", **bought).json()["points"] == 1
    [entry] = club.till("get_statement", member=member["member"]).json()["entries"]
    assert entry["reference"] == text
    back = {"source": text, "reference": f"back {text}", "original_reference": text, "lines": [{"sku": text}]}
    assert club.till("record_refund", **back).json()["points"] == -1
    visit = club.till("record_activity", member=text, activity="visit", source=text, reference=f"visit {text}").json()
    assert visit["points"] == 3


def test_hostile_texts_are_stored_letter_by_letter(club, database):
    """What the API doesn't read back is read from the tables."""
    club.till(
        "enroll", name="Hostile", source="h", reference="h", utm_source=HTML, properties={"Motto": HTML},
        consents=[{"channel": SQL, "purpose": HTML, "wording": ODD}],
    )  # fmt: skip
    [row] = support.sql(
        database,
        """SELECT c.channel, c.purpose, c.wording, s.name, m.properties->>'motto' FROM loyalty_consent c
             JOIN loyalty_member m ON m.id = c.member_id JOIN utm_source s ON s.id = m.source_id WHERE c.source = 'h'""",
    )
    assert row == (SQL, HTML, ODD, HTML, HTML)
