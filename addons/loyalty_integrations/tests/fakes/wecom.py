"""A WeCom (企业微信) of one company: tokens, staff, contacts with tags, messages, and callbacks that it signs itself.

with WeCom() as fake:
    fake.add_contact("wm1", "张三", mobiles=["13800138000"], staff="zhangsan")
    fake.fail_code(45009, path="mark_tag")
    fake.send_event("https://…/callback", "add_external_contact", "wm1", "zhangsan")
"""

import hashlib
import secrets

try:
    from .base import Fake, main, reply
    from .wecom_callbacks import Callbacks
    from .wecom_contacts import TEXTS, Contacts, Failed
except ImportError:  # run as a script
    from base import Fake, main, reply
    from wecom_callbacks import Callbacks
    from wecom_contacts import TEXTS, Contacts, Failed

#: Messages that one member of staff gets in a minute; more are dropped without a word.
PER_MINUTE = 30


class WeCom(Callbacks, Contacts, Fake):
    """企业微信 of one company, on this machine."""

    options = {
        "corp_id": "wx49f0ab532d5d035a",
        "agent_id": "1000002",
        "secret": "app-secret-0001",
        "callback_token": "123456",
        "callback_aes_key": "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
    }

    def __init__(self, port=0, host="127.0.0.1", **settings):
        super().__init__(port, host)
        for name, value in {**self.options, **settings}.items():
            setattr(self, name, value)
        self.staff = {"zhangsan", "lisi"}
        self.tokens = {}
        self.contacts = {}  # external_userid -> {name, unionid, follows: {userid: follow}}
        self.groups = []  # {group_id, group_name, tag: [{id, name}]}
        self.delivered = []  # (userid, body) of app messages that somebody saw
        self.mass = []  # bodies of mass messages, with msgid and create_time
        self.no_mass = set()  # contacts that take no mass message now
        self.foreign_tags = set()  # tags of another app
        self.codes_as_text = False  # some gateways answer "0" for 0
        self._sent = []  # (at, userid, fingerprint)
        self._count = 0

    # ------------------------------------------------------------------
    # What tests set up
    # ------------------------------------------------------------------

    def add_contact(self, external_userid, name, staff="zhangsan", unionid="", mobiles=(), state="", tags=()):
        contact = self.contacts.setdefault(external_userid, {"name": name, "unionid": unionid, "follows": {}})
        self.staff.add(staff)
        contact["follows"][staff] = {
            "remark": "",
            "remark_mobiles": list(mobiles),
            "state": state,
            "createtime": int(self.now()),
            "tags": list(tags),
        }

    def add_group(self, name, *tags):
        group = {"group_id": self._new("etG"), "group_name": name, "tag": []}
        self.groups.append(group)
        for tag in tags:
            group["tag"].append({"id": self._new("et"), "name": tag, "order": 1})
        return {tag["name"]: tag["id"] for tag in group["tag"]}

    def tag_names(self, external_userid, staff="zhangsan"):
        """Sorted names of the tags that this contact has now."""
        names = {tag["id"]: tag["name"] for group in self.groups for tag in group["tag"]}
        return sorted(names[tag] for tag in self.contacts[external_userid]["follows"][staff]["tags"])

    def fail_code(self, code, times=1, path=None, done=False):
        """Answer the next requests with this errcode, as HTTP 200."""
        self.fail_next({"errcode": code, "errmsg": f"{TEXTS.get(code, 'failed')}, hint: [0]"}, times, path, done=done)

    def drop_tokens(self):
        self.tokens.clear()

    def _new(self, prefix):
        self._count += 1
        return f"{prefix}{self._count:010d}"

    # ------------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------------

    def handle(self, request):
        path = request.path.removeprefix("/cgi-bin/").strip("/").replace("/", "_")
        method = getattr(self, f"_do_{path}", None)
        if method is None:
            return reply({"errcode": 404, "errmsg": "unknown path"}, status=404)
        try:
            if path != "gettoken":
                self._check_token(request.query.get("access_token"))
            return reply({"errcode": self._code(0), "errmsg": "ok", **method(request)})
        except Failed as failed:
            code = failed.args[0]
            return reply({"errcode": self._code(code), "errmsg": f"{TEXTS.get(code, 'failed')}, hint: [{self._count}]"})

    def _code(self, code):
        return str(code) if self.codes_as_text else code

    def _check_token(self, token):
        if not token:
            raise Failed(41001)
        if token not in self.tokens:
            raise Failed(40014)
        if self.tokens[token] < self.now():
            raise Failed(42001)

    def _do_gettoken(self, request):
        if request.query.get("corpid") != self.corp_id:
            raise Failed(40013)
        if request.query.get("corpsecret") != self.secret:
            raise Failed(40001)
        for token, end in self.tokens.items():
            if end > self.now():
                return {"access_token": token, "expires_in": int(end - self.now())}
        token = secrets.token_hex(32)
        self.tokens[token] = self.now() + 7200
        return {"access_token": token, "expires_in": 7200}

    def _do_agent_get(self, request):
        if request.query.get("agentid") != self.agent_id:
            raise Failed(301002)
        return {"agentid": int(self.agent_id), "name": "会员助手"}

    # ------------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------------

    def _do_message_send(self, request):
        body = request.json()
        if str(body["agentid"]) != self.agent_id:
            raise Failed(40056)
        self._check_content(body)
        wanted = [userid for userid in body["touser"].split("|") if userid]
        invalid = [userid for userid in wanted if userid not in self.staff]
        if len(invalid) == len(wanted):
            raise Failed(81013)
        for userid in wanted:
            if userid not in invalid:
                self._deliver(userid, body)
        return {"invaliduser": "|".join(invalid), "invalidparty": "", "invalidtag": "", "msgid": self._new("m")}

    def _check_content(self, body):
        content = body[body["msgtype"]]
        card = body["msgtype"] == "textcard"
        if card and not all(content.get(name) for name in ("title", "description", "url")):
            raise Failed(41048)
        if card and (len(content["title"].encode()) > 128 or len(content["description"].encode()) > 512):
            raise Failed(40058)
        if card and len(content.get("btntxt", "")) > 4:
            raise Failed(40058)

    def _deliver(self, userid, body):
        now, fingerprint = self.now(), hashlib.sha256(str(body[body["msgtype"]]).encode()).hexdigest()
        interval = body.get("duplicate_check_interval", 1800) if body.get("enable_duplicate_check") else 0
        repeat = any(u == userid and f == fingerprint and now - at < interval for at, u, f in self._sent)
        often = sum(1 for at, u, _f in self._sent if u == userid and now - at < 60) >= PER_MINUTE
        if not repeat and not often:
            self._sent.append((now, userid, fingerprint))
            self.delivered.append((userid, body))

    def _do_externalcontact_add_msg_template(self, request):
        body = request.json()
        failed = [
            wm
            for wm in body["external_userid"]
            if wm in self.no_mass or body["sender"] not in self.contacts.get(wm, {}).get("follows", {})
        ]
        message = {**body, "msgid": self._new("msg"), "create_time": int(self.now())}
        if len(failed) < len(body["external_userid"]):
            self.mass.append(message)
        return {"fail_list": failed, "msgid": message["msgid"]}

    def _do_externalcontact_get_groupmsg_list_v2(self, request):
        asked = request.json()
        if asked["end_time"] < asked["start_time"] or asked.get("limit", 50) > 100:
            raise Failed(40058)
        found = [
            {
                "msgid": m["msgid"],
                "creator": m["sender"],
                "create_time": str(m["create_time"]),
                "text": m["text"],
                "attachments": m.get("attachments", []),
            }
            for m in self.mass
            if m["sender"] == asked.get("creator", m["sender"]) and asked["start_time"] <= m["create_time"] <= asked["end_time"]
        ]
        rows, following = self._page(found, asked)
        return {"group_msg_list": rows, "next_cursor": following}


if __name__ == "__main__":
    main(WeCom)
