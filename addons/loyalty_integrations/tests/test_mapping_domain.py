"""Properties that hold for any value, beside the examples in the modules."""

import random

from odoo.tests import BaseCase, tagged

from ..domain.mapping import to_local, to_remote
from ..domain.mapping_line import BOTH, MISSING, PULL, TOO_LONG, WRONG_TYPE, Line, Target
from ..domain.transforms import KINDS, Step, can_be_received, fault, parse, send, take
from ..domain.values import StepError, Where

SHANGHAI = Where("Asia/Shanghai", "CN")


@tagged("post_install", "-at_install")
class TestMappingDomain(BaseCase):
    def test_what_can_be_undone_comes_back_as_it_was(self):
        chance = random.Random(7)
        undone = [
            (["prefix:LOY-", "suffix:/x"], lambda: str(chance.randrange(10**12))),
            (["scale:100"], lambda: chance.randrange(10**6) / 4),
            (["epoch_ms"], lambda: f"2026-0{chance.randrange(1, 10)}-1{chance.randrange(10)}T08:0{chance.randrange(10)}:00Z"),
            (["epoch"], lambda: f"19{chance.randrange(70, 99)}-01-02T03:04:05Z"),
            (["date:%d/%m/%Y"], lambda: f"2026-0{chance.randrange(1, 10)}-2{chance.randrange(8)}"),
            (["date:%Y%m%d%H%M%S"], lambda: f"2026-02-03T{chance.randrange(10, 24)}:00:00Z"),
            (["phone_national"], lambda: f"+86138001380{chance.randrange(10, 100)}"),
            (["boolean:Y|N"], lambda: chance.random() < 0.5),
        ]
        for told, value in undone:
            steps = [parse(text) for text in told]
            for _time in range(50):
                before = value()
                self.assertEqual(take(send(before, steps, SHANGHAI), steps, SHANGHAI), before, told)

    def test_what_can_not_be_undone_is_stable(self):
        """Sent, received and sent again it is the same: it never looks like a change."""
        for told in ("upper", "trim", "digits", "truncate:3", "truncate_bytes:4", "round:1", "split:-|1", "phone"):
            steps = [parse(told)]
            value = 12.345 if told == "round:1" else "+86 138-0013 8000"
            once = send(value, steps, SHANGHAI)
            self.assertEqual(send(take(once, steps, SHANGHAI), steps, SHANGHAI), once, told)

    def test_every_kind_of_step_is_known_with_too_few_arguments(self):
        for kind, made in KINDS.items():
            self.assertEqual(bool(fault(Step(kind))), bool(made.arguments), kind)
        self.assertEqual([kind for kind in KINDS if not can_be_received([Step(kind)])], ["template", "mask"])

    def test_no_step_runs_code(self):
        values = {"name": "Li Na", "secret": "x"}
        for form in ("{name.__class__}", "{0}", "{name!r}", "%(name)s", "${name}", "{unknown}"):
            sent = send("", [Step("template", form)], Where(values=values))
            self.assertNotIn("str", sent)
            self.assertIn(sent, (form, "$Li Na"))

    def test_nonsense_is_a_problem_and_never_an_error(self):
        lines = [Line("x", "X", BOTH, kind, (parse(told),)) for kind in ("char", "date", "float") for told in (
            "trim", "date:%Y", "epoch", "epoch_ms", "scale:2", "round:0", "phone", "split:,|9", "digits",
        )]  # fmt: skip
        for value in (
            "soon",
            "",
            None,
            True,
            [],
            ["a", 1],
            1e300,
            -5,
            "2026-13-99",
            "９９",
            "🎉" * 50,
            "9" * 400,
            "NaN",
            "Infinity",
        ):
            for line in lines:
                sent, unsent = to_remote([line], {"x": value}, SHANGHAI)
                taken, untaken = to_local([line], {"X": value}, SHANGHAI)
                self.assertEqual((sent.keys() - {"X"}, taken.keys() - {"x"}), (set(), set()))
                self.assertLessEqual(len(unsent) + len(untaken), 2, "one problem a direction at most")

    def test_every_problem_is_named_and_the_rest_goes(self):
        lines = [
            Line("a", "A", required=True),
            Line("b", "B", target=Target("char", size=3, size_in_bytes=True)),
            Line("c", "C", target=Target("integer")),
            Line("d", "D"),
        ]
        payload, problems = to_remote(lines, {"b": "张三", "c": "many", "d": "fine"})
        self.assertEqual([(p.remote, p.kind) for p in problems], [("A", MISSING), ("B", TOO_LONG), ("C", WRONG_TYPE)])
        self.assertEqual(payload, {"D": "fine"})

    def test_long_numbers_keep_every_digit(self):
        identity = "1900000000000000001"
        for kind in ("", "char", "integer"):
            sent, _problems = to_remote([Line("id", "Id", target=Target(kind))], {"id": identity})
            self.assertEqual(str(sent["Id"]), identity)
        self.assertEqual(to_local([Line("id", "Id", PULL)], {"Id": int(identity)})[0], {"id": identity})

    def test_a_step_that_nothing_comes_back_through_is_refused(self):
        with self.assertRaises(StepError):
            take("x", [Step("mask", "1", "1")])
