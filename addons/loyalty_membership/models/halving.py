"""Work that is done together, or else in halves, so that what can't be done is found and holds up nothing else."""

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY


def done_in_halves(env, items, act, set_aside, again=PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
    """Do these in one savepoint; where they can't be, halve them until the others are done and what fails is alone.

    :param items: records, or a list; not empty
    :param act: ``act(items)`` does some of them, in their order
    :param set_aside: ``set_aside(item, error)`` says of one, as a recordset or list of one, that it could not be done
    :param again: errors that are nobody's fault, such as somebody else's booking of the same members: they are raised, for
        the caller to begin anew
    """
    todo = [items]
    while todo:
        some = todo.pop()
        try:
            with env.cr.savepoint():  # what is written is flushed at its end
                act(some)
        except again:
            raise
        except Exception as error:
            if len(some) == 1:
                set_aside(some, error)
                continue
            half = len(some) // 2
            todo += [some[half:], some[:half]]
