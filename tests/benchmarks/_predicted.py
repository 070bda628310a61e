"""Predictions as the nightly job makes them, of members with a journal in a database, against the same by hand.

By hand: one statement collects the histories, `domain` fits and foretells all of them at once, and one COPY and one INSERT write
them into a table of the same columns. That can't be stopped and go on, tests nothing on the past, and doesn't look at refunds.
"""

import contextlib
import io
import multiprocessing
import threading
import time
from collections import namedtuple

import _inside
import numpy as np
import psutil
import support
from _figures import figure
from _million import TZ, generate
from domain import forecast, histories
from lots import Watch, settle

#: What must be equal; money is what two sums of floating numbers are.
ROWS = """SELECT member_id, churn_risk, round(alive::numeric, 6), round(purchases_90::numeric, 2), round(amount_365::numeric, 0)
            FROM {table}"""
COLLECT = f"""
    SELECT member_id, COUNT(*) - 1, MAX(day) - MIN(first), %(today)s - MIN(first),
           COUNT(*) FILTER (WHERE money > 0 AND day > first),
           COALESCE(SUM(money) FILTER (WHERE money > 0 AND day > first), 0)::float
      FROM (SELECT member_id, day, SUM(amount) AS money, MIN(day) OVER (PARTITION BY member_id) AS first
              FROM (SELECT member_id, (date AT TIME ZONE 'UTC' AT TIME ZONE '{TZ}')::date AS day, amount
                      FROM loyalty_transaction WHERE program_id = %(program)s AND type = 'purchase' AND is_refunded IS NOT TRUE) t
             GROUP BY member_id, day) d
     GROUP BY member_id"""


#: Took to learn, to learn and predict, the same the next night; the fit's state; MB to learn, and to predict beyond that.
Job = namedtuple("Job", "learned first next state learning predicting")


class Memory:
    """How much memory this process has at most, looked at every so often; in MB more than at the start."""

    def __init__(self):
        self.process, self.stop = psutil.Process(), threading.Event()

    def _now(self):
        return self.process.memory_info().rss / 2**20

    def __enter__(self):
        self.start = self.most = self._now()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self

    def _look(self):
        while not self.stop.wait(0.05):
            self.most = max(self.most, self._now())

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()

    @property
    def more(self):
        return max(self.most, self._now()) - self.start


