import secrets

from odoo import api, fields, models
from odoo.tools import SQL


class LoyaltyDrawNumber(models.Model):
    """The number of a draw that failed, kept for the next try under the same reference.

    A draw may fail because of what was won: two members want the last gift at the same moment, and one of them is made
    to try again.  With another number on each try, prizes that many want would be won less often than stated.
    """

    _name = "loyalty.draw.number"
    _description = "Number Of A Draw That Failed"
    _rec_name = "reference"

    version_id = fields.Many2one("loyalty.draw.version", required=True, readonly=True, ondelete="cascade")
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    source = fields.Char(required=True, readonly=True)
    reference = fields.Char(required=True, readonly=True)
    number = fields.Char(required=True, readonly=True)

    _draw_unique = models.UniqueIndex("(version_id, member_id, source, reference)")

    @api.model
    def _number(self, version, member, source, reference):
        """A random number below the total of these odds; the one that was kept, if the draw was tried before by these odds."""
        kept = self.search([
            ("version_id", "=", version.id), ("member_id", "=", member.id),
            ("source", "=", source), ("reference", "=", reference),
        ])  # fmt: skip
        return int(kept.number) if kept else secrets.randbelow(version._odds().total)

    @api.model
    def _keep(self, version, member, source, reference, number):
        """Keep a number although this transaction comes to nothing: in one of its own."""
        with self.env.registry.cursor() as cr:
            cr.execute(SQL(
                """INSERT INTO loyalty_draw_number (version_id, member_id, source, reference, number, create_date)
                   VALUES (%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC') ON CONFLICT DO NOTHING""",
                version.id, member.id, source, reference, str(number),
            ))  # fmt: skip
