"""A club to call the API of: its program, rules and callers, and what its tests have in common."""

from types import SimpleNamespace

import support

SCRIPT = """
from datetime import datetime, timedelta
env["loyalty.program"].search([("is_membership", "=", True)]).active = False
company, china = env.ref("base.main_company"), env.ref("base.cn")
program = env["loyalty.program"].create({
    "name": "Club", "program_type": "loyalty", "is_membership": True, "company_id": company.id,
    "phone_country_id": china.id, "tz": "Asia/Shanghai",
    "member_properties_definition": [
        {"name": "size", "string": "Size", "type": "integer"}, {"name": "motto", "string": "Motto", "type": "char"},
        {"name": "likes", "string": "Likes", "type": "tags", "tags": [["tea", "Tea", 1]]},
    ],
})
env["loyalty.earning.rule"].create({"program_id": program.id, "name": "Purchase"})
env["loyalty.earning.rule"].create({
    "program_id": program.id, "name": "Visit", "trigger": "activity", "activity_code": "visit",
    "points_mode": "fixed", "points": 3,
})
env["loyalty.catalog.item"].create({"program_id": program.id, "name": "Seat", "points": 2, "kind": "service"})
env["loyalty.draw"].create({"program_id": program.id, "name": "Wheel", "points": 1, "prize_ids": [
    (0, 0, {"name": "Sweets", "kind": "points", "points": 4, "percent": 50}), (0, 0, {"name": "Thanks", "kind": "thanks"}),
]}).action_start()
abroad = env["res.company"].create({"name": "Abroad"})
env["crm.team"].create({"name": "Far Store", "company_id": abroad.id})
far = env["loyalty.program"].create({"name": "Far Club", "is_membership": True, "company_id": abroad.id})
env["loyalty.catalog.item"].create({"program_id": far.id, "name": "Far Seat", "points": 2, "kind": "service"})
stranger = env["loyalty.member"].create({
    "program_id": far.id, "partner_id": env["res.partner"].create({"name": "Far", "email": "far@example.com"}).id,
})
keys = {}
for login, group in (("till", "loyalty_membership.group_api"), ("clerk", "loyalty_membership.group_manager")):
    user = env["res.users"].create({
        "name": login, "login": login, "company_id": company.id, "company_ids": [(6, 0, company.ids)],
        "group_ids": [(6, 0, env.ref(group).ids)],
    })
    apikeys = env["res.users.apikeys"].with_user(user).sudo()
    keys[login] = apikeys._generate("rpc", "test", datetime.now() + timedelta(days=1))
result = {"keys": keys, "stranger": stranger.code}
"""
PHONE = "13800138000"
# Rows that a mere request leaves behind, whatever it asks.
LOGS = {"ir_logging", "res_device_log", "res_users_log", "ir_attachment", "ir_profile"}


def found_club(server, database):
    """The clients of a till and of a clerk, a member, Li Na (13800138000), and the number of a member of another company."""
    made = support.run_script(database, SCRIPT)
    clients = {f"{login}_client": support.Client(server.url, key) for login, key in made["keys"].items()}

    def till(method, **arguments):
        return clients["till_client"]("loyalty.api", method, **arguments)

    member = till("enroll", name="Li Na", phone=PHONE, source="shop", reference="m-1").json()["member"]
    return SimpleNamespace(till=till, member=member, stranger=made["stranger"], **clients)


def purchase(reference, amount=10, **values):
    return {
        "member": PHONE,
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
