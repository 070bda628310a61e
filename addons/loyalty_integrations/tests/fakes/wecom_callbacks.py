"""The callbacks of the fake WeCom, signed and encrypted by code of its own."""

import base64
import contextlib
import hashlib
import http.client
import secrets
import struct
import urllib.parse

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class Callbacks:
    """What tells others of events; needs corp_id, agent_id, callback_token, callback_aes_key and now()."""

    def sealed(self, message, receive_id=None):
        """The message encrypted for the company, or for somebody else."""
        key = base64.b64decode(self.callback_aes_key + "=")
        content, pad = message.encode(), padding.PKCS7(256).padder()
        plain = secrets.token_bytes(16) + struct.pack("!I", len(content)) + content + (receive_id or self.corp_id).encode()
        cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(cipher.update(pad.update(plain) + pad.finalize()) + cipher.finalize()).decode()

    def signed(self, sealed, at=None):
        """The query of a callback with this content."""
        stamp, nonce = str(int(self.now() if at is None else at)), str(secrets.randbelow(10**10))
        digest = hashlib.sha1("".join(sorted([self.callback_token, stamp, nonce, sealed])).encode()).hexdigest()  # noqa: S324
        return {"msg_signature": digest, "timestamp": stamp, "nonce": nonce}

    def event(self, change, external_userid, userid="zhangsan", state="", at=None):
        """The XML of a change of a contact."""
        fields = {
            "ToUserName": self.corp_id,
            "FromUserName": "sys",
            "MsgType": "event",
            "Event": "change_external_contact",
            "ChangeType": change,
            "UserID": userid,
            "ExternalUserID": external_userid,
            "State": state,
            "WelcomeCode": secrets.token_hex(8),
        }
        texts = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
        return f"<xml>{texts}<CreateTime>{int(self.now() if at is None else at)}</CreateTime></xml>"

    def callback(self, message, receive_id=None, at=None):
        """``(query, body)`` of a callback with this message."""
        sealed = self.sealed(message, receive_id)
        body = (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName><AgentID><![CDATA[{self.agent_id}]]></AgentID>"
            f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        )
        return self.signed(sealed, at), body.encode()

    def send_event(self, url, change, external_userid, userid="zhangsan", state="", times=1):
        """Tell ``url`` of a change, so many times the same: ``(status, body)`` of the last answer."""
        query, body = self.callback(self.event(change, external_userid, userid, state))
        for _time in range(times):
            answer = _asked(f"{url}?{urllib.parse.urlencode(query)}", body)
        return answer

    def check_url(self, url, text="5927782489442352469"):
        """Check an address as the console does: whether it answers with the decrypted text, and nothing else."""
        sealed = self.sealed(text)
        query = {**self.signed(sealed), "echostr": sealed}
        return _asked(f"{url}?{urllib.parse.urlencode(query)}") == (200, text.encode())


def _asked(url, body=None):
    """``(status, body)`` of a call to an address of http or https."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with contextlib.closing(kind(parts.netloc, timeout=5)) as connection:
        connection.request("POST" if body else "GET", f"{parts.path}?{parts.query}", body, {"Content-Type": "text/xml"})
        answer = connection.getresponse()
        return answer.status, answer.read()
