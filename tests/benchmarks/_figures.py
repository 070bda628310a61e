"""How benchmarks print: one line a figure, and progress while they work."""

import sys
import time
from statistics import median


def figure(name, value, note=""):
    """Print one line a figure."""
    print(f"{name:<52} {value:>14}  {note}".rstrip(), flush=True)


def ratio(ours, theirs):
    """The median of ratios of pairs that ran one beside the other, which a noisy machine disturbs least."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


class Progress:
    """A bar on a terminal, else a line each tenth.

    with Progress("purchases", 69659) as progress:
        progress.add(1000)
    """

    def __init__(self, what, total):
        self.what, self.total, self.done = what, total, 0
        self.bar = sys.stderr.isatty()

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.seconds = time.perf_counter() - self.start
        if self.bar:
            print(file=sys.stderr)

    @property
    def rate(self):
        return self.done / self.seconds

    def add(self, count):
        tenth = 10 * self.done // self.total
        self.done += count
        speed = self.done / (time.perf_counter() - self.start)
        text = f"{self.what}: {self.done:,} of {self.total:,}, {speed:,.0f} a second"
        if self.bar:
            filled = 30 * self.done // self.total
            print(f"\r[{'#' * filled}{'.' * (30 - filled)}] {text}  ", end="", file=sys.stderr, flush=True)
        elif 10 * self.done // self.total > tenth:
            print(text, file=sys.stderr, flush=True)
