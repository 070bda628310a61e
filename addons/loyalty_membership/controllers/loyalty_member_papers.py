"""Statements and cards of members as files, to whoever may read these members."""

from odoo import http
from odoo.http import request

from ..report.card_print import print_cards, print_sheet
from ..report.member_card import picture
from ..report.statement_workbook import write_statement, write_statements
from .downloads import download, requested_members

PDF, PNG, ZIP = "application/pdf", "image/png", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROUTE = "/loyalty_membership/members/<string:ids>"


class LoyaltyMemberPapers(http.Controller):
    @http.route(f"{ROUTE}/statement.pdf", type="http", auth="user", methods=["GET"], readonly=True)
    def statement_pdf(self, ids, **asked):
        """Statements, one after the other; the period as for ``_statement_asked``."""
        members = requested_members(ids)
        content = request.env["report.loyalty_membership.report_member_statement"]._print(members, asked)
        return download(content, PDF, f"{members._statement_file_name()}.pdf")

    @http.route(f"{ROUTE}/statement.xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def statement_xlsx(self, ids, **asked):
        """A statement as workbook; of several members a zip file of them."""
        members = requested_members(ids)
        statements = members._statements_to_write(asked)
        if len(members) == 1:
            return download(write_statement(*next(statements)), XLSX, f"{members._statement_file_name()}.xlsx")
        return download(write_statements(statements), ZIP, f"{members._statement_file_name()}.zip")

    @http.route(f"{ROUTE}/cards.pdf", type="http", auth="user", methods=["GET"], readonly=True)
    def cards_pdf(self, ids, **_options):
        """Cards, one a page of a card's size."""
        return self._cards(ids, PDF, print_cards, "pdf")

    @http.route(f"{ROUTE}/sheet.pdf", type="http", auth="user", methods=["GET"], readonly=True)
    def cards_sheet(self, ids, **_options):
        """Cards, ten on a sheet of A4."""
        return self._cards(ids, PDF, print_sheet, "pdf")

    @http.route("/loyalty_membership/members/<int:member_id>/card.png", type="http", auth="user", methods=["GET"], readonly=True)
    def card_picture(self, member_id, **_options):
        """A card as picture, to be sent by chat."""
        return self._cards(str(member_id), PNG, lambda faces: picture(*faces), "png")

    def _cards(self, ids, kind, write, ending):
        members = requested_members(ids)
        members._check_cards()
        content = write([member._card_face() for member in members])
        return download(content, kind, f"{members._card_file_name()}.{ending}")
