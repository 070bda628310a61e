"""Customers to predict: those of a paper, and made-up ones who do exactly what the models say."""

import csv
from pathlib import Path

import numpy as np

from ..domain.buying import Buying
from ..domain.histories import Cells, Histories

#: A tenth of CDNOW's customers, the 2,357 that Fader and Hardie drew and fit in their papers: histories up to 30 September 1997,
#: in days; purchase days and money of the nine months after that; and how many customers are alike.
SAMPLE = Path(__file__).parent / "cdnow_sample.csv"
WEEK = 7


def sample():
    """(histories in days, purchase days later, customers alike) of the sample."""
    with SAMPLE.open(encoding="ascii") as lines:
        rows = list(csv.DictReader(lines))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    times = [columns[name] for name in ("frequency", "recency", "age")]
    return Histories(*times, columns["frequency"], columns["spent"]), columns["later"], columns["customers"].astype(int)


def everybody():
    """(histories, purchase days later) of the sample, a place for each customer."""
    histories, later, customers = sample()
    return taken(histories, np.repeat(np.arange(len(customers)), customers)), np.repeat(later, customers)


def taken(histories, places):
    """Some of the histories."""
    return Histories(*(column[places] for column in vars(histories).values()))


def cells(histories, counts=None, unit=1):
    """The histories as a likelihood takes them, with times in units of so many days."""
    return Cells.of(histories.frequency, histories.recency / unit, histories.age / unit, counts)


def arrays(*histories):
    """Arrays of frequencies, recencies and ages from triples of them."""
    return [np.array(column, dtype=float) for column in zip(*histories, strict=True)]


def simulated(model: Buying, ages, ahead=0, seed=1):
    """(frequency, recency, purchases in the time ``ahead``) of customers who buy until they are gone, purchase by purchase."""
    random = np.random.default_rng(seed)
    size = len(ages)
    rates, chances = random.gamma(model.r, 1 / model.alpha, size), random.beta(model.a, model.b, size)
    clock, frequency, recency, later = np.zeros((4, size))
    there = np.arange(size)
    while len(there):
        clock[there] += random.exponential(1 / rates[there])
        there = there[clock[there] <= ages[there] + ahead]
        past = clock[there] <= ages[there]
        frequency[there[past]] += 1
        recency[there[past]] = clock[there[past]]
        later[there[~past]] += 1
        there = there[random.random(len(there)) >= chances[there]]
    return frequency, recency, later
