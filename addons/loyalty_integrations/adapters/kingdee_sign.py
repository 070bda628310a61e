"""How requests to Kingdee Cloud are signed: once at the sign-in, or each by its headers.

Sources: Kingdee's guide of LoginBySign; for the headers the vendor's own Python kit, version 8.2.0, whose output these agree
with. The identities in the examples are made up.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from urllib.parse import quote, urlsplit

#: What the vendor's kit mixes the second half of an application id with.
_MIXED_WITH = b"0054f397c6234378b09ca7d3"
HASHES = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}


def login_signature(who, timestamp, algorithm="sha256"):
    """The signature of LoginBySign: the hash of the five texts in ordinal order, one after the other.

    :param who: dict with acct_id, user, app_id, app_secret
    :param timestamp: seconds since 1970, as text
    :param algorithm: sha256; sha1 before patch PT-146911 (8.0.0.202205)

    >>> who = {"acct_id": "6290000000abcd", "user": "demo", "app_id": "123456_" + "A" * 32, "app_secret": "0123456789abcdef" * 2}
    >>> login_signature(who, "1768464000")
    '30d96bbb89ef70a9a70e05d5f2e679e7c3ec477d8392fa961fc98cd3b748022c'
    """
    texts = sorted([who["acct_id"], who["user"], who["app_id"], who["app_secret"], timestamp])
    return HASHES[algorithm]("".join(texts).encode()).hexdigest()


def client_secret(app_id):
    """What the gateway's signature is keyed with, derived from the second half of the application id; "" of a malformed one.

    >>> client_secret("123456_" + "A" * 32)
    'MDA1NGYzOTdjNjIzNDM3OGIwOWNhN2Qz'
    >>> [client_secret(app_id) for app_id in ("", "123456", "123456_AAAA", "123456_" + "!" * 32, "123456_" + "积" * 32)]
    ['', '', '', '', '']
    """
    client, _, mixed = app_id.partition("_")
    try:
        half = b64decode(mixed, validate=True)
    except ValueError:
        return ""
    if not client.isascii() or len(half) != len(_MIXED_WITH):
        return ""
    return b64encode(bytes(a ^ b for a, b in zip(half, _MIXED_WITH, strict=True))).decode()


def signed_headers(who, url, timestamp, nonce):
    """The headers of a request that is signed by itself, without any session.

    :param who: as of ``login_signature``, and lcid and org_number
    :param timestamp: seconds since 1970, as text
    :param nonce: a text that is used once

    >>> who = {"acct_id": "6290000000abcd", "user": "demo", "app_id": "123456_" + "A" * 32, "app_secret": "0123456789abcdef" * 2}
    >>> who |= {"lcid": "2052", "org_number": "100"}
    >>> url = "https://erp.example.com/K3Cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.View.common.kdsvc"
    >>> headers = signed_headers(who, url, "1768464000", "1768464000")
    >>> headers["X-Api-Signature"]
    'MjljZWI5OWEwNTFiNjE5ZTkwZmM0ZjkzMzUzNWNhMWFkZWNhYzFjMDJjOWU2ZDZhYWQyZGNjNjAxNDJmOGNhYg=='
    >>> headers["X-Kd-Appdata"]
    'NjI5MDAwMDAwMGFiY2QsZGVtbywyMDUyLDEwMA=='
    >>> headers["X-Kd-Signature"]
    'YjlhOWZjMWQyNmJkZmFlMTc1MDFjN2UyN2U2ZjhkNmYzOGIzYjc5MmU2MTA3Zjg3MDA1OTM4YjUzNWQzMWFjYg=='
    """
    path = quote(urlsplit(url).path, safe="/%").replace("/", "%2F")
    to_sign = f"POST\n{path}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"
    whose = ",".join((who["acct_id"], who["user"], str(who["lcid"]), who["org_number"]))
    return {
        "X-Api-ClientID": who["app_id"].partition("_")[0],
        "X-Api-Auth-Version": "2.0",
        "x-api-timestamp": timestamp,
        "x-api-nonce": nonce,
        "x-api-signheaders": "x-api-timestamp,x-api-nonce",
        "X-Api-Signature": _signature(client_secret(who["app_id"]), to_sign),
        "X-Kd-Appkey": who["app_id"],
        "X-Kd-Appdata": b64encode(whose.encode()).decode(),
        "X-Kd-Signature": _signature(who["app_secret"], who["app_id"] + whose),
    }


def _signature(key, text):
    """Base64 of the *hexadecimal text* of the digest, not of the digest itself."""
    return b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().encode()).decode()
