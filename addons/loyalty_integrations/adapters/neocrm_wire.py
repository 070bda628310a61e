"""How Neocrm answers: sessions, envelopes and failures."""

import email.utils
import json
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from ..domain.outcomes import Ambiguous, AuthExpired, AuthInvalid, Gone, Permanent, RateLimited, Transient

TOO_FREQUENT = "1020025"
#: A session lives two hours where its life is not told.
LIFE = 7200
#: OAuth errors that are about the service, not about what we sent (RFC 6749, 5.2 and 4.1.2.1).
_LATER = {"temporarily_unavailable", "server_error"}


@dataclass(frozen=True)
class Session:
    """A token and what belongs to it. ``uri``: the API of the tenant's cluster, "" where none was told."""

    token: str
    uri: str = ""
    refresh: str = ""
    tenant: str = ""

    def dump(self):
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text):
        return cls(**json.loads(text))


def session(body, token_url):
    """A ``Session`` and the seconds it may be used, a twelfth less than it lives.

    ``issued_at`` is when it was issued, not when it ends. An API without TLS is not believed where the sign-in had TLS.

    >>> session({"access_token": "T", "issued_at": 1768464000000, "instance_uri": "http://x"}, "https://login.example")
    (Session(token='T', uri='', refresh='', tenant=''), 6600)
    >>> session({"access_token": "T", "expires_in": "1200", "instance_uri": "https://api/"}, "https://login.example")[1]
    1100
    """
    uri = str(body.get("instance_uri") or "").rstrip("/")
    if uri and urlsplit(token_url).scheme == "https" != urlsplit(uri).scheme:
        uri = ""
    life = str(body.get("expires_in") or LIFE)
    made = Session(str(body["access_token"]), uri, str(body.get("refresh_token") or ""), str(body.get("tenant_id") or ""))
    return made, max(1, int(life if life.isdigit() else LIFE) * 11 // 12)


def _body(answer):
    """The object of an answer; {} where it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _told(body):
    """(code, words) of an answer, in whichever of its forms."""
    code = body.get("code", body.get("error_code", body.get("error", "")))
    words = body.get("msg") or body.get("message") or body.get("error_description") or body.get("error") or ""
    return str(code), str(words)


def token_answer(answer, failure):
    """The body of an answer to a sign-in.

    :param failure: what its HTTP status means, or None
    :raise AuthInvalid: user, password, security token or application is wrong
    """
    body = _body(answer)
    if not failure and body.get("access_token"):
        return body
    code, words = _told(body)
    if code == TOO_FREQUENT:
        raise RateLimited(words or "too frequent", code, 1)
    if code in _LATER:
        raise Transient(words or code, code)
    if isinstance(failure, (RateLimited, Transient)):
        raise failure
    if failure or code:
        raise AuthInvalid(words or failure.message if failure else words or code, code or failure.code)
    raise Transient("the answer to the sign-in is none", "no_token")


def content(answer, failure, safe):
    """The body of an answer that succeeded.

    :param failure: what its HTTP status means, or None
    :param safe: the call may be repeated
    :raise Permanent: HTTP 404, too: the address may be wrong, so whether a record is gone is for the caller to find out
    """
    body = _body(answer)
    code, words = _told(body)
    if code == TOO_FREQUENT:
        raise RateLimited(words or "too frequent", code, max(1, (failure and failure.retry_after) or 1))
    if failure:
        kind = Permanent if isinstance(failure, Gone) else type(failure)
        raise kind(words or failure.message, code or failure.code, failure.retry_after)
    if code == "200":
        return body
    if code == "401":
        raise AuthExpired(words or "the token has expired", code)
    if not body or not code:
        raise (Transient if safe else Ambiguous)("its answer can't be read", "no_answer")
    raise Permanent(words or f"code {code}", code)


def payload(body):
    """What an answer is about: newer interfaces say ``data``, older ones ``result``.

    >>> payload({"code": 200, "result": {"count": 1}}), payload({"code": "200", "data": None})
    ({'count': 1}, {})
    """
    return body.get("data") or body.get("result") or {}


def server_now(answer, clock):
    """Milliseconds of now by the other system's clock, or ours if that is behind it.

    The earlier of the two: a cursor that is set too early reads twice, one that is set too late misses.

    >>> from types import SimpleNamespace
    >>> answer = SimpleNamespace(headers={"Date": "Thu, 15 Jan 2026 08:00:00 GMT"})
    >>> server_now(answer, 1768464001), server_now(answer, 1768463999), server_now(SimpleNamespace(headers={}), 5)
    (1768464000000, 1768463999000, 5000)
    """
    try:
        there = email.utils.parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (ValueError, TypeError):
        there = clock
    return int(min(there, clock) * 1000)
