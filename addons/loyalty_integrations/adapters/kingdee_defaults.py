"""The mappings that a new connection to Kingdee Cloud starts with."""

from .base import Default

_MEMBER = [
    Default("code", "FNumber", required=True),
    Default("name", "FName", required=True),
    Default("phone", "FTEL"),
    Default("street", "FADDRESS"),
]
_REDEMPTION = [
    Default("code", "FBillNo", required=True),
    Default("date", "FDate", required=True, transforms=("date:%Y-%m-%d",)),
    Default("member_code", "FCustomerID.FNumber", required=True),
    Default("member_name", "FLinkMan"),
    Default("phone", "FLinkPhone"),
    Default("address", "FReceiveAddress"),
    Default("note", "FNote"),
    Default("sku", "FEntity.FMaterialID.FNumber", required=True),
    Default("quantity", "FEntity.FRealQty", required=True),
]


def defaults_of(subject, form, earn_on):
    """List of ``Default``.

    :param form: ``kingdee_forms.Form``
    :param earn_on: "outbound": what is returned is called by the number of the delivery, else by that of the order
    """
    if subject == "member":
        return list(_MEMBER)
    if subject == "redemption":
        return list(_REDEMPTION)
    if subject == "delivery":
        return []
    found = [*_HEAD, *_of_lines(form)]
    if subject == "refund":  # its lines have keys of their own: what is returned is told by its number
        original = "FSrcBillNo" if earn_on == "outbound" else "FOrderNo"
        found = [pair for pair in found if pair[0] != "line_id"]
        found.append(("original_reference", f"{form.entry}.{original}"))
    found = [("customer", form.customer), ("total", f"{form.heads[0]}.FBillAllAmount"), *found]
    return [Default(local, remote, "pull", "remote", required=local in ("reference", "customer")) for local, remote in found]


_HEAD = (("reference", "FBillNo"), ("date", "FDate"))


def _of_lines(form):
    """The material is spelt differently in every form."""
    known = {field.path.lower(): field.path for field in form.fields}
    entry = form.entry.lower()
    quantity = known.get(f"{entry}.fqty") or known[f"{entry}.frealqty"]
    return (
        ("currency", next(path for path in known.values() if path.endswith(".FCode"))),
        ("line_id", form.line_path),
        ("sku", known[f"{entry}.fmaterialid.fnumber"]),
        ("name", known[f"{entry}.fmaterialid.fname"]),
        ("quantity", quantity),
        ("amount", f"{form.entry}.FAllAmount"),
    )
