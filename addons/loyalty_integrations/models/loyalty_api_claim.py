from odoo import SUPERUSER_ID, api, models
from odoo.addons.loyalty_membership.models import api_arguments as arguments
from odoo.addons.loyalty_membership.models.api_arguments import ApiArgumentError, ApiConflict, ApiUnknown
from odoo.fields import Domain

from .loyalty_inbox import ANONYMOUS, UNKNOWN


class LoyaltyApiClaim(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def claim_purchase(self, member, source, reference, program=None):
        """Give a member the points of a ticket that a till sent without saying whose it is, or of an ERP's document of nobody.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param source: the source name of the tills' connection
        :param reference: the number of the ticket, ``external_id``
        :param program: name or id; the one of the caller's company
        :return: ``{transaction, points, pending, balance, tier, duplicate}``; ``duplicate``: it is the member's already
        :raise UserError: 404 unknown member or ticket; 409 the ticket is somebody else's; 422 it can't be booked
        """
        facade, program = self._open(program)
        found = facade._find_member(program, member, source)
        row = facade._claimable(program, source, arguments.text(reference, "reference", 128, required=True))
        own = row.transaction_id.member_id
        if own and own != found:
            raise ApiConflict("reference", "this ticket is somebody else's")
        if not own:
            row._claim_for(found)
        answer = {name: row.result["body"][name] for name in ("points", "pending", "balance", "tier")}
        return {"transaction": row.transaction_id.id, **answer, "duplicate": bool(own)}

    @api.model
    def _claimable(self, program, source, reference):
        rows = self.env["loyalty.inbox"].search([
            ("connection_id.program_id", "=", program.id), ("kind", "=", "purchase"), ("event_id", "=", reference),
        ])  # fmt: skip
        row = rows.filtered(lambda row: row.connection_id._inbox_source() == source)
        if not row:
            raise ApiUnknown("reference", f"there is no ticket {arguments.shown(reference)} of {arguments.shown(source)}")
        row.lock_for_update(allow_referencing=True)
        if row.transaction_id or (row.state == "parked" and row.error_code == ANONYMOUS):
            return row
        # Of a document of an ERP, the customer there is nobody of ours, and the document is there as long as one likes.
        if row.stream and row.state in ("parked", "done") and row.error_code in (ANONYMOUS, UNKNOWN):
            return row
        if row.state == "parked":
            raise ApiConflict("reference", "this ticket names somebody else")
        raise ApiArgumentError("reference", "this ticket can't be claimed any more")

    @api.model
    def _company_domain(self):
        """The system itself works for the company of the connection that it is at, whichever that is."""
        if self.env.uid == SUPERUSER_ID:
            return Domain("company_id", "in", [False, *self.env.company.parent_ids.ids])
        return super()._company_domain()


class LoyaltyInboxClaim(models.Model):
    _inherit = "loyalty.inbox"

    def _claim_for(self, member):
        """Book this ticket, which names nobody, for this member."""
        self.data = {**self.data, "member": [member.code]}
        self._process()
        if not self.transaction_id:
            raise ApiArgumentError("reference", self.error_message or "this ticket can't be booked")
