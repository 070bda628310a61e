"""Predictions of purchases and money: what they say of CDNOW, and how long they take for a million customers.

Fits BG/NBD and Gamma-Gamma to the first 39 weeks of CDNOW's 23,570 customers and prints parameters, their standard errors and
log-likelihoods; then what was foretold of the next 39 weeks against what came, beside a forecast that all go on as before. The
same maximum is looked for as a textbook would, on single customers and without derivatives: the ratio of times, and whether they
meet. Then a million made-up customers over four years, from their single purchases to their lifetime values: seconds, peak
memory, and whether the parameters that made them come back. At last the same customers as members of a database, predicted by the
nightly job, against the same by hand. Ends with 1 if a maximum is missed, or if the job stores something else.
"""

import argparse
import datetime
import resource
import sys
import time

import cdnow
import numpy as np
import support
from _figures import figure
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

sys.path.append(str(support.ROOT / "addons/loyalty_membership"))
import _predicted
from domain import buying, calibration, evidence, forecast, histories, spending

SPLIT, END = datetime.date(1997, 9, 30).toordinal(), datetime.date(1998, 6, 30).toordinal()
TRUE = buying.Buying(r=0.6, alpha=60, a=0.8, b=2.5)
MONEY = spending.Spending(p=6, q=4, gamma=15)
YEARS = 4


class Clock:
    """Seconds since it was last asked."""

    def __init__(self):
        self.last = time.perf_counter()

    def lap(self):
        before, self.last = self.last, time.perf_counter()
        return self.last - before


def named(model, errors):
    """Parameters and their standard errors as text."""
    errors = [float("nan")] * len(vars(model)) if errors is None else errors
    return ", ".join(
        f"{name} {number:.4g} ± {error:.2g}" for (name, number), error in zip(vars(model).items(), errors, strict=False)
    )


def told(what, model, optimum, seconds):
    """Print a fit."""
    state = "converged" if optimum.converged else "WRONG: not converged"
    figure(
        f"{what}: log-likelihood", f"{optimum.log_likelihood:,.1f}", f"{state} in {seconds:.2f} s; {named(model, optimum.errors)}"
    )
    return optimum.converged


def textbook(past):
    """(log-likelihood, seconds) of BG/NBD as the paper has it: a term a customer, its derivatives by differences."""
    x, recency, age = (column.astype(float) for column in (past.frequency, past.recency, past.age))

    def loss(logs):
        r, alpha, a, b = np.exp(logs)
        last = np.where(x > 0, np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * np.log(alpha + recency), -np.inf)
        times = np.logaddexp(-(r + x) * np.log(alpha + age), last)
        return -np.sum(gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b) + times)

    clock = Clock()
    found = minimize(loss, np.log([1, 30, 1, 1]), method="Nelder-Mead", options={"maxiter": 5000, "fatol": 1e-6, "xatol": 1e-6})
    return -found.fun, clock.lap()


def cohort():
    """Fit CDNOW and print it; whether all is well."""
    purchases = cdnow.read(cdnow.FILE)
    customers = np.array([int(purchase.customer) for purchase in purchases])
    days = np.array([datetime.date.fromisoformat(purchase.date).toordinal() for purchase in purchases])
    amounts = np.array([float(purchase.amount) for purchase in purchases])
    found, past = histories.collect(customers, days, amounts, SPLIT)
    actual, money = histories.later(customers, days, amounts, found, SPLIT, END)
    clock = Clock()
    when, optimum = buying.fit(histories.Cells.of(past.frequency, past.recency, past.age))
    seconds = clock.lap()
    fine = told(f"cdnow, {len(found):,} customers, purchases", when, optimum, seconds)
    much, spent = spending.fit(past)
    fine &= told("cdnow, money", much, spent, clock.lap())
    figure("cdnow, correlation of frequency and money", f"{spending.correlation(past):.3f}")
    value, slow = textbook(past)
    same = abs(value - optimum.log_likelihood) < 0.05
    figure(
        "the fit against a textbook's",
        f"{seconds / slow:.2f}",
        f"x ({seconds:.2f} and {slow:.2f} s), {'equal' if same else 'different'}",
    )
    hold_out(past, when, much, actual, money)
    return fine and same


