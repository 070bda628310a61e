"""Tills and shops that send their tickets to us: there is nobody to call."""

from .base import PULL_PURCHASES, Adapter, register


@register
class Till(Adapter):
    code = "till"
    flows = frozenset({PULL_PURCHASES})
    rate = (50, 1)

    def check(self):
        return "ready for tickets"
