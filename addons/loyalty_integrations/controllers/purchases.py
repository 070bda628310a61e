"""Where tills and shops send their tickets to: ``POST /loyalty/v1/purchases``; see docs/integrations/incoming.md."""

import functools
import json
import logging
import math
import time
import traceback

from odoo import http
from odoo.http import request
from werkzeug.exceptions import RequestEntityTooLarge

from ..domain.standard_webhooks import is_signed, new_secret
from ..domain.ticket import parse_json
from ..models.own_transaction import own_transaction

_logger = logging.getLogger(__name__)

LARGEST = 1024 * 1024
MOST_TICKETS = 100
LONGEST_KEY = 255
#: Stands for the secret of a connection that isn't there, so that it takes as long to say so.
NOBODYS_SECRET = new_secret()


class Problem(Exception):
    """A call that is answered with an error."""

    def __init__(self, status, error, message, **headers):
        super().__init__(message)
        self.status = status
        self.body = {"status": "failed", "error": error, "message": message}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def in_json(endpoint):
    """Whatever happens, the answer is JSON."""

    @functools.wraps(endpoint)
    def answered(*args, **kwargs):
        try:
            status, body, headers = endpoint(*args, **kwargs)
        except Problem as error:
            status, body, headers = error.status, error.body, error.headers
        except Exception as error:
            # Where and what kind of error it was, not its words: they may quote what somebody bought.
            where = "".join(traceback.format_tb(error.__traceback__))
            _logger.error("an incoming call failed: %s\n%s", type(error).__name__, where)
            status, headers = 500, {"Retry-After": "60"}
            body = {"status": "failed", "error": "internal", "message": "not booked; send it again"}
        headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", **headers}
        return request.make_response(json.dumps(body, ensure_ascii=False, sort_keys=True), list(headers.items()), status=status)

    return answered


class Purchases(http.Controller):
    @http.route("/loyalty/v1/purchases", type="http", auth="public", csrf=False, save_session=False)
    @in_json
    def receive(self, **_parameters):
        _check_method("POST")
        body = _body()
        connection = _caller(body)
        _check_open(connection)
        value = _parsed(body)
        key = _key()
        batch = isinstance(value, list)
        items = value if batch else [value]
        if not 0 < len(items) <= MOST_TICKETS:
            raise Problem(422, "invalid", f"send 1 to {MOST_TICKETS} tickets")
        keys = [f"{key}#{number}" if key else "" for number in range(len(items))] if batch else [key]
        told = request.env["loyalty.inbox"]._answer_tickets(connection, items, keys)
        if not batch:
            return told[0].status, told[0].body, told[0].headers
        return 207, {"results": [{"status": one.status, "body": one.body} for one in told]}, {}

    @http.route("/loyalty/v1/purchases/<int:inbox_id>", type="http", auth="public", csrf=False, save_session=False)
    @in_json
    def status(self, inbox_id, **_parameters):
        _check_method("GET")
        connection = _caller(_body())
        # sudo: the caller is known by the token alone, and sees what came in by it
        row = request.env["loyalty.inbox"].sudo().search([("id", "=", inbox_id), ("connection_id", "=", connection.id)])
        if not row:
            raise Problem(404, "unknown", "there is no such ticket")
        return 200, row._status(), {}


# ----------------------------------------------------------------------
# The call
# ----------------------------------------------------------------------


def _check_method(method):
    if request.httprequest.method not in (method, "HEAD" if method == "GET" else method):
        raise Problem(405, "method", f"use {method}", Allow=method)


def _body():
    """The body as it was sent: signatures are of its bytes. What says that it is too large isn't read."""
    try:
        fits = (request.httprequest.content_length or 0) <= LARGEST
        body = request.httprequest.get_data() if fits else None
    except RequestEntityTooLarge:  # of what doesn't say, Odoo reads no more than it reads elsewhere
        body = None
    if body is None or len(body) > LARGEST:
        raise Problem(413, "too_large", f"send at most {LARGEST} bytes")
    return body


def _key():
    header = request.httprequest.headers
    key = (header.get("Idempotency-Key") or header.get("webhook-id") or "").strip()
    if len(key) > 2 and key[0] == key[-1] == '"':  # as the draft of the IETF writes it
        key = key[1:-1]
    if len(key) > LONGEST_KEY - 5 or not key.isprintable():
        raise Problem(400, "invalid", f"Idempotency-Key: at most {LONGEST_KEY - 5} printable characters")
    return key


def _parsed(body):
    if request.httprequest.mimetype != "application/json":
        raise Problem(415, "invalid", "send JSON, with Content-Type: application/json")
    try:
        return parse_json(body.decode("utf-8-sig"))
    except ValueError as error:
        raise Problem(400, "invalid", f"this is no JSON: {error}"[:200]) from None


# ----------------------------------------------------------------------
# The caller
# ----------------------------------------------------------------------


def _caller(body):
    """The connection that a call belongs to; whoever shows nothing right is told nothing of what there is."""
    header = request.httprequest.headers
    scheme, _space, token = header.get("Authorization", "").partition(" ")
    # sudo: whoever calls is nobody here until the token or the signature says who
    connections = request.env["loyalty.connection"].sudo()
    if scheme.lower() == "bearer" and token.strip():
        found = connections._till_by_token(token.strip())
    else:
        found = connections._till_by_key(request.httprequest.args.get("c"))
        secret = found._secret("till_secret") if found else ""
        signed = is_signed(
            header.get("webhook-signature", ""), secret or NOBODYS_SECRET, header.get("webhook-id", ""),
            header.get("webhook-timestamp", ""), body, time.time(),
        )  # fmt: skip
        found = found if secret and signed and header.get("webhook-id") else connections
    if not found:
        raise Problem(401, "unauthorized", "the token or the signature is not right", WWW_Authenticate="Bearer")
    return found


def _check_open(connection):
    if connection.state == "draft" or not connection.pull_purchases:
        raise Problem(403, "not_active", "this connection is not switched on")
    if connection.state != "active":
        raise Problem(503, "paused", "this connection is paused; send it again later", Retry_After="300")
    meter = connection._meter()
    taken, wait = own_transaction(connection.env, lambda cr: meter._grab(cr, 1))
    if not taken:
        raise Problem(429, "too_fast", "too many calls", Retry_After=str(max(1, math.ceil(wait))))
