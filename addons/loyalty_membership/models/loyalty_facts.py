from contextlib import contextmanager

from odoo import models


class LoyaltyFacts(models.AbstractModel):
    """What is written in one statement, however many: here other addons learn of it, as of ``create`` and ``write``."""

    _name = "loyalty.facts"
    _description = "Facts Written At Once"

    def _after_insert(self):
        """Hook: these were inserted by SQL, and are complete now."""

    @contextmanager
    def _changing(self, *names):
        """Hook: these columns of these records are changed by SQL in this block, at whose end they are complete."""
        yield


class LoyaltyPointsEntryFacts(models.Model):
    _name = "loyalty.points.entry"
    _inherit = ["loyalty.points.entry", "loyalty.facts"]


class LoyaltyTransactionFacts(models.Model):
    _name = "loyalty.transaction"
    _inherit = ["loyalty.transaction", "loyalty.facts"]


class LoyaltyMemberFacts(models.Model):
    _name = "loyalty.member"
    _inherit = ["loyalty.member", "loyalty.facts"]
