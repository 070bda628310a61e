from odoo import api, fields, models
from odoo.tools import SQL

from ..domain.outcomes import Permanent


class LoyaltyBinding(models.Model):
    """Which record there is which record here. One of ours has at most one there, and the other way round."""

    _name = "loyalty.binding"
    _description = "Binding"
    _order = "id desc"
    _rec_name = "external_id"

    connection_id = fields.Many2one("loyalty.connection", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    subject = fields.Char(required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="model", required=True, readonly=True)
    external_id = fields.Char("Number There", required=True, readonly=True)
    pushed_hash = fields.Char(readonly=True, help="Of what was last sent: what is the same is not sent again.")
    base = fields.Json(readonly=True, help="What both sides had when they were last the same; by the fields there.")
    pushed = fields.Json(readonly=True, help="When each field there was last sent, in seconds since 1970.")
    remote_modified = fields.Char(readonly=True, help="Of the latest version there that was taken: older ones come too late.")
    last_sync_at = fields.Datetime(readonly=True)

    _external_unique = models.UniqueIndex("(connection_id, subject, external_id)")
    _record_unique = models.UniqueIndex("(connection_id, subject, model, res_id)")
    _record_idx = models.Index("(model, res_id)")

    @api.model
    def _keep(self, connection, subject, record, external_id, **values):
        """Note that a record there is this one here, and what else is known of it.

        :param values: ``pushed_hash``, ``base``, ``pushed``, ``remote_modified``; what isn't given stays
        :raise Permanent: the one there is bound to another one here
        """
        values = {"external_id": external_id, "last_sync_at": fields.Datetime.now(), **values}
        names = SQL(", ").join(map(SQL.identifier, values))
        kept = self.env.execute_query(SQL(
            """INSERT INTO loyalty_binding (connection_id, subject, model, res_id, %(names)s)
               SELECT %(connection)s, %(subject)s, %(model)s, %(record)s, %(values)s
                WHERE NOT EXISTS (SELECT FROM loyalty_binding b
                                   WHERE b.connection_id = %(connection)s AND b.subject = %(subject)s
                                     AND b.external_id = %(external)s AND (b.model, b.res_id) <> (%(model)s, %(record)s))
          ON CONFLICT (connection_id, subject, model, res_id) DO UPDATE SET (%(names)s) = ROW(%(values)s)
            RETURNING id""",
            names=names, connection=connection.id, subject=subject, model=record._name, record=record.id, external=external_id,
            values=SQL(", ").join(
                SQL("%s::%s", self._column(name, value), SQL(self._fields[name].column_type[1])) for name, value in values.items()
            ),
        ))  # fmt: skip
        if not kept:
            raise Permanent(f"{external_id} is bound to another record already", "bound_elsewhere")
        self.invalidate_model(flush=False)

    @api.model
    def _column(self, name, value):
        return self._fields[name].convert_to_column_insert(value, self)

    @api.model
    def _of(self, connection, subject, records):
        """Bindings of these records: dict id -> binding."""
        found = self.search([
            ("connection_id", "=", connection.id), ("subject", "=", subject), ("model", "=", records._name),
            ("res_id", "in", records.ids),
        ])  # fmt: skip
        return {binding.res_id: binding for binding in found}

    @api.model
    def _with_external(self, connection, subject, external_ids):
        """Bindings of these records there: dict external id -> binding."""
        found = self.search([
            ("connection_id", "=", connection.id), ("subject", "=", subject), ("external_id", "in", list(external_ids)),
        ])  # fmt: skip
        return {binding.external_id: binding for binding in found}
