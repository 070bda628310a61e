"""What every fake server is made of: real sockets, real state, and misbehaviour on demand.

A fake stands for another system in tests and, from a shell, for people who want to try a connection. It is plain standard
library, knows nothing of Odoo and nothing of the adapters: what it checks, it checks with code of its own.

    class Echo(Fake):
        def handle(self, request):
            return reply({"you": request.path})

    with Echo() as fake:
        fake.fail_next(503, times=2)
        ...  # call fake.url
        fake.requests[-1].json()

A fake's file begins with::

    try:
        from .base import Fake, main, reply
    except ImportError:  # run as a script
        from base import Fake, main, reply
"""

import argparse
import contextlib
import json
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

#: Ways to misbehave beside a status code (int) and a canned ``Reply``; what each does see ``Fake.fail_next``.
KINDS = {"slow", "reset_before", "reset_after", "truncated", "token_expired"}


@dataclass(frozen=True)
class Request:
    """What a client sent. ``path``: without query, still quoted; ``headers``: looked up without case."""

    method: str
    path: str
    query: dict
    headers: object
    body: bytes
    raw_path: str = ""
    at: float = 0.0

    def json(self):
        return json.loads(self.body.decode("utf-8"))

    def form(self):
        """The fields of an urlencoded body, each with its last value."""
        return dict(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """What goes back: status, body (bytes) and headers."""

    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)


def reply(value=None, status=200, headers=None):
    """An answer of JSON; text and bytes go as they are."""
    if isinstance(value, bytes):
        kind, body = "application/octet-stream", value
    elif isinstance(value, str):
        kind, body = "text/plain; charset=utf-8", value.encode()
    else:
        kind, body = "application/json; charset=utf-8", json.dumps(value, ensure_ascii=False).encode()
    return Reply(status, body, {"Content-Type": kind, **(headers or {})})


@dataclass
class _Misbehaviour:
    kind: object
    times: int
    path: str | None
    seconds: float
    done: bool
    method: str | None


class Fake:
    """One system. Subclasses keep its state and override ``handle``, and ``drop_tokens`` where it has tokens.

    ``requests``: every ``Request`` so far, in order. ``skew``: seconds that its clock is ahead of ours.
    """

    def __init__(self, port=0, host="127.0.0.1"):
        self.host, self.port = host, port
        self.requests = []
        self.skew = 0.0
        #: Held while a request is handled: handlers see the state alone. Take it to look at the state from a test under load.
        self.lock = threading.RLock()
        self.verbose = False
        self._misbehaviours = []
        self._server = None
        self._stopped = threading.Event()

    # ------------------------------------------------------------------
    # For subclasses
    # ------------------------------------------------------------------

    def handle(self, request):
        """Do what the request asks for: gives a ``Reply``."""
        raise NotImplementedError

    def drop_tokens(self):
        """Forget every token or session that was given out."""

    def now(self):
        """Seconds since 1970 by its own clock."""
        return time.time() + self.skew

    # ------------------------------------------------------------------
    # For tests
    # ------------------------------------------------------------------

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def fail_next(self, kind, times=1, path=None, seconds=1.0, done=False, method=None):
        """Misbehave at the next requests.

        :param kind: an HTTP status; a ``Reply``, or anything JSON can say as a canned answer with HTTP 200; or
            slow: do it, answer after ``seconds``; reset_before: close without doing it; reset_after: do it, close without an
            answer; truncated: do it, send half of the answer; token_expired: drop all tokens, then handle the request
        :param times: how often
        :param path: only at requests whose path contains this; ``method``: only at those of this method
        :param done: with a status or a canned answer: do it nevertheless
        """
        if isinstance(kind, str) and kind not in KINDS:
            raise ValueError(f"{kind} is none of {sorted(KINDS)}")
        self._misbehaviours.append(_Misbehaviour(kind, times, path, seconds, done, method))

    def behave(self):
        """Forget what was to go wrong."""
        self._misbehaviours.clear()

    def seen(self, path="", method=None):
        """The requests whose path contains this."""
        return [r for r in list(self.requests) if path in r.path and method in (None, r.method)]

    def start(self):
        """Listen; again at the same port after ``stop``."""
        self._stopped.clear()
        self._server = _Server((self.host, self.port), _Handler, self)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self):
        """Stop listening and cut every connection, as a machine that is switched off."""
        server, self._server = self._server, None
        if server:
            self._stopped.set()
            server.shutdown()
            server.server_close()
            server.cut()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()

    # ------------------------------------------------------------------

    def answer(self, request):
        """``(Reply or None, misbehaviour or "")`` of one request."""
        with self.lock:
            self.requests.append(request)
            wrong = self._take(request)
            kind = wrong.kind if wrong else ""
            if kind == "token_expired":
                self.drop_tokens()
            if kind == "reset_before":
                return None, kind
            if wrong and not (isinstance(kind, str) and kind in KINDS):
                if wrong.done:
                    self.handle(request)
                return _canned(kind), ""
            made = self.handle(request)
        if kind == "slow":
            self._stopped.wait(wrong.seconds)
        return made, kind

    def _take(self, request):
        for wrong in self._misbehaviours:
            if (wrong.path or "") in request.path and wrong.method in (None, request.method):
                wrong.times -= 1
                if wrong.times <= 0:
                    self._misbehaviours.remove(wrong)
                return wrong
        return None


def _canned(kind):
    if isinstance(kind, Reply):
        return kind
    if isinstance(kind, int) and not isinstance(kind, bool):
        return reply({"error": f"HTTP {kind}"}, status=kind)
    return reply(kind)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, handler, fake):
        self.fake = fake
        self._open = set()
        super().__init__(address, handler)

    def process_request(self, request, client_address):
        self._open.add(request)
        return super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        return super().shutdown_request(request)

    def cut(self):
        for connection in list(self._open):
            with contextlib.suppress(OSError):  # it went by itself
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """A client that is gone is no news; anything else is a mistake in the fake and must be seen."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            return super().handle_error(request, client_address)
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True

    def _serve(self):
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        request = Request(self.command, url.path, query, self.headers, body, self.path, time.time())
        made, wrong = fake.answer(request)
        if fake.verbose:
            print(f"{self.command} {self.path} -> {made.status if made else wrong}", flush=True)  # noqa: T201
        if wrong in ("reset_before", "reset_after"):
            self._reset()
        else:
            self._write(made, half=wrong == "truncated")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _reset(self):
        """Close with RST, so that the client can't take it for an end in good order."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _write(self, made, half=False):
        self.send_response_only(made.status)
        if "Date" not in made.headers:
            self.send_header("Date", self.date_time_string(self.server.fake.now()))
        for name, value in made.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(made.body)))
        self.end_headers()
        self.wfile.write(made.body[: len(made.body) // 2] if half else made.body)
        if half:
            self.close_connection = True

    def log_message(self, *_args):
        pass


def main(fake_class, arguments=None):
    """Run a fake from a shell until Ctrl-C; its class's ``options`` (keyword -> default, text) become options."""
    parser = argparse.ArgumentParser(description=(fake_class.__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    for name, default in getattr(fake_class, "options", {}).items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=default, help=f"default {default}")
    fake = fake_class(**vars(parser.parse_args(arguments)))
    fake.verbose = True
    with fake:
        print(f"{fake_class.__name__} at {getattr(fake, 'base_url', fake.url)}", flush=True)  # noqa: T201
        for name in getattr(fake_class, "options", {}):
            print(f"  {name}: {getattr(fake, name, '')}", flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
