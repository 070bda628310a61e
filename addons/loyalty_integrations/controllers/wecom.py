"""Where WeCom tells us that a contact was added, changed or lost."""

import logging

from odoo import http
from odoo.http import request
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from ..adapters.wecom_callback import CHANGES, Callback
from ..domain.envelope import LARGEST, Refused

_logger = logging.getLogger(__name__)


class WeComCallback(http.Controller):
    @http.route(
        "/loyalty/callback/wecom/<string:key>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
    )
    def wecom_callback(self, key, **_query):
        """Answer WeCom's check of this address (GET), or keep what it tells (POST) to be done by the inbox.

        What is not proven to be WeCom's gets 403 and no reason, and nothing of it is kept.
        """
        if (request.httprequest.content_length or 0) > LARGEST:
            raise RequestEntityTooLarge
        body = request.httprequest.get_data()
        query = request.httprequest.args.to_dict()
        # sudo: the sender is nobody of ours; the key names the connection, and the signature proves the sender
        connection = request.env["loyalty.connection"].sudo().search([("system", "=", "wecom"), ("callback_key", "=", key)])
        if not connection:
            raise NotFound
        callback = Callback(connection._settings())
        try:
            if request.httprequest.method == "GET":
                return _text(callback.echo(query))
            event = callback.event(query, body)
        except Refused as refused:
            _logger.warning("connection %s: a callback was refused: %s", connection.id, refused.code)
            connection._note_refused_callback(refused.code)
            return _text("", 403)  # an answer, not an error: what was noted is kept
        if event.kind in CHANGES and connection.state != "draft":
            row = {"event_id": event.id, "data": {"kind": event.kind, **event.values}}
            request.env["loyalty.inbox"].sudo()._receive(connection, "callback", [row])  # sudo: as above
        return _text("")


def _text(content, status=200):
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
    return request.make_response(content, headers, status=status)
