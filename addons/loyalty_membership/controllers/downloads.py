"""What the routes that hand out members' data have in common."""

from odoo.http import content_disposition, request
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import wrap_file


def requested_members(ids):
    """The members of an address such as ``7,12``; not found is whatever is none. What may be done with them is asked later."""
    if not all(part.isdecimal() and len(part) < 10 for part in ids.split(",")):
        raise NotFound
    return request.env["loyalty.member"].browse(map(int, ids.split(",")))


def download(content, kind, name):
    """Answer with a file that no cache keeps and no browser guesses the kind of.

    :param content: bytes, or a file to be read
    """
    response = request.make_response(
        content if isinstance(content, bytes) else wrap_file(request.httprequest.environ, content),
        [
            ("Content-Type", kind),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "private, no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
    response.direct_passthrough = not isinstance(content, bytes)
    return response
