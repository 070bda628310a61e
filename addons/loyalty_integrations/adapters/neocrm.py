"""Neocrm 销售易: members to accounts, contacts or records of a custom object, their changes back, and won deals.

Neocrm does not tell repeated creations apart. Each member therefore carries its number in a field of its own
(``key_field``), which is asked for before anything is created.
"""

import contextlib
from zoneinfo import ZoneInfo

from ..domain.outcomes import Gone, Permanent
from . import neocrm_values as values
from . import neocrm_wire as wire
from . import neocrm_xoql as xoql
from .base import FIND, PULL_CONTACTS, PULL_ENROLMENTS, PUSH_MEMBER, Adapter, Default, Field, Sent, register
from .neocrm_pages import Pages

CONTACT, WON_DEAL = "contact", "won_deal"
DEAL = "opportunity"
KEY_FIELD = "loyaltyNo__c"
_NAMES = {"account": "accountName", "contact": "contactName"}


@register
class Neocrm(Pages, Adapter):
    """Settings beside the needed ones: ``security_token`` and ``redirect_uri`` of the sign-in; ``member_object``: account,
    contact or custom, then ``custom_object``; ``entity_type``: its business type; ``key_field``; ``match_field``: by which a
    record that has no number yet is recognised; ``won_field`` and ``won_stage``: the numbers that say a deal is won;
    ``won_link``: what of a deal names the customer; ``tz``: of dates without time.
    """

    code = "neocrm"
    flows = frozenset({PUSH_MEMBER, PULL_CONTACTS, PULL_ENROLMENTS})
    repeats = {PUSH_MEMBER: FIND}
    streams = {PULL_CONTACTS: (CONTACT,), PULL_ENROLMENTS: (WON_DEAL,)}
    settings_needed = ("token_url", "api_url", "client_id", "client_secret", "username", "password")
    rate = (5, 1)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._described = {}
        self._last_session = None
        self._absent = ""

    # ------------------------------------------------------------------
    # Settings
    # ------------------------------------------------------------------

    @property
    def entity(self):
        """The object that members are."""
        told = self.settings.get("member_object") or "account"
        return xoql.name(self.settings.get("custom_object") if told == "custom" else told)

    @property
    def key_field(self):
        return xoql.name(self.settings.get("key_field") or KEY_FIELD)

    @property
    def link(self):
        return xoql.name(self.settings.get("won_link") or "accountId")

    @property
    def zone(self):
        told = self.settings.get("tz") or "Asia/Shanghai"
        try:
            return ZoneInfo(told)
        except (KeyError, ValueError, OSError):
            raise Permanent(f'"{told}" is no time zone', "bad_tz") from None

    # ------------------------------------------------------------------
    # Session
    # ------------------------------------------------------------------

    def sign_in(self):
        """By the refresh token of the session that has just been refused, else by password."""
        stale, self._last_session = self._last_session, None
        if stale and stale.refresh:
            with contextlib.suppress(wire.AuthInvalid):  # it has ended or was withdrawn, too
                return self._sign_in({"grant_type": "refresh_token", "refresh_token": stale.refresh})
        known = self.settings
        form = {"username": known["username"], "password": known["password"] + (known.get("security_token") or "")}
        return self._sign_in({"grant_type": "password", **form})

    def _sign_in(self, form):
        form = {**form, "client_id": self.settings["client_id"], "client_secret": self.settings["client_secret"]}
        if self.settings.get("redirect_uri"):
            form["redirect_uri"] = self.settings["redirect_uri"]
        answer = self.http.send("POST", self.settings["token_url"], form=form, safe=True)
        body = wire.token_answer(answer, self.http_failure(answer, safe=True))
        session, seconds = wire.session(body, self.settings["token_url"])
        return session.dump(), seconds

    def request(self, method, path, *, safe=True, **content):
        """Send with a session; ``(body, answer)`` of a call that succeeded."""

        def send(stored):
            session = self._last_session = wire.Session.load(stored)
            url = (session.uri or self.settings["api_url"].rstrip("/")) + path
            headers = {"Authorization": f"Bearer {session.token}"}
            answer = self.http.send(method, url, headers=headers, safe=safe, **content)
            return wire.content(answer, self.http_failure(answer, safe), safe), answer

        return self.call(send)

    # ------------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------------

    def check(self):
        _zone = self.zone  # says so if it is none
        found = self.described(self.entity)
        if self.key_field not in found:
            message = f"{self.entity} has no field {self.key_field}: make it there (text, no duplicates) or name another"
            raise Permanent(message, "no_key_field")
        self._check_recognition(found)
        if self.settings.get("won_stage"):
            _deal, won = self.stream_of(WON_DEAL)
            self.query(DEAL, ["id", self.link, f"{self.link}.{self.key_field}"], won, limit=1)
        self.query(self.entity, ["id", self.key_field], limit=1)
        tenant = self._last_session.tenant if self._last_session else ""
        return f"{self.settings['username']} @ {tenant or 'Neocrm'}: {self.entity}, {len(found)} fields"

    def _check_recognition(self, found):
        """What a wrong setting of would make every customer a second time, or none at all."""
        match, kind = self.settings.get("match_field"), self.settings.get("entity_type")
        if match and (match not in found or found[match].type != "char"):
            raise Permanent(f"{self.entity} has no text field {match}, by which records are recognised", "no_match_field")
        if kind:
            known = dict(self._business_types(Field("entityType", "")).choices)
            if known and xoql.number(kind) not in known:
                told = ", ".join(f"{number} {label}" for number, label in known.items())
                raise Permanent(f"{self.entity} has no business type {kind}, but: {told}", "no_entity_type")

    def described(self, entity):
        """dict API name -> ``Field`` of an object; asked for once."""
        if entity not in self._described:
            body, _answer = self.request("GET", f"/rest/data/v2.0/xobjects/{xoql.name(entity)}/description")
            told = [values.field(one) for one in wire.payload(body).get("fields") or () if one.get("apiKey")]
            if not told:
                raise Permanent(f"{entity} has no fields: is there such an object, and may this user see it?", "no_fields")
            self._described[entity] = {field.path: field for field in told}
        return self._described[entity]

    def discover(self, subject):
        return [
            self._business_types(field) if field.path == "entityType" else field for field in self.described(self.entity).values()
        ]

    def _business_types(self, field):
        body, _answer = self.request("GET", f"/rest/data/v2.0/xobjects/{self.entity}/busiType")
        kinds = wire.payload(body).get("records") or ()
        choices = tuple((str(one["id"]), str(one.get("label") or one.get("apiKey") or one["id"])) for one in kinds)
        return Field(field.path, field.label, "selection", field.required, choices=choices)

    def defaults(self, subject):
        """Also before anything is filled in. Tier, points and segments have no fields there but those that somebody makes."""
        name = _NAMES.get(self.settings.get("member_object") or "account", "name")
        return [
            Default("code", self.settings.get("key_field") or KEY_FIELD, required=True),
            Default("name", name, "both", "newest", required=True),
            Default("phone", "phone", "both", "newest", transforms=("phone_national",)),
            Default("email", "email", "both", "newest"),
        ]

    # ------------------------------------------------------------------
    # Members there
    # ------------------------------------------------------------------

    def push(self, flow, payload, key, external_id=""):
        written = self._written(payload)
        known = external_id or self._sought(written)
        return self._update(known, written) if known else self._create(written)

    def find(self, flow, payload, key):
        written = self._written(payload)
        known = self._look_up(written)
        self._absent = "" if known else written[self.key_field]
        return Sent(known, detail="known there") if known else None

    def _sought(self, written):
        """As ``_look_up``, unless ``find`` has just looked."""
        absent, self._absent = self._absent, ""
        return "" if absent and absent == written.get(self.key_field) else self._look_up(written)

    def _look_up(self, written):
        """The id of this member's record there, or ""."""
        if not written.get(self.key_field):
            raise Permanent(f"the mapping gives nothing for {self.key_field}, by which members are known there", "no_key")
        return self._numbered(written) or self._unnumbered(written)

    def _written(self, payload):
        fields = self.described(self.entity)
        for path in payload:
            if path not in fields or not fields[path].writable:
                told = "can't be written" if path in fields else "doesn't exist"
                raise Permanent(f"the field {path} of {self.entity} {told}: change the mapping", "bad_field")
        return {path: values.written(fields[path], value, self.zone) for path, value in payload.items()}

    def _numbered(self, written):
        """The record with this member's number; the oldest where there are several."""
        number = written[self.key_field]
        literal = xoql.text(number) if isinstance(number, str) else xoql.number(number)
        found = self.query(self.entity, ["id", self.key_field], [f"{self.key_field} = {literal}"], ["id"])
        return next((one["id"] for one in found if one["values"][self.key_field] == number), "")

    def _unnumbered(self, written):
        """The only record without number that has the same phone, or what else ``match_field`` names."""
        match = self.settings.get("match_field")
        value = written.get(match) if match else None
        if not value:
            return ""
        ways = values.spellings(value)
        where = [xoql.any_text(match, ways), f"{self.key_field} is null"]
        found = [one for one in self.query(self.entity, ["id", match], where, ["id"]) if one["values"][match] in ways]
        if len(found) > 1:
            raise Permanent(
                f"{len(found)} records of {self.entity} have the same {match}: give one of them the number", "several"
            )
        return found[0]["id"] if found else ""

    def _create(self, written):
        data = {path: value for path, value in written.items() if value is not None}
        if self.settings.get("entity_type"):
            data.setdefault("entityType", int(xoql.number(self.settings["entity_type"])))
        try:
            body, _answer = self.request("POST", f"/rest/data/v2.0/xobjects/{self.entity}", json={"data": data}, safe=False)
            made = str(wire.payload(body).get("id") or "")
        except Permanent:  # refused as a duplicate, it may be: somebody else was faster
            made, known = "", self._numbered(written)
            if not known:
                raise
        if made:
            return Sent(made, created=True, detail=f"{self.entity} created")
        known = self._numbered(written)
        if not known:
            raise wire.Ambiguous("it names no id of what it created", "no_id")
        return self._update(known, written)

    def _update(self, record_id, written):
        path = f"/rest/data/v2.0/xobjects/{self.entity}/{xoql.number(record_id)}"
        try:
            self.request("PATCH", path, json={"data": written})
        except Permanent as error:  # whatever status or code says that it was deleted
            if self.query(self.entity, ["id"], [f"id = {xoql.number(record_id)}"]):
                raise
            raise Gone(error.message, error.code) from error
        return Sent(record_id, detail=f"{self.entity} changed")
