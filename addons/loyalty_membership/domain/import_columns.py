"""Which column of a list holds what: by what shops call it, in Chinese and in English."""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """What a list may tell of a member: its key, its header in both languages, and what else it is called."""

    key: str
    english: str
    chinese: str
    also: tuple = ()


#: Of the list of members, in the order of the template.
MEMBER = (
    Column("name", "Name", "姓名", (
        "会员姓名", "客户姓名", "顾客姓名", "名字", "名称", "full name", "customer", "member name", "customer name",
        "会员名称", "客户名称",
    )),
    Column("phone", "Phone", "手机号", (
        "手机", "电话", "手机号码", "电话号码", "联系电话", "联系方式", "会员手机", "mobile", "telephone", "tel",
        "mobile phone", "cell", "phone number", "mobile number",
    )),
    Column("email", "Email", "邮箱", ("电子邮箱", "电子邮件", "邮件", "email address", "mail", "邮箱地址")),
    Column("birthdate", "Birthday", "生日", (
        "出生日期", "出生年月日", "会员生日", "birthdate", "date of birth", "dob", "birth date",
    )),
    Column("gender", "Gender", "性别", ("sex", "称谓")),
    Column("store", "Store", "门店", (
        "所属门店", "店铺", "开卡门店", "注册门店", "归属门店", "分店", "shop", "branch", "outlet",
    )),
    Column("tier", "Tier", "等级", (
        "会员等级", "级别", "会员级别", "卡等级", "卡类型", "level", "member level", "grade", "membership tier",
    )),
    Column("tier_until", "Tier Valid Until", "等级有效期", (
        "等级到期日", "等级有效期至", "等级到期", "级别有效期", "tier expiry", "tier expires", "level expiry",
    )),
    Column("joined_on", "Joined On", "入会日期", (
        "注册日期", "开卡日期", "入会时间", "注册时间", "开卡时间", "办卡日期", "加入日期", "join date", "joined",
        "member since", "registration date", "registered on", "joining date",
    )),
    Column("external", "Old Member Number", "原会员编号", (
        "会员编号", "会员id", "原系统编号", "外部编号", "原会员号", "会员号", "member id", "customer id", "external id",
        "old number", "member no", "customer no", "member number", "id",
    )),
    Column("code", "Card Number", "会员卡号", (
        "卡号", "实体卡号", "card no", "card", "barcode", "card code", "条码", "会员条码",
    )),
    Column("referrer", "Referred By", "推荐人", (
        "推荐人手机", "推荐人手机号", "介绍人", "推荐人卡号", "推荐会员", "referrer", "referral", "introduced by",
        "referrer phone",
    )),
    Column("tags", "Tags", "标签", ("会员标签", "客户标签", "tag", "labels")),
    Column("lang", "Language", "语言", ("language code", "lang")),
    Column("street", "Street", "地址", ("街道", "详细地址", "联系地址", "家庭住址", "住址", "address", "street address")),
    Column("city", "City", "城市", ("市", "所在城市", "town")),
    Column("province", "Province", "省份", ("省", "所在省份", "省市", "state", "region")),
    Column("zip", "Zip", "邮编", ("邮政编码", "postcode", "postal code", "zip code")),
    Column("consent", "Consent", "营销许可", (
        "营销同意", "接收营销", "同意接收", "consents", "opt in", "optin", "marketing consent", "订阅",
    )),
    Column("points", "Points", "积分", (
        "剩余积分", "积分余额", "可用积分", "当前积分", "期初积分", "会员积分", "现有积分", "points balance", "balance",
        "available points", "current points", "opening points",
    )),
    Column("points_until", "Points Expire On", "积分有效期", (
        "积分到期日", "积分有效期至", "积分到期", "points expiry", "expiry", "points expire", "expires on",
        "points valid until", "expiry date",
    )),
    Column("points_date", "Points Earned On", "积分获得日期", (
        "获得日期", "积分日期", "earned on", "points date", "earning date",
    )),
    Column("qualifying", "Qualifying Points", "成长值", (
        "会员成长值", "等级积分", "升级积分", "定级积分", "growth", "growth value", "tier points", "status points",
    )),
)  # fmt: skip
#: Of the second sheet, which holds several lots of points of one member.
POINTS = (
    Column("member", "Member", "会员", (
        "会员手机号", "手机号", "手机", "会员卡号", "卡号", "原会员编号", "会员编号", "member number", "phone",
        "card number", "old member number", "member key",
    )),
    Column("points", "Points", "积分", ("剩余积分", "积分余额", "数量", "balance")),
    Column("points_until", "Points Expire On", "积分有效期", (
        "到期日", "有效期", "积分到期日", "expires on", "expiry", "expiry date",
    )),
    Column("points_date", "Points Earned On", "积分获得日期", ("获得日期", "earned on", "date", "日期")),
    Column("qualifying", "Qualifying Points", "成长值", ("growth", "tier points")),
    Column("note", "Note", "备注", ("说明", "摘要", "remark", "comment", "reason")),
)  # fmt: skip
#: What the second sheet is called.
POINT_SHEETS = ("points", "积分批次")


def folded(header) -> str:
    """Return a header without what people write differently: case, blanks, signs, marks of a required column.

    >>> folded(" *手机号（必填） "), folded("E-Mail:"), folded(None), folded("Date of Birth")
    ('手机号', 'email', '', 'dateofbirth')
    """
    text = unicodedata.normalize("NFKC", str("" if header is None else header)).casefold()
    return re.sub(r"[\W_]+", "", re.sub(r"\([^)]*\)|\[[^\]]*\]", "", text))


def synonyms(columns, labels=()) -> dict:
    """Return what headers of these columns are called; dict folded header -> key.

    :param labels: (key, header) beside the usual ones, which they don't displace

    >>> known = synonyms(MEMBER, [("property.size", "鞋码")])
    >>> [known[folded(header)] for header in ("手机号", "会员卡号", "剩余积分", "E-mail", "鞋码")]
    ['phone', 'code', 'points', 'email', 'property.size']
    """
    known = {}
    for column in columns:
        for header in (column.english, column.chinese, *column.also):
            known.setdefault(folded(header), column.key)
    for key, header in labels:
        known.setdefault(folded(header), key)
    return known


def assigned(headers, known) -> list:
    """Return the key of each header, or None; the first column of a name has it.

    >>> assigned(["手机", "姓名", "电话", "颜色"], synonyms(MEMBER))
    ['phone', 'name', None, None]
    """
    keys = []
    for header in headers:
        key = known.get(folded(header))
        keys.append(key if key not in keys else None)
    return keys


def header_place(rows, known) -> int | None:
    """Return the place of the row that names the columns, after titles, groups of columns and empty rows.

    It is the first of those that name most of what is known; or else the first that says anything.

    >>> rows = [["会员资料", None, None], [], ["姓名", "手机号", "颜色"], ["李娜", "13800138000", "积分"]]
    >>> header_place(rows, synonyms(MEMBER)), header_place([[], ["a", "b"], [1, 2]], {}), header_place([[], [None]], {})
    (2, 1, None)
    """
    told = [place for place, row in enumerate(rows) if any(folded(cell) for cell in row)]
    return max(told, key=lambda place: len([key for key in assigned(rows[place], known) if key]), default=None)


def signature(headers) -> str:
    """Return what tells a list of the same make again.

    >>> signature(["姓名", " 手机号*"]) == signature(["姓名 ", "手机号"])
    True
    """
    return "|".join(folded(header) for header in headers)
