from odoo.fields import Domain
from odoo.tools import SQL


def one_of(name, values):
    """Domain of the records whose text field is one of these, each looked up by itself.

    Of a whole list (``in``) PostgreSQL thinks that a trigram index, which is there for the ends of numbers, were quicker
    than the unique one, and from some hundred on it is a thousand times slower.
    """
    texts = list(values)
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "%s IN (SELECT unnest(%s::text[]))", model._field_to_sql(alias, name, query), texts
        )
    )
