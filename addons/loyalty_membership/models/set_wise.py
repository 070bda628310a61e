"""Facts written in one statement, however many: what the ORM does for each record costs more than the rows."""

import json
from datetime import datetime

from odoo import fields
from odoo.tools import SQL


def insert(model, rows, rounding=None):
    """Insert rows of plain stored columns; the records, in the order of the rows.

    For facts alone: nothing fills in defaults, checks constraints other than PostgreSQL's, or tracks.

    :param rows: dicts of column values; False and what a row lacks are NULL
    :param rounding: what monetary columns are rounded to
    """
    if not rows:
        return model.browse()
    names = sorted({name for row in rows for name in row})
    types = (SQL("%s %s", SQL.identifier(name), SQL(model._fields[name].column_type[1])) for name in names)
    values = [{name: value for name, value in row.items() if value is not False} for row in rows]
    created = model.env.execute_query(SQL(
        """INSERT INTO %(table)s (%(columns)s, create_uid, write_uid, create_date, write_date)
           SELECT %(values)s, %(uid)s, %(uid)s, %(now)s, %(now)s
             FROM ROWS FROM (jsonb_to_recordset(%(rows)s::jsonb) AS (%(types)s)) WITH ORDINALITY
            ORDER BY ordinality
        RETURNING id, %(columns)s""",
        table=SQL.identifier(model._table), columns=SQL(", ").join(map(SQL.identifier, names)),
        values=SQL(", ").join(_rounded(model, name, rounding) for name in names), types=SQL(", ").join(types),
        rows=json.dumps(values, default=_text), uid=model.env.uid, now=model.env.cr.now(),
    ))  # fmt: skip
    ids, *columns = zip(*created, strict=True)
    records = model.browse(ids)
    _tell(records, names)
    for name, column in zip(names, columns, strict=True):
        records._fields[name]._insert_cache(records, column)  # as if they had been read
    return records


def _text(value):
    """Odoo keeps no fractions of seconds."""
    return fields.Datetime.to_string(value) if isinstance(value, datetime) else str(value)


def _rounded(model, name, rounding):
    field, column = model._fields[name], SQL.identifier(name)
    if field.type == "monetary":
        return SQL("ROUND(%(column)s / %(unit)s::numeric) * %(unit)s::numeric", column=column, unit=str(rounding))
    if field.type == "float" and (digits := field.get_digits(model.env)):
        return SQL("ROUND(%s, %s)", column, digits[1])
    return column


def _tell(records, names):
    """Let what was computed from such rows be computed anew, and lists of them be read anew."""
    records.modified(names, create=True)
    for name in names:
        for inverse in records.pool.field_inverses[records._fields[name]]:
            records.env[inverse.model_name].invalidate_model([inverse.name])
