"""What can become of a call to another system. An adapter raises one of these; the layer decides by its class alone."""

from .inbox import storable

#: Seconds: whoever asks us to wait longer is asked again before.
LONGEST_WAIT = 31 * 86400


class RemoteError(Exception):
    """A call that did not succeed.

    :param message: what the other system said, in its words, for people
    :param code: its own code of it, as text; what errors are counted and grouped by
    :param retry_after: seconds before which another try makes no sense, where it said so
    :param external_id: what the record is called there that was made nevertheless
    """

    kind = ""
    #: Whether it counts as one of the row's tries.
    counts = True

    def __init__(self, message, code="", retry_after=None, external_id=""):
        self.message, self.code = storable(str(message)), storable(str(code or ""))
        super().__init__(self.message)
        self.retry_after = retry_after if retry_after is None else min(max(0, retry_after), LONGEST_WAIT)
        self.external_id = external_id

    def __str__(self):
        return f"[{self.code}] {self.message}" if self.code else self.message


class AuthExpired(RemoteError):
    """The token is not taken any more; a new one will be. Never leaves the adapter: see ``Adapter.call``."""

    kind = "auth_expired"
    counts = False


class AuthInvalid(RemoteError):
    """Secret, right or address list is wrong: nothing works until somebody mends it. The connection stops and asks for help."""

    kind = "auth_invalid"
    counts = False


class RateLimited(RemoteError):
    """Too many calls; later ones are taken."""

    kind = "rate_limited"
    counts = False


class QuotaExceeded(RemoteError):
    """What was bought is used up until ``retry_after``."""

    kind = "quota"
    counts = False


class Transient(RemoteError):
    """Not reached, or the system is out of order for now; it did nothing."""

    kind = "transient"


class Ambiguous(RemoteError):
    """The call was sent and no answer came: it may have been done."""

    kind = "ambiguous"


class Permanent(RemoteError):
    """It will never be taken as it is: wrong content, unknown recipient, not wanted."""

    kind = "permanent"


class Gone(Permanent):
    """What the call is about doesn't exist there any more."""

    kind = "gone"


KINDS = {
    error.kind: error for error in (AuthExpired, AuthInvalid, RateLimited, QuotaExceeded, Transient, Ambiguous, Permanent, Gone)
}


def ended(told):
    """Words of another system as a sentence, so that another may follow.

    >>> ended("[403] HTTP 403"), ended("[2] 没有权限"), ended("Really?"), ended("")
    ('[403] HTTP 403.', '[2] 没有权限。', 'Really?', '')
    """
    if not told or told[-1] in ".。!！?？…":
        return told
    return told + ("." if told[-1].isascii() else "。")
