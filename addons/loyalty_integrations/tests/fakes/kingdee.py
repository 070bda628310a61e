#!/usr/bin/env python3
"""A Kingdee K3 Cloud (金蝶云星空) with customers, sales orders, outbound orders and returns.

Both ways of signing in are verified with code of its own; sessions idle out; documents go from created to audited; queries
filter, order and page. Its clock shows Chinese time.
"""

import json
from datetime import datetime, timedelta, timezone

try:
    from .base import Fake, main, reply
    from .kingdee_door import Door
    from .kingdee_store import Refused, forms
except ImportError:  # run as a script
    from base import Fake, main, reply
    from kingdee_door import Door
    from kingdee_store import Refused, forms

_CHINA = timezone(timedelta(hours=8))


class Kingdee(Fake):
    """A Kingdee K3 Cloud (金蝶云星空); its address ends with /K3Cloud/."""

    options = {
        "acct_id": "6290000000abcd",
        "user": "demo",
        "app_id": "123456_" + "A" * 32,
        "app_secret": "0123456789abcdef0123456789abcdef",
    }

    def __init__(self, port=0, host="127.0.0.1", **given):
        super().__init__(port, host)
        who = self.options | given
        for name, value in who.items():
            setattr(self, name, value)
        self.door = Door(**who, now=self.now)
        #: Most rows of a query, whatever it asks for.
        self.query_limit = 2000
        self.next_id = 100001
        self.forms = forms()
        for code, numbers in {"ORG_Organizations": ("100", "200"), "BD_STOCK": ("CK001", "CK002")}.items():
            for identity, number in enumerate(numbers, 1):
                self.forms[code].records[identity] = {"id": identity, "head": {"fnumber": number, "fname": number}, "lines": []}
        #: Codes of forms that the user may not see.
        self.forbidden = set()
        #: Why customers can't be audited.
        self.audit_problem = ""
        #: Form -> what numbers begin with that its numbering rule gives to new records, whatever number they come with.
        self.numbering = {}
        #: Goods in stock, by number; others are never short.
        self.stock = {}
        #: Called with (form, rows) after each query: the world goes on while somebody reads.
        self.after_query = lambda form, rows: None

    @property
    def base_url(self):
        return f"{self.url}/K3Cloud/"

    def drop_tokens(self):
        self.door.sessions.clear()

    def moment(self, ago=0):
        return datetime.fromtimestamp(self.now() - ago, _CHINA).replace(tzinfo=None).isoformat(timespec="milliseconds")

    # ------------------------------------------------------------------
    # Requests
    # ------------------------------------------------------------------

    def handle(self, request):
        place, _, service = request.path.rpartition("/")
        if place.lower() != "/k3cloud" or not service.endswith(".common.kdsvc") or request.method != "POST":
            return reply("The resource cannot be found.", status=404)
        kind, name = service.removesuffix(".common.kdsvc").split(".")[-2:]
        try:
            body = request.json()
        except ValueError:
            return reply("response_error:body is no JSON")
        if kind == "AuthService":
            return self.door.sign_in(name, body.get("parameters") or [])
        problem = self.door.problem(request)
        if problem is not None:
            return self._answer(name, problem) if isinstance(problem, Refused) else problem
        do = getattr(self, f"_do_{name}", None)
        if do is None:
            return reply(f"response_error:no service {name}")
        try:
            return self._answer(name, do(*self._parameters(body)))
        except Refused as error:
            return self._answer(name, error)

    @staticmethod
    def _parameters(body):
        """Both forms of a body: a list with JSON inside of JSON, or names."""
        if "parameters" in body:
            *form, data = body["parameters"]
            form = form[0] if form else ""
        else:
            form, data = body.get("formid") or "", body.get("data")
        return form, json.loads(data) if isinstance(data, str) else data

    def _answer(self, service, made):
        if not isinstance(made, Refused):
            return reply(made)
        status = {"ErrorCode": 500, "IsSuccess": False, "SuccessEntitys": [], "SuccessMessages": [], "MsgCode": made.code}
        status["Errors"] = [{"FieldName": made.field, "Message": made.message, "DIndex": 0}]
        told = {"Result": {"ResponseStatus": status}}
        return reply([[told]] if service == "ExecuteBillQuery" else told)

    def _form(self, code):
        if code not in self.forms:
            raise Refused(f'标识为"{code}"的业务对象不存在', 5)
        if code in self.forbidden:
            raise Refused(f"您没有权限查看{self.forms[code].label}", 2)
        return self.forms[code]

    # ------------------------------------------------------------------
    # Services of forms
    # ------------------------------------------------------------------

    def _do_ExecuteBillQuery(self, _form, data):
        form = self._form(data["FormId"])
        rows = form.query(data, self.query_limit)
        self.after_query(form, rows)
        return rows

    def _do_QueryBusinessInfo(self, _form, data):
        form = self._form(data["FormId"])
        needed = {name.partition(".")[0] for name, _label in form.needed}
        entities = [{"Key": "FBillHead", "ParentKey": None, "Fields": _told(form.head, needed)}]
        if form.entry:
            entities.append({"Key": form.entry, "ParentKey": None, "Fields": _told(form.line, needed)})
        told = {"Id": form.code, "Name": [{"Key": 2052, "Value": form.label}], "Entrys": entities}
        return {"Result": {"ResponseStatus": {"IsSuccess": True, "Errors": [], "MsgCode": 0}, "NeedReturnData": told}}

    def _do_View(self, code, data):
        record = self._records(self._form(code), {"Ids": data.get("Id"), "Numbers": [data.get("Number")]})[0]
        return {"Result": {"ResponseStatus": None, "Result": {"Id": record["id"], **record["head"]}}}

    def _do_Save(self, code, data):
        form = self._form(code)
        identity = int(data["Model"].get(form.pk) or 0)
        record = form.records.get(identity) if identity else self._new()
        if record is None:
            raise Refused("未找到对应数据", 10)
        if form.entry and record["head"]["fdocumentstatus"] in ("B", "C"):
            raise Refused(f"{form.label}已提交或已审核，不允许修改", 12)
        changed = {
            "id": record["id"],
            "head": dict(record["head"]),
            "lines": list(record["lines"]),
            "next_line": record["next_line"],
        }
        form.change(changed, data)
        if not identity and code in self.numbering:
            changed["head"][form.number.lower()] = f"{self.numbering[code]}{changed['id']}"
        self._check(form, changed)
        changed["head"]["fmodifydate"] = self.moment()
        form.records[changed["id"]] = changed
        if str(data.get("IsAutoSubmitAndAudit")).lower() == "true":
            if self.audit_problem:
                raise Refused(self.audit_problem)  # what was saved stays
            changed["head"]["fdocumentstatus"] = "C"
        return _done(form, [changed], data.get("NeedReturnFields"))

    def _new(self):
        identity, self.next_id = self.next_id, self.next_id + 1
        head = {"fdocumentstatus": "A", "fcreatedate": self.moment()}
        return {"id": identity, "head": head, "lines": [], "next_line": identity * 100 % 10**18}

    def _check(self, form, record):
        number = form.number.lower()
        record["head"].setdefault(number, f"AUTO{record['id']}")
        twin = form.by_number(record["head"][number])
        if twin and twin["id"] != record["id"]:
            raise Refused(f"编码“{record['head'][number]}”已存在", field=form.number)
        if form.customer and not self._refer(form, record):
            record["head"][f"{form.customer}.fnumber"] = ""  # unknown references are dropped, and missed afterwards
        form.check(record)

    def _refer(self, form, record):
        """Give a document the id and the name of its customer; whether there is one."""
        head = record["head"]
        customer = self.forms["BD_Customer"].by_number(head.get(f"{form.customer}.fnumber"))
        head[form.customer] = customer["id"] if customer else None
        head[f"{form.customer}.fname"] = customer["head"].get("fname") if customer else None
        return bool(customer)

    def _records(self, form, data):
        identities = [int(part) for part in str(data.get("Ids") or "").split(",") if part.strip()]
        found = [form.records.get(identity) for identity in identities]
        found += [form.by_number(number) for number in data.get("Numbers") or [] if number]
        if not found or None in found:
            raise Refused("未找到对应数据", 10)
        return found

    def _do_Submit(self, code, data):
        return self._move(code, data, "提交", "ZAD", "B")

    def _do_Audit(self, code, data):
        form = self._form(code)
        if self.audit_problem and form.code == "BD_Customer":
            raise Refused(self.audit_problem)
        for record in self._records(form, data):
            if form.code == "SAL_OUTSTOCK" and record["head"]["fdocumentstatus"] == "B":
                self._take_out(record)
        return self._move(code, data, "审核", "B", "C")

    def _do_UnAudit(self, code, data):
        return self._move(code, data, "反审核", "C", "D")

    def _move(self, code, data, label, before, after):
        form = self._form(code)
        records = self._records(form, data)
        for record in records:
            if record["head"]["fdocumentstatus"] not in before:
                raise Refused(f"{form.label}状态为{record['head']['fdocumentstatus']}，不允许{label}", 12)
        for record in records:
            record["head"]["fdocumentstatus"] = after
            if after != "B":  # auditing leaves FModifyDate alone
                record["head"]["fapprovedate"] = self.moment() if after == "C" else None
        return _done(form, records)

    def _take_out(self, record):
        for line in record["lines"]:
            goods, quantity = line.get("fmaterialid.fnumber"), float(line.get("frealqty") or 0)
            if self.stock.get(goods, quantity) < quantity:
                raise Refused(f"物料{goods}即时库存不足", field="FRealQty")
            if goods in self.stock:
                self.stock[goods] -= quantity

    def _do_Delete(self, code, data):
        form = self._form(code)
        records = self._records(form, data)
        for record in records:
            del form.records[record["id"]]
        return _done(form, records)

    # ------------------------------------------------------------------
    # For tests
    # ------------------------------------------------------------------

    def add(self, code, number, lines=(), status="C", modified=None, approved=None, identity=None, **head):
        """Put a record there as if somebody had entered it: its id.

        :param lines: dicts with lower-case field names; ``head`` alike, with ``__`` for a dot
        :param modified: and ``approved``: its moments there, default a minute ago
        """
        form = self.forms[code]
        record = self._new() | ({"id": identity} if identity else {})
        values = {name.replace("__", "."): value for name, value in head.items()}
        earlier = self.moment(ago=60)
        moments = {"fmodifydate": modified or earlier, "fapprovedate": approved or (earlier if status == "C" else None)}
        if "fapprovedate" not in form.names:
            del moments["fapprovedate"]
        record["head"] |= {form.number.lower(): number, "fdocumentstatus": status} | moments | values
        if form.entry:
            form.change_lines(record, lines, delete_others=True)
            self._refer(form, record)
        form.records[record["id"]] = record
        return record["id"]


def _told(names, needed):
    """Fields as QueryBusinessInfo tells them."""
    fields = []
    for name in names:
        key, _, part = name.partition(".")
        if part != "FName":
            told = {
                "Key": key,
                "Name": [{"Key": 2052, "Value": key}, {"Key": 1033, "Value": key}],
                "MustInput": int(key in needed),
            }
            fields.append(told | ({"LookUpObjectFormId": "BD_X"} if part else {}))
    return fields


def _done(form, records, returned=()):
    entities = [{"Id": r["id"], "Number": r["head"].get(form.number.lower()), "DIndex": at} for at, r in enumerate(records)]
    status = {"ErrorCode": 0, "IsSuccess": True, "Errors": [], "SuccessEntitys": entities, "SuccessMessages": [], "MsgCode": 0}
    result = {"ResponseStatus": status, "Id": entities[0]["Id"], "Number": entities[0]["Number"]}
    result["NeedReturnData"] = [{name: r["head"].get(name.lower()) for name in returned or ()} for r in records]
    return {"Result": result}


if __name__ == "__main__":
    main(Kingdee)
