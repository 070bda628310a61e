from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

#: How many broken rows of one kind a report names.
LIMIT = 100


class LoyaltyLedgerVerification(models.TransientModel):
    """Proof that no point was lost or invented, for every member at once."""

    _name = "loyalty.ledger.verification"
    _description = "Ledger Verification"

    program_id = fields.Many2one("loyalty.program", domain=[("is_membership", "=", True)])
    state = fields.Selection([("draft", "Not run"), ("passed", "Passed"), ("failed", "Failed")], default="draft")
    entry_count = fields.Integer("Entries", readonly=True)
    member_count = fields.Integer("Members", readonly=True)
    report = fields.Text(readonly=True)

    def action_verify(self):
        self.ensure_one()
        result = self.verify(self.program_id.id or None)
        self.write({
            "state": "passed" if result["ok"] else "failed",
            "entry_count": result["entries"],
            "member_count": result["members"],
            "report": "\n".join(
                f"{problem['check']}: {problem['record']} {problem['expected']} ≠ {problem['found']}"
                for problem in result["problems"]
            ),
        })
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify Ledger"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def verify(self, program=None):
        """Verify the ledger of a program, or of all.

        :param program: id of a program, or None
        :return: ``{ok, entries, members, problems: [{check, record, expected, found}]}``
        """
        if not (self.env.su or self.env.user.has_group("loyalty_membership.group_manager")):
            raise AccessError(self.env._("Only a membership manager may verify the ledger."))
        for model in ("loyalty.points.entry", "loyalty.points.allocation", "loyalty.member", "loyalty.card"):
            self.env[model].flush_model()
        scope = SQL("c.program_id = %s", program) if program else SQL("true")
        problems = []
        for name, query in self._checks(scope).items():
            for record, expected, found in self.env.execute_query(SQL("%s LIMIT %s", query, LIMIT)):
                problems.append({
                    "check": name,
                    "record": record,
                    "expected": float(expected or 0),
                    "found": float(found or 0),
                })
        # sudo: the seals are everybody's proof, whatever rows the caller may read
        for sealed in self.env["loyalty.ledger.seal"].sudo()._broken():
            problems.append({"check": "seal", "record": str(sealed.day), "expected": 0.0, "found": 0.0})
        [[members, entries]] = self.env.execute_query(SQL(
            """SELECT COUNT(*), (SELECT COUNT(*) FROM loyalty_points_entry e WHERE %s) FROM loyalty_member m
                 JOIN loyalty_card c ON c.id = m.card_id WHERE %s""",
            SQL("e.program_id = %s", program) if program else SQL("true"), scope,
        ))  # fmt: skip
        return {"ok": not problems, "entries": entries, "members": members, "problems": problems}

    @api.model
    def _checks(self, scope):
        """One query a promise; each yields (record, expected, found) where it is broken."""
        member = SQL("FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id")
        sums = SQL(
            """LEFT JOIN (SELECT member_id,
                                 SUM(points) FILTER (WHERE state = 'posted') AS posted,
                                 SUM(points) FILTER (WHERE state = 'pending') AS pending,
                                 SUM(remaining) AS remaining
                            FROM loyalty_points_entry GROUP BY member_id) e ON e.member_id = m.id"""
        )
        return {
            "balance": SQL(
                """SELECT c.code, COALESCE(e.posted, 0), c.points %s %s
                    WHERE %s AND ROUND(c.points::numeric, 2) <> COALESCE(e.posted, 0)""",
                member,
                sums,
                scope,
            ),
            "remainders": SQL(
                """SELECT c.code, COALESCE(e.posted, 0), COALESCE(e.remaining, 0) %s %s
                    WHERE %s AND COALESCE(e.posted, 0) <> COALESCE(e.remaining, 0)""",
                member,
                sums,
                scope,
            ),
            "pending": SQL(
                """SELECT c.code, COALESCE(e.pending, 0), m.points_pending %s %s
                    WHERE %s AND COALESCE(e.pending, 0) <> COALESCE(m.points_pending, 0)""",
                member,
                sums,
                scope,
            ),
            "debt": SQL(
                """SELECT c.code, GREATEST(-c.points, 0), m.points_debt %s
                    WHERE %s AND ROUND(GREATEST(-c.points, 0)::numeric, 2) <> COALESCE(m.points_debt, 0)""",
                member,
                scope,
            ),
            "entry": SQL(
                """SELECT e.id::text, x.expected, e.remaining
                     FROM loyalty_points_entry e
                     JOIN loyalty_member m ON m.id = e.member_id
                     JOIN loyalty_card c ON c.id = m.card_id
                     LEFT JOIN (SELECT lot_id, SUM(points) AS points
                                  FROM loyalty_points_allocation GROUP BY lot_id) l ON l.lot_id = e.id
                     LEFT JOIN (SELECT entry_id, SUM(points) AS points
                                  FROM loyalty_points_allocation GROUP BY entry_id) d ON d.entry_id = e.id
                    CROSS JOIN LATERAL (SELECT CASE WHEN e.state = 'posted'
                          THEN e.points - COALESCE(l.points, 0) + COALESCE(d.points, 0) ELSE 0 END AS expected) x
                    WHERE %s AND (x.expected <> e.remaining
                                  OR e.remaining <> 0 AND SIGN(e.remaining) <> SIGN(e.points))""",
                scope,
            ),
        }
