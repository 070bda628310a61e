"""Neocrm 销售易: members to accounts, contacts or records of a custom object, their changes back; won deals; points."""

import contextlib
from zoneinfo import ZoneInfo

from ..domain.outcomes import Permanent
from . import neocrm_values as values
from . import neocrm_wire as wire
from . import neocrm_xoql as xoql
from .base import FIND, PULL_CONTACTS, PULL_ENROLMENTS, PUSH_MEMBER, PUSH_POINTS, Adapter, Default, Field, register
from .neocrm_pages import Pages
from .neocrm_records import Kept, Records

CONTACT, WON_DEAL = "contact", "won_deal"
DEAL = "opportunity"
KEY_FIELD, POINTS_KEY = "loyaltyNo__c", "loyaltyEntry__c"
_NAMES = {"account": "accountName", "contact": "contactName"}


@register
class Neocrm(Records, Pages, Adapter):
    """Settings beside the needed ones: ``security_token`` and ``redirect_uri`` of the sign-in; ``member_object``: account,
    contact or custom, then ``custom_object``; ``entity_type``: its business type; ``key_field``; ``match_field``: by which a
    record that has no number yet is recognised; ``won_field`` and ``won_stage``: the numbers that say a deal is won;
    ``won_link``: what of a deal names the customer; ``points_object``: where each line of points becomes a record, with
    its number in ``points_key``; ``tz``: of dates without time.
    """

    code = "neocrm"
    flows = frozenset({PUSH_MEMBER, PUSH_POINTS, PULL_CONTACTS, PULL_ENROLMENTS})
    repeats = {PUSH_MEMBER: FIND, PUSH_POINTS: FIND}
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

    def kept(self, subject):
        """Where records of a subject or push are kept there."""
        if subject not in ("points", PUSH_POINTS):
            return Kept(self.entity, self.key_field, self.settings.get("match_field"), self.settings.get("entity_type"))
        if not self.settings.get("points_object"):
            raise Permanent("say in the connection which object points are sent to", "no_points_object")
        return Kept(xoql.name(self.settings["points_object"]), xoql.name(self.settings.get("points_key") or POINTS_KEY))

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
        found = self._check_key(self.kept("member"))
        if self.settings.get("points_object"):
            self._check_key(self.kept("points"))
        self._check_recognition(found)
        if self.settings.get("won_stage"):
            _deal, won = self.stream_of(WON_DEAL)
            self.query(DEAL, ["id", self.link, f"{self.link}.{self.key_field}"], won, limit=1)
        tenant = self._last_session.tenant if self._last_session else ""
        return f"{self.settings['username']} @ {tenant or 'Neocrm'}: {self.entity}, {len(found)} fields"

    def _check_key(self, kept):
        """The fields of an object that has ours, and can be asked for it."""
        found = self.described(kept.entity)
        if kept.key not in found:
            message = f"{kept.entity} has no field {kept.key}: make it there (text, no duplicates) or name another"
            raise Permanent(message, "no_key_field")
        self.query(kept.entity, ["id", kept.key], limit=1)
        return found

    def _check_recognition(self, found):
        """What a wrong setting of would make every customer a second time, or none at all."""
        match, kind = self.settings.get("match_field"), self.settings.get("entity_type")
        if match and (match not in found or found[match].type != "char"):
            raise Permanent(f"{self.entity} has no text field {match}, by which records are recognised", "no_match_field")
        if kind:
            known = dict(self._business_types(self.entity, Field("entityType", "")).choices)
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
        entity = self.kept(subject).entity
        return [
            self._business_types(entity, field) if field.path == "entityType" else field
            for field in self.described(entity).values()
        ]

    def _business_types(self, entity, field):
        body, _answer = self.request("GET", f"/rest/data/v2.0/xobjects/{entity}/busiType")
        kinds = wire.payload(body).get("records") or ()
        choices = tuple((str(one["id"]), str(one.get("label") or one.get("apiKey") or one["id"])) for one in kinds)
        return Field(field.path, field.label, "selection", field.required, choices=choices)

    def defaults(self, subject):
        """Also before anything is filled in. Tier, points and segments have no fields there but those that somebody makes."""
        if subject == "points":
            return [
                Default("entry_id", self.settings.get("points_key") or POINTS_KEY, required=True),
                Default("code", "name", required=True),
                Default("points", "loyaltyPoints__c", required=True),
                Default("date", "loyaltyDate__c"),
                Default("explanation", "loyaltyText__c"),
            ]
        name = _NAMES.get(self.settings.get("member_object") or "account", "name")
        return [
            Default("code", self.settings.get("key_field") or KEY_FIELD, required=True),
            Default("name", name, "both", "newest", required=True),
            Default("phone", "phone", "both", "newest", transforms=("phone_national",)),
            Default("email", "email", "both", "newest"),
        ]
