"""The forms of Kingdee Cloud that matter here, their fields, and how a field's path is written.

A path is written as ``Save`` nests it: ``FName``; ``FCustId.FNumber``, a property of a record it refers to; below an entity its
key comes first, ``FEntity.FRealQty`` (a line) or ``SubHeadEntity.FBillAllAmount`` (a part of the head). Queries name the fields
of all entities without the entity.
"""

from dataclasses import dataclass

from .base import Field


@dataclass(frozen=True)
class Form:
    """``pk``, ``number``: key fields; ``entry``: entity of the lines; ``heads``: entities that are parts of the head;
    ``customer``: field of the customer."""

    code: str
    pk: str = "FID"
    number: str = "FBillNo"
    entry: str = ""
    heads: tuple[str, ...] = ()
    customer: str = ""
    fields: tuple[Field, ...] = ()

    def is_line(self, path):
        return bool(self.entry) and path.startswith(self.entry + ".")

    def asked(self, path):
        """What a query calls this path.

        >>> Form("SAL_OUTSTOCK", entry="FEntity").asked("FEntity.FMaterialID.FNumber")
        'FMaterialID.FNumber'
        """
        if path == self.line_path:
            return f"{self.entry}_FEntryID"
        entity, _, rest = path.partition(".")
        return rest if rest and entity in (self.entry, *self.heads) else path

    @property
    def line_path(self):
        """The path of a line's key."""
        return f"{self.entry}.FEntryID"


def nest(values, form):
    """The Model of a Save; what is None is emptied.

    >>> nest({"FName": "张三", "FUseOrgId.FNumber": "100"}, Form("BD_Customer"))
    {'FName': '张三', 'FUseOrgId': {'FNumber': '100'}}
    >>> nest({"FEntity.FMaterialID.FNumber": "CUP", "FEntity.FRealQty": 1}, Form("SAL_OUTSTOCK", entry="FEntity"))
    {'FEntity': [{'FMaterialID': {'FNumber': 'CUP'}, 'FRealQty': 1}]}
    """
    model = {}
    for path, value in values.items():
        *above, last = path.split(".")
        place = model
        for part in above:
            place = place.setdefault(part, [{}])[0] if part == form.entry else place.setdefault(part, {})
        place[last] = "" if value is None else value
    return model


#: What the settings of a connection fill in where no mapping does.
_FILLED = {"FBillTypeID.FNumber", "FSaleOrgId.FNumber", "FStockOrgId.FNumber", "FOwnerTypeIdHead"}


def _char(path, label, size=0, **more):
    return Field(path, label, "char", size=size, **more)


def _money(path, label):
    return Field(path, label, "float", writable=False)


def _told(*names):
    """Fields that every document has and nobody writes."""
    labels = {"FCreateDate": "创建日期", "FModifyDate": "修改日期", "FApproveDate": "审核日期"}
    return tuple(Field(name, labels[name], "datetime", writable=False) for name in names)


_STATUS = (("Z", "暂存"), ("A", "创建"), ("B", "审核中"), ("C", "已审核"), ("D", "重新审核"))
_DOCUMENT = (
    _char("FBillNo", "单据编号", 30),
    Field("FDate", "日期", "date", required=True),
    Field("FDocumentStatus", "单据状态", "selection", choices=_STATUS, writable=False),
    *_told("FCreateDate", "FModifyDate", "FApproveDate"),
    _char("FBillTypeID.FNumber", "单据类型"),
    _char("FSaleOrgId.FNumber", "销售组织"),
    _char("FNote", "备注", 255),
    _char("FLinkMan", "收货人姓名", 50),
    _char("FLinkPhone", "联系电话", 50),
    _char("FReceiveAddress", "收货方地址", 255),
)

CUSTOMER = Form(
    "BD_Customer",
    pk="FCUSTID",
    number="FNumber",
    heads=("FT_BD_CUSTOMEREXT",),
    fields=(
        _char("FNumber", "客户编码", 30),
        _char("FName", "客户名称", 255, required=True),
        _char("FShortName", "简称", 100),
        _char("FTEL", "联系电话", 50),
        _char("FFAX", "传真", 50),
        _char("FADDRESS", "通讯地址", 255),
        _char("FZIP", "邮政编码", 20),
        _char("FWEBSITE", "公司网址", 100),
        _char("FINVOICETITLE", "发票抬头", 255),
        _char("FTAXREGISTERCODE", "纳税登记号", 50),
        _char("FDescription", "备注", 255),
        _char("FCreateOrgId.FNumber", "创建组织"),
        _char("FUseOrgId.FNumber", "使用组织"),
        _char("FGroup.FNumber", "客户分组"),
        _char("FCustTypeId.FNumber", "客户类别"),
        _char("FTRADINGCURRID.FNumber", "结算币别"),
        _char("FCOUNTRY.FNumber", "国家"),
        _char("FPROVINCIAL.FNumber", "地区"),
        Field("FDocumentStatus", "数据状态", "selection", choices=_STATUS, writable=False),
        *_told("FCreateDate", "FModifyDate"),
    ),
)


