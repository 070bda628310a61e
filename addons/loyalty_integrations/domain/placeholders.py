"""Words in double braces that stand for something of a member: a fixed list, so that a text can't compute anything."""

import re

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def unknown(text, names):
    """What stands in braces in a text and isn't one of these names, in its order.

    >>> unknown("Hello {{ name }}, {{points}} and {{ secret }}", {"name", "points"})
    ['secret']
    """
    return [word for word in PLACEHOLDER.findall(text or "") if word not in names]


def filled(text, values):
    """The text with what each placeholder stands for; it is not read again, whatever a member is called.

    >>> filled("Hello {{ name }}: {{points}}", {"name": "{{ points }}", "points": "5"})
    'Hello {{ points }}: 5'
    """
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text or "")
