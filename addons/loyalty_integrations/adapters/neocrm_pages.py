"""How Neocrm is read: everything at first by scrolling, then what has changed, page by page behind the last (time, id)."""

from ..domain.outcomes import Permanent
from . import neocrm_values as values
from . import neocrm_wire as wire
from . import neocrm_xoql as xoql
from .base import Field, Page, Record

#: How far a new run reaches back behind the last record, in milliseconds: writes become visible late.
OVERLAP = 300_000
#: How far behind now it may begin although nothing has changed since: the clock that stamps records may be so much late.
SKEW = 3_600_000
LIMIT = 100
BATCH = 2000
_QUERY, _SCROLL = "/rest/data/v2.0/query/xoql", "/rest/data/v2.0/query/xoqlScroll"


def pick(record, path):
    """A value of a record, be it flat (``{"accountId.phone": …}``) or nested; the id of what is referred to.

    >>> pick({"a.b": 1}, "a.b"), pick({"a": {"id": 7, "b": 1}}, "a.b"), pick({"a": {"id": 7}}, "a"), pick({}, "a.b")
    (1, 1, 7, None)
    """
    if path not in record and "." in path:
        first, rest = path.split(".", 1)
        inner = record.get(first)
        return inner.get(rest) if isinstance(inner, dict) else None
    value = record.get(path)
    return value.get("id") if isinstance(value, dict) else value


class Pages:
    """The reading half of the adapter."""

    @property
    def won_field(self):
        return xoql.path(self.settings.get("won_field") or "saleStageId")

    def stream_of(self, stream):
        """(object, conditions) of a stream."""
        if stream != "won_deal":
            kind = self.settings.get("entity_type")
            return self.entity, [f"entityType = {xoql.number(kind)}"] if kind else []
        if not self.settings.get("won_stage"):
            raise Permanent("say in the connection which stage a won deal has", "no_won_stage")
        return "opportunity", [xoql.one_of(self.won_field, self.settings["won_stage"])]

    def query(self, entity, paths, where=(), order=(), limit=LIMIT):
        """Some records: list of ``{"id", "values"}``."""
        rows, _body, _answer = self._rows(_QUERY, {"xoql": xoql.select(entity, paths, where, order, limit)})
        return [{"id": self._id(row), "values": self._values(row, paths, self.described(entity))} for row in rows]

    def read_page(self, stream, cursor, paths):
        """``cursor``: of a first reading ``full``, ``started`` and where it stands; later ``at`` (ms) and ``id``.

        A won deal tells the fields of its customer, so that one mapping serves both.
        """
        entity, where = self.stream_of(stream)
        link = self.link if stream == "won_deal" else ""
        asked, paths = paths, ["id", "updatedAt", *self._linked(link, paths)]
        if not cursor or cursor.get("full"):
            rows, cursor = self._scroll(entity, where, paths, cursor)
            done = False  # what changed meanwhile comes next
        else:
            rows, cursor = self._changed(entity, where, paths, cursor)
            done = not rows
        return Page(self._records(rows, asked, link), cursor, done)

    def listing(self, subject, cursor, paths=()):
        """All records that carry a member's number, in the order of their ids, for reconciliation."""
        asked = list(dict.fromkeys([self.key_field, *paths]))
        where = [f"{self.key_field} is not null"]
        if cursor.get("id"):
            where.append(f"id > {xoql.number(cursor['id'])}")
        query = xoql.select(self.entity, ["id", "updatedAt", *asked], where, ["id"], LIMIT)
        rows, _body, _answer = self._rows(_QUERY, {"xoql": query})
        cursor = {"id": self._id(rows[-1])} if rows else cursor
        return Page(self._records(rows, asked), cursor, not rows)

    def there(self, subject, external_ids):
        rows = self.query(self.entity, ["id"], [xoql.one_of("id", ",".join(external_ids))])
        return {row["id"] for row in rows}

    # ------------------------------------------------------------------

    def _changed(self, entity, where, paths, cursor):
        """A page behind the last one. Only an empty one is the end: a server may give fewer than it was asked for."""
        at, last = cursor.get("at"), cursor.get("id", "")
        if at is None:
            at = values.since(cursor["since"])
        where = [xoql.changed_after(at, last), *where]
        query = xoql.select(entity, paths, where, ["updatedAt", "id"], LIMIT)
        rows, _body, answer = self._rows(_QUERY, {"xoql": query})
        if rows:
            return rows, {"at": self._at(rows[-1]), "id": self._id(rows[-1])}
        return rows, {"at": self._next_start(at, last, wire.server_now(answer, self.clock())), "id": ""}

    @staticmethod
    def _next_start(at, last, now):
        """Where the next run begins: not behind a record from the future, and not for ever at the last bulk change."""
        return max(min(at, now) - (OVERLAP if last else 0), now - SKEW)

    def _scroll(self, entity, where, paths, cursor):
        """A page of everything. A locator that has ended is replaced by a new one behind the last id, if ids are in order."""
        state = {"full": True, "started": 0, "from": "", "after": "", "locator": "", **cursor}
        behind = [f"id > {xoql.number(state['from'])}"] if state["from"] else []
        query = xoql.select(entity, paths, [*behind, *where], ["id"])
        form = {"xoql": query, "batchCount": str(BATCH), "queryLocator": state["locator"]}
        try:
            rows, body, answer = self._rows(_SCROLL, form)
        except Permanent:
            if not state["locator"]:
                raise
            return self._scroll(entity, where, paths, {**state, "from": state["after"] or "", "locator": ""})
        state["started"] = state["started"] or wire.server_now(answer, self.clock())
        state["locator"] = str(body.get("queryLocator") or wire.payload(body).get("queryLocator") or "")
        if not state["locator"]:
            return rows, {"at": state["started"] - OVERLAP, "id": ""}
        state["after"] = self._last_in_order(state["after"], rows)
        return rows, state

    def _last_in_order(self, after, rows):
        """The last id, or None for good where ids did not come in order."""
        ids = [int(self._id(row)) for row in rows]
        if after is None or ids != sorted(ids) or (ids and after and ids[0] <= int(after)):
            return None
        return str(ids[-1]) if ids else after

    def _rows(self, path, form):
        body, answer = self.request("POST", path, form=form)
        rows = wire.payload(body).get("records")
        if not isinstance(rows, list):
            raise wire.Transient("its answer has no records", "no_records")
        return rows, body, answer

    @staticmethod
    def _linked(link, paths):
        """Of a deal: the deal's link to the customer, and the customer's fields."""
        return [link, *(f"{link}.{path}" for path in paths)] if link else paths

    def _records(self, rows, paths, link=""):
        """``link``: rows are deals, values are those of the customer, who is ``about``."""
        fields, prefix = self.described(self.entity), f"{link}." if link else ""
        return [
            Record(
                self._id(row),
                self._values(row, paths, fields, prefix),
                values.moment(self._at(row)),
                about=str(pick(row, link) or "") if link else "",
            )
            for row in rows
        ]

    def _values(self, row, paths, fields, prefix=""):
        return {path: values.read(fields.get(path) or Field(path, path), pick(row, prefix + path), self.zone) for path in paths}

    @staticmethod
    def _id(row):
        if row.get("id") in (None, ""):
            raise Permanent("a record came without id", "no_id")
        return str(row["id"])

    @staticmethod
    def _at(row):
        try:
            return int(row["updatedAt"])
        except (KeyError, TypeError, ValueError):
            raise Permanent("a record came without time of change: may this user see updatedAt?", "no_updated_at") from None
