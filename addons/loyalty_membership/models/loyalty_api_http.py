"""The outermost edge of the API: what Odoo's JSON-2 controller would stumble over before our methods run."""

import functools

from odoo import models
from odoo.exceptions import ConcurrencyError
from odoo.http import request
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from werkzeug.exceptions import ServiceUnavailable, UnprocessableEntity

#: Names that the controller itself takes, and what they must be.
_CONTROLLER = {"context": dict, "ids": list}
_BUSY = (SerializationFailure, DeadlockDetected, LockNotAvailable, ConcurrencyError)


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _is_loyalty_api(cls):
        return request.httprequest.path.startswith("/json/2/loyalty.api/")

    @classmethod
    def _pre_dispatch(cls, rule, args):
        if cls._is_loyalty_api():
            request.get_json_data = functools.partial(cls._parse_body, request.get_json_data)
        return super()._pre_dispatch(rule, args)

    @classmethod
    def _parse_body(cls, parse):
        try:
            return parse()
        except RecursionError:
            # A ValueError, as of any other body that is no JSON, is answered with 400.
            raise ValueError("it is nested too deeply") from None

    @classmethod
    def _dispatch(cls, endpoint):
        if cls._is_loyalty_api():
            cls._check_controller_arguments()
        return super()._dispatch(endpoint)

    @classmethod
    def _check_controller_arguments(cls):
        body = request.dispatcher.jsonrequest
        if body is not None and not isinstance(body, dict):
            raise UnprocessableEntity("body: must be a JSON object, the arguments by name")
        for name, kind in _CONTROLLER.items():
            if not isinstance(request.params.get(name, kind()), kind):
                raise UnprocessableEntity(f"{name}: must be {'an object' if kind is dict else 'a list'}")
        if "self" in request.params:
            raise UnprocessableEntity("self: is not known here")

    @classmethod
    def _handle_error(cls, exception):
        if cls._is_loyalty_api() and isinstance(exception, _BUSY):
            # Odoo has tried five times; nothing was written, and trying again is safe.
            exception = ServiceUnavailable("busy: others change the same members, try again", retry_after=1)
        return super()._handle_error(exception)
