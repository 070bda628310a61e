"""Both directions at once: whatever the order, two systems end up the same, and nobody's change is lost unseen."""

import itertools

from odoo.tests import BaseCase, tagged

from ..domain.mapping_line import BOTH, PULL, PUSH, Line
from ..domain.merge import (
    CONFLICT,
    LOCAL,
    MANUAL,
    NEWEST,
    PULL_IT,
    PUSH_IT,
    REMOTE,
    SAME,
    alike,
    decide,
    join_tags,
    news,
    three_way,
)

VALUES = (None, "", "a", "b", "c", 1, 1.0, "1", ["a"], ["b", "a"])
OWNERS = (LOCAL, REMOTE, NEWEST, MANUAL)


@tagged("post_install", "-at_install")
class TestMerge(BaseCase):
    def every(self):
        return itertools.product(VALUES, VALUES, VALUES, OWNERS, ("", LOCAL, REMOTE))

    def test_two_sides_that_are_the_same_need_nothing(self):
        for base, value, _other, owner, last in self.every():
            self.assertEqual(decide(base, value, value, owner, last), SAME)

    def test_one_changed_side_always_goes_over(self):
        for base, value, _other, owner, last in self.every():
            if not alike(base, value):
                self.assertEqual(decide(base, value, base, owner, last), PUSH_IT)
                self.assertEqual(decide(base, base, value, owner, last), PULL_IT)

    def test_only_both_changed_asks_the_policy(self):
        for base, local, remote, owner, last in self.every():
            what = decide(base, local, remote, owner, last)
            both = not (alike(base, local) or alike(base, remote) or alike(local, remote))
            if what == CONFLICT:
                self.assertTrue(both and (owner == MANUAL or (owner == NEWEST and not last)))
            if both and owner in (LOCAL, REMOTE):
                self.assertEqual(what, PUSH_IT if owner == LOCAL else PULL_IT)

    def test_what_is_decided_makes_them_the_same(self):
        for base, local, remote, owner, last in self.every():
            what = decide(base, local, remote, owner, last)
            if what in (PUSH_IT, PULL_IT):
                after = local if what == PUSH_IT else remote
                self.assertEqual(decide(after, after, after, owner, last), SAME)

    def test_the_mirror_decides_the_mirror(self):
        """The same rule seen from the other system."""
        mirror = {PUSH_IT: PULL_IT, PULL_IT: PUSH_IT, CONFLICT: CONFLICT, SAME: SAME}
        turned = {LOCAL: REMOTE, REMOTE: LOCAL}
        for base, local, remote, owner, last in self.every():
            there = decide(base, remote, local, turned.get(owner, owner), turned.get(last, last))
            self.assertEqual(there, mirror[decide(base, local, remote, owner, last)])

    def test_points_are_never_pulled(self):
        line = Line("points", "P", PUSH, owner=REMOTE)
        found = three_way([line], {"P": 1}, {"P": 1}, {"P": 99})
        self.assertEqual((found.push, found.pull, found.conflict, found.same), ([], [], [], []))

    def test_a_push_leaves_alone_what_only_the_other_side_changed(self):
        lines = [Line("name", "N", BOTH), Line("phone", "P", BOTH)]
        base, local, remote = {"N": "a", "P": "1"}, {"N": "b", "P": "1"}, {"N": "a", "P": "2"}
        sent = news(lines, local, base)
        self.assertEqual(remote | sent, {"N": "b", "P": "2"})

    def test_a_field_that_is_only_received_is_never_sent(self):
        found = three_way([Line("city", "C", PULL, owner=LOCAL)], {"C": "x"}, {"C": "ours"}, {"C": "x"})
        self.assertEqual((found.push, found.same), ([], ["C"]))

    def test_tags_of_both_sides_are_joined_whatever_the_order(self):
        for base, ours, theirs in itertools.product((["a"], ["a", "b"], []), (["a", "x"], ["x"], []), (["a", "y"], ["y"], [])):
            here, there = join_tags(base, ours, theirs), join_tags(base, theirs, ours)
            self.assertEqual(set(here), set(there))
            self.assertTrue(set(ours) - set(base) <= set(here))
            self.assertTrue(set(theirs) - set(base) <= set(here))
