"""What logs may keep of a call: no secret, and of people no more than is needed to recognise them."""

import json
import re

#: Names under which secrets travel, in queries, headers and bodies; compared without case, - and _.
SECRET_NAMES = frozenset({
    "accesstoken", "refreshtoken", "token", "corpsecret", "appsecret", "clientsecret", "secret", "sign", "signature", "password",
    "authorization", "cookie", "setcookie", "kdservicesessionid", "aspnetsessionid", "kdsvcsessionid", "sessionid",
    "xapisignature", "xkdsignature", "xkdappdata", "xapiclientid", "xkdappkey", "permanentcode", "echostr", "msgsignature",
    "webhooksignature", "idtoken", "encodingaeskey", "apikey", "xapikey",
})  # fmt: skip
MASK = "***"
#: What is shorter is no secret, but may well be a part of other words.
SHORTEST = 6
_MOBILE = re.compile(r"(?<![\d.])(\+?(?:86)?1[3-9]\d)\d{4}(\d{4})(?!\d)")
_EMAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]+)")
_QUERY = re.compile(r"([?&]|^)([\w.-]+)=([^&\s#]*)")


def is_secret(name):
    """
    >>> is_secret("access_token"), is_secret("X-Kd-Signature"), is_secret("name")
    (True, True, False)
    """
    return re.sub(r"[^a-z0-9]", "", str(name).lower()) in SECRET_NAMES


def mask_people(text):
    """Mobile numbers and e-mail addresses, as far as they are recognised.

    >>> mask_people("13800138000, zhang.san@example.com, 1900000000000000001")
    '138****8000, z***@example.com, 1900000000000000001'
    """
    return _EMAIL.sub(r"\1***@\2", _MOBILE.sub(r"\1****\2", text))


def clean_url(url, secrets=()):
    """An address without the secrets of its query, its user or its password, and without these values.

    >>> clean_url("https://x.example/hook?key=abc")
    'https://x.example/hook?key=***'
    >>> clean_url("https://u:p@x.example/cgi-bin/send?access_token=abc&debug=1")
    'https://***@x.example/cgi-bin/send?access_token=***&debug=1'
    """
    url = re.sub(r"//[^/@]*@", f"//{MASK}@", url, count=1)
    url = _QUERY.sub(lambda found: f"{found[1]}{found[2]}={MASK}" if found[2] == "key" or is_secret(found[2]) else found[0], url)
    return _without(url, secrets)


def _without(text, secrets):
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
    return text


def clean_headers(headers):
    """dict of headers, secrets masked."""
    return {name: MASK if is_secret(name) else value for name, value in headers.items()}


def clean_body(body, secrets=(), limit=2000):
    """An excerpt of a body: secrets masked by their names and by their values, people masked, cut to ``limit`` characters.

    :param body: bytes or text; JSON, a form, or anything else
    :param secrets: values that must not be seen wherever they stand

    >>> clean_body('{"access_token": "abc", "to": "13800138000"}')
    '{"access_token": "***", "to": "138****8000"}'
    >>> clean_body("grant_type=password&password=p%20w&username=u")
    'grant_type=password&password=***&username=u'
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    try:
        text = json.dumps(_clean(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = clean_url(text)
    text = mask_people(_without(text, secrets))
    return text if len(text) <= limit else f"{text[:limit]}…"


def _clean(value):
    if isinstance(value, dict):
        return {
            name: MASK if is_secret(name) and not isinstance(inner, (dict, list)) else _clean(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    if isinstance(value, str) and value[:1] in "{[":  # JSON inside of JSON, as some systems send it
        try:
            return json.dumps(_clean(json.loads(value)), ensure_ascii=False)
        except (ValueError, RecursionError):
            return value
    return value
