"""What every adapter is made of.

An adapter knows the wire of one system: how to sign in, sign, send, page, and what its answers mean. It is plain Python and
knows nothing of Odoo: no records, no mappings, no retries, no rows. What it is given are the settings of a connection, the one
gate for HTTP and a store of tokens; what it gives are ``Sent``, ``Page`` and ``Field``, or an error of ``domain.outcomes``.
"""

import time
from dataclasses import dataclass

from ..domain.outcomes import Ambiguous, AuthExpired, AuthInvalid, Gone, Permanent, RateLimited, Transient

#: What a connection can do, named once for every system.
PUSH_MEMBER = "push_member"
PUSH_POINTS = "push_points"
PUSH_REDEMPTION = "push_redemption"
PUSH_MESSAGE = "push_message"
PUSH_EVENT = "push_event"
PULL_CONTACTS = "pull_contacts"
PULL_PURCHASES = "pull_purchases"
PULL_DELIVERY = "pull_delivery"
PULL_ENROLMENTS = "pull_enrolments"  # what makes somebody a member there, such as a won deal

#: What to do when nobody knows whether a push arrived. SAFE: send it again, the other side tells repeats by its key.
#: FIND: look whether it is there (``Adapter.find``), else send it again. NEVER: leave it to people.
SAFE, FIND, NEVER = "safe", "find", "never"


@dataclass(frozen=True)
class Failure:
    """One recipient or row of a push that was taken only in part."""

    key: str
    code: str
    message: str


@dataclass(frozen=True)
class Sent:
    """What a push did. ``external_id``: what the record is called there, as text; ``detail``: for the log, in a few words."""

    external_id: str = ""
    created: bool = False
    detail: str = ""
    failed: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Record:
    """One record as the other system says it.

    ``values``: dict field path -> value, with the paths of the mapping; of a document with lines, ``lines``: a list of such
    dicts. ``modified``: when it was changed there, as sortable text. ``about``: of an enrolment, the id of the customer's own
    record. ``withdrawn``: why a document that may have counted doesn't count there at present: ``unaudited``, ``cancelled`` or
    ``deleted``; only its number has to be said, and one that never counted is passed over.
    ``read_at``: when it was asked for, in seconds since 1970 by our clock; the layer notes it.
    """

    id: str
    values: dict
    modified: str = ""
    lines: tuple[dict, ...] = ()
    deleted: bool = False
    about: str = ""
    withdrawn: str = ""
    read_at: float = 0.0


@dataclass(frozen=True)
class Page:
    """Some records, and the cursor (plain JSON) that the next call is to be given; ``done``: there are no more for now."""

    records: list[Record]
    cursor: dict
    done: bool


@dataclass(frozen=True)
class Field:
    """A field of the other system, for those who pick it in a mapping.

    ``type``: char, integer, float, boolean, date, datetime, selection or tags; ``size``: most characters, or bytes where
    ``size_in_bytes``; ``choices``: (value, label) pairs of a selection.
    """

    path: str
    label: str
    type: str = "char"
    required: bool = False
    size: int = 0
    size_in_bytes: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    writable: bool = True


@dataclass(frozen=True)
class Default:
    """A line of the mapping that a new connection starts with; see ``loyalty.mapping.line`` for the words."""

    local: str
    remote: str
    direction: str = "push"  # push, pull or both
    owner: str = "local"  # who wins a conflict: local, remote, newest or manual
    transforms: tuple[str, ...] = ()
    required: bool = False
    only_create: bool = False
    default: str = ""


class MemoryTokens:
    """Tokens of one process, for tests and tools. In Odoo they are rows, shared by all workers."""

    def __init__(self):
        self._tokens = {}

    def get(self, kind, fetch):
        """The token of this kind; ``fetch() -> (value, seconds)`` is called where there is none.

        :param seconds: how long it lives, less a margin; None: until it is refused
        """
        return self._tokens[kind] if kind in self._tokens else self.renew(kind, None, fetch)

    def renew(self, kind, stale, fetch):
        """A token other than ``stale``: another worker's new one, or one that is fetched now."""
        if self._tokens.get(kind) == stale:
            self._tokens[kind], _seconds = fetch()
        return self._tokens[kind]


