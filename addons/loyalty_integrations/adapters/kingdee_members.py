"""Members as customers of Kingdee Cloud."""

from ..domain.outcomes import Gone, Permanent
from .base import Sent
from .kingdee_forms import CUSTOMER, nest
from .kingdee_wire import Wire, quoted

#: What a customer has been created with can't be changed later.
_FOR_EVER = {"FNumber", "FCreateOrgId", "FUseOrgId"}


class Members(Wire):
    """Settings: prefix, org_number, customer_group, member_audit."""

    def _member_values(self, payload):
        number = str(payload.get("FNumber") or "")
        if not number:
            raise Permanent("the mapping gives no FNumber, without which a customer can't be found again", "no_number")
        return payload | {"FNumber": self._ours(number)}

    def _push_member(self, payload, external_id):
        if external_id:
            return self._change_customer(external_id, payload)
        values = self._member_values(payload)
        try:
            return self._create_customer(values)
        except Permanent:
            identity, state = self._customer(values["FNumber"])  # is it refused because it is there?
            if not identity:
                raise
        sent = self._change_customer(identity, values)
        self._audit_customer(identity, state)
        return sent

    def _create_customer(self, values):
        organisation, group = self.settings.get("org_number"), self.settings.get("customer_group")
        given = {"FCUSTID": 0}
        if organisation:
            given |= {"FCreateOrgId.FNumber": organisation, "FUseOrgId.FNumber": organisation}
        if group:
            given["FGroup.FNumber"] = group
        identity = self._save(CUSTOMER, nest(given | values, CUSTOMER), audit=self._is_on("member_audit", "1"))
        return Sent(identity, created=True)

    def _change_customer(self, identity, values):
        values = {path: value for path, value in values.items() if path.partition(".")[0] not in _FOR_EVER}
        if not values:
            return Sent(str(identity))
        model = nest(values, CUSTOMER)
        update = list(model)
        for head in CUSTOMER.heads:
            update += model.get(head, ())
        try:
            self._save(CUSTOMER, {"FCUSTID": int(identity)} | model, update)
        except Permanent as error:
            if self.query(CUSTOMER, ("FCUSTID",), f"FCUSTID={int(identity)}", limit=1):
                raise
            raise Gone(error.message, error.code) from error
        return Sent(str(identity))

    def _audit_customer(self, identity, state):
        """Do what saving has left undone: a customer whose audit was refused is there all the same, and of no use."""
        data = {"CreateOrgId": 0, "Numbers": [], "Ids": identity, "NetworkCtrl": ""}
        for service, before in (("Submit", "ZAD"), ("Audit", "ZADB")):
            if state in before and self._is_on("member_audit", "1"):
                self.ask(service, CUSTOMER.code, data)

    def _customer(self, number):
        """``(id, document status)`` of our organisation's customer with this number; ("", "") of none."""
        paths = ("FCUSTID", "FDocumentStatus", "FUseOrgId.FNumber")
        rows = self.query(CUSTOMER, paths, f"FNumber={quoted(number)}", limit=100)
        return next(((str(row["FCUSTID"]), row["FDocumentStatus"]) for row in rows if self._is_ours(row)), ("", ""))

    def _is_ours(self, row):
        """Customers are copied to every organisation that they are assigned to, with the same number."""
        organisation = self.settings.get("org_number")
        return not organisation or str(row["FUseOrgId.FNumber"] or "") in ("", organisation)
