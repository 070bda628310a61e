"""The signed and encrypted envelope in which WeCom, WeChat, DingTalk and Yonyou send their callbacks. Pure functions.

The sender encrypts ``16 random bytes + length of the message (4 bytes, big endian) + message + receive id`` with AES-256-CBC,
the IV being the first half of the key, padded to 32 bytes after PKCS7; and signs by hashing the sorted texts of token,
timestamp, nonce and ciphertext, joined. Everything here fails closed: what is not proven genuine raises ``Refused``, a setting
that is empty proves nothing, and the signature is compared before anything is decrypted.

Source: the vendors' own crypto demos, of which test_envelope.py has the published vectors.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

BLOCK = 32
RANDOM = 16
#: Seconds that a callback may be old, or from the future.
TOLERANCE = 300
#: Bytes of a callback's body; a real one has a few hundred.
LARGEST = 64 * 1024
#: Digests that a sender may use, by the length of their hexadecimal form.
_DIGESTS = {40: "sha1", 64: "sha256"}


class Refused(Exception):
    """A callback that is not proven to come from the other system as it is.

    :param code: signature, stale, sealed (can't be decrypted), receive_id, body or settings; for the log, never for the sender
    """

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def aes_key(encoded):
    """The 32 bytes of an EncodingAESKey of 43 characters.

    :raise Refused: settings
    """
    try:
        key = base64.b64decode(encoded + "=", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise Refused("settings")
    return key


def padded_key(secret):
    """An EncodingAESKey made of another secret, as Yonyou does: without ``-``, filled up with 0 or cut to 43 characters.

    >>> padded_key("0123-4567")
    '0123456700000000000000000000000000000000000'
    """
    return secret.replace("-", "").ljust(43, "0")[:43]


def sign(*texts, digest="sha1"):
    """Hexadecimal digest of the sorted texts.

    >>> sign("test", "1410685589", "test")  # published by WeChat
    'f21891de399b4e33a1a93c9a7b8a8fffb5a443ff'
    """
    return hashlib.new(digest, "".join(sorted(texts)).encode()).hexdigest()


def check_signature(signature, secret, *texts, digests=("sha1",)):
    """
    :param signature: as received
    :param secret: our token; never empty
    :param texts: what was signed with it: timestamp, nonce, ciphertext
    :param digests: those which this sender uses; which it is, the length of the signature tells
    :raise Refused: settings, signature
    """
    if not secret:
        raise Refused("settings")
    digest = _DIGESTS.get(len(signature or ""))
    if digest not in digests or not all(texts):
        raise Refused("signature")
    if not hmac.compare_digest(sign(secret, *texts, digest=digest).encode(), signature.lower().encode()):
        raise Refused("signature")


def check_time(timestamp, now, tolerance=TOLERANCE):
    """
    :param timestamp: as received: seconds since 1970, or milliseconds where it has 13 digits
    :raise Refused: stale
    """
    if not re.fullmatch(r"[0-9]{1,13}", timestamp or ""):
        raise Refused("stale")
    seconds = int(timestamp) / 1000 if len(timestamp) == 13 else int(timestamp)
    if abs(now - seconds) > tolerance:
        raise Refused("stale")


def seal(key, message, receive_id, random=None):
    """Encrypt.

    :param key: 32 bytes
    :param message: text
    :param random: 16 bytes, for tests
    :return: base64 text
    """
    content = message.encode()
    plain = (random or os.urandom(RANDOM)) + len(content).to_bytes(4, "big") + content + receive_id.encode()
    fill = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()).decode()


def unseal(key, sealed, receive_id):
    """Decrypt: the message as text.

    :param receive_id: for whom it has to be: corp id, app id or app key
    :raise Refused: settings, sealed, receive_id
    """
    if not receive_id:
        raise Refused("settings")
    plain = _unpadded(_decrypted(key, sealed))
    start = RANDOM + 4
    end = start + int.from_bytes(plain[RANDOM:start], "big")
    if len(plain) < start or end > len(plain):
        raise Refused("sealed")
    if not hmac.compare_digest(plain[end:], receive_id.encode()):
        raise Refused("receive_id")
    try:
        return plain[start:end].decode()
    except UnicodeDecodeError:
        raise Refused("sealed") from None


def _cipher(key):
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _decrypted(key, sealed):
    try:
        content = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Refused("sealed") from None
    if not content or len(content) % 16:
        raise Refused("sealed")
    decryptor = _cipher(key).decryptor()
    return decryptor.update(content) + decryptor.finalize()


def _unpadded(plain):
    fill = plain[-1]
    if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise Refused("sealed")
    return plain[:-fill]


def read_xml(body):
    """The children of an XML document's root that hold text only: dict name -> text.

    Entities are not resolved, nothing is fetched, and a document type is refused: none of the senders writes one.

    >>> read_xml(b"<xml><Event><![CDATA[add]]></Event><At>1</At><Empty/><Deep><A>1</A></Deep></xml>")
    {'Event': 'add', 'At': '1', 'Empty': ''}

    :param body: bytes or text
    :raise Refused: body
    """
    content = body.encode() if isinstance(body, str) else body
    if not content or len(content) > LARGEST:
        raise Refused("body")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused("body") from None
    if root.getroottree().docinfo.doctype:
        raise Refused("body")
    return {child.tag: child.text or "" for child in root if isinstance(child.tag, str) and not len(child)}
