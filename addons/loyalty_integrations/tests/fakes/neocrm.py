"""Neocrm 销售易: sign-in, records of accounts, contacts and opportunities, XOQL and its scroll."""

import json
import secrets

try:
    from .base import Fake, Reply, main, reply
    from .neocrm_xoql import Query, SyntaxMistake
except ImportError:  # run as a script
    from base import Fake, Reply, main, reply
    from neocrm_xoql import Query, SyntaxMistake

#: Made up where no documentation tells them; the adapter must get along without knowing them.
INVALID, DUPLICATE, NOT_FOUND, BAD_QUERY, TOO_FREQUENT = 1010001, 1010002, 1010003, 1010004, 1020025
RECORDS = "/rest/data/v2.0/xobjects/"
_TIERS = [
    {"value": 1, "label": "普通"},
    {"value": 2, "label": "金卡"},
    {"value": 3, "label": "钻石"},
    {"value": 9, "label": "停用", "isActive": False},
]
_SEGMENTS = [{"value": 11, "label": "高价值"}, {"value": 12, "label": "沉睡"}]


def _field(key, label, kind="text", **more):
    return {"apiKey": key, "label": label, "type": kind, "required": False, **more}


_KEPT = [_field("id", "ID", "id"), _field("createdAt", "创建时间", "date"), _field("updatedAt", "修改时间", "date")]
_LOYALTY = [
    _field("loyaltyNo__c", "会员号", maxLength=50),
    _field("loyaltyTier__c", "会员等级", "select", selectitem=_TIERS),
    _field("loyaltySegments__c", "客群", "multiSelect", selectitem=_SEGMENTS),
    _field("loyaltyPoints__c", "积分", "integer"),
    _field("loyaltySpent__c", "累计消费", "currency"),
    _field("birthday__c", "生日", "date"),
    _field("vip__c", "VIP", "boolean"),
]
_PERSON = [_field("phone", "电话", "phone"), _field("email", "邮箱", "email"), _field("entityType", "业务类型", "long")]
_ACCOUNT = _field("accountId", "客户", "reference", to="account")


def _entities():
    return {
        "account": [*_KEPT, _field("accountName", "客户名称", required=True, maxLength=100), *_PERSON, *_LOYALTY],
        "contact": [*_KEPT, _field("contactName", "姓名", required=True), *_PERSON, *_LOYALTY, _ACCOUNT],
        "vipMember__c": [*_KEPT, _field("name", "名称", required=True), *_PERSON, *_LOYALTY],
        "pointsLine__c": [
            *_KEPT,
            _field("name", "名称", required=True),
            _field("loyaltyEntry__c", "流水号", "integer"),
            _field("loyaltyPoints__c", "积分", "currency"),
            _field("loyaltyDate__c", "时间", "datetime"),
            _field("loyaltyText__c", "说明"),
            _ACCOUNT,
        ],
        "opportunity": [
            *_KEPT,
            _field("opportunityName", "商机名称", required=True),
            _ACCOUNT,
            _field("contactId__c", "联系人", "reference", to="contact"),
            _field("money", "金额", "currency"),
            _field("saleStageId", "销售阶段", "long"),
            _field("winRate", "赢率", "integer"),
        ],
    }


class Refused(Exception):
    """A business failure: HTTP 200 with a code."""


