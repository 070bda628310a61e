from odoo import models
from odoo.tools import SQL


class LoyaltySums(models.AbstractModel):
    """A table of so many rows that PostgreSQL should share the work of adding them up among its processes."""

    _name = "loyalty.sums"
    _description = "Sums Over Many Rows"

    def _read_group_select(self, aggregate_spec, query):
        """Tell at most two currencies: that there are several is all that the screens ask, and DISTINCT can't be shared."""
        if aggregate_spec != "currency_id:array_agg_distinct":
            return super()._read_group_select(aggregate_spec, query)
        currency = self._field_to_sql(self._table, "currency_id", query)
        return SQL("ARRAY_REMOVE(ARRAY[MIN(%(it)s), NULLIF(MAX(%(it)s), MIN(%(it)s))], NULL)", it=currency)
