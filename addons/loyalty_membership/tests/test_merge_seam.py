"""Whatever names a member goes with a member who is merged, or stays for a reason."""

from odoo.tests import tagged

from .common import LoyaltyCase

#: Fields that the seam does not move, and why.
STAYS = {
    "loyalty.points.entry.member_id": "A fact of the ledger: transfers say what moved.",
    "loyalty.tier.change.member_id": "The log of the own way up and down; the survivor's says what came by the merge.",
    "loyalty.member.merge.survivor_id": "The merge itself.",
    "loyalty.member.merge.merged_id": "The merge itself.",
    "loyalty.referral.referrer_id": "Moved with a look at whether both brought each other; test_merge_undo_referral.",
    "loyalty.referral.friend_id": "Moved where the survivor was brought by nobody: a friend is brought once; as above.",
    "loyalty.points.adjustment.member_id": "A document: for whom it was asked. What is left of it passes over a merged member.",
    "loyalty.points.adjustment.line.member_id": "What a document did for whom; its reversal finds the entries by it.",
    "loyalty.member.insight.member_id": "Measured anew every night, from what moved.",
    "loyalty.member.prediction.member_id": "Predicted anew every night, from what moved.",
    "loyalty.member.import.row.member_id": "Which member a line of the file made or found.",
}


def naming_members(env, addon="loyalty_membership"):
    """Stored fields of an addon that name a member, (model, field); without those of wizards, whose rows live an hour."""
    return [
        (name, field.name)
        for name, model in env.registry.items()
        if not model._abstract and not model._transient and model._auto
        for field in model._fields.values()
        if field.type == "many2one" and field.store and field.comodel_name == "loyalty.member" and addon in field._modules
    ]


@tagged("post_install", "-at_install")
class TestMergeSeam(LoyaltyCase):
    def test_every_field_that_names_a_member_is_handed_over_or_stays_for_a_reason(self):
        moved = {f"{model}.{field}" for model, field, *_key in self.env["loyalty.member"]._handed_over_models()}
        self.assertFalse(moved & STAYS.keys())
        self.assertEqual(
            {".".join(names) for names in naming_members(self.env)}, moved | STAYS.keys(),
            "Add the field to _handed_over_models of loyalty.member, or to STAYS with the reason why its rows stay.",
        )  # fmt: skip

    def test_a_key_of_the_seam_is_a_unique_key_of_its_table(self):
        """Rows that both have are told by a key that PostgreSQL keeps unique, or a merge would fail on them."""
        for model, field, *key in self.env["loyalty.member"]._handed_over_models():
            table = self.env[model]._table
            indexes = [columns for columns in self.unique_keys(table) if field in columns]
            self.assertEqual(indexes, [{field, *key}] if key else [], f"unique keys of {table} with the member")

    def unique_keys(self, table):
        """Their columns, with those that say of which rows they are."""
        self.env.cr.execute(
            """SELECT array_agg(a.attname::text) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
                  AND (a.attnum = ANY(i.indkey) OR pg_get_expr(i.indpred, i.indrelid) ~ ('\\m' || a.attname || '\\M'))
                WHERE i.indrelid = %s::regclass AND i.indisunique AND a.attnum > 0 GROUP BY i.indexrelid""",
            [table],
        )
        return [{*columns} for (columns,) in self.env.cr.fetchall()]
