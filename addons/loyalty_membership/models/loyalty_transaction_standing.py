"""What a purchase and its additions have given: what later additions and refunds are measured by."""

from dataclasses import replace

from odoo import api, fields, models

from ..domain.additions import Past
from ..domain.limits import before_limits
from ..domain.points import to_decimal
from ..domain.standing import NOTHING, Claim, Share, Standing, Weighed, add, minus

#: What is asked of the entries by which a purchase gave points.
OF_AWARDS = [
    "transaction_id", "rule_id", "points", "qualifying_points", "detail", "basis",
    "member_id", "state", "available_on", "origin_model", "origin_id",
]  # fmt: skip


class LoyaltyTransactionStanding(models.Model):
    _inherit = "loyalty.transaction"

    standing = fields.Json(
        readonly=True,
        help="Technical: of an addition, what the whole purchase had given by then, and for which lines; later "
        "refunds are measured by it.",
    )

    def _awards(self):
        """The entries by which these rows gave points, the first ones first."""
        return self.env["loyalty.points.entry"].search_fetch(
            [("transaction_id", "in", self.ids), ("kind", "=", "earn"), ("state", "!=", "void")], OF_AWARDS, order="id"
        )

    @api.model
    def _standing_of(self, additions, entries):
        """The standing of one purchase by the last of its additions; rules that none of them gave anything for
        stand as in its first row.

        :param entries: all that gave points for it
        """
        standing = Standing.from_json(additions.sorted("id")[-1:].standing)
        first = [self._first_share(entry) for entry in entries if not standing.of(entry.rule_id.id, None)]
        return replace(standing, shares=(*standing.shares, *first))

    @api.model
    def _first_share(self, entry):
        """What an award of a purchase's first row holds, as long as nothing was added."""
        detail, lines = entry.detail or {}, entry.transaction_id.line_ids
        held = (to_decimal(entry.points), to_decimal(entry.qualifying_points))
        weights = entry.basis or {str(line.id): line.amount for line in lines}
        weighed = {
            line.id: Weighed(to_decimal(weights[str(line.id)]), *line._worth()) for line in lines if str(line.id) in weights
        }
        claim = Claim(held, weighed, by_units=detail.get("mode") == "unit")
        return Share(
            since=entry.transaction_id.id,
            held=held,
            worth=before_limits(*held, detail),
            most=held,
            claims={entry.rule_id.id: claim},
            group=entry.rule_id._group(),
        )

    def _past(self, left):
        """What an addition to these parts of one purchase finds; ``left`` is what is left of their lines."""
        entries = self._awards()
        held = {}
        for entry in entries:
            given = (to_decimal(entry.points), to_decimal(entry.qualifying_points))
            held[entry.rule_id.id] = add([held.get(entry.rule_id.id, NOTHING), given])
        for entry, taken in self._revoked(entries).items():
            gone = add((row.points, row.qualifying) for row in taken)
            held[entry.rule_id.id] = add([held[entry.rule_id.id], minus(gone)])
        standing = self._standing_of(self.filtered(lambda part: part.type == "addition"), entries)
        return Past(standing, held, refunded=any(line._worth() != worth for line, worth in left.items()))

    def _stands(self, past, awards, left, earns):
        """The standing after this addition to what was ``left``, or after one that ``earns`` nothing, ever."""
        if not earns:
            return past.standing.without(self.line_ids.ids)
        ids = self._ids_by_key()
        awards = [
            replace(award, weights={ids.get(key, key): weight for key, weight in award.weights.items()}) for award in awards
        ]
        worth = {line.id: worth for line, worth in left.items()} | {line.id: line._worth() for line in self.line_ids}
        return past.standing.after(self.id, awards, past.held, worth)
