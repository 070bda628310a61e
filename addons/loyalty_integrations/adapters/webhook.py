"""Outgoing webhooks after Standard Webhooks: signed, repeated on a schedule, told apart by their id.

https://github.com/standard-webhooks/standard-webhooks, version 1.0.0; docs/integrations/webhooks.md tells the receiver.
"""

import calendar
import json
import uuid
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ..domain.outcomes import AuthInvalid, Gone, Permanent, RateLimited, Transient
from ..domain.standard_webhooks import signature
from .base import PUSH_EVENT, SAFE, Adapter, Sent, register

#: What a receiver should have to take in, in bytes.
LARGEST = 20_000
MINUTE, HOUR = 60, 3600
#: What a receiver answers to an event that it will never take. Not 400, which many answer to a signature or time, too.
REFUSED = (413, 422)
#: What is read of an answer: nobody needs more than the status.
MOST_ANSWERED = 64 * 1024


@register
class Webhook(Adapter):
    code = "webhook"
    flows = frozenset({PUSH_EVENT})
    repeats = {PUSH_EVENT: SAFE}
    settings_needed = ("url", "secret")
    rate = (20, 1)
    #: After the first try 5 s, then 5 and 30 minutes, then hours: some three days in all.
    schedule = (
        5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
    )  # fmt: skip

    def check(self):
        """Send an event of type ``webhook.test``."""
        now = datetime.fromtimestamp(int(self.clock()), UTC).isoformat().replace("+00:00", "Z")
        self.push(PUSH_EVENT, {"type": "webhook.test", "timestamp": now, "data": {}}, uuid.uuid4().hex)
        return urlsplit(self.settings["url"]).hostname

    def push(self, flow, payload, key, external_id=""):
        """
        :param payload: dict of ``type``, ``timestamp`` (ISO 8601) and ``data``; the same one is the same bytes on every try
        """
        body = self.body(payload)
        if len(body) > LARGEST:
            raise Permanent(f"the event has {len(body)} bytes, more than {LARGEST}", "too_large")
        headers = {**self._signed(f"msg_{key}", body), "Content-Type": "application/json"}
        answer = self.http.send("POST", self.settings["url"], headers=headers, body=body, safe=True, largest=MOST_ANSWERED)
        if failure := self._failure(answer):
            raise failure
        return Sent()

    @staticmethod
    def body(payload):
        """An event in bytes, with its keys in one order wherever the payload comes from."""
        ordered = {name: payload[name] for name in ("type", "timestamp")}
        data = json.dumps(payload["data"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        head = json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
        return f'{head[:-1]},"data":{data}}}'.encode()

    def _signed(self, message, body):
        at = str(int(self.clock()))
        try:
            signatures = [signature(secret, message, at, body) for secret in self._secrets()]
        except ValueError as error:
            raise AuthInvalid(f"the signing secret is wrong: {error}", "bad_secret") from error
        return {"webhook-id": message, "webhook-timestamp": at, "webhook-signature": " ".join(signatures)}

    def _secrets(self):
        """The secret, and the one before it as long as receivers may not have the new one."""
        previous, until = self.settings.get("previous_secret"), self.settings.get("previous_until")
        in_force = previous and until and calendar.timegm(until.timetuple()) > self.clock()
        return [self.settings["secret"], previous] if in_force else [self.settings["secret"]]

    def _failure(self, answer):
        """What isn't 2xx is tried again, for receivers are mended, unless it is this event that is refused; 410 refuses all."""
        status, wait = answer.status, answer.retry_after(self.clock())
        told = f"HTTP {status}"
        if 200 <= status < 300:
            return None
        if status == 410:
            return Gone(f"{told}: the receiver wants no more events", status)
        if status in REFUSED:
            return Permanent(f"{told}: the receiver refuses this event", status)
        if status == 429:
            return RateLimited(told, status, wait)
        if 300 <= status < 400:
            return Transient(f"{told}: redirects are not followed", status)
        return Transient(told, status, wait)