def fill(name, values, purchases, years):
    """Give the members of a database these purchases: (customer, day, amount), of which the last day is today."""
    customers, days, amounts = purchases
    with contextlib.closing(support.connect(name)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bought (customer integer, day integer, amount numeric)")
        for part in np.array_split(np.arange(len(days)), max(1, len(days) // 500_000)):
            lines = "".join(f"{c}\t{d}\t{a:.2f}\n" for c, d, a in zip(customers[part], days[part], amounts[part], strict=True))
            cursor.copy_from(io.StringIO(lines), "bought")
        cursor.execute(
            """INSERT INTO loyalty_transaction (member_id, program_id, company_id, currency_id, type, source, date, reference,
                                                amount, points, create_uid, write_uid, create_date, write_date)
               SELECT m.id, %(program)s, %(company)s, %(currency)s, 'purchase', 'till',
                      %(today)s::date - (%(days)s - day) + time '04:00', 'T' || row_number() OVER (),
                      amount, 0, 1, 1, now(), now()
                 FROM bought
                 JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS customer FROM loyalty_member) m USING (customer)
                ORDER BY day""",
            dict(values, days=years * 365),
        )
        cursor.execute("VACUUM ANALYZE loyalty_transaction")


def by_job(name, program):
    """Learn and predict, as the job does, twice."""
    with _inside.environment(name) as env:
        fits = env["loyalty.prediction.fit"]
        fit = fits._of_today(env["loyalty.program"].browse(program))
        fit._histories_of(0, 0)  # numpy and scipy are there
        forecast.forecast(histories.Histories(*[np.zeros(1)] * 5), *_any_models())
        env.cr.commit()
        watch = Watch(env.cr)
        with Memory() as learning:
            fit._go_on()
            env.cr.commit()
        learned = watch.stop()
        with Memory() as predicting:
            fits._cron_predict()
            env.cr.commit()
        first = watch.stop()
        fit._ask()
        env.cr.commit()
        watch = Watch(env.cr)
        fits._cron_predict()
        env.cr.commit()
        return Job(learned, first, watch.stop(), fit.state, learning.more, predicting.more)


def _any_models():
    from domain import buying, spending

    return buying.Buying(1, 9, 1, 1), spending.Spending(2, 3, 9)


def make_table(cursor):
    """A table with the columns, indexes and foreign keys of the job's."""
    cursor.execute("CREATE TABLE by_hand (LIKE loyalty_member_prediction INCLUDING DEFAULTS INCLUDING INDEXES)")
    cursor.execute("""SELECT pg_get_constraintdef(oid) FROM pg_constraint
                       WHERE contype = 'f' AND conrelid = 'loyalty_member_prediction'::regclass""")
    for (key,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE by_hand ADD {key}")


def by_hand(name, values):
    """Collect, fit, foretell and write, in one go; (seconds to collect, seconds in all)."""
    from domain import fits

    with contextlib.closing(support.connect(name)) as connection, connection.cursor() as cursor:
        make_table(cursor)
        settle()
        watch = Watch(cursor)
        cursor.execute(COLLECT, values)
        columns = np.array(cursor.fetchall(), dtype=float).T
        collected = watch.stop()
        ids, past = columns[0].astype(int), histories.Histories(*columns[1:])
        told = forecast.forecast(past, fits.of_buying(past).model, fits.of_spending(past).model)
        lines = zip(
            ids.tolist(), told.alive.tolist(), told.risk.tolist(), told.purchases[90].tolist(), told.purchases[365].tolist(),
            told.money[90].tolist(), told.money[365].tolist(), told.value.tolist(), strict=True,
        )  # fmt: skip
        text = io.StringIO("".join("\t".join(map(str, line)) + "\n" for line in lines))
        cursor.execute("""CREATE TEMP TABLE told (member_id integer, alive float, churn_risk varchar, purchases_90 float,
                                                  purchases_365 float, amount_90 float, amount_365 float,
                                                  lifetime_value float)""")
        cursor.copy_from(text, "told")
        cursor.execute(
            """INSERT INTO by_hand (member_id, program_id, company_id, predicted_on, money_known, tier_id, team_id, alive,
                                    churn_risk, purchases_90, purchases_365, amount_90, amount_365, lifetime_value)
               SELECT m.id, m.program_id, m.company_id, %(today)s, true, m.tier_id, m.team_id, t.alive, t.churn_risk,
                      ROUND(t.purchases_90::numeric, 2), ROUND(t.purchases_365::numeric, 2), ROUND(t.amount_90::numeric, 2),
                      ROUND(t.amount_365::numeric, 2), ROUND(t.lifetime_value::numeric, 2)
                 FROM told t JOIN loyalty_member m ON m.id = t.member_id""",
            values,
        )
        return collected, watch.stop()


def compare(name):
    """Whether both tables say the same of nearly everybody; a rounding or two apart."""
    ours, theirs = (ROWS.format(table=table) for table in ("loyalty_member_prediction", "by_hand"))
    [(rows, apart)] = support.sql(
        name, f"SELECT (SELECT COUNT(*) FROM by_hand), (SELECT COUNT(*) FROM ({ours} EXCEPT {theirs}) t)"
    )
    [(stored,)] = support.sql(name, "SELECT COUNT(*) FROM loyalty_member_prediction")
    same = stored == rows and apart <= rows / 1000
    figure("stored rows", "equal" if same else "different", f"({stored:,} and {rows:,}; {apart:,} by a rounding)")
    return same


def stored(size, purchases, years):
    """Predict the members of a database; whether what is stored is right."""
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(support.database())
        stack.callback(_inside.close, name)
        values = generate(name, size, 1)
        start = time.perf_counter()
        # In a process of its own: what it needs is none of the job's.
        filling = multiprocessing.get_context("fork").Process(target=fill, args=(name, values, purchases, years))
        filling.start()
        filling.join()
        figure("purchases in the journal", f"{len(purchases[0]):,}", f"in {time.perf_counter() - start:.0f} s")
        settle()
        job = by_job(name, values["program"])
        _inside.close(name)
        collected, theirs = by_hand(name, values)
        told(size, job, collected, theirs)
        return compare(name) and job.state == "done"


def told(size, job, collected, theirs):
    """Print what it took."""
    rest = job.first.seconds - job.learned.seconds
    figure("job: learning and the test", f"{job.learned.seconds:.1f}", f"s, {job.learning:.0f} MB of memory; {job.state}")
    figure(
        "job: predictions stored",
        f"{size / rest:,.0f}",
        f"members a second ({rest:.1f} s), {job.predicting:.0f} MB of memory more than before",
    )
    figure("job: all of it the next night", f"{job.next.seconds:.1f}", f"s; the first time {job.first.seconds:.1f} s")
    figure("by hand: collecting", f"{collected.seconds:.1f}", f"s, of {theirs.seconds:.1f} s in all")
    figure(
        "job against by hand",
        f"{job.first.seconds / theirs.seconds:.2f}",
        f"x ({job.first.seconds:.1f} and {theirs.seconds:.1f} s; {job.first.busy / theirs.busy:.2f} x the processor)",
    )
