from datetime import date

from odoo.tests.common import BaseCase, tagged

from ..domain.seal import GENESIS, seal


@tagged("post_install", "-at_install")
class TestDomainSeal(BaseCase):
    def test_a_change_of_any_fact_changes_the_seal(self):
        facts = (GENESIS, date(2025, 1, 1), 2, "ab")
        seals = {
            seal(*facts),
            seal("0", *facts[1:]),
            seal(facts[0], date(2025, 1, 2), *facts[2:]),
            seal(*facts[:2], 3, facts[3]),
            seal(*facts[:3], "ac"),
        }
        self.assertEqual(len(seals), 5)

    def test_a_change_of_one_day_breaks_every_seal_after_it(self):
        def chain(digests):
            previous, seals = GENESIS, []
            for number, digest in enumerate(digests, 1):
                previous = seal(previous, date(2025, 1, number), 1, digest)
                seals.append(previous)
            return seals

        pairs = list(zip(chain("abcd"), chain("axcd"), strict=True))
        self.assertEqual([true == false for true, false in pairs], [True, False, False, False])
