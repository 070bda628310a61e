"""企业微信 WeCom: messages to staff and contacts, tags on contacts, contacts. Source: developer.work.weixin.qq.com."""

import hashlib
from datetime import datetime

from ..domain.outcomes import Permanent
from . import wecom_codes as codes
from .base import (
    FIND,
    PULL_CONTACTS,
    PUSH_MEMBER,
    PUSH_MESSAGE,
    SAFE,
    Adapter,
    Default,
    Failure,
    Field,
    Sent,
    register,
)
from .wecom_contacts import Contacts
from .wecom_message import MOST_STAFF, contact_message, marked, staff_message
from .wecom_tags import NAME_SIZE, Tags, named

API_URL = "https://qyapi.weixin.qq.com"
#: Seconds that a token is dropped before its end.
MARGIN = 300
#: Seconds back in which a mass message is looked for.
LOOK_BACK = 2 * 86400


@register
class WeCom(Adapter):
    """One app of one company (corp).

    Settings: api_url, corp_id, agent_id, secret, callback_token, callback_aes_key, tag_group, member_link (mobile, unionid or
    state: by what a contact is bound; the layer does it), staff (userid who writes to contacts that several staff have).

    Payload of a message::

        {"to": {"staff": ["zhangsan", …]} or {"external": "wm…"[, "by": "zhangsan"]},
         "title": …, "text": …, "url": …, "button": …, "valid_until": "2026-01-15T08:00:00Z"}

    all but ``to`` optional, ``valid_until`` in UTC. To staff it is an app message, of which WeCom drops repeats for four
    hours. To a contact it is a mass message that the staff member has to confirm in the app; an earlier try is found by its
    link.

    Payload of a member: ``{"tier": "金卡", "tags": ["高价值", …]}``, either or both: the names of all tags that he should have
    of our tag group.
    """

    code = "wecom"
    flows = frozenset({PUSH_MESSAGE, PUSH_MEMBER, PULL_CONTACTS})
    repeats = {PUSH_MESSAGE: FIND, PUSH_MEMBER: SAFE}
    creates_members = False
    streams = {PULL_CONTACTS: ("external_contact",)}
    settings_needed = ("corp_id", "agent_id", "secret")
    rate = (40, 1)  # of 150,000 an hour

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tags = Tags(self)
        self.contacts = Contacts(self)

    @property
    def token_kind(self):
        """One token per company and secret: after a change of either the old one is not used."""
        owner = f"{self.settings['corp_id']}\n{self.settings['secret']}"
        return f"access-{hashlib.sha256(owner.encode()).hexdigest()[:12]}"

    # ------------------------------------------------------------------
    # Calls
    # ------------------------------------------------------------------

    def _url(self, path):
        return f"{(self.settings.get('api_url') or API_URL).rstrip('/')}/cgi-bin/{path}"

    def _asked(self, answer, safe, **told):
        failure = self.http_failure(answer, safe)
        if failure:
            raise failure
        return codes.parse(answer, safe, **told)

    def sign_in(self):
        params = {"corpid": self.settings["corp_id"], "corpsecret": self.settings["secret"]}
        answer = self.http.send("GET", self._url("gettoken"), params=params, safe=True)
        body = self._asked(answer, safe=True, signing_in=True)
        return body["access_token"], max(60, int(body.get("expires_in") or 7200) - MARGIN)

    def ask(self, path, params=None, of_one=False):
        """GET: the parsed answer.

        :param of_one: as of ``wecom_codes.outcome``
        """

        def send(token):
            query = {"access_token": token, **(params or {})}
            return self._asked(self.http.send("GET", self._url(path), params=query, safe=True), safe=True, of_one=of_one)

        return self.call(send)

    def tell(self, path, body, safe=True, of_one=False):
        """POST: the parsed answer.

        :param safe: as of ``Gate.send``
        :param of_one: as of ``wecom_codes.outcome``
        """

        def send(token):
            answer = self.http.send("POST", self._url(path), params={"access_token": token}, json=body, safe=safe)
            return self._asked(answer, safe, of_one=of_one)

        return self.call(send)

    # ------------------------------------------------------------------
    # What the layer calls
    # ------------------------------------------------------------------

    def check(self):
        app = self.ask("agent/get", {"agentid": self.settings["agent_id"]})
        told = f"{app.get('name') or self.settings['agent_id']} @ {self.settings['corp_id']}"
        self._check_staff()
        group = self.settings.get("tag_group")
        return f"{told}, {len(self.tags.known())} tags in {group}" if group else told

    def _check_staff(self):
        """The default staff member serves customers, or could write to none. WeCom doesn't tell the case of user IDs."""
        staff = self.settings.get("staff") or ""
        if staff and staff.lower() not in (userid.lower() for userid in self.contacts.staff()):
            raise Permanent(f"{staff} is no staff member who serves customers", "unknown_staff")

    def discover(self, subject):
        if subject == "member":
            return [Field("tier", "Tag of the tier", size=NAME_SIZE), Field("tags", "Tags", "tags", size=NAME_SIZE)]
        return []

    def defaults(self, subject):
        if subject == "member":
            return [Default("tier_name", "tier"), Default("tags", "tags")]
        return []

    def push(self, flow, payload, key, external_id=""):
        if flow == PUSH_MEMBER:
            return self._push_tags(payload, external_id)
        if external_id:  # an earlier try had arrived
            return Sent(external_id=external_id)
        self._check_valid(payload)
        to = payload.get("to") or {}
        if to.get("staff"):
            return self._push_staff(payload, key)
        if to.get("external"):
            return self._push_contact(payload, key)
        raise Permanent("the message has no recipient", "no_recipient")

    def find(self, flow, payload, key):
        """An earlier mass message to this contact; of staff nothing, since WeCom itself drops the repeat.

        :raise Permanent: it can't be told whether a message to a contact is there
        """
        to = payload.get("to") or {}
        if flow != PUSH_MESSAGE or not to.get("external"):
            return None
        url = payload.get("url") or ""
        if marked(url, key) == url:
            raise Permanent("it may have been delivered: look at the staff member's mass messages", "maybe_delivered")
        return self._found_mass_message(marked(url, key))

    def read_page(self, stream, cursor, paths):
        return self.contacts.read_page(cursor)

    # ------------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------------

    def _check_valid(self, payload):
        until = payload.get("valid_until")
        if until and datetime.fromisoformat(until.replace("Z", "+00:00")).timestamp() < self.clock():
            raise Permanent("the message is too late to be sent", "expired")

    def _push_staff(self, payload, key):
        staff = payload["to"]["staff"]
        if len(staff) > MOST_STAFF or any(not u or "|" in u or u == "@all" for u in staff):
            raise Permanent(f"recipients have to be 1 to {MOST_STAFF} user ids", "bad_recipient")
        body = self.tell("message/send", staff_message(payload, key, self.settings["agent_id"]))
        failed = [
            Failure(userid, reason, reason)
            for reason in ("invaliduser", "unlicenseduser")
            for userid in filter(None, (body.get(reason) or "").split("|"))
        ]
        if {failure.key.lower() for failure in failed} >= {userid.lower() for userid in staff}:
            raise Permanent(f"none of the recipients can get it: {', '.join(staff)}", "81013")
        return Sent(external_id=body.get("msgid") or "", created=True, failed=tuple(failed))

    def _sender(self, to):
        """Who writes to this contact: who is named, else the connection's staff member if he has it, else the first who has."""
        if to.get("by"):
            return to["by"]
        followers, staff = self.contacts.followers(to["external"]), self.settings.get("staff")
        return staff if staff in followers else next(iter(followers))

    def _push_contact(self, payload, key):
        sender = self._sender(payload["to"])
        message = contact_message(payload, key, sender)
        body = self.tell("externalcontact/add_msg_template", message, safe=False, of_one=True)
        if payload["to"]["external"] in (body.get("fail_list") or []):
            raise Permanent("the contact can't get mass messages, or got today's already", "fail_list")
        return Sent(external_id=body.get("msgid") or "", created=True, detail=f"waits for {sender} to confirm it")

    def _found_mass_message(self, url):
        now, cursor = int(self.clock()), ""
        while True:
            asked = {"chat_type": "single", "start_time": now - LOOK_BACK, "end_time": now + 60}
            body = self.tell("externalcontact/get_groupmsg_list_v2", {**asked, "limit": 50, "cursor": cursor})
            for message in body.get("group_msg_list") or []:
                links = (a.get("link") or {} for a in message.get("attachments") or [])
                if any(link.get("url") == url for link in links):
                    return Sent(external_id=message["msgid"])
            cursor = body.get("next_cursor") or ""
            if not cursor:
                return None

    # ------------------------------------------------------------------
    # Tags
    # ------------------------------------------------------------------

    def _push_tags(self, payload, external_id):
        if not external_id:
            return Sent(detail="no contact is bound to this member yet")
        if not self.settings.get("tag_group"):
            raise Permanent("the connection has no tag group", "no_tag_group")
        names = named(payload)
        if names is None:
            return Sent(external_id=external_id, detail="no tags are mapped")
        followers = self.contacts.followers(external_id)
        return self.tags.mirror(external_id, followers, names)
