"""WeCom's callbacks: the check of the address, and events of contacts. Pure: no HTTP, no records."""

import hashlib
import time
from dataclasses import dataclass

from ..domain.envelope import Refused, aes_key, check_signature, check_time, read_xml, unseal

CONTACT_EVENT = "change_external_contact"
ADDED, EDITED, DELETED, LEFT = "add_external_contact", "edit_external_contact", "del_external_contact", "del_follow_user"
CHANGES = frozenset({ADDED, EDITED, DELETED, LEFT, "add_half_external_contact"})


@dataclass(frozen=True)
class Event:
    """What a callback told.

    ``id``: the same for every delivery of it; ``kind``: of a contact one of ``CHANGES``, else WeCom's word; ``values``: plain
    JSON, of a contact external_userid, userid, state and at (seconds since 1970).
    """

    id: str
    kind: str
    values: dict


class Callback:
    """Reads the callbacks of one connection.

    :param settings: callback_token, callback_aes_key and corp_id are used
    """

    def __init__(self, settings, clock=time.time):
        self._token = settings.get("callback_token") or ""
        self._key = settings.get("callback_aes_key") or ""
        self._corp = settings.get("corp_id") or ""
        self._clock = clock

    def echo(self, query):
        """The answer to the check of the address: plain text, to be sent without anything around it.

        Its time is not looked at: it changes nothing here, and only who knows the key reads the answer's meaning.

        :raise Refused: it is not from WeCom
        """
        return self._opened(query, query.get("echostr"))

    def event(self, query, body):
        """The ``Event`` of a callback.

        :param query: dict of the address's query
        :param body: bytes
        :raise Refused: it is not from WeCom, or too old, or no event
        """
        sealed = read_xml(body).get("Encrypt")
        message = self._opened(query, sealed)
        check_time(query.get("timestamp"), self._clock())
        return event(read_xml(message))

    def _opened(self, query, sealed):
        check_signature(query.get("msg_signature"), self._token, query.get("timestamp"), query.get("nonce"), sealed)
        return unseal(aes_key(self._key), sealed, self._corp)


def event(fields):
    """The ``Event`` of a decrypted message.

    :raise Refused: body: it is none
    """
    kind = fields.get("ChangeType") or fields.get("Event") or fields.get("MsgType")
    if not kind:
        raise Refused("body")
    if fields.get("Event") != CONTACT_EVENT:
        return Event(_identity(fields), kind, {"at": _seconds(fields)})
    if not fields.get("ExternalUserID"):
        raise Refused("body")
    values = {
        "external_userid": fields["ExternalUserID"],
        "userid": fields.get("UserID") or "",
        "state": fields.get("State") or "",
        "at": _seconds(fields),
    }
    return Event(_identity(fields), kind, values)


def _seconds(fields):
    stamp = fields.get("CreateTime") or ""
    return int(stamp) if stamp.isascii() and stamp.isdigit() else 0


def _identity(fields):
    """A message has an id; an event is told by who, when and what, as WeCom advises."""
    if fields.get("MsgId"):
        return f"msg-{fields['MsgId']}"[:64]
    names = ("FromUserName", "CreateTime", "Event", "ChangeType", "UserID", "ExternalUserID", "EventKey", "AgentID")
    told = "\n".join(fields.get(name) or "" for name in names)
    return hashlib.sha256(told.encode()).hexdigest()[:32]
