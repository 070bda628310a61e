"""What Kingdee Cloud's answers mean. It says nearly every failure with HTTP 200."""

import json

from ..domain.outcomes import Ambiguous, AuthExpired, AuthInvalid, Gone, Permanent, RateLimited, Transient

#: MsgCode -> outcome, from the vendor's table (0 default, 3 to 5, 8, 9, 11, 12 are wrong content). 4: an exception inside, 6: its
#: database failed; see ``_failure`` for these two.
_OUTCOMES = {
    "1": AuthExpired,  # the session is gone
    "2": AuthInvalid,  # no right
    "7": AuthInvalid,  # no licence
    "10": Gone,  # no such record
    "13": Transient,  # somebody is working on the record
    "14": RateLimited,
    "15": AuthInvalid,  # administrators may not sign in
}
#: Where the code says too little (older servers leave it out), by the words.
_WORDS = (
    ("会话信息已丢失", AuthExpired),
    ("未指定允许调用WebAPI接口", AuthInvalid),  # the list of users that may call, MsgCode 11 as for wrong content
    ("没有权限", AuthInvalid),
)
_ERROR_PREFIX = "response_error:"


def read(answer, safe):
    """The parsed answer of a call.

    :param answer: ``gate.Answer`` with a status of 2xx
    :param safe: the call has changed nothing, whatever became of it
    :raise: an outcome
    """
    text = answer.text.strip()
    if text.startswith(_ERROR_PREFIX):
        text = text[len(_ERROR_PREFIX) :].strip()
        raise _failure("", text or "response_error", safe, unclear=True)
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise _failure("no_json", f"no JSON: {text[:200]}", safe, unclear=True) from None
    status = _status(told)
    if status is not None and not _true(status.get("IsSuccess")):
        code = str(status.get("MsgCode") or "")
        raise _failure(code, _messages(status), safe, unclear=code in ("4", "6"))
    return told


def _status(told):
    """The ResponseStatus of an answer; that of a failed query comes disguised as its first row."""
    if isinstance(told, list):
        first = told[0] if told else None
        told = first[0] if isinstance(first, list) and first else first
    result = told.get("Result") if isinstance(told, dict) else None
    return result.get("ResponseStatus") if isinstance(result, dict) else None


def _messages(status):
    """What it says, each with the field it is about.

    >>> _messages({"Errors": [{"FieldName": "FName", "Message": "名称必录"}, {"FieldName": None, "Message": "x"}]})
    'FName: 名称必录; x'
    """
    told = []
    for error in status.get("Errors") or []:
        where, message = error.get("FieldName"), str(error.get("Message") or "").strip()
        told.append(f"{where}: {message}" if where else message)
    return "; ".join(filter(None, told)) or "refused without a reason"


def _failure(code, message, safe, unclear):
    """:param unclear: nobody knows whether it was done."""
    outcome = _OUTCOMES.get(code)
    if outcome is None:
        outcome = next((found for words, found in _WORDS if words in message), None)
    if outcome is None and unclear:
        outcome = Transient if safe else Ambiguous
    return (outcome or Permanent)(message[:2000], code)


def _true(value):
    """
    >>> [_true(v) for v in (True, "true", "True", False, "false", None)]
    [True, True, True, False, False, False]
    """
    return str(value).lower() == "true"


def read_login(answer):
    """The session that a sign-in has opened.

    :raise AuthInvalid: user, application or data centre are not taken
    """
    told = read(answer, safe=True)
    kind = str(told.get("LoginResultType")) if isinstance(told, dict) else ""
    session = told.get("KDSVCSessionId") if kind in ("1", "-5") else ""  # -5: a warning about the licence, as others read it
    if not session:
        message = (told.get("Message") if isinstance(told, dict) else "") or "the sign-in was refused"
        raise AuthInvalid(message, f"login {kind}".strip())
    return session
