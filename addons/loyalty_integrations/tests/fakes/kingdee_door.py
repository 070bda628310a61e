"""Who may call the fake Kingdee: sessions and signed headers, each verified with code of its own."""

import base64
import binascii
import codecs
import hashlib
import hmac
import uuid
from urllib.parse import quote

try:
    from .base import reply
    from .kingdee_store import Refused
except ImportError:  # run as a script
    from base import reply
    from kingdee_store import Refused

_LOST = "会话信息已丢失，请重新登录"
_GATEWAY = {4002: "signature error", 4006: "timestamp expired"}


class Door:
    """One account of one application, and the sessions that it has opened.

    :param now: seconds since 1970 by the system's clock
    """

    def __init__(self, acct_id, user, app_id, app_secret, now):
        self.acct_id, self.user, self.app_id, self.app_secret, self.now = acct_id, user, app_id, app_secret, now
        self.algorithm = "sha256"
        #: Seconds after which a session that nobody used is gone; that a timestamp may be off.
        self.idle, self.tolerance = 1200, 900
        self.sessions = {}
        #: Whether the user is on the list of those who may call.
        self.may_call = True

    def sign_in(self, service, given):
        if service == "LoginBySign":
            account, user, app, timestamp, signature, _lcid = given
            parts = sorted((account, user, app, self.app_secret, timestamp))
            right = hashlib.new(self.algorithm, "".join(parts).encode()).hexdigest()
        else:
            account, user, app, signature, _lcid = given
            right = self.app_secret
        known = (account, user, app) == (self.acct_id, self.user, self.app_id)
        if not known or not hmac.compare_digest(right.encode(), str(signature).encode()):
            return reply({"Message": "用户名或密码错误", "LoginResultType": 0, "KDSVCSessionId": None, "IsSuccessByAPI": False})
        session = str(uuid.uuid4())
        self.sessions[session] = self.now()
        told = {"Message": None, "MessageCode": None, "LoginResultType": 1, "KDSVCSessionId": session, "IsSuccessByAPI": True}
        told["Context"] = {"UserId": 100001, "UserName": user, "DBid": account, "SessionId": "s-0001"}
        return reply(told, headers={"Set-Cookie": f"kdservice-sessionid={session}; path=/; HttpOnly"})

    def problem(self, request):
        """None where the caller is known; else what he is told: a ``Reply`` or ``Refused``."""
        if "X-Api-Signature" in request.headers:
            code = self._signature_problem(request)
            if code:
                return reply({"errcode": code, "description": _GATEWAY[code]}, 519)
        else:
            session = request.headers.get("kdservice-sessionid") or ""
            cookie = request.headers.get("Cookie")
            if cookie and f"kdservice-sessionid={session}" not in cookie:
                return Refused(_LOST, 1)  # header and cookie name different sessions
            if self.now() - self.sessions.get(session, 0) > self.idle:
                return Refused(_LOST, 1)
            self.sessions[session] = self.now()
        return None if self.may_call else Refused("当前用户未指定允许调用WebAPI接口", 11)

    def _signature_problem(self, request):
        told = request.headers
        if abs(float(told["x-api-timestamp"]) - self.now()) > self.tolerance:
            return 4006
        lines = ("POST", quote(request.path, safe="%/").replace("/", "%2F"), "")
        to_sign = "\n".join((*lines, f"x-api-nonce:{told['x-api-nonce']}", f"x-api-timestamp:{told['x-api-timestamp']}", ""))
        whose = base64.b64decode(told["X-Kd-Appdata"]).decode()
        right = _hex64(self._gateway_key(), to_sign), _hex64(self.app_secret, self.app_id + whose)
        given = told["X-Api-Signature"], told["X-Kd-Signature"]
        known = whose.split(",")[:2] == [self.acct_id, self.user] and told["X-Kd-Appkey"] == self.app_id
        known = known and told["X-Api-ClientID"] == self.app_id.split("_")[0] and told["X-Api-Auth-Version"] == "2.0"
        return 0 if known and all(map(hmac.compare_digest, right, given)) else 4002

    def _gateway_key(self):
        mask = codecs.decode("0054s397p6234378o09pn7q3", "rot13").encode()
        secret = base64.b64decode(self.app_id.split("_")[1])
        return base64.b64encode(bytes(one ^ other for one, other in zip(secret, mask, strict=True))).decode()


def _hex64(key, text):
    digest = hmac.new(key.encode(), text.encode(), "sha256").digest()
    return base64.b64encode(binascii.hexlify(digest)).decode()
