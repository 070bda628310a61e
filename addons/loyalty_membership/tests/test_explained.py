"""Whoever sets up the membership has a choice explained where it is made, in both languages."""

from lxml import etree

from .common import LoyaltyCase

FORMS = {
    "loyalty.program": "loyalty_membership.view_program_form",
    "loyalty.tier": "loyalty_membership.view_tier_form",
    "loyalty.earning.rule": "loyalty_membership.view_earning_rule_form",
    "loyalty.member": "loyalty_membership.view_member_form",
}
#: What says itself: names, dates of a person, and where something belongs.
PLAIN = {
    "name", "portal_point_name", "company_id", "currency_id", "program_id", "color", "image", "sequence", "partner_id", "phone",
    "birthdate", "gender", "joined_on", "tier_id", "referrer_id", "source_id", "medium_id", "campaign_id", "properties",
    "earning_rule_ids", "tier_ids", "reward_ids", "benefit_ids", "identity_ids",
}  # fmt: skip
#: Lists whose rows have no form of their own that explains them.
FILLED_IN_PLACE = {"benefit_ids"}


class TestExplained(LoyaltyCase):
    def choices(self, model):
        """The fields of a form that somebody sees and fills in, also in the rows inside."""
        model = self.env[model]
        views = model.get_views([(self.env.ref(FORMS[model._name]).id, "form")])["views"]
        for node in etree.fromstring(views["form"]["arch"]).iter("field"):
            inside = next((parent.get("name") for parent in node.iterancestors("field")), None)
            if inside and inside not in FILLED_IN_PLACE:
                continue
            where = self.env[model._fields[inside].comodel_name] if inside else model
            hidden = node.get("invisible") in ("1", "True") or node.get("column_invisible") in ("1", "True")
            if hidden or node.get("readonly") in ("1", "True") or node.get("widget") == "handle":
                continue
            definition = where.fields_get([node.get("name")])[node.get("name")]
            if not definition.get("readonly") and definition["name"] not in PLAIN:
                yield where, definition["name"]

    def test_every_choice_is_explained(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        for form in FORMS:
            for model, name in self.choices(form):
                with self.subTest(form=form, field=f"{model._name}.{name}"):
                    english = model.fields_get([name])[name].get("help") or ""
                    chinese = model.with_context(lang="zh_CN").fields_get([name])[name].get("help") or ""
                    self.assertGreater(len(english), 10)
                    self.assertRegex(chinese, "[\u4e00-\u9fff]")
