"""A receiver of webhooks after Standard Webhooks, as a shop's developer would write it from the specification."""

import base64
import hashlib
import hmac
import time

try:
    from .base import Fake, main, reply
except ImportError:  # run as a script
    from base import Fake, main, reply

TOLERANCE = 300


class WebhookReceiver(Fake):
    """Keeps each event once, by its webhook-id, if one of its secrets has signed it within five minutes."""

    options = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}

    def __init__(self, *args, secret="", **kwargs):
        super().__init__(*args, **kwargs)
        self.secret = secret or self.options["secret"]
        #: webhook-id -> event, in the order of the first time
        self.events = {}
        #: webhook-id -> bodies, each time
        self.bodies = {}
        #: how many signatures the last message had
        self.signatures = 0

    def now(self, clock=time.time):
        """Its own clock goes on where a test stops Python's."""
        return clock() + self.skew

    def handle(self, request):
        header = {name.lower(): value for name, value in request.headers.items()}
        message, at = header.get("webhook-id", ""), header.get("webhook-timestamp", "")
        if not at.isdigit() or abs(int(at) - self.now()) > TOLERANCE:
            return reply({"error": "timestamp"}, 400)
        if not self._is_signed(header.get("webhook-signature", ""), f"{message}.{at}.".encode() + request.body):
            return reply({"error": "signature"}, 401)
        self.bodies.setdefault(message, []).append(request.body)
        self.events.setdefault(message, request.json())
        return reply("", 204)

    def _is_signed(self, header, signed):
        self.signatures = len(header.split())
        _prefix, _underscore, encoded = self.secret.partition("_")
        mac = hmac.new(base64.b64decode(encoded), signed, hashlib.sha256).digest()
        given = [part.split(",", 1)[1] for part in header.split() if part.startswith("v1,")]
        return any(hmac.compare_digest(base64.b64encode(mac).decode(), one) for one in given)


if __name__ == "__main__":
    main(WebhookReceiver)
