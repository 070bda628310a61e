"""Kingdee K3 Cloud (金蝶云星空): members become customers, redemptions outbound orders; audited documents are purchases."""

import hashlib
from functools import cached_property
from zoneinfo import ZoneInfo

from ..domain.outcomes import AuthInvalid, Gone, Permanent
from .base import (
    FIND,
    PULL_DELIVERY,
    PULL_PURCHASES,
    PUSH_MEMBER,
    PUSH_REDEMPTION,
    Default,
    Page,
    Record,
    Sent,
    register,
)
from .kingdee_bills import Bills, utc
from .kingdee_forms import CUSTOMER, ORDER, OUTBOUND, RETURN, fields_told, nest
from .kingdee_wire import Wire, quoted

_SUBJECTS = {
    "member": CUSTOMER,
    "redemption": OUTBOUND,
    "sale": ORDER,
    "outbound": OUTBOUND,
    "return": RETURN,
    "delivery": OUTBOUND,
}
#: What a customer has been created with can't be changed later.
_FOR_EVER = {"FNumber", "FCreateOrgId", "FUseOrgId"}
#: Longest number of a document.
_NUMBER = 30
_STEPS = ("save", "submit", "audit")


@register
class Kingdee(Wire):
    """Settings beside those of ``Wire``: prefix of our numbers, customer_group, member_audit, bill_type, stock_number,
    currency, redemption_until (save, submit or audit), earn_on (order or outbound), tz, since, page_size."""

    code = "kingdee"
    flows = frozenset((PUSH_MEMBER, PUSH_REDEMPTION, PULL_PURCHASES, PULL_DELIVERY))
    repeats = {PUSH_MEMBER: FIND, PUSH_REDEMPTION: FIND}
    streams = {PULL_PURCHASES: ("sale", "outbound", "return"), PULL_DELIVERY: ("delivery",)}
    settings_needed = ("base_url", "acct_id", "user", "app_id", "app_secret")
    rate = (5, 1)

    @cached_property
    def zone(self):
        return ZoneInfo(self.settings.get("tz") or "Asia/Shanghai")

    @property
    def prefix(self):
        return self.settings.get("prefix") or "LOY-"

    def _is_on(self, setting, otherwise):
        return str(self.settings.get(setting) or otherwise).lower() in ("1", "true", "yes")

    # ------------------------------------------------------------------
    # What is there
    # ------------------------------------------------------------------

    def check(self):
        for form in (CUSTOMER, self._earning_form(), RETURN, OUTBOUND):
            try:
                self.query(form, (form.number,), limit=1)
            except AuthInvalid as error:
                raise AuthInvalid(f"{form.code}: {error.message}", error.code) from error
        return f"{self.settings['user']} @ {self.settings['acct_id']}"

    def discover(self, subject):
        form = _SUBJECTS[subject]
        try:
            told = self.ask("QueryBusinessInfo", "", {"FormId": form.code}, safe=True)
        except Permanent:  # older servers don't have it
            told = {}
        found = {field.path: field for field in (*form.fields, *fields_told(told, form, self.who["lcid"]))}
        return list(found.values())

    def defaults(self, subject):
        return _DEFAULTS.get(subject, [])

    # ------------------------------------------------------------------
    # Pushes
    # ------------------------------------------------------------------

    def push(self, flow, payload, key, external_id=""):
        if flow == PUSH_MEMBER:
            return self._push_member(payload, external_id)
        return self._push_redemption(payload, key)

    def find(self, flow, payload, key):
        if flow == PUSH_MEMBER:
            identity = self._customer(self._member_values(payload)["FNumber"])
            return Sent(identity, detail="found by its number") if identity else None
        identity, state = self._document(self.bill_number(key))
        # one that stopped half-way isn't there yet: sent again, it goes on from where it is
        return Sent(identity, detail=f"document status {state}") if self._arrived(state) else None

    def _save(self, form, model, update=(), audit=False):
        """Save a record: its id, as text."""
        data = {
            "NeedUpDateFields": list(update),
            "NeedReturnFields": [form.number],
            "IsDeleteEntry": "false",  # otherwise lines that are left out are deleted
            "IsVerifyBaseDataField": "false",
            "IsAutoSubmitAndAudit": "true" if audit else "false",
            "InterationFlags": "",
            "Model": model,
        }
        result = self.ask("Save", form.code, data).get("Result") or {}
        saved = (result.get("ResponseStatus") or {}).get("SuccessEntitys") or [{}]
        return str(result.get("Id") or saved[0].get("Id") or "")

    # Members

    def _member_values(self, payload):
        number = str(payload.get("FNumber") or "")
        if not number:
            raise Permanent("the mapping gives no FNumber, without which a customer can't be found again", "no_number")
        return payload | {"FNumber": number if number.startswith(self.prefix) else self.prefix + number}

    def _push_member(self, payload, external_id):
        values = self._member_values(payload)
        if external_id:
            return self._change_customer(external_id, values)
        try:
            return self._create_customer(values)
        except Permanent:
            identity = self._customer(values["FNumber"])  # is it refused because it is there?
            if not identity:
                raise
        return self._change_customer(identity, values)

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

    def _customer(self, number):
        """The id of our organisation's customer with this number; "" of none."""
        paths = ("FCUSTID", "FNumber", "FUseOrgId.FNumber")
        rows = self.query(CUSTOMER, paths, f"FNumber={quoted(number)}", limit=100)
        return next((str(row["FCUSTID"]) for row in rows if self._is_ours(row)), "")

    def _is_ours(self, row):
        """Customers are copied to every organisation that they are assigned to, with the same number."""
        organisation = self.settings.get("org_number")
        return not organisation or str(row["FUseOrgId.FNumber"] or "") in ("", organisation)

    # Redemptions

    def bill_number(self, key):
        """Our own number of the document of this push."""
        number = self.prefix + key
        if len(number) > _NUMBER:
            number = self.prefix + hashlib.sha256(key.encode()).hexdigest()[: _NUMBER - len(self.prefix)]
        return number

    def _push_redemption(self, payload, key):
        """Save, submit, audit: whichever of it is still to be done."""
        number = self.bill_number(key)
        identity, state = self._document(number)
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
        return {path: value for path, value in given.items() if value is not None and value != ""} | payload | {"FBillNo": number}

    def _step(self, service, number, identity):
        """One step forward: the document's state after it. One that is refused because it was done is done."""
        data = {"CreateOrgId": 0, "Numbers": [], "Ids": identity, "NetworkCtrl": ""}
        reached = {"Submit": "B", "Audit": "C"}[service]
        try:
            self.ask(service, OUTBOUND.code, data)
        except Permanent:
            _identity, state = self._document(number)
            if not state or state < reached or state > "C":
                raise
            return state
        return reached

    def _document(self, number):
        """``(id, document status)`` of our outbound order with this number; ("", "") of none."""
        paths = ("FID", "FDocumentStatus")
        rows = self.query(OUTBOUND, paths, f"FBillNo={quoted(number)}", limit=1)
        return (str(rows[0]["FID"]), rows[0]["FDocumentStatus"]) if rows else ("", "")

    def _arrived(self, state):
        wanted = _STEPS.index(self.settings.get("redemption_until") or "audit")
        return state in ("A", "B", "C") and "ABC".index(state) >= wanted

    # ------------------------------------------------------------------
    # Pulls
    # ------------------------------------------------------------------

    def _earning_form(self):
        return OUTBOUND if self.settings.get("earn_on") == "outbound" else ORDER

    def read_page(self, stream, cursor, paths):
        form = _SUBJECTS[stream]
        if stream in ("sale", "outbound") and form is not self._earning_form():
            return Page([], cursor, True)  # would count the same goods twice
        where, wanted = "FDocumentStatus='C'", lambda number: not number.startswith(self.prefix)
        if stream == "delivery":
            where, wanted = f"FBillNo like {quoted(self.prefix + '%')}", lambda number: number.startswith(self.prefix)
        bills = Bills(self, form, self.zone, where, wanted, int(self.settings.get("page_size") or 1000))
        since = cursor or ({"since": utc(self.settings["since"], self.zone)} if self.settings.get("since") else {})
        return bills.page(since, paths)

    def listing(self, subject, cursor, paths):
        """All customers of ours, to be compared with what was sent: as of ``read_page``, from the first on."""
        if subject != "member":
            raise NotImplementedError(subject)
        limit = int(self.settings.get("page_size") or 1000)
        always = ("FCUSTID", "FNumber", "FUseOrgId.FNumber", "FModifyDate")
        asked = tuple(dict.fromkeys((*always, *paths)))
        after = int(cursor.get("after") or 0)
        where = f"FNumber like {quoted(self.prefix + '%')} and FCUSTID>{after}"
        rows = self.query(CUSTOMER, asked, where, "FCUSTID", limit)
        records = [
            Record(str(row["FCUSTID"]), {path: row[path] for path in asked}, utc(row["FModifyDate"], self.zone))
            for row in rows
            if self._is_ours(row) and str(row["FNumber"]).startswith(self.prefix)
        ]
        if not rows:
            return Page([], {}, True)
        return Page(records, {"after": str(rows[-1]["FCUSTID"])}, False)


_DEFAULTS = {
    "member": [
        Default("number", "FNumber", required=True, only_create=True),
        Default("name", "FName", required=True),
        Default("phone", "FTEL"),
    ],
}