class Neocrm(Fake):
    """Neocrm 销售易, a local stand-in.

    ``records``: object -> id (int) -> values as stored. ``unique``: fields that refuse a second record of the same value.
    ``tell_life``: seconds told as ``expires_in``. ``most_rows``: most rows that one query gives. ``quoting``: how quotes in
    XOQL are escaped. ``envelope``: data or result. ``per_second``: calls allowed in a second. ``missing``: HTTP status of a
    record that is not there; 200: a code.
    """

    options = {
        "client_id": "cid-1", "client_secret": "secret-of-cid-1", "username": "loyalty@example.com",
        "password": "Passw0rd!", "security_token": "Tok3nABC", "unique": "loyaltyNo__c",
    }  # fmt: skip

    def __init__(self, port=0, host="127.0.0.1", **settings):
        super().__init__(port, host)
        for name, default in self.options.items():
            setattr(self, name, settings.get(name, default))
        self.entities = _entities()
        self.records = {entity: {} for entity in self.entities}
        self.tokens, self.refresh_tokens, self.locators = {}, set(), {}
        self.life, self.tell_life, self.tell_uri = 7200, None, True
        self.most_rows, self.quoting, self.envelope = 5000, "doubled", "data"
        self.per_second, self.missing, self.bom = 0, 200, False
        self.frozen_ms = None
        self._next_id = 1900000000000000001

    # -- for tests

    def drop_tokens(self):
        self.tokens.clear()

    def now_ms(self):
        return self.frozen_ms if self.frozen_ms is not None else int(self.now() * 1000)

    def add(self, entity, **values):
        """A record made there by a user; gives its id as text."""
        with self.lock:
            return str(self._store(entity, values))

    def change(self, entity, record_id, **values):
        with self.lock:
            self.records[entity][int(record_id)].update(values, updatedAt=self.now_ms())

    # -- HTTP

    def handle(self, request):
        if request.path in ("/auc/oauth2/token", "/oauth2/token"):
            return self._token(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) <= self.now():
            return reply({"code": "401", "msg": "access token invalid or expired"}, 401)
        if self.per_second and len([r for r in self.requests if r.at > request.at - 1]) > self.per_second:
            return reply({"code": TOO_FREQUENT, "msg": "调用过于频繁"})
        try:
            return self._done(self._route(request))
        except Refused as refused:
            code, message = refused.args
            status = self.missing if code == NOT_FOUND else 200
            return reply({"code": code, "msg": message, "ext": []}, status)
        except SyntaxMistake as mistake:
            return reply({"code": str(BAD_QUERY), "msg": f"XOQL 语法错误: {mistake}"})

    def _done(self, told):
        code, content, more = told
        body = {"code": code, "msg": "OK", "ext": [], self.envelope: content, **more}
        made = reply(body)
        return Reply(made.status, b"\xef\xbb\xbf" + made.body, made.headers) if self.bom else made

    def _route(self, request):
        path = request.path
        if path.startswith(RECORDS):
            return 200, self._record_call(request, path.removeprefix(RECORDS).split("/")), {}
        if path == "/rest/data/v2.0/query/xoql" and request.method == "POST":
            found = self._found(Query(request.form().get("xoql", ""), self.quoting), self.most_rows)
            return "200", {"totalSize": len(found), "count": len(found), "records": found}, {}
        if path == "/rest/data/v2.0/query/xoqlScroll" and request.method == "POST":
            records, locator = self._scroll(request.form())
            return "200", {"count": len(records), "records": records}, {"queryLocator": locator}
        raise Refused(INVALID, f"no such interface: {path}")

    def _token(self, request):
        form = request.form()
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return reply({"error": "invalid_client", "error_description": "client id or secret is wrong"}, 401)
        if form.get("grant_type") == "refresh_token":
            good = form.get("refresh_token") in self.refresh_tokens
        else:
            known = (self.username, self.password + self.security_token)
            good = form.get("grant_type") == "password" and (form.get("username"), form.get("password")) == known
        if not good:
            return reply({"error": "invalid_grant", "error_description": "用户名、密码或安全令牌错误"}, 400)
        token, refresh = secrets.token_hex(16), secrets.token_hex(16)
        self.tokens[token] = self.now() + self.life
        self.refresh_tokens.add(refresh)
        body = {"access_token": token, "refresh_token": refresh, "token_type": "Bearer", "id": "100001", "tenant_id": "200001"}
        body |= {"issued_at": self.now_ms()} | ({"instance_uri": self.url} if self.tell_uri else {})
        return reply(body | ({"expires_in": self.tell_life} if self.tell_life else {}))

    # -- records

    def _record_call(self, request, parts):
        entity, rest = parts[0], parts[1] if len(parts) > 1 else ""
        if entity not in self.entities:
            raise Refused(INVALID, f"对象 {entity} 不存在")
        if rest == "description":
            shown = [{name: told for name, told in field.items() if name != "to"} for field in self.entities[entity]]
            return {"fields": shown}
        if rest == "busiType":
            return {
                "records": [
                    {"id": 300001, "apiKey": "default", "label": "默认"},
                    {"id": 300002, "apiKey": "person", "label": "个人"},
                ]
            }
        if request.method == "POST" and not rest:
            return {"id": self._store(entity, self._valid(entity, request.json()["data"], create=True))}
        if not rest.isdigit() or int(rest) not in self.records[entity]:
            raise Refused(NOT_FOUND, "数据不存在或已被删除")
        stored = self.records[entity][int(rest)]
        if request.method == "PATCH":
            stored.update(self._valid(entity, request.json()["data"], own=int(rest)), updatedAt=self.now_ms())
        elif request.method == "DELETE":
            del self.records[entity][int(rest)]
        return {"id": int(rest)} if request.method != "GET" else dict(stored)

    def _store(self, entity, values):
        made, self._next_id = self._next_id, self._next_id + 1
        now = self.now_ms()
        self.records[entity][made] = {"id": made, "createdAt": now, "updatedAt": now, **values}
        return made

    def _valid(self, entity, data, create=False, own=None):
        fields = {field["apiKey"]: field for field in self.entities[entity]}
        for key, value in data.items():
            if key not in fields or key in ("id", "createdAt", "updatedAt"):
                raise Refused(INVALID, f"字段 {key} 不存在或不可写")
            if value is not None and not _fits(fields[key], value):
                raise Refused(INVALID, f"字段 {key} 的值 {value!r} 格式错误")
            same = [n for n, stored in self.records[entity].items() if stored.get(key) == value and n != own]
            if key == self.unique and value is not None and same:
                raise Refused(DUPLICATE, f"字段 {key} 重复")
        empty = [
            key for key, field in fields.items() if field["required"] and data.get(key, "" if create else True) in (None, "")
        ]
        if empty:
            raise Refused(INVALID, f"缺少必填字段 {empty[0]}")
        return data

    # -- queries

    def _found(self, query, most=None):
        if query.entity not in self.entities:
            raise SyntaxMistake(f"no object {query.entity}")
        for path in [*query.paths, *query.tested, *[path for path, _down in query.order]]:
            self._field(query.entity, path)
        entity, stored = query.entity, self.records[query.entity]
        # newest first: an order that was not asked for is none to rely on
        rows = [row for row in reversed(stored.values()) if query.test(lambda path, row=row: self._get(entity, row, path))]
        for path, down in reversed(query.order):
            values = [(self._get(entity, row, path), row) for row in rows]
            values.sort(key=lambda pair: (pair[0] is not None, pair[0]), reverse=down)
            rows = [row for _value, row in values]
        end = query.offset + min(n for n in (query.limit, most, len(rows)) if n is not None)
        return [self._shown(query, row) for row in rows[query.offset : end]]

    def _field(self, entity, path):
        key, _dot, rest = path.partition(".")
        found = next((field for field in self.entities[entity] if field["apiKey"] == key), None)
        if not found or (rest and "to" not in found):
            raise SyntaxMistake(f"no field {path}")
        return self._field(found["to"], rest) if rest else found

    def _get(self, entity, row, path):
        key, _dot, rest = path.partition(".")
        if not rest:
            self._field(entity, key)
            return row.get(key)
        other = self._field(entity, key)["to"]
        there = self.records[other].get(int(row.get(key) or 0))
        return self._get(other, there, rest) if there else None

    def _shown(self, query, row):
        """A row as XOQL answers it: ids and amounts as text, picklists as lists of their labels, nothing for what is empty."""
        shown = {}
        for path in query.paths:
            value, field = self._get(query.entity, row, path), self._field(query.entity, path)
            if value in (None, "", []):
                continue
            if "selectitem" in field:
                labels = {item["value"]: item["label"] for item in field["selectitem"]}
                value = [labels.get(one, one) for one in (value if isinstance(value, list) else [value])]
            elif field["type"] in ("id", "reference", "currency", "long"):
                value = str(value)
            shown[path] = value
        return shown

    def _scroll(self, form):
        locator = form.get("queryLocator", "")
        if locator and locator not in self.locators:
            raise Refused(INVALID, "queryLocator 已失效")
        rows = self.locators.pop(locator) if locator else self._found(Query(form.get("xoql", ""), self.quoting))
        size = int(form.get("batchCount", 2000))
        if len(rows) <= size:
            return rows, ""
        made = secrets.token_hex(8)
        self.locators[made] = rows[size:]
        return rows[:size], made


def _fits(field, value):
    kind = field["type"]
    if kind in ("select", "multiSelect"):
        many = value if kind == "multiSelect" else [value]
        known = [item["value"] for item in field["selectitem"]]
        return isinstance(many, list) and all(type(one) is int and one in known for one in many)
    if kind == "reference":
        return str(value).isdigit()
    if kind in ("integer", "long", "date", "datetime"):
        return type(value) is int
    if kind == "currency":
        return type(value) in (int, float)
    if kind == "boolean":
        return type(value) is bool
    return isinstance(value, str) and len(value) <= field.get("maxLength", 300) and len(json.dumps(value)) < 2000


if __name__ == "__main__":
    main(Neocrm)
