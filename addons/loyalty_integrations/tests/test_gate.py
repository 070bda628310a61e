"""The one gate for HTTP, against servers that misbehave."""

import contextlib
import http.server
import os
import socket
import ssl
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from odoo.tests import BaseCase, tagged

from ..domain import gate as gate_module
from ..domain.gate import Gate
from ..domain.outcomes import Ambiguous, Permanent, RateLimited, Transient
from .fakes.base import Fake, Reply, reply


class Server(Fake):
    def handle(self, request):
        if request.path == "/redirect":
            return Reply(302, b"", {"Location": "http://169.254.169.254/latest/meta-data"})
        if request.path == "/large":
            return reply(b"x" * 200_000)
        return reply({"path": request.path, "headers": dict(request.headers.items()), "body": request.body.decode()})


@tagged("standard", "post_install", "-at_install")
class TestGate(BaseCase):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Server())
        self.notes = []
        self.gate = Gate(allow_private=True, note=self.notes.append, secrets=["very-secret"])
        self.addCleanup(self.gate.close)

    def test_what_is_sent_arrives_as_it_is(self):
        answer = self.gate.send(
            "POST", f"{self.server.url}/a", params={"q": "积分"}, json={"name": "张三 🎁", "id": 1900000000000000001}
        )
        self.assertEqual(answer.json()["body"], '{"name":"张三 🎁","id":1900000000000000001}')
        self.assertEqual(self.server.requests[0].query, {"q": "积分"})

    def test_private_addresses_are_refused_and_nothing_is_sent(self):
        for url in (self.server.url, self.server.url.replace("127.0.0.1", "localhost")):
            with self.assertRaisesRegex(Permanent, "private_address"):
                Gate().send("GET", url)
        self.assertFalse(self.server.requests)

    def test_a_public_name_that_leads_inside_is_refused(self):
        """As it is resolved once, and that address used, it can't lead elsewhere a moment later either."""
        inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", self.server.port))]
        with patch.object(socket, "getaddrinfo", return_value=inside) as resolved, self.assertRaisesRegex(Permanent, "private"):
            gate_module._checked_connect(self.connection("hooks.example.com"), allow_private=False)
        self.assertEqual((resolved.call_count, self.server.requests), (1, []))

    def connection(self, host):
        pool, _tls = gate_module._connection_classes(False, lambda sock: None)
        return pool.ConnectionCls(host, self.server.port)

    def test_redirects_are_not_followed(self):
        answer = self.gate.send("GET", f"{self.server.url}/redirect")
        self.assertEqual((answer.status, len(self.server.requests)), (302, 1))

    def test_neither_passwords_nor_proxies_of_the_machine_are_used(self):
        with tempfile.TemporaryDirectory() as home:
            with open(os.path.join(home, ".netrc"), "w", encoding="ascii") as file:
                file.write("machine 127.0.0.1 login me password mine\n")
            os.chmod(file.name, 0o600)
            surprises = {"HOME": home, "NETRC": file.name, "http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
            with patch.dict(os.environ, surprises):
                answer = self.gate.send("GET", f"{self.server.url}/a")
        self.assertNotIn("Authorization", answer.json()["headers"])

    def test_cookies_of_an_answer_are_not_sent_back(self):
        self.server.fail_next(Reply(200, b"{}", {"Set-Cookie": "session=1"}))
        self.gate.send("GET", self.server.url)
        self.assertNotIn("Cookie", self.gate.send("GET", self.server.url).json()["headers"])

    def test_a_system_that_is_not_there_was_not_reached(self):
        self.server.stop()
        with self.assertRaisesRegex(Transient, "not reached"):
            self.gate.send("POST", self.server.url, json={})

    def test_no_answer_to_what_changes_something_leaves_it_open(self):
        self.server.fail_next("reset_after", times=2)
        with self.assertRaises(Ambiguous):
            self.gate.send("POST", self.server.url, json={})
        with self.assertRaises(Transient):
            self.gate.send("POST", self.server.url, json={}, safe=True)

    def test_an_answer_that_breaks_off_is_none(self):
        self.server.fail_next("truncated")
        with self.assertRaises(Ambiguous):
            self.gate.send("POST", self.server.url, json={})

    def drip(self, head, part, count=400):
        """The address of a server that sends a head at once and then a part every quarter of a second, and never ends."""
        listener = self.enterContext(socket.create_server(("127.0.0.1", 0)))

        def serve():
            connection, _address = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                for _time in range(count):
                    connection.sendall(part)
                    time.sleep(0.25)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    def assert_given_up(self, url):
        """Odoo's tests stretch short time-outs to ten seconds; the gate's own holds."""
        started = time.monotonic()
        with self.assertRaisesRegex(Ambiguous, "in time"):
            self.gate.send("POST", url, json={}, timeout=1)
        self.assertLess(time.monotonic() - started, 5)

    def test_an_answer_that_trickles_is_given_up_in_time(self):
        self.assert_given_up(self.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n", b"x"))

    def test_a_head_that_trickles_is_given_up_in_time(self):
        self.assert_given_up(self.drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"))

    def test_an_answer_without_an_end_is_not_taken_for_a_whole_one(self):
        self.assert_given_up(self.drip(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"))

    def test_a_system_can_not_make_us_wait_for_ever(self):
        for told in ("999999999999", "\u00b2", "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "soon"):
            with self.subTest(told):
                wait = gate_module.Answer(429, {"Retry-After": told}, b"").retry_after(time.time())
                self.assertTrue(wait is None or 0 <= wait <= 86400, wait)
        self.assertEqual(gate_module.Answer(429, {"Retry-After": "7"}, b"").retry_after(time.time()), 7)
        self.assertLessEqual(RateLimited("slowly", retry_after=1e12).retry_after, 31 * 86400)

    def test_an_answer_that_is_too_large_is_not_read(self):
        with self.assertRaisesRegex(Ambiguous, "too_large"):
            self.gate.send("GET", f"{self.server.url}/large", largest=100_000)

    def test_addresses_that_are_none_are_told(self):
        for url in ("", "ftp://example.com", "http://", "no address"):
            with self.subTest(url), self.assertRaisesRegex(Permanent, "is no address"):
                self.gate.send("GET", url)

    def test_what_is_noted_holds_no_secret_and_no_number_of_a_person(self):
        self.gate.send(
            "POST", f"{self.server.url}/a?access_token=abc", headers={"Authorization": "Bearer abc"},
            json={"phone": "13800138000", "token": "abc", "note": "very-secret"},
        )  # fmt: skip
        [note] = self.notes
        self.assertEqual(note.request, '{"phone": "138****8000", "token": "***", "note": "***"}')
        for secret in ("abc", "very-secret", "13800138000"):
            self.assertNotIn(secret, str(note))

    def test_before_each_call_it_asks_whether_it_may(self):
        def no():
            raise RateLimited("slowly", "own_rate", 3)

        with self.assertRaises(RateLimited):
            Gate(allow_private=True, before=no).send("GET", self.server.url)
        self.assertFalse(self.server.requests)

    # ------------------------------------------------------------------
    # TLS
    # ------------------------------------------------------------------

    def tls_server(self):
        """A server with a certificate of its own making; (url, certificate in PEM)."""
        key, pem = self.certificate()
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(key + pem)
            file.flush()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file.name)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_args: None  # a client that doesn't trust us is what is tested
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"https://localhost:{server.server_port}/", pem.decode()

    def certificate(self):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        encoding = serialization.Encoding.PEM
        private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return private, made.public_bytes(encoding)

    def test_a_certificate_that_nobody_knows_is_not_trusted(self):
        url, _pem = self.tls_server()
        with self.assertRaisesRegex(Transient, "certificate"):
            self.gate.send("GET", url)

    def test_the_companys_own_authority_is_trusted_where_it_is_given(self):
        url, pem = self.tls_server()
        gate = Gate(allow_private=True, ca_pem=pem)
        self.addCleanup(gate.close)
        self.assertEqual(gate.send("GET", url).status, 501)  # a bare handler knows no GET; the handshake is what counts
