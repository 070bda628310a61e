"""The one gate through which every request to another system goes.

Nothing else in this addon sends HTTP. The gate sees to it that a call ends in time, reaches only addresses that it may reach,
follows no redirect, takes neither proxy nor password from the machine it runs on, verifies TLS, and is noted without its secrets.
"""

import contextlib
import email.utils
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from .addresses import is_public
from .outcomes import Ambiguous, Permanent, RemoteError, Transient
from .redaction import clean_body, clean_headers, clean_url

TIMEOUT = 20.0
#: Open connections of one gate; one system has one or two.
MOST_WATCHED = 8
#: Largest answer that is read, in bytes.
LARGEST = 16 * 1024 * 1024
#: A system that asks for more than this is asked again all the same.
LONGEST_WAIT = 86400


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers (without case) and body in bytes."""

    status: int
    headers: CaseInsensitiveDict
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8-sig", "replace")

    def json(self):
        """The parsed body.

        :raise ValueError: it is no JSON
        """
        try:
            return json.loads(self.text)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def retry_after(self, now):
        """Seconds of the header Retry-After, in either of its forms, a day at most; None without one."""
        value = self.headers.get("Retry-After", "").strip()
        try:
            wait = (
                int(value)
                if value.isascii() and value.isdecimal()
                else email.utils.parsedate_to_datetime(value).timestamp() - now
            )
        except (ValueError, OverflowError):
            return None
        return min(max(0, wait), LONGEST_WAIT)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as the log keeps them: no secrets, cut to size. ``status`` 0: no answer."""

    method: str
    url: str
    request: str
    status: int
    response: str
    duration_ms: int
    error: str = ""
    request_headers: dict = field(default_factory=dict)


def _checked_connect(connection, allow_private, opened=lambda sock: None):
    """Connect to an address of the host that may be reached; the name is resolved once, so that it can't change in between."""
    try:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, error) from error
    addresses = [address[4][0] for address in found if allow_private or is_public(address[4][0])]
    if not addresses:
        told = f"{connection.host} is in a private network, which this connection may not reach"
        raise Permanent(told, "private_address")
    problem = None
    for address in dict.fromkeys(addresses):
        try:
            sock = create_connection(
                (address, connection.port), connection.timeout, connection.source_address, connection.socket_options
            )
        except TimeoutError as error:
            problem = ConnectTimeoutError(connection, f"{connection.host} timed out")
            problem.__cause__ = error
        except OSError as error:
            problem = NewConnectionError(connection, str(error))
            problem.__cause__ = error
        else:
            opened(sock)
            return sock
    raise problem


