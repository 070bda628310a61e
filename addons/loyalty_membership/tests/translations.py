"""What holds for the texts of each addon: the template has the terms of the source, and the Chinese translation has them all.

The files are kept by ``bin/lib/i18n``, which runs these tests with LOYALTY_WRITE_I18N set (see docs/translating.md).
"""

import io
import os
import re
from pathlib import Path

import polib
from lxml import etree
from odoo.modules.module import get_module_path
from odoo.tools.translate import trans_export

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]|[\u4e00-\u9fff]\.(?![\w.])")


def exported(env, addon):
    """Return what Odoo's own exporter finds in the addon, as in a database that has nothing but what it needs."""
    buffer = io.BytesIO()
    trans_export(None, [addon], buffer, "po", env)
    catalog = polib.pofile(buffer.getvalue().decode())
    needed = env["ir.module.module"].search([("name", "=", addon)]).upstream_dependencies(exclude_states=("uninstallable",))
    # sms: comes by itself with mail
    known = {addon, "base", "sms", *needed.mapped("name")}
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


def write_files(source, template, translation):
    """Bring the committed files up to date; what is translated stays, what is no longer said goes."""
    if terms(source) != terms(polib.pofile(template) if template.exists() else []):
        source.save(template)
    chinese = polib.pofile(translation) if translation.exists() else polib.POFile()
    chinese.merge(polib.pofile(template))
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
    chinese.save(translation)


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


class TranslationsHold:
    """The tests of one addon's texts; beside a ``TransactionCase``."""

    addon = ""
    #: Terms that are the same in Chinese, and why. They stay empty: OCA's checker and Odoo's exporter both say so.
    neutral = {}
    #: Words of DESIGN, section 4, that the addon says.
    words = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(get_module_path(cls.addon)) / "i18n"
        files = folder / f"{cls.addon}.pot", folder / "zh_CN.po"
        cls.source = exported(cls.env, cls.addon)
        if os.environ.get("LOYALTY_WRITE_I18N"):
            write_files(cls.source, *files)
        cls.template, cls.chinese = (polib.pofile(file, check_for_duplicates=True) for file in files)

    def assert_none(self, faults, what):
        self.assertFalse(faults, f"{what}; see docs/translating.md")

    def test_the_template_has_exactly_the_terms_of_the_source(self):
        self.assert_none(sorted(terms(self.source) ^ terms(self.template)), "Run bin/lib/i18n")

    def test_the_translation_has_exactly_the_terms_of_the_template(self):
        self.assert_none(sorted(terms(self.template) ^ terms(self.chinese)), "Run bin/lib/i18n")
        self.assert_none([entry.msgid for entry in self.chinese.obsolete_entries()], "Not said any more")

    def test_every_term_is_translated(self):
        left = [e.msgid for e in self.chinese if e.msgid not in self.neutral and not e.translated()]
        self.assert_none(left, "Translate these")

    def test_no_translation_is_the_english_text(self):
        self.assert_none([e.msgid for e in self.chinese if e.msgid == e.msgstr], "Translate these, or make them NEUTRAL")

    def test_neutral_terms_are_said_and_left_alone(self):
        self.assertEqual({e.msgid for e in self.chinese if not e.msgstr} & self.neutral.keys(), self.neutral.keys())

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
        self.assertEqual({word: said[word] for word in self.words}, self.words)
