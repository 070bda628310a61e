"""A manager merges two members by the wizard and undoes it, over HTTP: both are as before, whoever else undoes it, too."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import support

pytestmark = pytest.mark.server(workers=2)
MANAGERS = 4
CLUB = """
from datetime import datetime
from odoo.fields import Command
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
program = env["loyalty.program"].create({"name": "Twins", "is_membership": True})
env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
env["res.users"].create({
    "name": "Manager", "login": "twins", "group_ids": [Command.set(env.ref("loyalty_membership.group_manager").ids)],
})
partners = env["res.partner"].create([
    {"name": name, "phone": f"+86138001380{number}", "email": f"{name.lower()}@example.com", "street": f"{name} Road 1"}
    for number, name in enumerate(("An", "Bo", "Cai", "Dong"), 10)
])
members = env["loyalty.member"].create([{"partner_id": partner.id, "program_id": program.id} for partner in partners])
entries = env["loyalty.points.entry"]
for number, member in enumerate(members, 1):
    env["loyalty.transaction"]._book(program, [{
        "member": member, "type": "purchase", "date": datetime.now().replace(microsecond=0), "source": "till",
        "reference": f"T{number}", "lines": [{"quantity": 1, "amount": 100 * number}],
    }])
    entries._post([{"member_id": member.id, "kind": "adjust", "points": 50, "expires_on": "2099-12-31"}])
    entries._post([{"member_id": member.id, "kind": "spend", "points": -30}])
result = {"program": program.id, "members": members.ids}
"""
#: All that tells who has what: members, cards, customers, purchases, identities, lots that are left.
PORTRAIT = """
WITH m AS (SELECT * FROM loyalty_member WHERE id = ANY(%(members)s)),
     c AS (SELECT c.* FROM loyalty_card c JOIN m ON m.card_id = c.id)
SELECT 'member', to_jsonb(m) - '{write_date,write_uid}'::text[] FROM m
UNION ALL SELECT 'card', to_jsonb(c) - '{write_date,write_uid}'::text[] FROM c
UNION ALL SELECT 'customer', jsonb_build_object('id', p.id, 'name', p.name, 'phone', p.phone, 'email', p.email)
  FROM res_partner p JOIN c ON c.partner_id = p.id
UNION ALL SELECT 'purchase', jsonb_build_object('id', t.id, 'member', t.member_id, 'points', t.points)
  FROM loyalty_transaction t JOIN m ON m.id = t.member_id
UNION ALL SELECT 'identity', jsonb_build_object('kind', i.kind, 'value', i.value, 'of', i.member_id, 'more', i.additional)
  FROM loyalty_member_identity i JOIN m ON m.id = i.member_id
UNION ALL SELECT 'lot', jsonb_build_object('id', e.id, 'member', e.member_id, 'remaining', e.remaining, 'until', e.expires_on)
  FROM loyalty_points_entry e JOIN m ON m.id = e.member_id WHERE e.remaining > 0
"""


@pytest.fixture(scope="module")
def club(database):
    return support.run_script(database, CLUB)


@pytest.fixture(scope="module")
def manager(server, club, api_key):
    return support.Client(server.url, api_key("twins"))


def portrait(database, members):
    """Nothing is zero or no, as Odoo reads it."""
    rows = support.sql(database, PORTRAIT, {"members": members})
    return sorted((kind, sorted((name, str(value or "")) for name, value in row.items())) for kind, row in rows)


def merge(manager, survivor, gone):
    [wizard] = manager("loyalty.member.merging", "create", vals_list=[
        {"member_ids": [[6, 0, [survivor, gone]]], "survivor_id": survivor, "reason": "Joined twice"}
    ]).json()  # fmt: skip
    answer = manager("loyalty.member.merging", "action_merge", ids=[wizard])
    assert answer.ok, answer.text
    [record] = manager("loyalty.member.merge", "search", domain=[["merged_id", "=", gone], ["state", "=", "done"]]).json()
    return record


def undo(manager, record):
    [wizard] = manager("loyalty.member.unmerging", "create", vals_list=[{"merge_id": record, "reason": "Twins"}]).json()
    return manager("loyalty.member.unmerging", "action_undo", ids=[wizard])


def check_ledger(manager, program):
    assert manager("loyalty.ledger.verification", "verify", program=program).json()["problems"] == []


def test_a_merge_that_is_undone_leaves_both_as_they_were(manager, database, club):
    survivor, gone = club["members"][:2]
    before = portrait(database, [survivor, gone])
    record = merge(manager, survivor, gone)
    [both] = manager("loyalty.member", "read", ids=[survivor], fields=["points", "purchase_count"]).json()
    assert (both["points"], both["purchase_count"]) == (100 + 200 + 2 * 20, 2)
    assert portrait(database, [survivor, gone]) != before
    check_ledger(manager, club["program"])
    answer = undo(manager, record)
    assert answer.ok, answer.text
    assert portrait(database, [survivor, gone]) == before
    check_ledger(manager, club["program"])


def test_of_several_who_undo_a_merge_at_once_one_does_it(manager, server, database, club):
    server.allow("could not serialize")
    survivor, gone = club["members"][2:]
    before = portrait(database, [survivor, gone])
    record = merge(manager, survivor, gone)
    with ThreadPoolExecutor(MANAGERS) as pool:
        answers = list(pool.map(lambda _number: undo(manager, record), range(MANAGERS)))
    assert sorted(answer.ok for answer in answers) == [False] * (MANAGERS - 1) + [True], [answer.text for answer in answers]
    assert all("undone already" in answer.text for answer in answers if not answer.ok), [answer.text for answer in answers]
    assert portrait(database, [survivor, gone]) == before
    check_ledger(manager, club["program"])
