from odoo import http
from odoo.http import request

from ..report.member_archive import write_archive
from .downloads import download, requested_members


class LoyaltyMemberExport(http.Controller):
    @http.route("/loyalty_membership/export/<string:ids>", type="http", auth="user", methods=["GET"])
    def export(self, ids, **_options):
        """Everything that is known of these members, as a zip file; for managers, and noted in each member's chatter."""
        persons = requested_members(ids)._persons_to_export()
        persons._log_export()
        name = persons.code if len(persons) == 1 else request.env._("members")
        return download(write_archive(person._portable() for person in persons), "application/zip", f"{name}.zip")
