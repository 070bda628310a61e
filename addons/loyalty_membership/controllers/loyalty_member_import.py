import tempfile

from odoo import http
from odoo.http import content_disposition, request
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import wrap_file


class LoyaltyMemberImport(http.Controller):
    @http.route("/loyalty_membership/import/<int:import_id>/<string:what>", type="http", auth="user", methods=["GET"])
    def download(self, import_id, what, **_options):
        """The template of an import's program, or the report of its rows; for who may read the import."""
        record = request.env["loyalty.member.import"].browse(import_id).exists()
        writers = {"template": record._write_template, "report": record._write_report}
        if not record or what not in writers:
            raise NotFound
        record.check_access("read")
        record._check_may_import()
        names = {"template": request.env._("Members to import"), "report": request.env._("Report of the import")}
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the server closes it once it is sent
        writers[what](file)
        file.seek(0)
        response = request.make_response(
            wrap_file(request.httprequest.environ, file),
            [
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                ("Content-Disposition", content_disposition(f"{names[what]}.xlsx")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        response.direct_passthrough = True
        return response
