"""Members moved in from another system: one file, from upload to the last row."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

#: States in which the job works on an import.
AT_WORK = ("reading", "checking", "running")
#: What a change of makes the last check worthless.
CHECKED = {"program_id", "file", "encoding", "date_order", "source", "column_ids"}
#: What whoever imports decides; everything else is for the import to say.
DECIDED = CHECKED | {"file_name", "welcome", "on_member", "on_twice", "on_conflict", "on_bad"}
#: A file of members is forgotten so many days after nobody has worked on it any more.
KEEP_DAYS = 30


class LoyaltyMemberImport(models.Model):
    """A file of members on its way in: it is read, checked without writing anything, and imported in committed batches.

    The rows are staged in ``loyalty.member.import.row``; each is imported once, whatever stops the job.
    """

    _name = "loyalty.member.import"
    _description = "Member Import"
    _order = "id desc"
    _rec_name = "file_name"

    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="cascade", domain=[("is_membership", "=", True)],
        default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, index="btree_not_null")
    user_id = fields.Many2one("res.users", "Imported By", readonly=True, default=lambda self: self.env.user, ondelete="restrict")
    state = fields.Selection(
        [
            ("draft", "To check"),
            ("reading", "Reading"),
            ("checking", "Checking"),
            ("checked", "Checked"),
            ("running", "Importing"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        required=True, readonly=True, default="draft", copy=False,
    )  # fmt: skip
    file = fields.Binary("Excel or CSV File", attachment=True, copy=False)
    file_name = fields.Char(copy=False)
    forgotten_on = fields.Date(readonly=True, copy=False, help="When the file and its rows were deleted: they are personal data.")
    encoding = fields.Selection(
        [("utf-8-sig", "UTF-8"), ("gb18030", "GBK / GB18030"), ("big5", "Big5"), ("utf-16", "UTF-16"), ("cp1252", "Western")],
        string="Text Encoding", help="Only of .csv files; empty: it is found out.",
    )  # fmt: skip
    date_order = fields.Selection(
        [("day", "Day first (5/3 is 5 March)"), ("month", "Month first (3/5 is 5 March)")],
        string="Dates Like 5/3/2024", required=True, default="day",
        help="Only for dates that end with the year and could be read either way.",
    )  # fmt: skip
    source = fields.Char(
        "Name of the Old System", required=True, default="import",
        help="Old member numbers are kept under this name. Another system that calls the API under the same name finds "
        "its members by them.",
    )  # fmt: skip
    welcome = fields.Boolean(
        "Welcome New Members",
        help="Give them the points for joining and for a complete profile, the coupons of their tier and the program's welcome "
        "mail, and reward who sent them once they buy. Off: they have been members for long, and had all of that.",
    )
    on_member = fields.Selection(
        [("fill", "Fill in what is missing"), ("skip", "Leave the row out"), ("stop", "Don't import")],
        string="If a Member Already", required=True, default="fill",
        help="What the member lacks is filled in; nothing that is there is changed. Points are booked for members who have had "
        "no opening balance.",
    )  # fmt: skip
    on_twice = fields.Selection(
        [("skip", "Leave later rows out"), ("fill", "Fill in what the first row lacks"), ("stop", "Don't import")],
        string="If Twice in the File", required=True, default="skip",
    )  # fmt: skip
    on_conflict = fields.Selection(
        [("skip", "Leave the row out"), ("stop", "Don't import")], string="If It Names Several", required=True, default="skip",
        help="The phone is that of one member and the e-mail that of another, or the member is closed or archived.",
    )  # fmt: skip
    on_bad = fields.Selection(
        [("skip", "Leave the row out"), ("leave_out", "Import the row without these values"), ("stop", "Don't import")],
        string="If Values Can't Be Read", required=True, default="skip",
    )  # fmt: skip
    column_ids = fields.One2many("loyalty.member.import.column", "import_id")
    row_ids = fields.One2many("loyalty.member.import.row", "import_id", readonly=True)
    signature = fields.Char(readonly=True, index="btree_not_null")
    uploads = fields.Integer(
        readonly=True, copy=False, help="Technical: how often a file was opened; the rows are of the last one."
    )
    header_row = fields.Integer(readonly=True)
    points_header_row = fields.Integer(readonly=True)
    hidden_rows = fields.Integer(readonly=True)
    date1904 = fields.Boolean(readonly=True, help="Technical: the workbook counts its days from 1904 on, as old ones of Macs do.")
    problem = fields.Text(readonly=True, copy=False)

    # Sums of the rows, which are deleted one day
    total = fields.Integer("Rows", readonly=True, copy=False)
    count_new = fields.Integer("New Members", readonly=True, copy=False)
    count_customer = fields.Integer("Customers Who Join", readonly=True, copy=False)
    count_member = fields.Integer("Members Already", readonly=True, copy=False)
    count_twice = fields.Integer("Twice in the File", readonly=True, copy=False)
    count_conflict = fields.Integer("Name Several Members", readonly=True, copy=False)
    count_bad = fields.Integer("With Problems", readonly=True, copy=False)
    count_points = fields.Integer("Lots of Points", readonly=True, copy=False)
    done_created = fields.Integer("Created", readonly=True, copy=False)
    done_filled = fields.Integer("Filled In", readonly=True, copy=False)
    done_booked = fields.Integer("Lots Booked", readonly=True, copy=False)
    done_skipped = fields.Integer("Left Out", readonly=True, copy=False)
    done_failed = fields.Integer("Went Wrong", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", help="Percent of the rows that are read, checked or imported.")
    progress_text = fields.Char(compute="_compute_progress")

    _source_given = models.Constraint("CHECK (source <> '')", "Give the old system a name.")

    @api.depends("state", "total")
    def _compute_progress(self):
        for record in self:
            waiting, total = record._row_count(record._waiting()), record._row_count()
            done = total - waiting
            record.progress = 100.0 * done / total if total else 0.0
            record.progress_text = (
                self.env._("%(done)s of %(total)s rows", done=f"{done:,}", total=f"{total:,}")
                if record.state != "reading"
                else self.env._("%s rows read", f"{total:,}")
            )

    def _waiting(self):
        """State of rows that the import's own state has still to deal with."""
        return {"checking": "read", "running": "todo", "stopped": "todo"}.get(self.state, "none")

    def _row_count(self, state=None):
        domain = [("import_id", "=", self.id)]
        # sudo: a number of the rows of an import that the user may read
        return self.env["loyalty.member.import.row"].sudo().search_count(domain + ([("state", "=", state)] if state else []))

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [{name: value for name, value in vals.items() if name in DECIDED} for vals in vals_list]
        imports = super().create(vals_list)
        imports._check_may_import()
        imports.filtered("file")._open_file()
        return imports

    def write(self, vals):
        if not self.env.su and vals.keys() - DECIDED:
            raise AccessError(self.env._("What became of a file is for the import itself to say."))
        if CHECKED & vals.keys() and self.filtered(lambda record: record.state in (*AT_WORK, "stopped", "done")):
            raise UserError(self.env._("This file is being imported, or was: upload the next one as a new import."))
        result = super().write(vals)
        if "program_id" in vals:
            self._check_may_import()
        if "file" in vals and not vals["file"]:
            self._forget_rows()
            self._keep({"total": 0, "column_ids": [(5,)]})
        if {"file", "program_id", "encoding"} & vals.keys():
            self.filtered("file")._open_file()
        if CHECKED & vals.keys():
            self.filtered(lambda record: record.state == "checked")._keep({"state": "draft"})
        return result

    def _keep(self, vals):
        """Write what only the import itself says."""
        # sudo: see write()
        self.sudo().write(vals)

    def _check_may_import(self):
        """Refuse whoever is no manager, and programs of companies that the user doesn't see."""
        user = self.env.user
        if not self.env.su and not (user.active and user.has_group("loyalty_membership.group_manager")):
            raise AccessError(self.env._("Only a membership manager may import members."))
        self.program_id.check_access("read")
        if self.program_id.filtered(lambda program: not program.is_membership):
            raise UserError(self.env._("Choose a membership program."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_at_work(self):
        if self.filtered(lambda record: record.state in AT_WORK):
            raise UserError(self.env._("Stop the import first."))

    def unlink(self):
        self._forget_rows()
        return super().unlink()

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_check(self):
        """Read the file and tell what importing it would do; nothing is written but the report."""
        self._begin(("draft", "checked"))
        if not (self.file or self.total):
            raise UserError(self.env._("Upload a file first."))
        if not {"name", "phone", "email", "external", "code"} & set(self.column_ids.mapped("target")):
            raise UserError(
                self.env._(
                    "Tell at least which column holds the name, the phone, the e-mail or the number: choose it in the list of "
                    "columns."
                )
            )
        self._forget_check()
        self._start("checking" if self.total else "reading")

    def action_import(self):
        """Import what the check has found, row by row as decided."""
        self._begin(("checked",))
        self._refuse_stops()
        self._set_aside()
        self._sum_up_run()
        self._start("running")

    def action_stop(self):
        """Stop after the batch that is under way; what is imported stays."""
        self._begin(AT_WORK)
        for record in self:
            record._keep({"state": "stopped" if record.state == "running" else "draft"})

    def action_resume(self):
        """Go on with the rows that are left."""
        self._begin(("stopped",))
        self._start("running")

    def action_view_rows(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_member_import_row")
        return dict(action, domain=[("import_id", "=", self.id)], context={"search_default_told": self.state != "done"})

    def action_template(self):
        """Download the workbook to fill in."""
        self.ensure_one()
        return self._download("template")

    def action_report(self):
        """Download the rows of the file with what is wrong with them, or became of them."""
        self.ensure_one()
        return self._download("report")

    def _download(self, what):
        return {"type": "ir.actions.act_url", "url": f"/loyalty_membership/import/{self.id}/{what}", "target": "download"}

    def _begin(self, states):
        self.check_access("write")
        self._check_may_import()
        if any(record.state not in states for record in self):
            raise UserError(self.env._("The import has moved on meanwhile: reload the page."))

    def _start(self, state):
        self._keep({"state": state, "problem": False})
        # sudo: whoever may import wakes the job that does it
        self.env.ref("loyalty_membership.cron_member_import").sudo()._trigger()

    # ------------------------------------------------------------------
    # Forgetting
    # ------------------------------------------------------------------

    def _forget_rows(self):
        """Delete staged rows without the ORM: there may be a hundred thousand, and nothing hangs on them."""
        self.env["loyalty.member.import.row"].flush_model()
        self.env.cr.execute(SQL("DELETE FROM loyalty_member_import_row WHERE import_id = ANY(%s)", list(self.ids)))
        self.env["loyalty.member.import.row"].invalidate_model()
        self.invalidate_recordset(["row_ids"])

    @api.autovacuum
    def _gc_personal_data(self):
        """Forget what files told of people some time after nobody has worked on them."""
        days = int(self.env["ir.config_parameter"].sudo().get_param("loyalty_membership.import_keep_days", KEEP_DAYS))
        old = self.search([
            ("write_date", "<", fields.Datetime.now() - timedelta(days=days)),
            ("forgotten_on", "=", False),
            ("state", "not in", AT_WORK),
        ])
        old._forget()

    def _forget(self):
        """Delete the file and everything that was read of it; how many rows came in stays known."""
        self._forget_rows()
        # sudo: see write()
        self.sudo().column_ids.write({"sample": False})
        for record in self:
            state = "done" if record.state in ("done", "stopped") else "draft"
            record._keep({"state": state, "forgotten_on": fields.Date.today()})
        self._attachments().unlink()
        self.invalidate_recordset(["file"])
