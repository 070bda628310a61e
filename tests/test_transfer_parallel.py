"""Many transfers at once over two workers: limits are kept to the point, and no point is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import support

pytestmark = pytest.mark.server(workers=2)

SETUP = """
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({
    "name": "Givers", "is_membership": True, "transfer_allowed": True, "transfer_max_month": 300, "transfer_fee_points": 1,
})
members = env["loyalty.member"].create([
    {"partner_id": env["res.partner"].create({"name": name}).id, "program_id": program.id} for name in "ABC"
])
env["loyalty.points.entry"]._post([{"member_id": member.id, "kind": "adjust", "points": 500} for member in members])
result = {"program": program.id, "members": members.ids}
"""


def test_a_member_sends_no_point_more_than_the_month_allows(call, database, server):
    server.allow("could not serialize")
    club = support.run_script(database, SETUP)
    first, second, third = club["members"]

    def give(sender, target):
        [wizard] = call("loyalty.points.giving", "create", vals_list=[
            {"member_id": sender, "target_id": target, "points": 50, "reason": "Gift"}
        ]).json()  # fmt: skip
        for _attempt in range(20):
            try:
                answer = call("loyalty.points.giving", "action_transfer", ids=[wizard])
            except requests.RequestException:
                continue
            if answer.status_code < 500:
                return answer.ok, answer.text
        return False, "no answer"

    pairs = [(first, second), (second, first), (first, third), (third, first)] * 4
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda pair: give(*pair), pairs))
    refusals = [text for accepted, text in results if not accepted]
    sent = {
        member: sum(ok for (giver, _to), (ok, _text) in zip(pairs, results, strict=True) if giver == member)
        for member in club["members"]
    }
    assert sent == {first: 6, second: 4, third: 4}, refusals
    assert all("300 points a month" in text for text in refusals), refusals
    rows = call("loyalty.member", "read", ids=club["members"], fields=["points"]).json()
    got = [
        sum(ok for (_giver, to), (ok, _text) in zip(pairs, results, strict=True) if to == member) for member in club["members"]
    ]
    assert [row["points"] for row in rows] == [
        500 - 51 * sent[member] + 50 * received for member, received in zip(club["members"], got, strict=True)
    ]
    proof = call("loyalty.ledger.verification", "verify", program=club["program"]).json()
    assert proof["problems"] == []
