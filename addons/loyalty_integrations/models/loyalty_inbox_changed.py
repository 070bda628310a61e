"""Documents that have changed there after they were booked here: shown, and taken as they are now when a manager says so.

What was booked is never changed. All that is left of it is given back, what is there now is booked under the next number
(``SO1``, ``SO1#2``, ``SO1#3``), and what had been returned of the former is returned of the latter.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..domain.inbox import differences, next_reference
from .loyalty_inbox import BOOKED, CHANGED

#: What a document that doesn't count there any more is called where its content would be told from another one.
WITHDRAWN = "withdrawn"


class LoyaltyInboxChanged(models.Model):
    _inherit = "loyalty.inbox"

    changes_id = fields.Many2one(
        "loyalty.inbox", "Was Booked As", readonly=True, index="btree_not_null", ondelete="cascade",
        help="What was booked, and has changed there since.",
    )  # fmt: skip
    change_ids = fields.One2many("loyalty.inbox", "changes_id", readonly=True)

    # ------------------------------------------------------------------
    # Shown: one open row of each document, which says what is there now
    # ------------------------------------------------------------------

    def _show_change(self, row):
        """Keep what is there now of this booked document beside it; the row to insert.

        None where there is one already, or somebody has looked at this content and left what is booked.
        """
        if row["body_hash"] in self.change_ids.filtered(lambda change: change.state == "dismissed").mapped("body_hash"):
            return None
        row = {**row, **self._as_change(row)}
        if open_row := self._open_changes():
            if open_row.body_hash != row["body_hash"]:
                open_row.write({name: row[name] for name in ("data", "body_hash", "error_message")})
            return None
        return row

    def _as_change(self, row):
        """What makes a row the change of this one."""
        return {
            "event_id": f"{self.event_id}#{len(self.change_ids) + 2}",
            "idempotency_key": None,
            "state": "dead",
            "next_attempt_at": None,
            "error_code": CHANGED,
            "transaction_id": self.transaction_id.id or None,
            "changes_id": self.id,
            "error_message": self._told_change(row)[:1000],
        }

    def _told_change(self, row):
        if why := row["data"].get("withdrawn"):
            return self.env._("It was booked already, and does not count there any more: %s", self._told_withdrawn(why))
        told = ", ".join(
            f"{self._told_place(line, name)}: {before} → {after}"
            for line, name, before, after in differences(self.data or {}, row["data"])
        )
        return self.env._("It was booked already, and has changed there since. %s", told)

    def _told_place(self, line, name):
        """What has changed, in words: a field of the document, or of one of its lines."""
        if name == "lines":
            return self.env._("Number of lines")
        known = dict(self.env["loyalty.local.field"]._fields["known"]._description_selection(self.env))
        word = known.get(f"purchase.{name}", name)
        return self.env._("Line %(number)s, %(field)s", number=line, field=word) if line else word

    def _told_withdrawn(self, why):
        words = {
            "unaudited": self.env._("un-audited"), "cancelled": self.env._("cancelled"), "deleted": self.env._("deleted"),
        }  # fmt: skip
        return words.get(why, why)

    def _open_changes(self):
        return self.change_ids.filtered(lambda row: row.state == "dead")

    def _settle_changes(self):
        """These documents are there again as they were booked: nothing is to be decided."""
        self._open_changes().write({
            "state": "done", "done_at": fields.Datetime.now(),
            "error_message": self.env._("It is there again as it was booked."),
        })  # fmt: skip

    @api.model
    def _receive_withdrawn(self, connection, kind, rows):
        """Of documents that don't count there any more: show those that are booked, and let go of those that are not.

        :param rows: as of ``_receive``; ``data`` has ``withdrawn``, why
        """
        rows = {row["event_id"]: {**self._filled(kind, row), "body_hash": WITHDRAWN} for row in rows}
        beside = []
        for event, known in self._known(connection, kind, rows).items():
            if known.transaction_id and known.body_hash != WITHDRAWN:
                beside.append(known._show_change(rows[event]))
            elif known.body_hash != WITHDRAWN:
                known._let_go(rows[event]["data"]["withdrawn"])
        self._insert(connection, list(filter(None, beside)))

    def _let_go(self, why):
        """It isn't booked, and isn't to be; it is, should it count again."""
        self.write({
            "state": "done", "body_hash": WITHDRAWN, "done_at": fields.Datetime.now(), "next_attempt_at": False,
            "result": False, "error_code": WITHDRAWN,
            "error_message": self.env._("It does not count there: %s", self._told_withdrawn(why)),
        })  # fmt: skip

    # ------------------------------------------------------------------
    # Taken
    # ------------------------------------------------------------------

    def action_take_changed(self):
        """Give back what is left of what was booked, and book what is there now: all of it, or nothing."""
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may take what has changed."))
        self.check_access("read")
        # sudo: nobody writes rows of the inbox; who may take them was asked above
        for row in self.sudo().try_lock_for_update(allow_referencing=True).sorted("id"):
            row.invalidate_recordset()
            if row.state == "dead" and row.error_code == CHANGED and row.changes_id:
                row._take_changed()

    def _take_changed(self):
        known = self.changes_id
        purchase = known if known.kind == "purchase" else known._its_purchase()
        (purchase | known | purchase._booked_refunds()).lock_for_update(allow_referencing=True)
        if (self.data or {}).get("withdrawn"):
            known.write({"body_hash": self.body_hash, "error_code": WITHDRAWN, "error_message": self.error_message})
            purchase._book_anew(without=known)
        else:
            known.write({name: self[name] for name in ("data", "body_hash", "original_reference")} | {"error_code": False})
            purchase._book_anew()
        if known not in (purchase, *purchase._booked_refunds()) and known.error_code != WITHDRAWN:
            known._refund_again(known._its_purchase())  # it names another purchase now
        self._finish({"status": "processed", "inbox_id": str(known.id)}, known.transaction_id.id)

    def _its_purchase(self):
        """The purchase that this refund takes back, in the inbox."""
        purchase = self._known(self.connection_id, "purchase", [self.original_reference]).get(self.original_reference)
        if not purchase or not purchase.transaction_id:
            raise UserError(self.env._("Its purchase %s is not in the inbox: correct it by hand.", self.original_reference))
        return purchase

    def _booked_refunds(self):
        """What was returned of this purchase and came by the inbox, oldest first."""
        return self.search([
            ("connection_id", "=", self.connection_id.id), ("kind", "in", ("refund", "void")), ("changes_id", "=", False),
            ("original_reference", "=", self.event_id), ("state", "in", BOOKED), ("transaction_id", "!=", False),
            ("error_code", "!=", WITHDRAWN),
        ], order="id")  # fmt: skip

    def _book_anew(self, without=()):
        """Give back all that is left of this purchase, and book it and its refunds as they are said to be now.

        :param without: the row that doesn't count any more: this purchase, or one of its refunds
        """
        refunds, booked = self._booked_refunds(), self.transaction_id
        forgiven = self._give_back_rest(booked)
        if self in without:
            return
        if forgiven:
            raise UserError(self.env._(
                "%s of its points are spent, and the program does not take them back: to book it anew would give them twice. "
                "Correct it by hand.", forgiven
            ))  # fmt: skip
        self._book_again(booked)
        for refund in refunds:
            refund._refund_again(self)

    def _give_back_rest(self, booked):
        """:return: the points that should have been taken back, too, and were not"""
        if not any(money > 0 or units > 0 for money, units in booked.line_ids._left().values()):
            return 0
        answer = self._facade().record_refund(
            source=self.connection_id._inbox_source(), reference=f"changed:{booked.reference}",
            original_reference=booked.reference, program=self.connection_id.program_id.id,
        )  # fmt: skip
        return sum(self.env["loyalty.transaction"].browse(answer["transaction"]).entry_ids.mapped("forgiven"))

    def _book_again(self, booked):
        member = self._members().get(self)
        if not member and (self._named() or self.data.get("customer")):
            raise UserError(self.env._("Nobody in the program is known by what it names."))
        purchase = self._as_purchase(member or booked.member_id) | {
            "reference": next_reference(self.data["reference"], booked.reference),
        }  # fmt: skip
        [answer] = self._facade().record_purchases([purchase], program=self.connection_id.program_id.id)
        if error := answer.get("error"):
            raise UserError(error["message"])
        self._note_answer(answer)

    def _refund_again(self, purchase):
        """Book this refund, whose former booking took back of a former purchase, once more, of what is booked now."""
        former, mine = self.transaction_id.reference, f"{self.kind}:{self.data['reference']}"
        self._book_refund(purchase.transaction_id, purchase, next_reference(mine, former))
        if self.state == "dead":
            raise UserError(self.env._(
                "%(refund)s can't be taken back of what is there now: %(why)s", refund=self.event_id, why=self.error_message
            ))  # fmt: skip
