from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

#: How many broken rows of one kind a report names.
LIMIT = 100
#: Members of the programs that are verified, with what their entries sum up to.
MEMBERS = SQL("FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id")
SUMS = SQL(
    """LEFT JOIN (SELECT member_id,
                         SUM(points) FILTER (WHERE state = 'posted') AS posted,
                         SUM(points) FILTER (WHERE state = 'pending') AS pending,
                         SUM(remaining) AS remaining,
                         MIN(expires_on) FILTER (WHERE remaining > 0) AS next_day
                    FROM loyalty_points_entry GROUP BY member_id) e ON e.member_id = m.id"""
)


class LoyaltyLedgerVerification(models.TransientModel):
    """Proof that no point was lost or invented, for every member at once."""

    _name = "loyalty.ledger.verification"
    _description = "Ledger Verification"

    program_id = fields.Many2one("loyalty.program", domain=[("is_membership", "=", True)])
    kept_digest = fields.Char(
        help="The digest of an earlier seal that you kept outside of this system. It must still be one of the seals."
    )
    state = fields.Selection([("draft", "Not run"), ("passed", "Passed"), ("failed", "Failed")], default="draft")
    entry_count = fields.Integer("Entries", readonly=True)
    member_count = fields.Integer("Members", readonly=True)
    head_day = fields.Date("Sealed Up To", readonly=True)
    head_digest = fields.Char("Digest of the Last Seal", readonly=True, help="Keep it outside of this system.")
    unsealed = fields.Char("Not Sealed Yet", readonly=True, help="Days that are over and wait for the nightly job.")
    report = fields.Text(readonly=True)

    def action_verify(self):
        self.ensure_one()
        result = self.verify(self.program_id.id or None, self.kept_digest or None)
        self.write({
            "state": "passed" if result["ok"] else "failed",
            "entry_count": result["entries"],
            "member_count": result["members"],
            "head_day": result["head"] and result["head"]["day"],
            "head_digest": result["head"] and result["head"]["digest"],
            "unsealed": ", ".join(result["unsealed"]),
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
    def verify(self, program=None, digest=None):
        """Verify the ledger of a program, or of all that the caller may see, and the seals.

        :param program: id of a program, or None
        :param digest: that of an earlier seal, as it was kept outside; it must still be one of the seals
        :return: ``{ok, entries, members, head: {day, digest} or None, unsealed: [day],
            problems: [{check, record, expected, found}]}``
        """
        scope = SQL("c.program_id = ANY(%s)", self._programs(program).ids)
        for model in ("loyalty.points.entry", "loyalty.points.allocation", "loyalty.member", "loyalty.card"):
            self.env[model].flush_model()
        problems = [
            {"check": name, "record": record, "expected": float(expected or 0), "found": float(found or 0)}
            for name, query in self._checks(scope).items()
            for record, expected, found in self.env.execute_query(SQL("%s LIMIT %s", query, LIMIT))
        ]
        # sudo: the seals are everybody's proof, whatever rows the caller may read
        seals = self.env["loyalty.ledger.seal"].sudo()
        broken = seals._problems()
        if digest and not seals.search_count([("digest", "=", digest.strip())], limit=1):
            broken.append(("kept digest", digest))
        problems += [{"check": check, "record": str(record), "expected": 0.0, "found": 0.0} for check, record in broken]
        [[members, entries]] = self.env.execute_query(SQL(
            """SELECT COUNT(*), (SELECT COUNT(*) FROM loyalty_points_entry c WHERE %s) FROM loyalty_member m
                 JOIN loyalty_card c ON c.id = m.card_id WHERE %s""",
            scope, scope,
        ))  # fmt: skip
        return {"ok": not problems, "entries": entries, "members": members, "problems": problems, **self._sealed(seals)}

    @api.model
    def _programs(self, program):
        """The programs to verify, out of those that the caller may see."""
        if not (self.env.su or self.env.user.has_group("loyalty_membership.group_manager")):
            raise AccessError(self.env._("Only a membership manager may verify the ledger."))
        programs = self.env["loyalty.program"].with_context(active_test=False).search([("is_membership", "=", True)])
        chosen = programs.filtered(lambda record: program in (None, record.id))
        if program and not chosen:
            raise AccessError(self.env._("There is no such membership program in your companies."))
        return chosen

    @api.model
    def _sealed(self, seals):
        """How far the chain of seals reaches: its head, to be kept outside, and the days that wait for their seal."""
        head = seals._head()
        waiting = [str(day) for day in seals._days_without_seal() if not head or day > head["day"]]
        return {"head": head and {"day": str(head["day"]), "digest": head["digest"]}, "unsealed": waiting}

    # ------------------------------------------------------------------
    # One query a promise; each yields (record, expected, found) where it is broken
    # ------------------------------------------------------------------

    @api.model
    def _checks(self, scope):
        return {
            # The card's, or else the member's own copy of it.
            "balance": self._check(
                "COALESCE(e.posted, 0)",
                """ROUND(CASE WHEN ROUND(c.points::numeric, 2) = COALESCE(e.posted, 0) THEN COALESCE(m.points, 0)
                              ELSE c.points END::numeric, 2)""",
                scope,
            ),
            "remainders": self._check("COALESCE(e.posted, 0)", "COALESCE(e.remaining, 0)", scope),
            "pending": self._check("COALESCE(e.pending, 0)", "COALESCE(m.points_pending, 0)", scope),
            "debt": self._check("GREATEST(-COALESCE(e.posted, 0), 0)", "COALESCE(m.points_debt, 0)", scope),
            "next expiry": SQL(
                """SELECT c.code, TO_CHAR(e.next_day, 'YYYYMMDD')::int, TO_CHAR(m.next_expiry_date, 'YYYYMMDD')::int %s %s
                    WHERE %s AND e.next_day IS DISTINCT FROM m.next_expiry_date""",
                MEMBERS, SUMS, scope,
            ),
            "entry": self._check_entries(scope),
        }  # fmt: skip

    @api.model
    def _check(self, expected, found, scope):
        """Members of whom two sums differ."""
        return SQL(
            "SELECT c.code, %(expected)s, %(found)s %(members)s %(sums)s WHERE %(scope)s AND %(expected)s <> %(found)s",
            expected=SQL(expected), found=SQL(found), members=MEMBERS, sums=SUMS, scope=scope,
        )  # fmt: skip

    @api.model
    def _check_entries(self, scope):
        """Entries whose remainder is not what the allocations leave of them."""
        return SQL(
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
        )
