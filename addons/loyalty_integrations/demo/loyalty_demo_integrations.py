"""Connections of the demo club: to nothing real, so those that would call somebody are paused; their logs tell of better days."""

from datetime import timedelta
from random import Random

from odoo import api, fields, models
from odoo.addons.loyalty_membership.models.set_wise import insert

#: How a try ended, by weight; of the webhooks' endpoint, which is gone, see ``_connect_webhook``.
OUTCOMES = {"ok": 94, "transient": 3, "rate_limited": 2, "permanent": 1}
TOLD = {
    "ok": (200, None, None),
    "transient": (503, "503", "HTTP 503"),
    "rate_limited": (200, "45009", "api freq out of limit"),
    "permanent": (200, "11", "名称必录 (name is required)"),
}


class LoyaltyDemoIntegrations(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _connect_systems(self):
        """An ERP, a CRM, a chat system, webhooks and tills, each with something to look at."""
        program = self.env["loyalty.program"].with_context(lang="en_US").search([("name", "=", "Members Club")], limit=1)
        connections = self.env["loyalty.connection"]
        if not program or connections.search_count([("program_id", "=", program.id)], limit=1):
            return
        self = self.with_context(tracking_disable=True, mail_create_nolog=True)
        random = Random(4)  # noqa: S311 - the same story in every database
        members = self.env["loyalty.member"].search(
            [("program_id", "=", program.id), ("state", "=", "active")], order="id", limit=40
        )
        self._connect_tills(program, members)
        for connect in (self._connect_kingdee, self._connect_neocrm, self._connect_wecom):
            connection = connect(program)
            self._live_a_day(connection, members, random)
            connection.state = "paused"
            if connection.system == "neocrm":
                self._disagree(connection, members)
        self._connect_webhook(program, members, random)

    @api.model
    def _connect(self, program, system, name, flows, **settings):
        company = program.company_id or self.env.company
        return self.env["loyalty.connection"].create({
            "program_id": program.id, "company_id": company.id, "user_id": self.env.ref("base.user_admin").id,
            "system": system, "name": name,
            **dict.fromkeys(flows, True), **{f"{system}_{key}": value for key, value in settings.items()},
        })  # fmt: skip

    @api.model
    def _connect_kingdee(self, program):
        return self._connect(
            program, "kingdee", "金蝶云星空 Kingdee", ("push_member", "push_redemption", "pull_purchases", "pull_delivery"),
            base_url="https://erp.example.com/K3Cloud/", acct_id="6290000000abcd", user="loyalty", app_id="123456_" + "A" * 32,
            org_number="100", app_secret="0123456789abcdef0123456789abcdef",  # noqa: S106 - made up
        )  # fmt: skip

    @api.model
    def _connect_neocrm(self, program):
        return self._connect(
            program, "neocrm", "销售易 Neocrm", ("push_member", "pull_contacts"),
            client_id="demo", username="loyalty@example.com",
            client_secret="demo-secret", password="demo-password",  # noqa: S106 - made up
        )  # fmt: skip

    @api.model
    def _connect_wecom(self, program):
        connection = self._connect(
            program, "wecom", "企业微信 WeCom", ("push_member", "push_message", "pull_contacts"),
            corp_id="ww0000000000000001", agent_id="1000002", tag_group="会员等级",
            secret="demo-secret",  # noqa: S106 - made up
        )  # fmt: skip
        connection.staff_ids = [(0, 0, {"user_id": self.env.ref("base.user_admin").id, "external_id": "zhangsan"})]
        return connection

    # ------------------------------------------------------------------
    # What has happened there
    # ------------------------------------------------------------------

    @api.model
    def _live_a_day(self, connection, members, random):
        """Members who are there, and a day of tries; some rows wait, one was given up."""
        now = fields.Datetime.now()
        for number, member in enumerate(members):
            self.env["loyalty.binding"]._keep(connection, "member", member, f"{connection.system[:2].upper()}{100100 + number}")
        rows = [
            self._row(connection, member, now - timedelta(minutes=random.randrange(3, 1440)), "done") for member in members
        ] * 3
        rows += [self._row(connection, member, now - timedelta(minutes=5), "pending") for member in members[:6]]
        rows += [self._row(connection, members[7], now - timedelta(hours=2), "dead", "permanent")]
        kept = insert(self.env["loyalty.outbox"], rows)
        attempts = [
            self._attempt(connection, row, random.choices(list(OUTCOMES), list(OUTCOMES.values()))[0], random)
            for row in kept if row.state == "done"
        ]  # fmt: skip
        attempts += [self._attempt(connection, row, "permanent", random) for row in kept if row.state == "dead"]
        insert(self.env["loyalty.outbox.attempt"], attempts)
        connection._meter().last_success_at = now - timedelta(minutes=3)

    @api.model
    def _disagree(self, connection, members):
        """A phone that both sides have changed, and what last night's comparison has found."""
        bindings = self.env["loyalty.binding"]._of(connection, "member", members)
        self.env["loyalty.sync.conflict"].create({
            "binding_id": bindings[members[2].id].id, "member_id": members[2].id, "field": "phone", "path": "phone",
            "local": members[2].phone, "remote": "13900139088", "base": "13900139000",
        })  # fmt: skip
        now, found = fields.Datetime.now(), [("missing", members[4], []), ("different", members[5], [["level__c", "1", "2"]])]
        self.env["loyalty.sync.run"].create({
            "connection_id": connection.id, "kind": "reconcile", "flow": "push_member",
        }).write({
            "state": "done", "started_at": now - timedelta(hours=8), "finished_at": now - timedelta(hours=8, minutes=-1),
            "total": len(members), "done": len(members), "count_here": len(members), "count_there": len(members) - 1,
            "differences": len(found), "counts": {action: 1 for action, _member, _changes in found},
            "line_ids": [
                (0, 0, {
                    "action": action, "model": "loyalty.member", "res_id": member.id, "name": member.display_name,
                    "changes": changes,
                })
                for action, member, changes in found
            ],
        })  # fmt: skip

    @api.model
    def _row(self, connection, member, at, state, outcome="ok"):
        _status, code, message = TOLD[outcome]
        return {
            "connection_id": connection.id, "flow": "push_member", "event": "member.updated", "model": "loyalty.member",
            "res_id": member.id, "member_id": member.id, "ordering_key": f"member:{member.id}", "occurred_at": at, "state": state,
            "attempts": int(state != "pending"), "next_attempt_at": at, "done_at": at if state == "done" else False,
            "error_kind": outcome if code else False, "error_code": code, "error_message": message,
            "idempotency_key": f"demo{connection.id}{member.id}",
        }  # fmt: skip

    @api.model
    def _attempt(self, connection, row, outcome, random):
        status, code, message = TOLD[outcome]
        return {
            "outbox_id": row.id, "connection_id": connection.id, "outcome": outcome, "http_status": status, "method": "POST",
            "started_at": row.occurred_at, "duration_ms": int(random.lognormvariate(5, 0.5)), "error_code": code,
            "error_message": message, "url": "https://example.com/…", "request": "{…}", "response": "{…}",
        }  # fmt: skip

    @api.model
    def _connect_webhook(self, program, members, random):
        """An endpoint that says it is gone: the connection has stopped, and what happens meanwhile is kept."""
        connection = self._connect(
            program, "webhook", "小程序 Mini program", ("push_event",), url="https://mini.example.com/hooks"
        )
        self._live_a_day(connection, members, random)
        connection.write({"state": "error", "stopped_because": "[410] HTTP 410"})

    # ------------------------------------------------------------------
    # Tills
    # ------------------------------------------------------------------

    @api.model
    def _connect_tills(self, program, members):
        """Tickets of today: booked, one of somebody unknown, a refund before its sale, one that can't be."""
        connection = self._connect(program, "till", "门店收银 Store tills", ("pull_purchases",))
        connection.write({"source": "pos-demo", "state": "active"})
        tickets = [self._ticket(f"P-{number:04}", member.code, 60 + 35 * number) for number, member in enumerate(members[:8], 1)]
        tickets.append(self._ticket("P-0009", "13900000000", 88))
        tickets.append(self._ticket("P-0010", members[8].code, 88, currency="ZZZ"))
        inbox = self.env["loyalty.inbox"]
        rows = inbox._receive(connection, "purchase", tickets)
        refund = {"reference": "R-0001", "original_reference": "P-0099", "date": None, "lines": []}
        rows |= inbox._receive(connection, "refund", [{"event_id": "R-0001", "data": refund}])
        rows._process()

    @api.model
    def _ticket(self, number, member, amount, currency="CNY"):
        lines = [{"line_id": "1", "sku": "", "name": "咖啡 Coffee", "quantity": "1", "amount": str(amount)}]
        data = {"reference": number, "member": [member], "date": None, "currency": currency, "lines": lines}
        return {"event_id": number, "data": data}
