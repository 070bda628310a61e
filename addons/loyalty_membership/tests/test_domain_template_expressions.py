import re

from odoo.tests.common import BaseCase, tagged
from odoo.tools.translate import FORMAT_REGEX

from ..domain.template_expressions import refused_inline, refused_qweb

COMPANY = {"name": None, "phone": None}
TIER = {"name": None}
TIER["next_id"] = TIER
MEMBER = {"name": None, "points": None, "until": None, "tier_id": TIER, "company_id": COMPANY, "tier_ids": TIER}
ROOTS = {"object": MEMBER, "user": {"name": None}}
TAKEN = {"user", "env", "ctx", "res_company", "request"}


@tagged("post_install", "-at_install")
class TestTemplateExpressions(BaseCase):
    """What can't lead from a member to contact data, and every way to get there that we know of."""

    def inline(self, expression):
        return refused_inline([expression], ROOTS)

    def qweb(self, source):
        return refused_qweb(source, ROOTS, TAKEN, FORMAT_REGEX)

    def test_fields_words_and_figures_are_harmless(self):
        for expression in (
            "object.name",
            "object.tier_id.next_id.name",
            "object.company_id.phone",
            "user.name",
            "object.name[:1]",
            "object.tier_ids[0].name",
            "object.name or object.tier_id.name or ''",
            "object.tier_id and object.tier_id.name or 'none'",
            "'a' if not object.tier_ids else 'b'",
            "object.points >= 100 and object.points < 1e3",
            "-object.points * 2 // 3 % 7",
            "'%s, %s' % (object.name, object.points)",
            "format_date(object.until, date_format='MMM')",
            "format_amount(object.points, object.tier_id)",
            "len(object.tier_ids)",
            "max(object.points, 0)",
            "object.until.year",
            "object.until + relativedelta(days=7)",
            "'x' in object.name",
            "('a', 'b')[1]",
            "object.tier_id.with_context(lang='zh_CN', loyalty_with_cost=True).name",
            "'partner_id.phone [sudo] __class__'",
            "'中文'",
            " object.name ",
            "object.name == 'partner'",
            "(object.tier_id or object.tier_id.next_id).name",
        ):
            with self.subTest(expression=expression):
                self.assertIsNone(self.inline(expression))
                self.assertIsNone(self.qweb(f'<t t-out="{expression.replace("<", "&lt;")}"/>'))

    def test_every_way_past_the_fields_is_refused(self):
        for expression in (
            # to others, by name
            "object.partner_id",
            "object.phone",
            "object.message_ids",
            "object.name.phone",
            "partner",
            "ctx",
            "ctx.get('uid')",
            "env",
            "user.email",
            "object['partner_id']",
            "object['pho' 'ne']",
            "object[object.name]",
            "object.tier_ids[0:'a']",
            "object.tier_ids[True]",
            "object.ｐhone",
            "ｏbject.phone",
            "object.\nphone",
            "object . phone",
            # by calls
            "getattr(object, 'phone')",
            "hasattr(object, 'x')",
            "object.sudo()",
            "object.sudo().partner_id",
            "object.mapped('partner_id.phone')",
            "object.env",
            "env['res.partner'].search([])",
            "object.read()",
            "object.with_context(show_email=True).name",
            "object.tier_id.with_user(1)",
            "object.tier_id.with_context({'lang': 'x'}).name",
            "object.tier_id.with_context(**{}).name",
            "object.name.upper()",
            "len(*object)",
            "map(getattr, object)",
            "max(object, object)",
            "min(object, key=len)",
            "sum((), object)",
            "str(object)",
            "quote(object)",
            "reduce(max, object)",
            "filter(None, object)",
            "len",
            "(lambda o: o.phone)(object)",
            "object.tier_id.with_context",
            "round.__self__",
            "len(**object)",
            "getattr('a', 'upper')",
            "quote('a')",
            "object.name.with_context(lang='x')",
            "object.tier_id.with_context(lang=object.name).name",
            # by formatting, which asks a record for its fields
            "'%(phone)s' % object",
            "'%(phone)s' % (object or 1)",
            "'%(phone)s' % (1 and object)",
            "'%(phone)s' % (object if 1 else 2)",
            "object.name % object",
            "'{0.phone}'.format(object)",
            "'{0.phone}'.format_map(object)",
            "f'{object.phone}'",
            "f'{object.name}'",
            "'%(phone)s' % max(object, object)",
            "'%(phone)s' % [object][0]",
            "('%(phone)s' % object)",
            "'%(phone)s' % object[:1]",
            # by what is one thing or another
            "(object.tier_id or object).phone",
            "(object if object.name else object.tier_id).name",
            "(object, 1)",
            "[object]",
            "{'a': object}",
            "{object}",
            # in what is not told itself
            "1 == object.phone",
            "'a' in object.name in object.phone",
            "1 if object.phone else 2",
            "not object.phone",
            "-object",
            # by what is read otherwise than it is compiled
            "object.name or\x0c1",
            "object.name #\n or 1",
            "object.name or\\\n1",
            "object.tier_id" + ".next_id" * 5000 + ".name",
            # by comprehensions, assignments, dunders, strange things
            "[m.phone for m in object]",
            "(m for m in object)",
            "(x := object).phone",
            "object.__class__",
            "''.__class__",
            "object.name.__len__()",
            "object._name",
            "b'a'",
            "...",
            "1j",
            "object.points @ object",
            "object.points << 2",
            "2 ** 9",
            "await object",
            "*object",
            "object.name) + (object.phone",
            "object.name #\n.phone",
            "object.name if 1 else\\\nobject.phone",
            "object.\x0cphone",
            "object.",
            "object.name; object.phone",
            "(" * 500 + "object.phone" + ")" * 500,
        ):
            with self.subTest(expression=expression):
                self.assertIsNotNone(self.inline(expression))
                source = expression.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
                self.assertIsNotNone(self.qweb(f'<t t-out="{source}"/>'))

    def test_a_template_without_leaks_is_harmless(self):
        for source in (
            "Our partners [all of them] say: {{ object.phone }} is no expression here, nor is #{object.phone}",
            '<p title="object.phone" style="color:#ff0000">a</p><!-- <t t-out="object.phone"/> -->',
            '<t t-if="object.tier_id">a</t><t t-elif="object.points">b</t><t t-else="">c</t>',
            '<li t-foreach="object.tier_ids[:5]" t-as="tier"><t t-out="tier.name"/> <t t-esc="tier_index + 1"/></li>',
            '<li t-foreach="object.tier_ids" t-as="tier" t-if="not tier_first" t-out="tier_value.name"/>',
            '<t t-set="best" t-value="object.tier_id"/><t t-set="best" t-value="best.next_id"/><t t-out="best.name"/>',
            '<t t-set="dear">Dear <t t-out="object.name"/></t><t t-out="dear"/>',
            '<a t-attf-title="#{object.name} and {{object.points}}" t-att="(\'a\', object.name)"/>',
            "<a t-att-href=\"'/club/%s' % object.name\">a</a>",
            '<t t-foreach="3" t-as="number"><t t-out="number"/></t>',
            "<p t-out=\"object.name\n or ''\"/>",
        ):
            with self.subTest(source=source):
                self.assertIsNone(self.qweb(source))

    def test_every_way_to_hide_an_expression_is_refused(self):
        for source in (
            '<t t-out="object.&#112;artner_id.phone"/>',
            '<t t-out="object.&#x70;hone"/>',
            "<T T-OUT='object.phone'/>",
            "<p t-out=object.phone>",
            '<t t-esc="object.phone"/>',
            '<t t-if="object.phone">a</t>',
            '<t t-if="1"/><t t-elif="object.phone"/>',
            "<p t-att=\"{'a': object.phone}\"/>",
            "<p t-att=\"['a', object.phone]\"/>",
            '<p t-att-title="object.phone"/>',
            '<p t-attf-title="a #{object.phone}"/>',
            '<p t-attf-title="{{object.phone}}"/>',
            '<t t-set="a" t-value="object.phone"/>',
            '<t t-set="a" t-valuef="#{object.phone}"/>',
            '<t t-set="a"><t t-out="object.phone"/></t>',
            '<t t-foreach="object" t-as="a"><t t-out="a.phone"/></t>',
            '<t t-foreach="object" t-as="a"><t t-foreach="a" t-as="b"><t t-out="b_value.phone"/></t></t>',
            '<t t-set="a" t-value="object"/><t t-set="b" t-value="a"/><t t-out="b.phone"/>',
            '<t t-foreach="object or 1" t-as="a"><t t-out="a"/></t>',
            '<t t-foreach="object.tier_ids"/>',
            '<t t-foreach="object.tier_ids" t-as="object"/>',
            '<?xml version="1.0" encoding="utf-8"?><t t-out="object.phone"/>',
            # what is not evaluated here, but elsewhere or by other rules
            '<t t-raw="object.name"/>',
            '<t t-field="object.name"/>',
            '<t t-call="web.html_container"/>',
            '<t t-call="{{object.name}}"/>',
            '<t t-tag="a"/>',
            "<t t-out=\"object.name\" t-options=\"{'widget': 'contact'}\"/>",
            '<t t-out="object.name" t-options-widget="\'contact\'"/>',
            '<t t-lang="object.name" t-call="a"/>',
            '<t t-debug="pdb"/>',
            '<t t-call-assets="a"/>',
            '<p t-tag-open="p" t-inner-content="1">a</p>',
            '<t t-set="a" t-valuef.translate="#{object.phone}"/>',
            '<t t-cache="object.phone"/>',
            '<t t-name="a"/>',
            # names: dictionaries, those that mean something already, those not set, those of two kinds
            "<t t-set=\"{'a': object.phone}\"/>",
            '<t t-set="0"><t t-out="1"/></t>',
            '<t t-set="a__b" t-value="1"/>',
            '<t t-set="" t-value="1"/>',
            '<t t-set="user" t-value="object.tier_id"/>',
            '<t t-set="res_company" t-value="object"/>',
            '<t t-set="len" t-value="object"/>',
            '<t t-set="object" t-value="object.tier_id"/>',
            '<t t-out="a"/><t t-set="a" t-value="object"/>',
            '<t t-out="request"/>',
            '<t t-set="a" t-value="object.tier_id"/><t t-if="0"><t t-set="a" t-value="object"/></t>',
            '<t t-set="a_index" t-value="object"/><t t-foreach="object.tier_ids" t-as="a"/>',
        ):
            with self.subTest(source=source):
                self.assertIsNotNone(self.qweb(source))

    def test_the_first_refused_expression_is_told(self):
        self.assertEqual(refused_inline(["object.name", "object.phone", "env"], ROOTS), "object.phone")
        self.assertEqual(refused_qweb('<t t-set="a" t-valuef="#{x}"/>', ROOTS, (), re.compile(r"#\{(.+?)\}")), "x")
