"""The template has exactly the terms of the source, and the Chinese translation has them all.

The files are kept by ``bin/lib/i18n``, which runs these tests with LOYALTY_WRITE_I18N set (see docs/translating.md).
"""

import io
import os
import re
from pathlib import Path

import polib
from lxml import etree
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

MODULE = "loyalty_membership"
FOLDER = Path(__file__).parent.parent / "i18n"
TEMPLATE = FOLDER / f"{MODULE}.pot"
CHINESE = FOLDER / "zh_CN.po"

#: Terms that are the same in Chinese, and why. They stay empty: OCA's checker and Odoo's exporter both say so.
NEUTRAL = {
    "ID": "as in all of Odoo",
    "id": "a field's name that Odoo's exporter takes for a term; never shown",
    "program_id": "likewise",
    "tier_id": "likewise",
    "object._statement_file_name()": "likewise, of a mail template",
    "Excel": "the program's own name",
    "PDF": "the format's own name",
}

#: The words of DESIGN, section 4.
WORDS = {
    "Membership Program": "会员计划",
    "Member": "会员",
    "Tier": "等级",
    "Purchase Journal": "消费流水",
    "Points Entry": "积分流水",
    "Points Allocation": "积分核销明细",
    "Qualifying Points": "成长值",
    "Earning Rule": "积分规则",
    "Store": "门店",
    "Stores And Channels": "门店与渠道",
    "Lot": "批次",
}

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]|[\u4e00-\u9fff]\.(?![\w.])")


def exported(env):
    """Return what Odoo's own exporter finds in the addon, as in a database that has nothing but what it needs."""
    buffer = io.BytesIO()
    trans_export(None, [MODULE], buffer, "po", env)
    catalog = polib.pofile(buffer.getvalue().decode())
    needed = env["ir.module.module"].search([("name", "=", MODULE)]).upstream_dependencies(exclude_states=("uninstallable",))
    # sms: comes by itself with mail
    known = {MODULE, "base", "sms", *needed.mapped("name")}
    for entry in list(catalog):
        entry.occurrences = [occurrence for occurrence in entry.occurrences if _is_ours(env, occurrence[0], known)]
        if not entry.occurrences:
            catalog.remove(entry)
    return catalog


def _is_ours(env, occurrence, known):
    """Whether a term is there without the apps that add fields to our models when they are installed."""
    found = re.fullmatch(r"model:ir\.model\.fields,\w+:([\w.]+)", occurrence)
    if not found:
        return True
    record = env.ref(found[1])
    field = env[record.model]._fields[record.name]
    modules = (field.related_field if field.inherited else field)._modules
    return not modules or not known.isdisjoint(modules)


def terms(catalog):
    return {(entry.msgid, *sorted(place for place, _line in entry.occurrences)) for entry in catalog}


