"""Transactions of their own, for what has to be kept whatever becomes of the caller's, and what is only tried."""

import random
import time
from contextlib import contextmanager

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from psycopg2 import InterfaceError, OperationalError
from psycopg2.pool import PoolError

TRIES = 20
#: PostgreSQL's class of what is too much of something: that lies with what was to be written.
TOO_MUCH = "54"


def own_transaction(env, act):
    """Run ``act(cr)`` in a transaction of its own, and once more whenever others were at the same rows; its result.

    ``act`` is called with a fresh cursor each time and must be able to be repeated.
    """
    return transaction_in(env.registry, act)


def transaction_in(registry, act):
    """``own_transaction``, for who has no environment. Once more, too, where the server has closed the connection meanwhile."""

    def run():
        with registry.cursor() as cr:
            connection = cr.connection
            try:
                return act(cr)
            except OperationalError as error:
                if connection.closed:
                    raise InterfaceError("closed meanwhile") from error
                raise

    return repeated(run, again=(*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, InterfaceError))


def repeated(act, undo=lambda: None, again=PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
    """Run ``act()``, and once more after ``undo()`` whenever others were at the same rows; its result."""
    for number in range(TRIES):
        try:
            return act()
        except again:
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


def is_passing(error):
    """Whether this is the state of our own database, e.g. that no connection is free, and not of what was written."""
    if isinstance(error, OperationalError):
        return (error.pgcode or "")[:2] != TOO_MUCH
    return isinstance(error, (InterfaceError, PoolError))
