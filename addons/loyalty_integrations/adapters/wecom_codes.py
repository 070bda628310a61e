"""What the error codes of WeCom (企业微信) mean. Only the code decides; the text is theirs and changes."""

from ..domain.outcomes import Ambiguous, AuthExpired, AuthInvalid, Gone, Permanent, RateLimited, Transient

#: Seconds to wait after 45009, which doesn't say how long; its windows are a minute and an hour.
FREQUENCY_WAIT = 60

BUSY = {"-1", "6000", "45033"}
TOKEN = {"40001", "40014", "42001"}
#: Id, secret, address or right is missing or wrong: somebody has to mend it in WeCom's console.
RIGHTS = {"40013", "48002", "60011", "60020", "301002"}
#: Of those, what may be one staff member's or one tag's alone: out of the app's range, made by another app.
OF_ONE = {"60011", "301002"}
#: The contact is none of the company, or not one of this staff member any more.
GONE = {"40096", "84061"}
#: A tag that doesn't exist (any more).
NO_TAG = {"40068"}
#: A tag of that name exists: somebody was faster.
TAG_EXISTS = {"40071"}


def outcome(code, message, signing_in=False, of_one=False):
    """The error of an errcode other than 0.

    :param of_one: the call is about one contact at one staff member: there a missing right stops nothing else

    >>> type(outcome("42001", "access_token expired")).__name__
    'AuthExpired'
    >>> type(outcome("40001", "invalid credential", signing_in=True)).__name__
    'AuthInvalid'
    >>> type(outcome("60011", "no privilege")).__name__, type(outcome("60011", "no privilege", of_one=True)).__name__
    ('AuthInvalid', 'Permanent')
    """
    if code in BUSY:
        return Transient(message, code)
    if code in TOKEN and not signing_in:
        return AuthExpired(message, code)
    if of_one and code in OF_ONE:
        return Permanent(message, code)
    if code in RIGHTS or (signing_in and code != "45009"):
        return AuthInvalid(message, code)
    if code == "45009":
        return RateLimited(message, code, FREQUENCY_WAIT)
    if code in GONE:
        return Gone(message, code)
    return Permanent(message, code)


def parse(answer, safe, signing_in=False, of_one=False):
    """The parsed body of an ``Answer`` with HTTP 2xx and errcode 0.

    :param safe: doing it twice does no harm
    :param of_one: as of ``outcome``
    :raise RemoteError: any other
    """
    try:
        body = answer.json()
        code = str(body["errcode"])
    except (ValueError, TypeError, KeyError):
        raise (Transient if safe else Ambiguous)("its answer is not WeCom's", "no_errcode") from None
    if code != "0":
        raise outcome(code, str(body.get("errmsg") or ""), signing_in, of_one)
    return body
