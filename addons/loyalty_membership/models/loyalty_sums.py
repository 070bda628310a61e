from odoo import api, models
from odoo.tools import SQL, unique

#: More groups than that are added up by PostgreSQL: it is slower, but needs no memory here.
MOST_GROUPS = 100_000


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

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        """Add the finest groups up to the others: PostgreSQL would sort all rows for them, in one process."""
        finest = list(unique(spec for specs in grouping_sets for spec in specs))
        ways = [_WAYS.get(spec if spec in _WAYS else spec.rpartition(":")[2]) for spec in aggregates]
        rows = []
        if all(ways) and order in (None, ", ".join(finest)) and not any(map(self._may_repeat_rows, finest)):
            rows = self._read_group(domain, finest, aggregates, order=order, limit=MOST_GROUPS + 1)
        if not 0 < len(rows) <= MOST_GROUPS:
            return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)
        ranks = [_ranks(column) for column in list(zip(*rows, strict=True))[: len(finest)]]
        return [_added_up(rows, [finest.index(spec) for spec in specs], ways, ranks) for specs in grouping_sets]

    def _may_repeat_rows(self, spec):
        """Whether a row may be in several of these groups, so that they don't add up."""
        name, _colon, _granularity = spec.partition(":")
        return "." in name or self._fields[name].type in ("many2many", "properties")


def _sum(values):
    values = [value for value in values if value is not None and value is not False]
    return sum(values) if values else False


#: How an aggregate of groups follows from those of their parts.
_WAYS = {
    "__count": sum,
    "sum": _sum,
    "sum_currency": _sum,
    "array_agg_distinct": lambda lists: list(unique(value for values in lists for value in values or ())),
}


def _added_up(rows, places, ways, ranks):
    """Group rows of (*groups, *aggregates) by the groups at these places, in their own order."""
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[place] for place in places), []).append(row[len(ranks) :])
    return [
        (*key, *(way(column) for way, column in zip(ways, zip(*groups[key], strict=True), strict=True)))
        for key in sorted(groups, key=lambda key: [ranks[place][value] for place, value in zip(places, key, strict=True)])
    ]


def _ranks(values):
    """The place of each value in their order: of records their model's, of others their own; nothing comes last."""
    distinct = set(values)
    nothing = [value for value in distinct if not value and (type(value) is not int)]
    some = [value for value in distinct if value not in nothing]
    if some and isinstance(some[0], models.BaseModel):
        some = some[0].union(*some).sudo().sorted()
    else:
        some.sort()
    return {value: rank for rank, value in enumerate([*some, *nothing])}
