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
except ImportError:  # run as a script
    from base import Fake, main, reply
    from wecom_callbacks import Callbacks

TEXTS = {
    -1: "system busy",
    40001: "invalid credential",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40056: "invalid agentid",
    40058: "invalid parameter",
    40068: "invalid tagid",
    40071: "tag name exists",
    40096: "invalid external userid",
    41048: "no suitable content",
    45009: "api freq out of limit",
    60111: "invalid string value",
    81013: "user & party & tag all invalid",
    84061: "not external contact",
    301002: "not allow operate another agent with this accesstoken",
}
#: Messages that one member of staff gets in a minute; more are dropped without a word.
PER_MINUTE = 30


class Failed(Exception):
    """Ends a request with an errcode."""


class WeCom(Callbacks, Fake):
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
            return reply({"errcode": 0, "errmsg": "ok", **method(request)})
        except Failed as failed:
            code = failed.args[0]
            return reply({"errcode": code, "errmsg": f"{TEXTS.get(code, 'failed')}, hint: [{self._count}]"})

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

    @staticmethod
    def _page(rows, asked):
        at, limit = int(asked.get("cursor") or 0), asked.get("limit", 50)
        return rows[at : at + limit], str(at + limit) if at + limit < len(rows) else ""

    # ------------------------------------------------------------------
    # Contacts and tags
    # ------------------------------------------------------------------

    def _do_externalcontact_get_follow_user_list(self, _request):
        return {"follow_user": sorted(self.staff, key=lambda userid: hashlib.sha256(userid.encode()).hexdigest())}

    def _do_externalcontact_list(self, request):
        userid = request.query["userid"]
        if userid not in self.staff:
            raise Failed(60111)
        found = [wm for wm, contact in self.contacts.items() if userid in contact["follows"]]
        if not found:
            raise Failed(84061)
        return {"external_userid": found}

    def _do_externalcontact_batch_get_by_user(self, request):
        asked = request.json()
        if not 1 <= len(asked["userid_list"]) <= 100 or asked["limit"] > 100:
            raise Failed(40058)
        if not set(asked["userid_list"]) <= self.staff:
            raise Failed(60111)
        pairs = [
            {"external_contact": self._contact(wm), "follow_info": self._follow(wm, userid, flat=True)}
            for userid in asked["userid_list"]
            for wm, contact in self.contacts.items()
            if userid in contact["follows"]
        ]
        if not pairs:
            raise Failed(84061)
        rows, following = self._page(pairs, asked)
        return {"external_contact_list": rows, "next_cursor": following}

    def _do_externalcontact_get(self, request):
        wm = request.query["external_userid"]
        if wm not in self.contacts:
            raise Failed(40096)
        follows = [self._follow(wm, userid) for userid in self.contacts[wm]["follows"]]
        if not follows:
            raise Failed(84061)
        rows, following = self._page(follows, {"cursor": request.query.get("cursor"), "limit": 500})
        return {"external_contact": self._contact(wm), "follow_user": rows, "next_cursor": following}

    def _contact(self, wm):
        contact = self.contacts[wm]
        shown = {"external_userid": wm, "name": contact["name"], "type": 1, "avatar": "", "gender": 0}
        return {**shown, "unionid": contact["unionid"]} if contact["unionid"] else shown

    def _follow(self, wm, userid, flat=False):
        follow = {"userid": userid, **self.contacts[wm]["follows"][userid]}
        ids = follow.pop("tags")
        if flat:
            return {**follow, "tag_id": ids}
        names = {t["id"]: (g["group_name"], t["name"]) for g in self.groups for t in g["tag"]}
        own = [{"group_name": names[i][0], "tag_name": names[i][1], "tag_id": i, "type": 1} for i in ids if i in names]
        return {**follow, "tags": [*own, {"group_name": "", "tag_name": "own remark", "type": 2}]}

    def _do_externalcontact_get_corp_tag_list(self, _request):
        return {"tag_group": [{**group, "tag": list(group["tag"])} for group in self.groups]}

    def _do_externalcontact_add_corp_tag(self, request):
        asked = request.json()
        group = next((g for g in self.groups if g["group_name"] == asked["group_name"]), None)
        if group and {t["name"] for t in group["tag"]} & {t["name"] for t in asked["tag"]}:
            raise Failed(40071)
        if any(not t["name"] or len(t["name"]) > 30 for t in asked["tag"]):
            raise Failed(40058)
        if group is None:
            group = {"group_id": self._new("etG"), "group_name": asked["group_name"], "tag": []}
            self.groups.append(group)
        made = [{"id": self._new("et"), "name": tag["name"], "order": 1} for tag in asked["tag"]]
        group["tag"] += made
        return {"tag_group": {**group, "tag": made}}

    def _do_externalcontact_mark_tag(self, request):
        asked = request.json()
        contact = self.contacts.get(asked["external_userid"])
        if contact is None:
            raise Failed(40096)
        if asked["userid"] not in contact["follows"]:
            raise Failed(84061)
        add, remove = asked.get("add_tag") or [], asked.get("remove_tag") or []
        if not set(add) | set(remove) <= {tag["id"] for group in self.groups for tag in group["tag"]}:
            raise Failed(40068)
        if self.foreign_tags & (set(add) | set(remove)):
            raise Failed(301002)
        tags = contact["follows"][asked["userid"]]["tags"]
        contact["follows"][asked["userid"]]["tags"] = [t for t in tags if t not in remove and t not in add] + add
        return {}


if __name__ == "__main__":
    main(WeCom)
