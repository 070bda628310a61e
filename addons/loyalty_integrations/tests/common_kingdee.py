"""A Kingdee adapter and the Kingdee of our own that it speaks to."""

import time
from datetime import UTC, datetime

from odoo.tests import BaseCase

from ..adapters.base import PUSH_MEMBER, PUSH_REDEMPTION
from ..adapters.kingdee import Kingdee as KingdeeAdapter
from ..domain.gate import Gate
from .fakes.kingdee import Kingdee

SALE_PATHS = (
    "FBillNo",
    "FDate",
    "FCustId.FNumber",
    "FSaleOrderFinance.FBillAllAmount",
    "FSaleOrderEntry.FEntryID",
    "FSaleOrderEntry.FMaterialId.FNumber",
    "FSaleOrderEntry.FQty",
    "FSaleOrderEntry.FTaxPrice",
)
GIFT = {
    "FDate": "2026-01-15",
    "FCustomerID.FNumber": "LOY-M000001",
    "FEntity.FMaterialID.FNumber": "CUP",
    "FEntity.FRealQty": 2,
    "FNote": "兑换 🎁",
}


def at(text):
    """Seconds since 1970 of a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


class KingdeeCase(BaseCase):
    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(Kingdee())
        self.notes = []
        self.adapter = self.made()

    def made(self, clock=time.time, **settings):
        given = {name: getattr(self.fake, name) for name in Kingdee.options} | {"base_url": self.fake.base_url} | settings
        gate = Gate(allow_private=True, timeout=5, secrets=[self.fake.app_secret], note=self.notes.append)
        self.addCleanup(gate.close)
        return KingdeeAdapter(given, gate, clock=clock)

    def push_member(self, adapter=None, external_id="", key="member-1", **values):
        payload = {"FNumber": "M000001", "FName": "张三"} | values
        return (adapter or self.adapter).push(PUSH_MEMBER, payload, key, external_id)

    def push_gift(self, key="redemption-7", adapter=None, **values):
        return (adapter or self.adapter).push(PUSH_REDEMPTION, GIFT | values, key)

    def customers(self):
        return [record["head"] for record in self.fake.forms["BD_Customer"].records.values()]

    def gifts(self):
        return list(self.fake.forms["SAL_OUTSTOCK"].records.values())

    def calls(self, service):
        return self.fake.seen(f".{service}.common")

    def pull(self, stream="sale", cursor=None, paths=SALE_PATHS, adapter=None, most=1000):
        """Everything until it is done: ``(records in order, last cursor, pages)``."""
        adapter, records, cursor = adapter or self.adapter, [], cursor or {}
        for pages in range(1, most):
            page = adapter.read_page(stream, cursor, paths)
            records += page.records
            cursor = page.cursor
            if page.done:
                return records, cursor, pages
        raise AssertionError("it never ends")

    def sell(self, number, *quantities, day="2026-01-15", **more):
        lines = [
            {"fmaterialid.fnumber": f"SKU-{at}", "fqty": float(quantity), "ftaxprice": 10.0}
            for at, quantity in enumerate(quantities)
        ]
        more.setdefault("modified", f"{day}T10:02:03.123")
        more.setdefault("approved", f"{day}T10:05:00.000")
        return self.fake.add("SAL_SaleOrder", number, lines, fdate=f"{day}T00:00:00", fcustid__fnumber="LOY-M000001", **more)

    @staticmethod
    def numbers(records):
        return [record.values["FBillNo"] for record in records]
