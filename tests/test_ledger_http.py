"""Nobody reaches the ledger over the wire, not even the administrator."""

import pytest


@pytest.fixture(scope="module")
def entry(call):
    """A posted entry of 100 points, made the only way there is: by a purchase."""
    program = call(
        "loyalty.program",
        "create",
        vals_list=[{"name": "Club", "is_membership": True, "program_type": "loyalty"}],
    ).json()[0]
    call("loyalty.earning.rule", "create", vals_list=[{"program_id": program, "name": "Purchase"}]).raise_for_status()
    member = call(
        "loyalty.api", "enroll", program=program, name="Li Na", phone="+8613800138000", source="t", reference="1"
    ).json()
    bought = call(
        "loyalty.api",
        "record_purchase",
        program=program,
        member=member["member"],
        lines=[{"quantity": 1, "amount": 100}],
        source="t",
        reference="p1",
    )
    assert bought.json()["points"] == 100, bought.text
    [found] = call("loyalty.points.entry", "search", domain=[["program_id", "=", program]]).json()
    return found


def state(call):
    """Everything that could have changed."""
    return [
        call("loyalty.points.entry", "search_read", domain=[], fields=["points", "remaining", "state", "date"]).json(),
        call("loyalty.points.allocation", "search_count", domain=[]).json(),
        call("loyalty.member", "search_read", domain=[], fields=["points", "lifetime_earned", "points_pending"]).json(),
    ]


@pytest.mark.parametrize(
    ("model", "method", "arguments"),
    [
        ("loyalty.points.entry", "create", {"vals_list": [{"points": 1000, "kind": "adjust"}]}),
        ("loyalty.points.entry", "write", {"vals": {"points": 1000}}),
        ("loyalty.points.entry", "unlink", {}),
        ("loyalty.points.entry", "copy", {}),
        ("loyalty.points.entry", "load", {"fields": ["points"], "data": [["5"]]}),
        ("loyalty.points.entry", "_post", {"batch": []}),
        ("loyalty.points.entry", "_release", {}),
        ("loyalty.points.entry", "_void", {}),
        ("loyalty.points.allocation", "create", {"vals_list": [{"points": 1}]}),
        ("loyalty.transaction", "create", {"vals_list": [{"reference": "x"}]}),
        ("loyalty.transaction", "_book", {"program": 1, "rows": []}),
        ("loyalty.member", "write", {"vals": {"points": 1000}}),
        ("loyalty.member", "write", {"vals": {"lifetime_earned": 1000}}),
        ("loyalty.ledger.seal", "create", {"vals_list": [{"day": "2020-01-01", "digest": "x"}]}),
    ],
)
def test_the_administrator_is_refused(call, entry, model, method, arguments):
    before = state(call)
    model_methods = ("create", "load", "_post", "_book")
    ids = {} if method in model_methods else {"ids": [entry if model == "loyalty.points.entry" else 1]}
    answer = call(model, method, **ids, **arguments)
    refused = answer.status_code in (403, 404, 422) or (method == "load" and answer.json()["ids"] is False)
    assert refused, (answer.status_code, answer.text)
    assert state(call) == before
