"""Transactions of their own, for what has to be kept whatever becomes of the caller's, and what is only tried."""

import random
import time
from contextlib import contextmanager

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

TRIES = 20


def own_transaction(env, act):
    """Run ``act(cr)`` in a transaction of its own, and once more whenever others were at the same rows; its result.

    ``act`` is called with a fresh cursor each time and must be able to be repeated.
    """

    def run():
        with env.registry.cursor() as cr:
            return act(cr)

    return repeated(run)


def repeated(act, undo=lambda: None):
    """Run ``act()``, and once more after ``undo()`` whenever others were at the same rows; its result."""
    for number in range(TRIES):
        try:
            return act()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            undo()
            if number == TRIES - 1:
                raise
            time.sleep(random.uniform(0.0, 0.02 * (number + 1)))  # noqa: S311
    return None


@contextmanager
def undone(env):
    """What is done within is taken back at its end, with what it would have done at the end of the transaction."""
    savepoint = env.cr.savepoint()
    try:
        yield
    finally:
        savepoint.close(rollback=True)
        env.invalidate_all(flush=False)
