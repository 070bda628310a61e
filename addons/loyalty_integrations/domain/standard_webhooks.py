"""Signatures after Standard Webhooks (www.standardwebhooks.com), symmetric: made for what we send, checked for what comes."""

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
#: Seconds that the clocks of both sides may differ.
TOLERANCE = 300


def new_secret():
    """A secret of 32 random bytes, as both sides keep it.

    >>> new_secret().startswith("whsec_"), len(key_of(new_secret()))
    (True, 32)
    """
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret):
    """The bytes to sign with.

    :raise ValueError: the secret is no base64, or not of 24 to 64 bytes

    >>> key_of("whsec_c2hvcnQ=")
    Traceback (most recent call last):
    ValueError: a secret has 24 to 64 bytes, in base64
    """
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("a secret has 24 to 64 bytes, in base64")
    return key


def signature(secret, message_id, timestamp, body):
    """One signature of a message; a header lists one for each secret that is in force, with spaces between.

    :param timestamp: seconds, as text or number
    :param body: bytes

    >>> vector = b'{"test": 2432232314}'
    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, vector)
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()


def is_signed(header, secret, message_id, timestamp, body, now):
    """Whether one of the signatures in a header is ours, and of these minutes.

    >>> secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b"{}"
    >>> header = "v1a,x v1,AAAA " + signature(secret, "msg_1", "1000", body)
    >>> [is_signed(header, secret, "msg_1", "1000", body, now) for now in (1000, 1301, 699)]
    [True, False, False]
    >>> is_signed(header, secret, "msg_2", "1000", body, 1000), is_signed("", secret, "msg_1", "1000", body, 1000)
    (False, False)
    >>> is_signed(header, secret, "msg_1", "soon", body, 1000)
    False
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12) or abs(int(timestamp) - now) > TOLERANCE:
        return False
    expected = signature(secret, message_id, timestamp, body).encode()
    # All are compared: how long it takes says nothing of which was right.
    right = [hmac.compare_digest(expected, given.encode("utf-8", "replace")) for given in header.split(" ")]
    return any(right)
