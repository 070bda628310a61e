"""Reading documents of Kingdee Cloud page by page, without missing one.

A document is read when it was changed *or audited* in the window: auditing sets FApproveDate and leaves FModifyDate alone, so
that a document saved on Monday and audited on Wednesday is new on Wednesday only by the former. Inside of a window, pages go by
FID, a whole number, and no time is ever compared for equality (times come back rounded). The next window begins some minutes
before the newest document that this one has seen, for transactions that end late, and never behind the time when the reading
began: what is changed while we read comes with the next. So nothing depends on the other clock or its time zone being right.
"""

from datetime import UTC, datetime, timedelta

from .base import Page, Record

OVERLAP = timedelta(minutes=5)
#: A page with fewer rows than this was not cut by any server's own limit.
UNCUT = 100
#: Status of a document that was audited once and is to be audited anew.
UNAUDITED = "D"


def utc(text, zone):
    """A moment of the server's clock, as sortable text; "" of none.

    >>> from zoneinfo import ZoneInfo
    >>> utc("2026-01-15T10:02:03.12", ZoneInfo("Asia/Shanghai"))
    '2026-01-15T02:02:03.120Z'
    """
    if not text:
        return ""
    whole, _, fraction = str(text).replace(" ", "T").partition(".")
    moment = datetime.fromisoformat(whole).replace(microsecond=int((fraction + "000000")[:6]), tzinfo=zone)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(text, zone):
    """The other way round, for filters: whole seconds.

    >>> from zoneinfo import ZoneInfo
    >>> local("2026-01-15T02:02:03.120Z", ZoneInfo("Asia/Shanghai"))
    '2026-01-15 10:02:03'
    """
    return _moment(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _moment(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(moment):
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Bills:
    """Documents of one form.

    :param wire: ``kingdee_wire.Wire``
    :param form: ``kingdee_forms.Form``
    :param zone: the server's time zone
    :param where: what else a filter says
    :param wanted: function of a document's number and its customer's
    """

    def __init__(self, wire, form, zone, where="", wanted=lambda number, customer: True, page_size=1000):
        self.wire, self.form, self.zone = wire, form, zone
        self.where, self.wanted, self.page_size = where, wanted, page_size
        self._types = {field.path: field.type for field in form.fields}

    def page(self, cursor, paths):
        """The next page, as of ``Adapter.read_page``. A record is complete: all its lines, or it comes with the next page."""
        cursor = self._opened(cursor)
        head, lines = self._paths(paths)
        where = " and ".join(filter(None, (self._window(cursor), self.where, f"FID>{int(cursor['after'])}")))
        rows = self.wire.query(self.form, head + lines, where, "FID", self.page_size)
        cursor |= self._seen(cursor, rows)
        bills = _grouped(rows)
        done = len(rows) < min(UNCUT, self.page_size)
        if not done and lines:
            self._complete(bills, head + lines)
        last = max(bills, default=cursor["after"], key=int)
        records = [self._record(bill, paths) for bill in bills.values() if self._is_wanted(bill[0])]
        return Page(records, self._after(cursor, last, done or not rows), done or not rows)

    def _is_wanted(self, row):
        return self.wanted(str(row[self.form.number]), str(row[f"{self.form.customer}.FNumber"] or ""))

    def _opened(self, cursor):
        if "until" in cursor:
            return cursor
        now = _stamp(datetime.fromtimestamp(self.wire.clock(), UTC))
        return {"since": cursor.get("since") or "", "until": now, "after": "0", "seen": ""}

    def _seen(self, cursor, rows):
        """When the reading began, by the earlier of both clocks, and the newest moment until then that was read."""
        until = min(cursor["until"], _stamp(datetime.fromtimestamp(self.wire.server_now, UTC)))
        moments = (utc(row[name], self.zone) for row in rows for name in ("FModifyDate", "FApproveDate"))
        past = (moment for moment in moments if moment and _moment(moment) <= _moment(until))
        return {"until": until, "seen": max(past, default="", key=_moment) or cursor.get("seen", "")}

    @staticmethod
    def _after(cursor, last, done):
        if not done:
            return cursor | {"after": str(last)}
        seen, since = cursor["seen"], cursor["since"]
        return {"since": max(since, _stamp(_moment(seen) - OVERLAP)) if seen else since}

    def _window(self, cursor):
        """Without an end: what seems to come from the future was written by a clock that is ahead, or in another time zone."""
        if not cursor["since"]:
            return ""
        since = f">='{local(cursor['since'], self.zone)}'"
        return f"(FModifyDate{since} or FApproveDate{since})"

    def _paths(self, paths):
        always = (
            self.form.pk, self.form.number, f"{self.form.customer}.FNumber", "FModifyDate", "FApproveDate", "FDocumentStatus",
        )  # fmt: skip
        head = [path for path in dict.fromkeys((*always, *paths)) if not self.form.is_line(path)]
        lines = [path for path in paths if self.form.is_line(path)]
        return head, list(dict.fromkeys([self.form.line_path, *lines])) if lines else []

    def _complete(self, bills, paths):
        """See to it that the last document has all its lines: leave it to the next page or, alone, read it line by line."""
        identity, rows = bills.popitem()
        if bills:
            return
        where, order = f"FID={int(identity)}", f"FID,{self.form.asked(self.form.line_path)}"
        rows = []
        while page := self.wire.query(self.form, paths, where, order, self.page_size, start=len(rows)):
            rows += page
        if rows:  # it is still there
            bills[identity] = rows

    def _record(self, rows, paths):
        head = rows[0]
        line_path = self.form.line_path
        lines = {row[line_path]: row for row in rows} if line_path in head else {}
        return Record(
            id=str(head[self.form.pk]),
            values={path: self.said(path, head[path]) for path in paths},  # of lines, what the first one says
            withdrawn="unaudited" if head["FDocumentStatus"] == UNAUDITED else "",
            modified=max(utc(head["FModifyDate"], self.zone), utc(head["FApproveDate"], self.zone)),
            lines=tuple(
                {path: self.said(path, lines[key][path]) for path in lines[key] if self.form.is_line(path)}
                for key in sorted(lines, key=int)
            ),
        )

    def said(self, path, value):
        """A value as mappings take it: moments in UTC, days without a time, long keys as text."""
        kind = self._types.get(path)
        if kind == "datetime":
            return utc(value, self.zone)
        if kind == "date":
            return str(value or "")[:10]
        if isinstance(value, int) and abs(value) > 2**53:
            return str(value)
        return value


def _grouped(rows):
    """Rows by their document, in order."""
    bills = {}
    for row in rows:
        bills.setdefault(str(next(iter(row.values()))), []).append(row)
    return bills