def _connection_classes(allow_private, opened):
    class Http(HTTPConnection):
        def _new_conn(self):
            return _checked_connect(self, allow_private, opened)

    class Https(HTTPSConnection):
        def _new_conn(self):
            return _checked_connect(self, allow_private, opened)

    return (
        type("GatePool", (HTTPConnectionPool,), {"ConnectionCls": Http}),
        type("GateTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Https}),
    )


class _GateAdapter(HTTPAdapter):
    def __init__(self, allow_private, ca_pem, opened):
        self._pools = dict(zip(("http", "https"), _connection_classes(allow_private, opened), strict=True))
        self._ca_pem = ca_pem
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        if self._ca_pem:
            kwargs["ssl_context"] = ssl.create_default_context(cadata=self._ca_pem)
        made = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools
        return made

    def cert_verify(self, conn, url, verify, cert):
        if not self._ca_pem:
            return super().cert_verify(conn, url, verify, cert)
        conn.cert_reqs = "CERT_REQUIRED"
        return None


class Gate:
    """Sends requests for one connection.

    :param allow_private: addresses inside of the company's own network may be reached, too
    :param timeout: seconds that a call may take in all
    :param ca_pem: the company's own certificate authority, where the system's certificate is signed by it
    :param secrets: values that must not appear in notes
    :param before: called before each request; may wait, or raise ``RateLimited``
    :param note: called with the ``Exchange`` after each
    """

    def __init__(self, allow_private=False, timeout=TIMEOUT, ca_pem="", secrets=(), before=None, note=None):
        self.timeout = timeout
        self.secrets = tuple(filter(None, secrets))
        self.before = before or (lambda: None)
        self.note = note or (lambda exchange: None)
        self.session = requests.Session()
        self.session.trust_env = False  # neither ~/.netrc nor proxies of the environment
        self.session.headers["User-Agent"] = "Odoo-Loyalty/1"
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # sessions are the adapters' to keep
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _GateAdapter(allow_private, ca_pem, self._watch))
        #: Handles of our own on the open connections, by which a call is ended from outside whatever it waits for.
        self._watched = []

    def close(self):
        self.session.close()
        for handle in self._watched:
            handle.close()
        self._watched.clear()

    def _watch(self, sock):
        while len(self._watched) >= MOST_WATCHED:
            self._watched.pop(0).close()
        self._watched.append(sock.dup())

    def _cut(self, expired):
        expired.set()
        for handle in list(self._watched):
            with contextlib.suppress(OSError):  # it is closed already
                handle.shutdown(socket.SHUT_RDWR)

    def send(
        self,
        method,
        url,
        *,
        params=None,
        headers=None,
        body=None,
        json=None,
        form=None,
        safe=False,
        timeout=None,
        largest=LARGEST,
    ):
        """Send one request.

        :param params: query, dict or pairs; ``url`` may have one already
        :param body: bytes as they are; or ``json``: anything JSON can say; or ``form``: dict
        :param safe: sending it twice does no harm: no answer is then a mere failure
        :return: ``Answer``, of whatever status
        :raise Transient: it was not reached, or ``safe`` and not answered
        :raise Ambiguous: it was sent, and not answered in time or to the end
        :raise Permanent: the address is none, or may not be reached
        """
        headers = dict(headers or {})
        if json is not None:
            body = _dump(json)
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        prepared = self._prepare(method, url, params, headers, form if body is None else body)
        self.before()
        started = time.monotonic()
        answer, failure = None, None
        try:
            answer = self._exchange(prepared, timeout or self.timeout, largest)
        except RemoteError as error:
            failure = Transient(error.message, error.code) if safe and isinstance(error, Ambiguous) else error
            raise failure from error
        finally:
            self.note(self._noted(prepared, answer, failure, started))
        return answer

    def _prepare(self, method, url, params, headers, data):
        try:
            prepared = self.session.prepare_request(requests.Request(method, url, params=params, headers=headers, data=data))
            if urlsplit(prepared.url).scheme not in ("http", "https") or not urlsplit(prepared.url).hostname:
                raise ValueError(url)
        except (ValueError, LocationParseError, requests.RequestException) as error:
            raise Permanent(f"{clean_url(str(url))} is no address", "bad_url") from error
        return prepared

    def _exchange(self, prepared, timeout, largest):
        """One call and no longer than it may take: an answer that trickles is cut off, wherever it is."""
        expired = threading.Event()
        timer = threading.Timer(timeout, self._cut, [expired])
        timer.daemon = True
        timer.start()
        try:
            answer = self._sent(prepared, timeout, largest)
        except Ambiguous as error:
            raise Ambiguous("no answer in time", "read_timeout") if expired.is_set() else error from error
        finally:
            timer.cancel()
        if expired.is_set():  # it may have been cut off where it seems to end
            raise Ambiguous("no answer in time", "read_timeout")
        return answer

    def _sent(self, prepared, timeout, largest):
        try:
            response = self.session.send(prepared, timeout=timeout, allow_redirects=False, stream=True, verify=True)
            with response:
                body = self._read(response, largest)
        except requests.exceptions.SSLError as error:
            raise Transient("the certificate of the other system can't be trusted", "tls") from error
        except requests.ConnectTimeout as error:
            raise Transient("not reached in time", "connect_timeout") from error
        except requests.ConnectionError as error:
            raise self._unreached(error) from error
        except (requests.Timeout, TimeoutError) as error:
            raise Ambiguous("no answer in time", "read_timeout") from error
        except requests.RequestException as error:
            raise Ambiguous("the answer broke off", "broken_answer") from error
        return Answer(response.status_code, response.headers, body)

    @staticmethod
    def _unreached(error):
        cause = error.args[0] if error.args else None
        reason = getattr(cause, "reason", cause)
        if isinstance(reason, NameResolutionError):
            return Transient("its name is not known", "dns")
        if isinstance(reason, (NewConnectionError, ConnectTimeoutError)):
            return Transient("not reached", "connect")
        return Ambiguous("the connection broke off", "reset")

    @staticmethod
    def _read(response, largest):
        parts, size = [], 0
        for part in response.iter_content(65536):
            parts.append(part)
            size += len(part)
            if size > largest:
                raise Ambiguous(f"its answer is larger than {largest} bytes", "too_large")
        return b"".join(parts)

    def _noted(self, prepared, answer, failure, started):
        return Exchange(
            method=prepared.method,
            url=clean_url(prepared.url, self.secrets),
            request=clean_body(prepared.body, self.secrets),
            status=answer.status if answer else 0,
            response=clean_body(answer.body if answer else b"", self.secrets),
            duration_ms=int((time.monotonic() - started) * 1000),
            error=failure.code if failure else "",
            request_headers=clean_headers(prepared.headers),
        )


def _dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
