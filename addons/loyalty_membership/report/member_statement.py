"""A member's statement as PDF; it is rendered by Odoo as any other document of the company."""

from odoo import api, models
from odoo.addons.base.models.ir_actions_report import _wkhtml
from odoo.tools import format_date, formatLang
from odoo.tools.pdf import merge_pdf

from ..models.loyalty_member_statement import MOST_PRINTED
from . import statement_parts as parts

#: More movements of one member than that are no reading: the workbook has all of them.
MOST_MOVEMENTS = 300
REPORT = "loyalty_membership.action_report_member_statement"


class MemberStatementReport(models.AbstractModel):
    _name = "report.loyalty_membership.report_member_statement"
    _description = "Points Statement"

    @api.model
    def _print(self, members, asked):
        """The statements of these members as one PDF.

        wkhtmltopdf as Debian builds it (with Qt as it is, "unpatched") takes one document at a time and prints neither head
        nor foot: there, statements are joined afterwards, and the company's head is part of the page.
        """
        members._check_papers(MOST_PRINTED)
        report = self.env["ir.actions.report"].with_context(loyalty_statement=asked)
        together = [members] if _wkhtml().is_patched_qt else members
        papers = [report._render_qweb_pdf(REPORT, some.ids)[0] for some in together]
        return merge_pdf(papers) if len(papers) > 1 else papers[0]

    @api.model
    def _get_report_values(self, docids, data=None):
        """What the template prints; the period comes with the context, from wizard, route or composer."""
        members = self.env["loyalty.member"].browse(docids)
        members._check_papers(MOST_PRINTED)
        asked = members._statement_asked(self.env.context.get("loyalty_statement") or {})
        return {
            "doc_ids": docids,
            "doc_model": members._name,
            "headless": (data or {}).get("report_type") == "pdf" and not _wkhtml().is_patched_qt,
            "docs": [self._paper(member, member._statement(*asked, most=MOST_MOVEMENTS)) for member in members],
        }

    @api.model
    def _paper(self, member, statement):
        member = member._in_own_words()
        env = member.env

        def shown(value):
            """A value as a reader of the member's language writes it."""
            if hasattr(value, "isoformat"):
                return format_date(env, value)
            if value is None or isinstance(value, str):
                return value or ""
            return formatLang(env, float(value), digits=0 if value == int(value) else 2)

        return {
            "member": member,
            "lang": env.lang,
            # sudo: head and foot of the company's paper are printed for whoever may print
            "company": (member.company_id or env.company).sudo(),
            "about": parts.about(member, statement),
            "balances": parts.balances(env, statement),
            "day": env._("Today, %s:", shown(statement.today)),
            "today": parts.today(env, statement),
            "notes": parts.notes(member, statement, shown),
            "tables": parts.tables(env, statement),
            "movements": [parts.movement(line) for line in statement.lines],
            "columns": parts.movement_columns(env),
            "shown": shown,
        }