def hold_out(past, when, much, actual, money):
    """Print what was foretold of the second half against what came."""
    predicted = forecast.forecast(past, when, much, horizons=[END - SPLIT])
    found = calibration.compare(past, predicted.purchases[END - SPLIT], actual, END - SPLIT)
    for row in found.rows:
        many = "+" if row.frequency == calibration.MANY else ""
        figure(
            f"hold-out, customers with x = {row.frequency}{many}",
            f"{row.predicted:.3f}",
            f"made {row.actual:.3f} ({row.customers:,} customers)",
        )
    for name, total in (("model", found.model), ("all go on as before", found.naive)):
        note = f"({total.predicted:,.0f} of {total.actual:,.0f}); {total.absolute:.3f} a customer"
        figure(f"hold-out, error of the purchases, {name}", f"{total.error:+.1%}", note)
    paid = calibration.total(predicted.money[END - SPLIT], money)
    figure("hold-out, error of the money", f"{paid.error:+.1%}", f"({paid.predicted:,.0f} of {paid.actual:,.0f})")


def made_up(size, random):
    """(customers, days, amounts) of what so many customers bought in some years, from their first purchases on."""
    rates, chances = random.gamma(TRUE.r, 1 / TRUE.alpha, size), random.beta(TRUE.a, TRUE.b, size)
    scales = random.gamma(MONEY.q, 1 / MONEY.gamma, size)
    clock = random.uniform(0, YEARS * 365, size)
    there, rows = np.arange(size), []
    while len(there):
        rows.append((there, clock[there].astype(int), random.gamma(MONEY.p, 1 / scales[there])))
        clock[there] += random.exponential(1 / rates[there])
        there = there[clock[there] < YEARS * 365]
        # Gone after a repeat purchase, of which the first is the second row.
        there = there[random.random(len(there)) >= chances[there]] if len(rows) > 1 else there
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def crowd(customers, days, amounts, batch=10_000):
    """Predict customers from their single purchases, the last step in batches; whether the parameters come back."""
    size = customers.max() + 1
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock = Clock()
    _found, past = histories.collect(customers, days, amounts, YEARS * 365)
    figure(f"histories of {size:,} customers", f"{clock.lap():.1f}", f"s, {len(days):,} purchases")
    cells = histories.Cells.of(past.frequency, past.recency, past.age)
    when, optimum = buying.fit(cells)
    fine = told(f"{len(cells.counts):,} distinct histories, purchases", when, optimum, clock.lap())
    much, spent = spending.fit(past)
    fine &= told("their money", much, spent, clock.lap())
    for start in range(0, size, batch):
        rows = slice(start, start + batch)
        forecast.forecast(histories.Histories(*(column[rows] for column in vars(past).values())), when, much)
    seconds = clock.lap()
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    figure(
        "predictions of all",
        f"{seconds:.1f}",
        f"s, in batches of {batch:,}; {size / seconds:,.0f} a second; {memory:.0f} MB of memory in all",
    )
    # Days are whole, and several purchases of one are one: heavy buyers are a little rarer than they were made.
    off = max(abs(getattr(when, name) / getattr(TRUE, name) - 1) for name in vars(TRUE))
    figure("parameters that made them come back", "ok" if off < 0.1 else "WRONG", f"within {off:.1%}")
    return fine and off < 0.1 and evidence.of_buying(cells, optimum).enough


def main(argv=None):
    parser = argparse.ArgumentParser(prog="bin/bench prediction", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000, help="made-up customers")
    parser.add_argument("--no-database", action="store_true", help="leave out what the job stores")
    options = parser.parse_args(argv)
    purchases = made_up(options.customers, np.random.default_rng(1))
    fine = True
    if not options.no_database:
        fine &= _predicted.stored(options.customers, purchases, YEARS)
    fine &= cohort()
    return 0 if crowd(*purchases) and fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
