"""Redeemed gifts as outbound orders of Kingdee Cloud: saved, submitted, audited."""

import hashlib

from ..domain.outcomes import Permanent
from .base import Sent
from .kingdee_forms import OUTBOUND, nest
from .kingdee_wire import Wire, quoted

#: Longest number of a document.
_NUMBER = 30
_STEPS = ("save", "submit", "audit")


class Gifts(Wire):
    """Settings: prefix, org_number, bill_type, stock_number, currency, gift_customer; redemption_until: save, submit or audit."""

    def bill_number(self, payload, key):
        """Our own number of the document of this push: readable, and never that of another push."""
        told = payload.get("FBillNo")
        number = f"{self.prefix}{told}-{key[:6]}" if told else self.prefix + key
        if len(number) > _NUMBER:
            number = self.prefix + hashlib.sha256(key.encode()).hexdigest()[: _NUMBER - len(self.prefix)]
        return number

    def _push_redemption(self, payload, key, external_id=""):
        """Save, submit, audit: whichever of it is still to be done."""
        number = self.bill_number(payload, key)
        identity, state = self._document(number)
        if not identity and external_id:
            identity, state = self._numbered_there(external_id)
        created = not identity
        if created:
            identity, state = self._save(OUTBOUND, nest(self._outbound_values(payload, number), OUTBOUND)), "A"
        elif state == "D":
            raise Permanent(f"{number} was sent back for changes; mend and audit it in Kingdee", "sent_back")
        for service, before in (("Submit", "ZA"), ("Audit", "B")):
            if not self._arrived(state) and state in before:
                state = self._step(service, number, identity)
        return Sent(identity, created, f"{number}: document status {state}")

    def _outbound_values(self, payload, number):
        organisation, setting = self.settings.get("org_number"), self.settings.get
        given = {
            "FID": 0,
            "FBillTypeID.FNumber": setting("bill_type") or "XSCKD01_SYS",
            "FSaleOrgId.FNumber": organisation,
            "FStockOrgId.FNumber": organisation,
            "FOwnerTypeIdHead": "BD_OwnerOrg",
            "SubHeadEntity.FSettleOrgID.FNumber": organisation,
            "SubHeadEntity.FSettleCurrID.FNumber": setting("currency") or "PRE001",
            "FEntity.FStockID.FNumber": setting("stock_number"),
            "FEntity.FIsFree": True,
        }
        given = {path: value for path, value in given.items() if value is not None and value != ""}
        customer = setting("gift_customer") or self._ours(payload.get("FCustomerID.FNumber"))
        return given | payload | {"FBillNo": number, "FCustomerID.FNumber": customer}

    def _step(self, service, number, identity):
        """One step forward: the document's state after it. One that is refused because it was done is done."""
        data = {"CreateOrgId": 0, "Numbers": [], "Ids": identity, "NetworkCtrl": ""}
        reached = {"Submit": "B", "Audit": "C"}[service]
        try:
            self.ask(service, OUTBOUND.code, data)
        except Permanent:
            _identity, state = self._document(number)
            state = state or self._numbered_there(identity)[1]
            if not state or state < reached or state > "C":
                raise
            return state
        return reached

    def _numbered_there(self, identity):
        """As ``_document``, of the order that was made of this redemption under a number that isn't ours."""
        paths = ("FDocumentStatus", "FBillNo")
        rows = self.query(OUTBOUND, paths, f"FID={int(identity)}", limit=1)
        if not rows or str(rows[0]["FBillNo"]).startswith(self.prefix):  # another push's
            return "", ""
        return identity, rows[0]["FDocumentStatus"]

    def _document(self, number):
        """``(id, document status)`` of our outbound order with this number; ("", "") of none."""
        paths = ("FID", "FDocumentStatus")
        rows = self.query(OUTBOUND, paths, f"FBillNo={quoted(number)}", limit=1)
        return (str(rows[0]["FID"]), rows[0]["FDocumentStatus"]) if rows else ("", "")

    def _arrived(self, state):
        wanted = _STEPS.index(self.settings.get("redemption_until") or "audit")
        return state in ("A", "B", "C") and "ABC".index(state) >= wanted
