from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

#: States in which an adjustment rests on its documents.
RESTING = ("to_approve", "running", "done")
CONTENT = {"raw", "datas", "db_datas", "store_fname", "url", "type"}


class IrAttachment(models.Model):
    """What an adjustment was approved by stays as it was, whoever may delete it otherwise."""

    _inherit = "ir.attachment"

    def write(self, vals):
        if not CONTENT & vals.keys():
            return super().write(vals)
        before = [(file.checksum, file.type, file.url) for file in self]
        result = super().write(vals)
        # Only what differs: Odoo may move a file from the database to the disk.
        self.browse(
            file.id for file, was in zip(self, before, strict=True) if was != (file.checksum, file.type, file.url)
        )._check_no_evidence()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        self._check_no_evidence()

    def _check_no_evidence(self):
        """Refuse to change documents of adjustments that were submitted; the system erases persons, and nobody else."""
        # By the user, not by sudo: the chatter deletes files with sudo for whoever may write the record.
        if not self or self.env.uid == SUPERUSER_ID:
            return
        # sudo: a document is kept whoever may see what it belongs to
        adjustments = self.env["loyalty.points.adjustment"].sudo()
        for kept in adjustments.search([("attachment_ids", "in", self.ids), ("state", "in", RESTING)], limit=1):
            raise UserError(self.env._(
                "%s was submitted with this document, which stays as it was. Cancel or reject what waits; add a message to "
                "say more.", kept.name,
            ))  # fmt: skip
