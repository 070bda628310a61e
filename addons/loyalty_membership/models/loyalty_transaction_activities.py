"""Activities that are taken back, and purchases that friends make."""

from odoo import api, fields, models

from ..domain.points import to_decimal


class LoyaltyTransactionActivities(models.Model):
    _inherit = "loyalty.transaction"

    @api.model
    def _book(self, program, rows, locked=False):
        booked = super()._book(program, rows, locked=locked)
        self.env["loyalty.referral"]._touch(booked.filtered("amount"))
        return booked

    @api.model
    def _book_addition(self, program, root, row):
        addition = super()._book_addition(program, root, row)
        self.env["loyalty.referral"]._touch(root)
        return addition

    @api.model
    def _take_back(self, program, rows):
        refunds = super()._take_back(program, rows)
        self.env["loyalty.referral"]._touch(refunds.line_ids.origin_line_id.transaction_id._roots())
        return refunds

    def _with_money_left(self):
        """Of these purchases and all of their additions: the purchases that are worth something after all refunds."""
        money = {}
        for line, (amount, _quantity) in self.line_ids._left().items():
            [root] = line.transaction_id._roots()
            money[root.id] = money.get(root.id, 0) + amount
        return self.browse([root_id for root_id, amount in money.items() if amount > 0])

    @api.model
    def _take_back_activities(self, program, activities):
        """Take back what these activities gave, from their own lots first, by the program's policy as any claw-back.

        :return: the refunds
        """
        if not activities:
            return activities
        members = activities.member_id
        # Pending points of merged members lie where they were earned, until they are released.
        holders = members | members.with_context(active_test=False).search([("merged_into_id", "in", members.ids)])
        holders._lock()
        entries = self.env["loyalty.points.entry"]
        entries._catch_up(holders)
        before = dict(self._read_group([("origin_id", "in", activities.ids)], ["origin_id"], ["__count"]))
        refunds = self._create_rows(program, [each._as_refund(before.get(each, 0)) for each in activities], sign=-1)
        refund_of = dict(zip(activities, refunds, strict=True))
        available = {member: to_decimal(member.points) for member in members}
        batch, budgets = [], {}
        for entry in activities._awards():
            points, qualifying = to_decimal(entry.points), to_decimal(entry.qualifying_points)
            row = self._revocation(program, entry, refund_of[entry.transaction_id], points, qualifying, available)
            budgets[entry.rule_id.id] = budgets.get(entry.rule_id.id, 0) + row["points"]
            batch.append(row)
        entries._post(batch, locked=True)
        self.env["loyalty.earning.rule"]._spend_budgets(budgets)
        self._note_points(refunds)
        activities.write({"is_refunded": True})
        members._withdraw_refunded_tiers()
        refunds._after_insert()
        return refunds

    def _with_points_forgiven(self):
        """Of these refunds: those that could not take all of the points back."""
        return self.env["loyalty.points.entry"].search([
            ("transaction_id", "in", self.ids), ("kind", "=", "revoke"), ("forgiven", ">", 0),
        ]).transaction_id  # fmt: skip

    def _as_refund(self, before):
        """The row that takes this activity back; ``before``: how often it was taken back and given again."""
        return {
            "member": self.member_id,
            "type": "refund",
            "date": fields.Datetime.now(),
            "team_id": self.team_id.id,
            "source": self.source,
            "reference": ":".join([self.reference, "back", *([str(before + 1)] if before else [])]),
            "activity_code": self.activity_code,
            "origin_id": self.id,
        }
