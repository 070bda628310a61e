"""The contact of a member who is erased: blanked, or left alone where others need it."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .personal_traces import remove_addresses, remove_traces

#: Fields of these kinds say something of a person, whichever app they come from.
TELLING = {"char", "text", "html", "binary", "image", "date", "datetime", "json", "properties"}
#: So do these, though they only point to something.
POINTING = (
    "parent_id",
    "state_id",
    "country_id",
    "industry_id",
    "user_id",
    "category_id",
    "partner_latitude",
    "partner_longitude",
)
#: Money that the shop owes whoever holds the card.
MONEY_CARDS = ("gift_card", "ewallet")


class ResPartnerErasure(models.Model):
    _inherit = "res.partner"

    @api.model
    def _personal_fields(self):
        """Names of the stored fields that say something of a person, fields of other apps and own ones included."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and name not in models.MAGIC_COLUMNS
            and not field.required
            and not (field.compute and field.readonly)
            and not field.related
            and name != "name"
            and (field.type in TELLING or name in POINTING or (field.manual and field.type != "one2many"))
        ]

    # ------------------------------------------------------------------
    # Who needs a contact
    # ------------------------------------------------------------------

    def _erasure_holds(self, leaving):
        """Why contacts must stay as they are; dict partner -> names of what needs them, empty if nothing does.

        :param leaving: the members who are erased; any other member of the contact needs it
        """
        holds = defaultdict(set)
        for name, column, model in self._columns_that_need_a_contact():
            rows = self.env.execute_query(SQL(
                "SELECT DISTINCT %s FROM %s WHERE %s = ANY(%s)",
                SQL.identifier(column), SQL.identifier(name), SQL.identifier(column), self.ids,
            ))  # fmt: skip
            for (partner_id,) in rows:
                holds[partner_id].add(self.env["ir.model"]._get(model).name if model else name)
        for partner in self:
            holds[partner.id].update(partner._own_holds(leaving))
        return {partner: sorted(holds[partner.id]) for partner in self}

    @api.model
    def _columns_that_need_a_contact(self):
        """(table, column, model) of documents: a contact whom one names can't be deleted in Odoo, so isn't erased either.

        Orders, invoices, payments, users, companies, and whatever other apps add.
        """
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            """SELECT c.relname, a.attname FROM pg_constraint f
                 JOIN pg_class c ON c.oid = f.conrelid
                 JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
                WHERE f.contype = 'f' AND f.confrelid = 'res_partner'::regclass AND f.confdeltype IN ('a', 'r')
                  AND f.conrelid <> f.confrelid ORDER BY 1, 2"""
        ))  # fmt: skip
        models_by_table = {model._table: model for model in self.env.values() if model._auto and not model._abstract}
        found = [(table, column, models_by_table.get(table)) for table, column in rows]
        return [
            (table, column, model._name if model is not None else None)
            for table, column, model in found
            if model is None or not model._transient
        ]

    def _own_holds(self, leaving):
        """What else needs this contact: what can't be seen from documents."""
        everything = self.with_context(active_test=False).env
        mine = [("partner_id", "=", self.id)]
        if self.is_company:
            yield self.env._("a company")
        if everything["res.partner"].search_count([("parent_id", "=", self.id)], limit=1):
            yield self.env._("contacts and addresses below it")
        if "supplier_rank" in self._fields and self.supplier_rank:
            yield self.env._("a supplier")
        if everything["loyalty.member"].search_count([*mine, ("id", "not in", leaving.ids), ("erased_at", "=", False)], limit=1):
            yield self.env._("another membership")
        money = [*mine, ("points", ">", 0), ("program_id.program_type", "in", MONEY_CARDS)]
        if everything["loyalty.card"].search_count(money, limit=1):
            yield self.env._("a gift card or e-wallet with money on it")

    # ------------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------------

    def _erase_person(self, name):
        """Blank these contacts and archive them under a neutral name; they stay for what points to them."""
        if not self:
            return
        blank = self._personal_fields()
        quiet = self.with_context(tracking_disable=True, mail_notrack=True)
        self._blank_banks()
        quiet.write({**dict.fromkeys(blank, False), "name": name, "active": False})
        self._blank_in_all_companies([field for field in blank if self._fields[field].company_dependent])
        remove_addresses(self)
        remove_traces(self)

    def _blank_banks(self):
        """Bank accounts are never deleted, only archived, and those that are trusted can't be written."""
        banks = self.with_context(active_test=False).bank_ids
        banks.flush_recordset()
        self.env.cr.execute(SQL(
            """UPDATE res_partner_bank SET acc_number = 'erased-' || id, sanitized_acc_number = 'ERASED' || id,
                      acc_holder_name = NULL, active = false WHERE id = ANY(%s)""", banks.ids,
        ))  # fmt: skip
        banks.invalidate_recordset()
        remove_traces(banks)

    def _blank_in_all_companies(self, names):
        """What each company says of a contact by itself; writing changes it for one company only."""
        self.flush_recordset()
        for name in names:
            self.env.cr.execute(SQL("UPDATE res_partner SET %s = NULL WHERE id = ANY(%s)", SQL.identifier(name), self.ids))
        self.invalidate_recordset(names)
