from odoo import http
from odoo.http import content_disposition, request
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import wrap_file

from ..report.member_archive import write_archive


class LoyaltyMemberExport(http.Controller):
    @http.route("/loyalty_membership/export/<string:ids>", type="http", auth="user", methods=["GET"])
    def export(self, ids, **_options):
        """Everything that is known of these members, as a zip file; for managers, and noted in each member's chatter."""
        if not all(part.isdecimal() and len(part) < 10 for part in ids.split(",")):
            raise NotFound
        members = request.env["loyalty.member"].browse(map(int, ids.split(",")))
        persons = members._persons_to_export()
        persons._log_export()
        archive = write_archive(person._portable() for person in persons)
        name = persons.code if len(persons) == 1 else request.env._("members")
        response = request.make_response(
            wrap_file(request.httprequest.environ, archive),
            [
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition(f"{name}.zip")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        response.direct_passthrough = True
        return response