class Adapter:
    """One system. Subclasses say what it can do and override what it needs.

    :param settings: dict name -> text, the connection's settings without the system's prefix, secrets in the clear; all of
        ``settings_needed`` are there
    :param http: the gate, see ``domain.gate.Gate``
    :param tokens: see ``MemoryTokens``
    :param clock: seconds since 1970, as ``time.time``
    """

    #: What it is called in ``loyalty.connection.system``.
    code = ""
    flows = frozenset()
    #: flow -> SAFE, FIND or NEVER, of what it can push.
    repeats = {}
    #: FIND flows of which a record is looked for before its first push, too: it may be there from before. An adapter whose push
    #: takes over what is there leaves them out, and saves the call.
    find_first = frozenset({PUSH_MEMBER, PUSH_REDEMPTION})
    #: Whether a push makes members there; else they are those of its people whom a fetch has bound, and others are not missing.
    creates_members = True
    #: Seconds after the first, second... try of what fails; (): growing pauses, see ``domain.backoff``.
    schedule = ()
    #: Pull flow -> its streams, each with a cursor and, where it is mapped, a mapping of its own.
    streams = {}
    #: Names of settings that must be filled in, and of those that are secret.
    settings_needed = ()
    #: Calls in so many seconds that a new connection allows itself.
    rate = (10, 1)
    #: Which token ``call`` uses.
    token_kind = "access"  # noqa: S105

    def __init__(self, settings, http, tokens=None, clock=time.time):
        self.settings = settings
        self.http = http
        self.tokens = MemoryTokens() if tokens is None else tokens
        self.clock = clock

    # ------------------------------------------------------------------
    # What the layer calls
    # ------------------------------------------------------------------

    def check(self):
        """Try to sign in and to read; what we are there, in one line, e.g. "demo @ 6290000000abcd"."""
        raise NotImplementedError

    def discover(self, subject):
        """The fields of what a mapping is about: ``member``, ``redemption`` or a stream; list of ``Field``."""
        return []

    def defaults(self, subject):
        """The mapping of this subject that a new connection starts with: list of ``Default``."""
        return []

    def push(self, flow, payload, key, external_id=""):
        """Bring one record there.

        :param payload: of a mapped flow, dict field path -> value; of messages and events see docs/integrations/webhooks.md
        :param key: the same for every try of the same push, unique in this system; letters, digits, - and _, up to 64
        :param external_id: what the record is called there, if it has been there before
        :return: ``Sent``
        """
        raise NotImplementedError

    def find(self, flow, payload, key):
        """What an earlier try of this push has left there: ``Sent``, or None."""
        raise NotImplementedError

    def number_there(self, flow, payload, key):
        """By which number people there know what this push makes, without asking; "" where that is the id alone."""
        return ""

    def read_page(self, stream, cursor, paths):
        """The next page of a stream.

        :param cursor: what the last page gave; {} begins, or ``{"since": "2026-01-15T00:00:00Z"}`` at a time
        :param paths: the field paths that the mapping asks for
        :return: ``Page``; a record may come again on a later page, none may be missing
        """
        raise NotImplementedError

    def listing(self, subject, cursor, paths=()):
        """A page of all records there that are ours, for a comparison; optional.

        :param subject: ``member``
        :param cursor: what the last page gave; {} begins
        :param paths: the field paths that are compared
        :return: ``Page`` of values as ``push`` is given them, in an order in which none is missing though others change
            meanwhile; deleted ones are left out
        """
        raise NotImplementedError

    def there(self, subject, external_ids):
        """Which of these records, that ``listing`` did not give, are there without our number; optional.

        :param external_ids: a hundred at most
        :return: set of ids
        """
        return set()

    def daily(self, since, until, kind="purchase"):
        """Purchases there by the day, for a comparison with the journal; optional.

        :param since: first day, as text; until: the day after the last
        :param kind: ``purchase`` or ``refund``; of what it can't tell the answer is None
        :return: dict day as text -> (number, sum of their totals) or (number, sum, dict reference -> total)
        """
        raise NotImplementedError

    # ------------------------------------------------------------------
    # What adapters use
    # ------------------------------------------------------------------

    def sign_in(self):
        """Fetch a token: ``(value, seconds it may be used)``."""
        raise NotImplementedError

    def call(self, send):
        """Send with a token; one that has expired is renewed and the call repeated, once.

        :param send: ``send(token)`` sends and classifies: gives the parsed answer or raises an outcome
        """
        token = self.tokens.get(self.token_kind, self.sign_in)
        try:
            return send(token)
        except AuthExpired:
            token = self.tokens.renew(self.token_kind, token, self.sign_in)
        try:
            return send(token)
        except AuthExpired as error:  # a new token is refused, too
            raise AuthInvalid(error.message, error.code) from error

    def http_failure(self, answer, safe=False):
        """The outcome of an answer that failed by its HTTP status; None of 2xx.

        :param safe: as of ``Gate.send``
        """
        status, wait = answer.status, answer.retry_after(self.clock())
        told = f"HTTP {status}"
        if 200 <= status < 300:
            return None
        if status == 401:
            return AuthExpired(told, status)
        if status in (403, 407, 511):
            return AuthInvalid(told, status)
        if status == 429:
            return RateLimited(told, status, wait)
        if status in (404, 410):
            return Gone(told, status)
        if status in (408, 425, 503):  # not taken up
            return Transient(told, status, wait)
        if status >= 500:
            return Transient(told, status, wait) if safe else Ambiguous(told, status, wait)
        return Permanent(told, status)


#: code -> adapter class; see ``register``.
ADAPTERS = {}


def register(adapter):
    """Make an adapter known (a class decorator)."""
    ADAPTERS[adapter.code] = adapter
    return adapter
