"""What this side has to say about a member, a redemption or a purchase: the fields that a mapping picks from.

Values are plain JSON: text, numbers, ``true``/``false``, dates ``2026-01-15``, moments ``2026-01-15T08:00:00Z``, lists of names;
``null`` is nothing.
"""

from dataclasses import dataclass

#: Prefix of a program's own member fields.
PROPERTY = "property_"
#: By which a record there is known to be a member here, where nothing binds them yet.
KEY = "code"


@dataclass(frozen=True)
class Local:
    """``pulled``: may be changed by another system; ``of_line``: said by each line of a document, not by its head."""

    name: str
    type: str
    label: str
    pulled: bool = False
    of_line: bool = False


_MEMBER = (
    Local("code", "char", "Member Number"),
    Local("name", "char", "Name", pulled=True),
    Local("phone", "char", "Phone", pulled=True),
    Local("email", "char", "E-mail", pulled=True),
    Local("birthdate", "date", "Birthday", pulled=True),
    Local("gender", "selection", "Gender", pulled=True),
    Local("street", "char", "Street", pulled=True),
    Local("street2", "char", "Street 2", pulled=True),
    Local("city", "char", "City", pulled=True),
    Local("province", "char", "Province", pulled=True),
    Local("zip", "char", "Postal Code", pulled=True),
    Local("country", "char", "Country Code", pulled=True),
    Local("tags", "tags", "Tags", pulled=True),
    Local("state", "selection", "Member State"),
    Local("joined_on", "date", "Joined On"),
    Local("store", "char", "Store"),
    Local("source", "char", "Source"),
    Local("tier_code", "char", "Tier Code"),
    Local("tier_name", "char", "Tier"),
    Local("next_tier_name", "char", "Next Tier"),
    Local("points", "float", "Points"),
    Local("points_pending", "float", "Points Pending"),
    Local("points_debt", "float", "Points Owed"),
    Local("points_expiring", "float", "Points That Expire Next"),
    Local("points_expiring_on", "date", "Points Expire On"),
    Local("qualifying_points", "float", "Qualifying Points"),
    Local("purchase_amount", "float", "Spend"),
    Local("purchase_count", "integer", "Number of Purchases"),
    Local("average_purchase", "float", "Average Purchase"),
    Local("last_purchase_on", "date", "Last Purchase On"),
    Local("external_id", "char", "ID in the Other System"),
)
_REDEMPTION = (
    Local("code", "char", "Redemption Number"),
    Local("member_code", "char", "Member Number"),
    Local("member_name", "char", "Member Name"),
    Local("phone", "char", "Phone"),
    Local("address", "char", "Address"),
    Local("item", "char", "Item"),
    Local("sku", "char", "SKU"),
    Local("quantity", "integer", "Quantity"),
    Local("points", "float", "Points Spent"),
    Local("money", "float", "Money"),
    Local("store", "char", "Store"),
    Local("date", "datetime", "Date"),
    Local("note", "char", "Note"),
)
_POINTS = (
    Local("entry_id", "integer", "Points Entry ID"),
    Local("code", "char", "Member Number"),
    Local("name", "char", "Member Name"),
    Local("member_external_id", "char", "Member's ID in the Other System"),
    Local("kind", "selection", "Kind"),
    Local("points", "float", "Points"),
    Local("qualifying_points", "float", "Qualifying Points"),
    Local("date", "datetime", "Date"),
    Local("expires_on", "date", "Expires On"),
    Local("explanation", "char", "Explanation"),
    Local("reference", "char", "Reference of the Purchase"),
    Local("store", "char", "Store"),
)
_PURCHASE = (
    Local("reference", "char", "Reference", pulled=True),
    Local("original_reference", "char", "Reference of the Purchase", pulled=True),
    Local("date", "datetime", "Date", pulled=True),
    Local("store", "char", "Store", pulled=True),
    Local("currency", "char", "Currency", pulled=True),
    Local("member", "char", "Member (Number, Phone or E-mail)", pulled=True),
    Local("customer", "char", "Customer ID in the Other System", pulled=True),
    Local("total", "float", "Total", pulled=True),
    Local("line_id", "char", "Line ID", pulled=True, of_line=True),
    Local("sku", "char", "SKU", pulled=True, of_line=True),
    Local("name", "char", "Product Name", pulled=True, of_line=True),
    Local("category", "char", "Product Category", pulled=True, of_line=True),
    Local("quantity", "float", "Quantity", pulled=True, of_line=True),
    Local("amount", "float", "Amount", pulled=True, of_line=True),
)

KINDS = {"member": _MEMBER, "redemption": _REDEMPTION, "points": _POINTS, "purchase": _PURCHASE}


def locals_of(kind):
    """Dict name -> ``Local`` of a kind of records.

    >>> locals_of("member")["points"].pulled, locals_of("member")["email"].pulled
    (False, True)
    >>> [name for name, local in locals_of("purchase").items() if local.of_line][:2]
    ['line_id', 'sku']
    """
    return {local.name: local for local in KINDS[kind]}


def every():
    """("kind.name", label) of all fields there are.

    >>> dict(every())["member.code"], dict(every())["redemption.code"]
    ('Member Number', 'Redemption Number')
    """
    return [(f"{kind}.{local.name}", local.label) for kind, known in KINDS.items() for local in known]