def write_files(source):
    """Bring the committed files up to date; what is translated stays, what is no longer said goes."""
    if terms(source) != terms(polib.pofile(TEMPLATE) if TEMPLATE.exists() else []):
        source.save(TEMPLATE)
    chinese = polib.pofile(CHINESE) if CHINESE.exists() else polib.POFile()
    chinese.merge(polib.pofile(TEMPLATE))
    moved = {" ".join(entry.msgid.split()): entry.msgstr for entry in chinese.obsolete_entries()}
    for entry in chinese.obsolete_entries():
        chinese.remove(entry)
    for entry in chinese.untranslated_entries():
        # Indented anew, and not said anew.
        entry.msgstr = moved.get(" ".join(entry.msgid.split()), "")
    for entry in chinese.fuzzy_entries():
        entry.flags.remove("fuzzy")
    chinese.sort(key=lambda entry: entry.msgid)
    chinese.metadata |= {
        "Language": "zh_CN",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    chinese.save(CHINESE)


def skeleton(markup):
    """Return the elements of a term and what a translator must leave alone in them.

    >>> skeleton('<i class="fa" title="Phone"/> at <b>home</b>')
    [('i', [('class', 'fa')]), ('b', [])]
    """
    shown = {"title", "aria-label", "placeholder", "alt", "string", "confirm"}
    return [
        (element.tag, sorted(item for item in element.items() if item[0] not in shown))
        for element in etree.fromstring(f"<div>{markup}</div>").iterdescendants()
    ]


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = exported(cls.env)
        if os.environ.get("LOYALTY_WRITE_I18N"):
            write_files(cls.source)
        cls.template = polib.pofile(TEMPLATE, check_for_duplicates=True)
        cls.chinese = polib.pofile(CHINESE, check_for_duplicates=True)

    def assert_none(self, faults, what):
        self.assertFalse(faults, f"{what}; see docs/translating.md")

    def test_the_template_has_exactly_the_terms_of_the_source(self):
        self.assert_none(sorted(terms(self.source) ^ terms(self.template)), "Run bin/lib/i18n")

    def test_the_translation_has_exactly_the_terms_of_the_template(self):
        self.assert_none(sorted(terms(self.template) ^ terms(self.chinese)), "Run bin/lib/i18n")
        self.assert_none([entry.msgid for entry in self.chinese.obsolete_entries()], "Not said any more")

    def test_every_term_is_translated(self):
        left = [e.msgid for e in self.chinese if e.msgid not in NEUTRAL and not e.translated()]
        self.assert_none(left, "Translate these")

    def test_no_translation_is_the_english_text(self):
        self.assert_none([e.msgid for e in self.chinese if e.msgid == e.msgstr], "Translate these, or make them NEUTRAL")

    def test_neutral_terms_are_said_and_left_alone(self):
        self.assertEqual({e.msgid for e in self.chinese if not e.msgstr} & NEUTRAL.keys(), NEUTRAL.keys())

    def test_every_placeholder_is_kept(self):
        self.assert_none(
            [e.msgstr for e in self.chinese if sorted(PLACEHOLDER.findall(e.msgid)) != sorted(PLACEHOLDER.findall(e.msgstr))],
            "Keep the placeholders",
        )

    def test_placeholders_without_a_name_keep_their_order(self):
        several = [e.msgid for e in self.chinese if len(re.findall(r"%[sd]", e.msgid)) > 1]
        self.assert_none(several, "Name the placeholders, another language needs another order")

    def test_markup_is_kept(self):
        marked = [entry for entry in self.chinese if "<" in entry.msgid]
        self.assertTrue(marked)
        self.assert_none([e.msgstr for e in marked if skeleton(e.msgid) != skeleton(e.msgstr)], "Keep the markup")

    def test_sentences_have_chinese_punctuation(self):
        self.assert_none([e.msgstr for e in self.chinese if HALF_WIDTH.search(e.msgstr)], "Use （）；：，。")

    def test_the_words_of_the_design_hold(self):
        said = {entry.msgid: entry.msgstr for entry in self.chinese}
        self.assertEqual({word: said[word] for word in WORDS}, WORDS)

    def test_what_python_says_is_chinese_for_a_chinese_user(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref("base.CNY").active = True
        program = self.env["loyalty.program"].create({
            "name": "会员俱乐部",
            "is_membership": True,
            "program_type": "loyalty",
            "currency_id": self.env.ref("base.CNY").id,
        })
        rule = self.env["loyalty.earning.rule"].create({
            "program_id": program.id,
            "name": "消费得分",
            "min_amount": 100,
            "cap_points": 500,
            "cap_period": "month",
            "tier_ids": [
                (0, 0, {"program_id": program.id, "name": name, "threshold": n}) for n, name in enumerate(["银卡", "金卡"])
            ],
        })
        # The labels of selections are the database's, and loaded with the language.
        self.assertEqual(
            rule.with_context(lang="zh_CN").summary.replace("a month", "每月"),
            "每 1.00 CNY 得 1 积分，限银卡、金卡，满 100.00 CNY，每月最多 500 积分",
        )
        entry = self.env["loyalty.points.entry"].with_context(lang="zh_CN")
        self.assertEqual(entry._explanation_words()["factor"], "{value}（{label}）")
        self.assertEqual(entry._entitled("消费得分", "128.00 × 1"), "消费得分：128.00 × 1")
