"""Kingdee K3 Cloud (金蝶云星空): members become customers, redemptions outbound orders; audited documents are purchases."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from ..domain.outcomes import AuthInvalid, Permanent
from .base import (
    FIND,
    PULL_DELIVERY,
    PULL_PURCHASES,
    PUSH_MEMBER,
    PUSH_REDEMPTION,
    Page,
    Record,
    Sent,
    register,
)
from .kingdee_bills import Bills, local, utc
from .kingdee_defaults import defaults_of
from .kingdee_forms import CUSTOMER, ORDER, ORGANISATION, OUTBOUND, RETURN, WAREHOUSE, fields_told
from .kingdee_gifts import Gifts
from .kingdee_members import Members
from .kingdee_wire import quoted

#: Settings that are numbers of records there.
_NUMBERS = (
    ("org_number", ORGANISATION, "organisation"),
    ("stock_number", WAREHOUSE, "warehouse"),
    ("gift_customer", CUSTOMER, "customer"),
)
#: Seconds that clocks may differ, and that time zones do at most.
_SKEW, _ZONES = 600, 26 * 3600

_SUBJECTS = {
    "member": CUSTOMER,
    "redemption": OUTBOUND,
    "sale": ORDER,
    "outbound": OUTBOUND,
    "refund": RETURN,
    "delivery": OUTBOUND,
}


@register
class Kingdee(Members, Gifts):
    """Settings beside those of the parts: earn_on (order or outbound), all_customers, tz, page_size."""

    code = "kingdee"
    flows = frozenset((PUSH_MEMBER, PUSH_REDEMPTION, PULL_PURCHASES, PULL_DELIVERY))
    repeats = {PUSH_MEMBER: FIND, PUSH_REDEMPTION: FIND}
    find_first = frozenset()  # customers of the number are taken over, orders of the number are gone on with
    streams = {PULL_PURCHASES: ("sale", "outbound", "refund"), PULL_DELIVERY: ("delivery",)}
    settings_needed = ("base_url", "acct_id", "user", "app_id", "app_secret")
    rate = (5, 1)

    @cached_property
    def zone(self):
        return ZoneInfo(self.settings.get("tz") or "Asia/Shanghai")

    # ------------------------------------------------------------------
    # What is there
    # ------------------------------------------------------------------

    def check(self):
        for form in (CUSTOMER, self._earning_form(), RETURN, OUTBOUND):
            try:
                self._check_time_zone(form)
            except AuthInvalid as error:
                raise AuthInvalid(f"{form.code}: {error.message}", error.code) from error
        return "; ".join([f"{self.settings['user']} @ {self.settings['acct_id']}", *self._check_numbers()])

    def _check_numbers(self):
        """Look up the numbers that the settings say: hints at those that this user can't look up."""
        hints = []
        for setting, form, label in _NUMBERS:
            number = self.settings.get(setting)
            try:
                found = not number or self.query(form, (form.number,), f"{form.number}={quoted(number)}", limit=1)
            except (AuthInvalid, Permanent) as error:
                hints.append(f"{label} {number} could not be looked up: {error.message}")
                continue
            if not found:
                raise Permanent(f"there is no {label} {number}", "no_such_number")
        group = self.settings.get("customer_group")
        if group and not self.query(CUSTOMER, ("FNumber",), f"FGroup.FNumber={quoted(group)}", limit=1):
            hints.append(f"nobody is in customer group {group} yet: is that its number?")
        return hints

    def _check_time_zone(self, form):
        """Read the form; nothing there was changed hours from now, unless the clock is read wrongly."""
        now = self.clock()
        soon, late = (local(_stamp_of(now + ahead), self.zone) for ahead in (_SKEW, _ZONES))
        where = f"FModifyDate>='{soon}' and FModifyDate<'{late}'"
        for row in self.query(form, (form.number, "FModifyDate"), where, limit=1):
            if utc(row["FModifyDate"], self.zone) > _stamp_of(self.server_now + _SKEW):  # else its clock is ahead of ours
                told = f"{row[form.number]} was changed in the future, at {row['FModifyDate']}: is Time Zone There right?"
                raise Permanent(told, "time_zone")

    def discover(self, subject):
        form = _SUBJECTS[subject]
        try:
            told = self.ask("QueryBusinessInfo", "", {"FormId": form.code}, safe=True)
        except Permanent:  # older servers don't have it
            told = {}
        found = {field.path: field for field in (*form.fields, *fields_told(told, form, self.who["lcid"]))}
        return list(found.values())

    def defaults(self, subject):
        return defaults_of(subject, _SUBJECTS[subject], self.settings.get("earn_on"))

    # ------------------------------------------------------------------
    # Pushes
    # ------------------------------------------------------------------

    def push(self, flow, payload, key, external_id=""):
        if flow == PUSH_MEMBER:
            return self._push_member(payload, external_id)
        return self._push_redemption(payload, key, external_id)

    def number_there(self, flow, payload, key):
        if flow == PUSH_REDEMPTION and payload:
            return self.bill_number(payload, key)
        return ""

    def find(self, flow, payload, key):
        if flow == PUSH_MEMBER:
            identity, _state = self._customer(self._member_values(payload)["FNumber"])
            return Sent(identity, detail="found by its number") if identity else None
        identity, state = self._document(self.bill_number(payload, key))
        # one that stopped half-way isn't there yet: sent again, it goes on from where it is
        return Sent(identity, detail=f"document status {state}") if self._arrived(state) else None

    # ------------------------------------------------------------------
    # Pulls
    # ------------------------------------------------------------------

    def _earning_form(self):
        return OUTBOUND if self.settings.get("earn_on") == "outbound" else ORDER

    def read_page(self, stream, cursor, paths):
        form = _SUBJECTS[stream]
        if stream == "delivery":
            return self._deliveries(cursor)
        if stream != "refund" and form is not self._earning_form():
            return Page([], cursor, True)  # the same goods would count twice
        counts = "(FDocumentStatus='C' or FDocumentStatus='D')"  # or has counted, before it was un-audited
        return self._bills(form, counts, self._is_purchase).page(cursor, paths)

    def _bills(self, form, where, wanted):
        return Bills(self, form, self.zone, where, wanted, int(self.settings.get("page_size") or 1000))

    def _is_purchase(self, number, customer):
        """Neither a gift of ours nor, unless they are wanted, of a customer who didn't come from here."""
        ours = customer.startswith(self.prefix) or self._is_on("all_customers", "0")
        return ours and not number.startswith(self.prefix)

    def _deliveries(self, cursor):
        """What became of our gifts; an audited outbound order has left the stock. Nobody maps these: the values are ours."""
        where = f"FBillNo like {quoted(self.prefix + '%')}"
        bills = self._bills(OUTBOUND, where, lambda number, _customer: number.startswith(self.prefix))
        page = bills.page(cursor, ("FBillNo", "FDocumentStatus", "FApproveDate", "FCarriageNO", "FCarrierID.FName"))
        return replace(page, records=[replace(record, values=_delivered(record.values)) for record in page.records])

    def daily(self, since, until, kind="purchase"):
        """Audited documents that count, by the day of FDate; their sum in whatever currency they are."""
        form, days, after = RETURN if kind == "refund" else self._earning_form(), {}, 0
        customer, total = f"{form.customer}.FNumber", f"{form.heads[0]}.FBillAllAmount"
        window = f"FDocumentStatus='C' and FDate>='{since} 00:00:00' and FDate<'{until} 00:00:00'"
        paths, size = (form.pk, form.number, customer, "FDate", total), int(self.settings.get("page_size") or 1000)
        while rows := self.query(form, paths, f"{window} and FID>{after}", "FID", size):
            for row in rows:
                if self._is_purchase(str(row[form.number]), str(row[customer] or "")):
                    days.setdefault(str(row["FDate"])[:10], {})[str(row[form.number])] = float(row[total] or 0)
            after = int(rows[-1][form.pk])
        return {day: (len(bills), sum(bills.values()), bills) for day, bills in days.items()}

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
            Record(str(row["FCUSTID"]), self._as_sent(row, asked), utc(row["FModifyDate"], self.zone))
            for row in rows
            if self._is_ours(row) and str(row["FNumber"]).startswith(self.prefix)
        ]
        if not rows:
            return Page([], {}, True)
        return Page(records, {"after": str(rows[-1]["FCUSTID"])}, False)

    def _as_sent(self, row, paths):
        """Values of a customer as a push is given them: the number without our beginning."""
        return {path: row[path].removeprefix(self.prefix) if path == CUSTOMER.number else row[path] for path in paths}

    def there(self, subject, external_ids):
        numbers = ",".join(str(int(number)) for number in external_ids)
        rows = self.query(CUSTOMER, ("FCUSTID",), f"FCUSTID in ({numbers})", limit=len(external_ids))
        return {str(row["FCUSTID"]) for row in rows}


def _stamp_of(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _delivered(values):
    """
    >>> _delivered({"FBillNo": "LOY-7", "FDocumentStatus": "C", "FApproveDate": "2026-01-15T02:00:00.000Z"})["state"]
    'delivered'
    """
    done = values["FDocumentStatus"] == "C"
    return {
        "reference": values["FBillNo"],
        "state": "delivered" if done else "open",
        "date": values.get("FApproveDate") if done else None,
        "tracking": values.get("FCarriageNO") or None,
        "carrier": values.get("FCarrierID.FName") or None,
    }
