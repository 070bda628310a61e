"""What a link in a message says, in few letters: which member it was sent to, by which channel and about what.

Nothing but numbers: no name, phone or e-mail. The signature is made by whoever knows the secret.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

#: What a link may point at; the place is what it says, so add at the end only. Anything else: no channel in particular.
CHANNELS = ("", "email", "sms", "phone", "wechat", "wecom")
PURPOSES = ("", "marketing", "service")

#: Bytes of the signature: nobody tries out 2 ** 80 links.
SIGNATURE = 10
_SUBJECT = 5


def subject(member: int, channel: str = "", purpose: str = "") -> bytes:
    """Return what a link says, without signature.

    >>> subject(7, "sms", "service").hex(), subject(2**31 - 1, "pigeon", "news").hex()
    ('0000000712', '7fffffff00')
    """
    places = [names.index(name) if name in names else 0 for names, name in ((CHANNELS, channel), (PURPOSES, purpose))]
    return member.to_bytes(4, "big") + bytes([places[1] << 3 | places[0]])


def told(said: bytes) -> tuple[int, str, str]:
    """Return the member, the channel and the purpose; those that are unknown here are empty.

    >>> told(subject(7, "sms", "service")), told(bytes([0, 0, 0, 9, 255]))
    ((7, 'sms', 'service'), (9, '', ''))
    """
    channel, purpose = said[4] & 7, said[4] >> 3
    return (
        int.from_bytes(said[:4], "big"),
        CHANNELS[channel] if channel < len(CHANNELS) else "",
        PURPOSES[purpose] if purpose < len(PURPOSES) else "",
    )


def token(said: bytes, signature: bytes) -> str:
    """Return both as twenty letters of an address.

    >>> token(subject(7, "sms", "service"), bytes(10))
    'AAAABxIAAAAAAAAAAAAA'
    """
    return urlsafe_b64encode(said + signature[:SIGNATURE]).decode()


def parts(text: str) -> tuple[bytes, bytes] | None:
    """Return what is said and the signature; None for what is no token.

    >>> parts("AAAABxIAAAAAAAAAAAAA") == (subject(7, "sms", "service"), bytes(10))
    True
    >>> parts("AAAABxIAAAAAAAAAAAA"), parts("AAAABxIAAAAAAAAAAAA!"), parts("积分"), parts("")
    (None, None, None, None)
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii"))
    except ValueError:
        return None
    if len(raw) != _SUBJECT + SIGNATURE or token(raw[:_SUBJECT], raw[_SUBJECT:]) != text:
        return None
    return raw[:_SUBJECT], raw[_SUBJECT:]
