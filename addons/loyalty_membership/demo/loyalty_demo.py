"""The demo club: a program of four tiers, three stores and a year of what their members bought.

Everything is booked through the same methods that real purchases take.  The random numbers are
seeded and the dates count back from today, so that every database tells the same story.
"""

import json
from datetime import datetime, time, timedelta
from random import Random

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.fields import Command
from odoo.tools import SQL

from ..domain import tiers as ladder
from . import names

MONTHS = 14
#: Purchases that a member of each kind makes in a year, and how much a basket tends to hold.
HABITS = [(5, 1), (11, 1), (17, 2), (30, 5)]


class LoyaltyDemo(models.AbstractModel):
    _name = "loyalty.demo"
    _description = "Membership Demo Data"

    @api.model
    def _load(self):
        """Found the demo club, unless this database has one."""
        if self.env["loyalty.program"].search_count([("name", "=", "Members Club")], limit=1):
            return
        self = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_notrack=True)
        random = Random(20)  # noqa: S311 - the same story in every database
        program = self._found_program()
        stores = self._open_stores()
        products = self._stock_products()
        joining = self._write_rules(program, products)
        members = self._enrol_members(program, stores, random)
        joining.active = True
        self._book_joining(program, members)
        self._live_a_year(program, members, products, random)
        self._owe_points(program, members)
        self._date_tier_changes(program, members)
        self._ask_consents(members, random)
        self._sell_on_orders(program, members, products)
        self._hire_staff(stores)

    # ------------------------------------------------------------------
    # The club
    # ------------------------------------------------------------------

    @api.model
    def _found_program(self):
        currency = self.env.ref("base.CNY")
        currency.active = True
        program = self.env["loyalty.program"].create({
            "name": "Members Club",
            "is_membership": True,
            "currency_id": currency.id,
            "company_id": self.env.company.id,
            "hold_days": 7,
            "expiry_policy": "rolling",
            "expiry_number": 12,
            "expiry_unit": "month",
            "expiry_round": "month",
            "tier_metric": "qualifying_points",
            "tier_window": "rolling",
            "tier_window_months": 12,
            "tz": "Asia/Shanghai",
            "phone_country_id": self.env.ref("base.cn").id,
            "point_value": 0.01,
            "member_properties_definition": [
                {"name": "shoe_size", "string": "Shoe Size 鞋码", "type": "integer"},
                {"name": "allergic", "string": "Allergic 敏感肌", "type": "boolean"},
            ],
        })
        self._in_chinese(program, "name", "会员俱乐部")
        self._in_chinese(program, "portal_point_name", "积分")
        for english, chinese, code, threshold, multiplier, color, benefits in names.TIERS:
            tier = self.env["loyalty.tier"].create({
                "program_id": program.id,
                "name": english,
                "code": code,
                "threshold": threshold,
                "earn_multiplier": multiplier,
                "birthday_multiplier": 2,
                "color": color,
                "priority_service": threshold >= 30000,
                "early_access": threshold >= 30000,
                "benefit_ids": [Command.create({"name": text}) for text, _chinese in benefits],
            })
            self._in_chinese(tier, "name", chinese)
            for benefit, (_english, text) in zip(tier.benefit_ids, benefits, strict=True):
                self._in_chinese(benefit, "name", text)
        return program

    @api.model
    def _open_stores(self):
        stores = self.env["crm.team"]
        for english, chinese, _city in names.STORES:
            store = self._find_or_create(stores, "name", english, {"company_id": self.env.company.id})
            self._in_chinese(store, "name", chinese)
            stores |= store
        return stores

    @api.model
    def _stock_products(self):
        """Products, with prices in the club's currency whatever the company's is."""
        category = {
            key: self._find_or_create(self.env["product.category"], "name", name) for key, name in names.CATEGORIES.items()
        }
        rate = self.env["res.currency"]._get_conversion_rate(self.env.ref("base.CNY"), self.env.company.currency_id)
        products = self.env["product.product"]
        for key, sku, english, chinese, price in names.PRODUCTS:
            product = self._find_or_create(products, "default_code", sku, {
                "name": english,
                "categ_id": category[key].id,
                "list_price": self.env.company.currency_id.round(price * rate),
                "taxes_id": [Command.clear()],
            })  # fmt: skip
            self._in_chinese(product.product_tmpl_id, "name", chinese)
            products |= product
        return products

    @api.model
    def _write_rules(self, program, products):
        """The earning rules; the one for joining is handed back asleep, until everybody has joined."""
        shoes = products.filtered(lambda product: product.default_code.startswith("SH")).categ_id
        weekend = self.env["loyalty.weekday"].search([("number", "in", (5, 6))])
        rules = self.env["loyalty.earning.rule"].create([
            dict(vals, program_id=program.id)
            for vals in (
                {"name": "1 point per yuan", "points_mode": "money", "points": 1, "per_amount": 1},
                {"name": "Double points on shoes at weekends", "kind": "multiplier", "multiplier": 2,
                 "category_ids": shoes.ids, "weekdays": weekend.ids},
                {"name": "Review written", "trigger": "activity", "activity_code": "review", "points": 50,
                 "qualifying": False, "cap_points": 200, "cap_period": "month"},
                {"name": "Welcome", "trigger": "activity", "activity_code": "joined", "points": 100,
                 "qualifying": False, "active": False},
            )
        ])  # fmt: skip
        for rule, chinese in zip(rules, ("消费 1 元得 1 分", "周末鞋履双倍积分", "评价有礼", "入会礼"), strict=True):
            self._in_chinese(rule, "name", chinese)
        return rules[-1]

    # ------------------------------------------------------------------
    # The members
    # ------------------------------------------------------------------

    @api.model
    def _enrol_members(self, program, stores, random):
        today = program._today()
        sources = [self._find_or_create(self.env["utm.source"], "name", name) for name in names.SOURCES]
        rows = []
        for number, (name, mail, gender) in enumerate(names.PEOPLE, start=1):
            store = random.choice(stores)
            joined = today - timedelta(
                days=random.choice((random.randint(5, 150), *(random.randint(300, 424) for _ in range(3))))
            )
            rows.append({
                "partner_id": self._customer(name, f"1380013{8000 + number}", f"{mail}@example.com", store).id,
                "phone": f"1380013{8000 + number}",
                "email": f"{mail}@example.com",
                "gender": gender,
                "birthdate": self._birthday(number, today, random),
                "joined_on": joined,
                "team_id": store.id,
                "source_id": random.choice(sources).id,
            })
        members = self.env["loyalty.member"].union(
            *(member for member, _new in self.env["loyalty.member"]._enroll(program, rows))
        )
        for member in members[10::4]:
            member.referrer_id = random.choice(members[:10])
        for member in members[::3]:
            member.properties = {"shoe_size": random.randint(35, 44), "allergic": random.random() < 0.3}
        members[41].state = "frozen"
        members[57].state = "closed"
        return members

    @api.model
    def _customer(self, name, phone, email, store):
        cities = {english: city for english, _chinese, city in names.STORES}
        chinese = not name.isascii() and self.env["res.lang"]._get_data(code="zh_CN")
        return self._find_or_create(self.env["res.partner"], "email", email, {
            "name": name,
            "phone": f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}",
            "city": cities[store.with_context(lang="en_US").name],
            "country_id": self.env.ref("base.cn").id,
            **({"lang": "zh_CN"} if chinese else {}),
        })  # fmt: skip

    @api.model
    def _birthday(self, number, today, random):
        """Every tenth member has a birthday within this month."""
        born = today.replace(year=random.randint(1965, 2005), day=random.randint(1, 28))
        return born if number % 10 == 0 else born + relativedelta(months=random.randint(0, 11))

    @api.model
    def _book_joining(self, program, members):
        active = members.filtered(lambda member: member.state == "active")
        self.env["loyalty.transaction"]._book(program, [
            {
                "member": member,
                "type": "activity",
                "activity_code": "joined",
                "date": self._moment(member.joined_on, 10, 0),
                "source": "odoo",
                "reference": f"joined:{member.id}",
            }
            for member in active
        ])  # fmt: skip

    @api.model
    def _ask_consents(self, members, random):
        self.env["loyalty.consent"].create([
            {
                "member_id": member.id,
                "channel": channel,
                "given": random.random() < 0.9,
                "date": self._moment(member.joined_on, 10, 0),
                "source": member.source_id.name,
                "wording": "I agree to receive offers of the Members Club. 我同意接收会员俱乐部的优惠信息。",
            }
            for member in members
            for channel in ("sms", "wechat")
            if random.random() < 0.7
        ])

    # ------------------------------------------------------------------
    # A year
    # ------------------------------------------------------------------

    @api.model
    def _live_a_year(self, program, members, products, random):
        """Month by month: members buy, return, review and spend."""
        today = program._today()
        habits = {member: random.choices(HABITS, (24, 30, 22, 9))[0] for member in members}
        active = members.filtered(lambda member: member.state == "active")
        month = (today - relativedelta(months=MONTHS - 1)).replace(day=1)
        number = 0
        while month <= today:
            last = min(month + relativedelta(day=31), today)
            rows = []
            for member in active:
                first = max(month, member.joined_on)
                visits, size = habits[member]
                for _visit in range(self._visits(visits / 12, random) if first <= last else 0):
                    number += 1
                    day = first + timedelta(days=random.randint(0, (last - first).days))
                    rows.append(self._purchase(member, day, size, number, products, random))
            rows.sort(key=lambda row: row["date"])
            purchases = self.env["loyalty.transaction"]._book(program, rows)
            self._return_some(program, purchases.filtered(lambda t: t.type == "purchase"), random)
            self._spend_some(active, last, random)
            month += relativedelta(months=1)

    @api.model
    def _visits(self, mean, random):
        return int(mean) + (random.random() < mean % 1)

    @api.model
    def _purchase(self, member, day, size, number, products, random):
        if random.random() < 0.04:
            return {
                "member": member, "type": "activity", "activity_code": "review",
                "date": self._moment(day, 20, random.randint(0, 59)), "source": "mini-program", "reference": f"RV{number:05}",
            }  # fmt: skip
        online = random.random() < 0.25
        return {
            "member": member,
            "type": "purchase",
            "date": self._moment(day, random.randint(10, 21), random.randint(0, 59)),
            "source": "mini-program" if online else "pos",
            "reference": f"{'WX' if online else 'POS'}{number:05}",
            "lines": [
                self._line(product, random.choice((1, 1, 1, 2)))
                for product in random.sample(list(products), random.randint(1, 1 + size))
            ],
        }

    @api.model
    def _line(self, product, quantity):
        price = next(price for _key, sku, _en, _zh, price in names.PRODUCTS if sku == product.default_code)
        return {
            "product_id": product.id,
            "category_id": product.categ_id.id,
            "name": product.name,
            "sku": product.default_code,
            "quantity": quantity,
            "amount": price * quantity,
        }

    @api.model
    def _return_some(self, program, purchases, random):
        refunds = []
        for purchase in purchases:
            if random.random() < 0.05:
                lines = purchase.line_ids if random.random() < 0.4 else purchase.line_ids[:1]
                moment = purchase.date + timedelta(days=random.randint(1, 6))
                refunds.append(self._refund(purchase, lines, moment))
        if refunds:
            self.env["loyalty.transaction"]._book_refunds(program, refunds)

    @api.model
    def _refund(self, purchase, lines, moment):
        return {
            "member": purchase.member_id,
            "date": min(moment, datetime.now().replace(microsecond=0)),
            "source": purchase.source,
            "reference": f"{purchase.reference}-R",
            "origin_id": purchase.id,
            "team_id": purchase.team_id.id,
            "lines": [
                {
                    "origin_line_id": line.id,
                    "product_id": line.product_id.id,
                    "category_id": line.category_id.id,
                    "name": line.name,
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "amount": line.amount,
                }
                for line in lines
            ],
        }

    @api.model
    def _owe_points(self, program, members):
        """One member spends everything and then returns what the points came from."""
        purchases = self.env["loyalty.transaction"].search(
            [("member_id", "in", members.ids), ("type", "=", "purchase"), ("is_refunded", "=", False), ("points", ">", 800),
             ("date", "<", datetime.now() - timedelta(days=20)), ("member_id.tier_id.code", "=", "SILVER")],
            limit=1, order="id desc",
        )  # fmt: skip
        member = purchases.member_id
        if member.points <= 0 or purchases.line_ids._refunded():
            return
        moment = self._moment(program._today() - timedelta(days=1), 15, 0)
        self.env["loyalty.points.entry"]._post([
            {"member_id": member.id, "kind": "spend", "points": -member.points, "date": moment, "note": "Espresso machine 咖啡机"}
        ])
        self.env["loyalty.transaction"]._book_refunds(program, [self._refund(purchases, purchases.line_ids, moment)])

    @api.model
    def _spend_some(self, members, last, random):
        """In the evening of a day after the last purchase, so that no balance was ever below zero."""
        entries = self.env["loyalty.points.entry"]
        entries._expire_of(members._lock())
        spenders = members.filtered(lambda member: member.points >= 500 and random.random() < 0.2)
        entries._post([
            {
                "member_id": member.id,
                "kind": "spend",
                "points": -min(random.randint(2, 20) * 100, int(member.points // 100 * 100)),
                "date": self._moment(self._day_after(member, last, random), 22, random.randint(0, 59)),
                "note": random.choice(("Coffee voucher 咖啡券", "Tote bag 帆布袋", "Paid at the till 门店抵现")),
            }
            for member in spenders
        ])

    @api.model
    def _day_after(self, member, last, random):
        since = max(member.program_id._local(member.last_movement_at).date(), last.replace(day=1))
        return since + timedelta(days=random.randint(0, max((last - since).days, 0)))

    # ------------------------------------------------------------------
    # Afterwards
    # ------------------------------------------------------------------

    @api.model
    def _date_tier_changes(self, program, members):
        """Tiers were reached when the purchase was made; those whose validity has ended are reviewed."""
        for change in members.tier_change_ids.sorted("id"):
            moment = change.transaction_id.date or self._moment(change.member_id.joined_on, 10, 0)
            until = ladder.valid_until(program._local(moment).date(), program.tier_validity_months)
            change.write({"date": moment, "tier_until": until})
            change.member_id.write({"tier_since": program._local(moment).date(), "tier_until": until})
        members.filtered(lambda m: m.tier_until and m.tier_until < program._today())._review_tiers()

    @api.model
    def _hire_staff(self, stores):
        """People to log in as; like Odoo's own demo user, each has the login for a password."""
        for login, name, group in (
            ("store", "Fang Li (store)", "group_store"),
            ("marketing", "Mei Zhou (marketing)", "group_marketing"),
            ("manager", "Hua Gao (membership manager)", "group_manager"),
        ):
            groups = [self.env.ref(f"loyalty_membership.{group}").id]
            if login != "marketing":  # who would read customers' contacts if they sold, too
                groups.append(self.env.ref("sales_team.group_sale_salesman").id)
            user = self._find_or_create(self.env["res.users"].with_context(no_reset_password=True), "login", login, {
                "name": name, "password": login, "group_ids": [Command.set(groups)], "company_id": self.env.company.id,
                "company_ids": [Command.set(self.env.company.ids)],
            })  # fmt: skip
            if login == "store":
                stores[0].member_ids |= user

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    @api.model
    def _moment(self, day, hour, minute):
        """A moment of the club's day, as the database stores it (UTC), never in the future."""
        moment = datetime.combine(day, time(hour, minute)) - timedelta(hours=8)
        return min(moment, datetime.now().replace(microsecond=0) - timedelta(minutes=5))

    @api.model
    def _find_or_create(self, model, name, value, vals=None):
        """So that installing the addon again finds what an earlier demo left behind."""
        model = self.env[model._name].with_context(lang="en_US")
        record = model.search([(name, "=", value)], limit=1) or model.create({name: value, **(vals or {})})
        return record.with_env(self.env)

    @api.model
    def _in_chinese(self, record, name, text):
        """Give a name its Chinese translation whether or not the language is installed yet."""
        record.flush_recordset()
        self.env.cr.execute(SQL(
            "UPDATE %s SET %s = %s || %s::jsonb WHERE id = %s",
            SQL.identifier(record._table), SQL.identifier(name), SQL.identifier(name),
            json.dumps({"zh_CN": text}), record.id,
        ))  # fmt: skip
        record.invalidate_recordset([name])
