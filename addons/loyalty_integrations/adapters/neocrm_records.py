"""How the records of ours get into Neocrm: known by a number of ours, else recognised, else created.

Neocrm does not tell repeated creations apart. Each record therefore carries our number in a field of its own (``Kept.key``),
which is asked for before anything is created.
"""

from dataclasses import dataclass

from ..domain.outcomes import Gone, Permanent
from . import neocrm_values as values
from . import neocrm_wire as wire
from . import neocrm_xoql as xoql
from .base import Sent


@dataclass(frozen=True)
class Kept:
    """``entity``: the object there; ``key``: its field with our number; ``match``, ``entity_type``: as of the settings."""

    entity: str
    key: str
    match: str = ""
    entity_type: str = ""


class Records:
    """The writing half of the adapter."""

    def push(self, flow, payload, key, external_id=""):
        kept = self.kept(flow)
        written = self._written(kept, payload)
        known = external_id or self._sought(kept, written)
        return self._update(kept, known, written) if known else self._create(kept, written)

    def find(self, flow, payload, key):
        kept = self.kept(flow)
        written = self._written(kept, payload)
        known = self._look_up(kept, written)
        self._absent = "" if known else (kept.entity, written[kept.key])
        return Sent(known, detail="known there") if known else None

    def _sought(self, kept, written):
        """As ``_look_up``, unless ``find`` has just looked."""
        absent, self._absent = self._absent, ""
        return "" if absent and absent == (kept.entity, written.get(kept.key)) else self._look_up(kept, written)

    def _look_up(self, kept, written):
        """The id of this record there, or ""."""
        if not written.get(kept.key):
            raise Permanent(f"the mapping gives nothing for {kept.key}, by which records are known there", "no_key")
        return self._numbered(kept, written) or self._unnumbered(kept, written)

    def _written(self, kept, payload):
        fields = self.described(kept.entity)
        for path in payload:
            if path not in fields or not fields[path].writable:
                told = "can't be written" if path in fields else "doesn't exist"
                raise Permanent(f"the field {path} of {kept.entity} {told}: change the mapping", "bad_field")
        return {path: values.written(fields[path], value, self.zone) for path, value in payload.items()}

    def _numbered(self, kept, written):
        """The record with our number; the oldest where there are several."""
        number = written[kept.key]
        literal = xoql.text(number) if isinstance(number, str) else xoql.number(number)
        found = self.query(kept.entity, ["id", kept.key], [f"{kept.key} = {literal}"], ["id"])
        return next((one["id"] for one in found if one["values"][kept.key] == number), "")

    def _unnumbered(self, kept, written):
        """The only record without number that has the same phone, or what else ``kept.match`` names."""
        match = kept.match
        value = written.get(match) if match else None
        if not value:
            return ""
        ways = values.spellings(value)
        where = [xoql.any_text(match, ways), f"{kept.key} is null"]
        found = [one for one in self.query(kept.entity, ["id", match], where, ["id"]) if one["values"][match] in ways]
        if len(found) > 1:
            raise Permanent(
                f"{len(found)} records of {kept.entity} have the same {match}: give one of them the number", "several"
            )
        return found[0]["id"] if found else ""

    def _create(self, kept, written):
        data = {path: value for path, value in written.items() if value is not None}
        if kept.entity_type:
            data.setdefault("entityType", int(xoql.number(kept.entity_type)))
        try:
            body, _answer = self.request("POST", f"/rest/data/v2.0/xobjects/{kept.entity}", json={"data": data}, safe=False)
            made = str(wire.payload(body).get("id") or "")
        except Permanent:  # refused as a duplicate, it may be: somebody else was faster
            made, known = "", self._numbered(kept, written)
            if not known:
                raise
        if made:
            return Sent(made, created=True, detail=f"{kept.entity} created")
        known = self._numbered(kept, written)
        if not known:
            raise wire.Ambiguous("it names no id of what it created", "no_id")
        return self._update(kept, known, written)

    def _update(self, kept, record_id, written):
        path = f"/rest/data/v2.0/xobjects/{kept.entity}/{xoql.number(record_id)}"
        try:
            self.request("PATCH", path, json={"data": written})
        except Permanent as error:  # whatever status or code says that it was deleted
            if self.query(kept.entity, ["id"], [f"id = {xoql.number(record_id)}"]):
                raise
            raise Gone(error.message, error.code) from error
        return Sent(record_id, detail=f"{kept.entity} changed")