def _document(code, entry, customer, quantity, finance, currency, more):
    head = (
        _char(customer, "客户内码", writable=False),
        _char(f"{customer}.FNumber", "客户编码", required=True),
        _char(f"{customer}.FName", "客户名称", writable=False),
        _money(f"{finance}.FBillAllAmount", "价税合计"),
        _char(f"{finance}.{currency}.FNumber", "结算币别编码"),
        _char(f"{finance}.{currency}.FCode", "结算币别代码", writable=False),
    )
    of_line = (
        _char(f"{entry}.FEntryID", "分录内码", writable=False),
        _char(f"{entry}.{quantity[1]}.FNumber", "物料编码", required=True),
        _char(f"{entry}.{quantity[1]}.FName", "物料名称", writable=False),
        Field(f"{entry}.{quantity[0]}", "数量", "float", required=True),
        Field(f"{entry}.FTaxPrice", "含税单价", "float"),
        _money(f"{entry}.FAllAmount", "价税合计（明细）"),
        Field(f"{entry}.FIsFree", "是否赠品", "boolean"),
        *more,
    )
    return Form(code, entry=entry, heads=(finance,), customer=customer, fields=_DOCUMENT + head + of_line)


ORDER = _document(
    "SAL_SaleOrder",
    "FSaleOrderEntry",
    "FCustId",
    ("FQty", "FMaterialId"),
    "FSaleOrderFinance",
    "FSettleCurrId",
    (),
)
OUTBOUND = _document(
    "SAL_OUTSTOCK",
    "FEntity",
    "FCustomerID",
    ("FRealQty", "FMaterialID"),
    "SubHeadEntity",
    "FSettleCurrID",
    (
        _char("FStockOrgId.FNumber", "发货组织"),
        _char("FCarriageNO", "运输单号", 50),
        _char("FCarrierID.FName", "承运商", writable=False),
        _char("FLogisticsNos", "物流单号", writable=False),
        _char("FEntity.FStockID.FNumber", "仓库"),
        _char("FEntity.FSoorDerno", "销售订单号", writable=False),
    ),
)
RETURN = _document(
    "SAL_RETURNSTOCK",
    "FEntity",
    "FRetcustId",
    ("FRealQty", "FMaterialId"),
    "SubHeadEntity",
    "FSettleCurrId",
    (
        _char("FStockOrgId.FNumber", "库存组织"),
        _char("FEntity.FSrcBillNo", "源单编号", writable=False),
        _char("FEntity.FOrderNo", "销售订单号", writable=False),
    ),
)
ORGANISATION = Form("ORG_Organizations", pk="FOrgID", number="FNumber")
WAREHOUSE = Form("BD_STOCK", pk="FStockId", number="FNumber")
FORMS = {form.code: form for form in (CUSTOMER, ORDER, OUTBOUND, RETURN)}


def fields_told(told, form, lcid):
    """The fields that QueryBusinessInfo tells, as a mapping names them; what it leaves out comes from what is known here.

    :param told: its answer, ``{"Result": {"NeedReturnData": {"Entrys": [{"Key", "ParentKey", "Fields": [...]}]}}}``
    :param lcid: language of the labels, as text
    """
    known = {field.path: field for field in form.fields}
    found = []
    for entity in ((told.get("Result") or {}).get("NeedReturnData") or {}).get("Entrys") or []:
        key = entity.get("Key") or ""
        if entity.get("ParentKey") or not (key == "FBillHead" or key in (form.entry, *form.heads)):
            continue
        for field in entity.get("Fields") or []:
            if field.get("Key"):
                found.append(_field_told(field, "" if key == "FBillHead" else f"{key}.", known, lcid))
    return found


def _field_told(field, prefix, known, lcid):
    path = prefix + field["Key"]
    if field.get("LookUpObjectFormId") or f"{path}.FNumber" in known:
        path += ".FNumber"
    mine = known.get(path, Field(path, path))
    return Field(
        path,
        _label(field.get("Name"), lcid) or mine.label,
        mine.type,
        required=str(field.get("MustInput") or "0") not in ("0", "false", "False") and path not in _FILLED,
        size=mine.size,
        choices=mine.choices,
        writable=mine.writable,
    )


def _label(name, lcid):
    """
    >>> _label([{"Key": 1033, "Value": "Name"}, {"Key": 2052, "Value": "名称"}], "2052")
    '名称'
    """
    if isinstance(name, list):
        texts = {str(text.get("Key")): text.get("Value") for text in name}
        return texts.get(lcid) or next(filter(None, texts.values()), "")
    return name or ""
