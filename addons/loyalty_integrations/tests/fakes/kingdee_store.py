"""The records of the fake Kingdee: its forms, saved, submitted, audited and queried."""

try:
    from .kingdee_query import NotUnderstood, parse, sort_key
except ImportError:  # run as a script
    from kingdee_query import NotUnderstood, parse, sort_key


class Refused(Exception):
    """A business error: message, MsgCode and the field it is about."""

    def __init__(self, message, code=11, field=None):
        super().__init__(message)
        self.message, self.code, self.field = message, code, field


_REF = ("FNumber", "FName")
_MONEY = ("FBillAllAmount", "FSettleCurrId.FNumber", "FSettleCurrId.FCode")
_DATES = ("FCreateDate", "FModifyDate", "FApproveDate")
_HEAD = ("FBillNo", "FDate", "FDocumentStatus", "FBillTypeID.FNumber", "FSaleOrgId.FNumber", "FNote", *_DATES, *_MONEY)
_SHIP = ("FStockOrgId.FNumber", "FOwnerTypeIdHead", "FSettleOrgID.FNumber", "FLinkMan", "FLinkPhone", "FReceiveAddress")
_LINE = ("FTaxPrice", "FAllAmount", "FIsFree", "FMaterialId.FNumber", "FMaterialId.FName", "F_LOY_TEXT")


class Form:
    """One form: its fields, what must be filled in, and its records by id."""

    def __init__(self, code, label, pk="FID", number="FBillNo", entry="", finance="", customer="", head=(), line=(), needed=()):
        self.code, self.label, self.pk, self.number, self.entry, self.finance = code, label, pk, number, entry, finance
        self.customer = customer.lower()
        self.head, self.line, self.needed = tuple(head), tuple(line), needed
        self.names = {name.lower() for name in (pk, *head, customer) if name}
        self.line_names = {name.lower() for name in line} | ({f"{entry}_FEntryID".lower()} if entry else set())
        self.records = {}

    def by_number(self, number):
        return next((r for r in self.records.values() if r["head"].get(self.number.lower()) == number), None)

    # -- what a model says -------------------------------------------------

    def _flat(self, values, known):
        flat = {}
        for name, value in values.items():
            if isinstance(value, dict) and name == self.finance:
                flat |= self._flat(value, known)
            elif isinstance(value, dict):
                flat |= {f"{name}.{part}".lower(): told for part, told in value.items()}
            else:
                flat[name.lower()] = value
        unknown = next((name for name in flat if name not in known and not name.endswith(".fnumber")), None)
        if unknown:
            raise Refused(f"元数据中标识为{unknown}的字段不存在", 9)
        return flat

    def change(self, record, data):
        """What Save does with the Model; with NeedUpDateFields, only with those."""
        model, only = dict(data["Model"]), data.get("NeedUpDateFields") or []
        lines = model.pop(self.entry, None) if self.entry else None
        if only:
            model = {name: value for name, value in model.items() if name in only}
        record["head"] |= {k: v for k, v in self._flat(model, self.names).items() if k != self.pk.lower()}
        if lines is not None:
            self.change_lines(record, lines, str(data.get("IsDeleteEntry", "true")).lower() == "true")

    def change_lines(self, record, lines, delete_others):
        kept = [] if delete_others else record["lines"]
        for line in lines:
            flat = self._flat(line, self.line_names)
            flat.setdefault("fallamount", round(float(flat.get("ftaxprice") or 0) * float(self._quantity(flat)), 2))
            flat[f"{self.entry}_fentryid".lower()] = record["next_line"]
            record["next_line"] += 1
            kept.append(flat)
        record["lines"] = kept
        record["head"].setdefault("fbillallamount", round(sum(line["fallamount"] for line in kept), 2))

    @staticmethod
    def _quantity(line):
        return line.get("fqty", line.get("frealqty", 0)) or 0

    def check(self, record):
        for name, label in self.needed:
            if record["head"].get(name.lower()) in (None, ""):
                raise Refused(f"{label}是必填项", field=name.partition(".")[0])
        if self.entry and not record["lines"]:
            raise Refused("单据体必录")

    # -- queries -----------------------------------------------------------

    def query(self, data, most):
        keys = [key.strip().lower() for key in data["FieldKeys"].split(",")]
        try:
            wanted, names = parse(data.get("FilterString") or "")
        except NotUnderstood as error:
            raise Refused(f"当前查询串无法解析--{error}", 8) from error
        order, arrange = sort_key(data.get("OrderString") or "")
        for name in (*keys, *sorted(names | order)):
            if name not in self.names | self.line_names:
                raise Refused(f"元数据中标识为{name}的字段不存在", 9)
        by_line = bool(self.line_names & (set(keys) | names | order))
        rows = [row for row in self._rows(by_line) if wanted(row)]
        arrange(rows)
        start, limit = int(data.get("StartRow") or 0), int(data.get("Limit") or most)
        return [[row[key] for key in keys] for row in rows[start : start + min(limit, most)]]

    def _rows(self, by_line):
        blank = dict.fromkeys(self.names | self.line_names)
        for identity, record in self.records.items():
            head = blank | record["head"] | {self.pk.lower(): identity}
            if by_line:
                yield from ({**head, **line} for line in record["lines"])
            else:
                yield head


def forms():
    """The forms, empty."""
    customer = Form(
        "BD_Customer",
        "客户",
        pk="FCUSTID",
        number="FNumber",
        finance="FT_BD_CUSTOMEREXT",
        head=(
            *("FNumber", "FName", "FShortName", "FTEL", "FADDRESS", "FDescription", "FDocumentStatus", "FEnableSL"),
            *("FCreateOrgId.FNumber", "FUseOrgId.FNumber", "FGroup.FNumber", "F_LOY_TIER", "F_LOY_POINTS", *_DATES),
        ),
        needed=(("FName", "客户名称"),),
    )
    order = Form(
        "SAL_SaleOrder",
        "销售订单",
        entry="FSaleOrderEntry",
        finance="FSaleOrderFinance",
        customer="FCustId",
        head=(*_HEAD, *(f"FCustId.{part}" for part in _REF)),
        line=(*_LINE, "FQty"),
        needed=(("FCustId.FNumber", "客户"),),
    )
    outbound = Form(
        "SAL_OUTSTOCK",
        "销售出库单",
        entry="FEntity",
        finance="SubHeadEntity",
        customer="FCustomerID",
        head=(*_HEAD, *_SHIP, *(f"FCustomerID.{part}" for part in _REF), "FCarriageNO", "FCarrierID.FName", "FLogisticsNos"),
        line=(*_LINE, "FRealQty", "FStockID.FNumber", "FSoorDerno"),
        needed=(("FCustomerID.FNumber", "客户"), ("FSaleOrgId.FNumber", "销售组织"), ("FDate", "日期")),
    )
    returned = Form(
        "SAL_RETURNSTOCK",
        "销售退货单",
        entry="FEntity",
        finance="SubHeadEntity",
        customer="FRetcustId",
        head=(*_HEAD, *_SHIP, *(f"FRetcustId.{part}" for part in _REF)),
        line=(*_LINE, "FRealQty", "FStockID.FNumber", "FSrcBillNo", "FOrderNo"),
        needed=(("FRetcustId.FNumber", "客户"),),
    )
    told = {"pk": "FID", "number": "FNumber", "head": ("FNumber", "FName")}
    organisation, stock = Form("ORG_Organizations", "组织机构", **told), Form("BD_STOCK", "仓库", **told)
    return {form.code: form for form in (customer, order, outbound, returned, organisation, stock)}
