"""What a line of an order is due for, whatever was delivered, invoiced, paid, returned and credited."""

from typing import NamedTuple


class Terms(NamedTuple):
    """What an order is settled by.

    :param earn_on: ``confirm``, ``delivery`` or ``payment``
    :param amount_field: the field of order and invoice lines that counts, ``price_total`` or ``price_subtotal``
    """

    earn_on: str
    amount_field: str
