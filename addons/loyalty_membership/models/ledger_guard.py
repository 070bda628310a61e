"""PostgreSQL's own guard over the ledger, whoever is at the keyboard.

The door says ``loyalty.door = open`` for its own statements in its own transaction.  This guards
against accidents and against other code; the seals are there against intent.
"""

from contextlib import contextmanager

from odoo.tools import SQL
from odoo.tools.sql import table_columns

FUNCTIONS = """
CREATE OR REPLACE FUNCTION loyalty_ledger_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'loyalty ledger: % on % is refused, its rows are never deleted', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF current_setting('loyalty.door', true) IS DISTINCT FROM 'open' THEN
        RAISE EXCEPTION 'loyalty ledger: % on % is refused outside the ledger''s own method', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION loyalty_ledger_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'loyalty ledger: a fact of % % can''t be changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def close_table(cr, table):
    """Let nobody insert, update, delete or truncate rows of a table while the door is closed.

    But for who wrote them: PostgreSQL empties that of every table when a user is deleted, also where there is no such row.
    Whoever has written to the ledger is kept by ``freeze_rows``, and in words by ``res.users``.
    """
    cr.execute(FUNCTIONS)
    names = (name for name in table_columns(cr, table) if name not in ("create_uid", "write_uid"))
    cr.execute(
        SQL(
            """CREATE OR REPLACE TRIGGER loyalty_ledger_closed BEFORE INSERT OR UPDATE OF %s OR DELETE OR TRUNCATE
                   ON %s FOR EACH STATEMENT EXECUTE FUNCTION loyalty_ledger_closed()""",
            SQL(", ").join(map(SQL.identifier, names)),
            SQL.identifier(table),
        )
    )


def freeze_rows(cr, table, condition=None):
    """Let nobody at all update a row of a table where the condition over OLD and NEW holds."""
    cr.execute(FUNCTIONS)
    cr.execute(
        SQL(
            """CREATE OR REPLACE TRIGGER loyalty_ledger_fact BEFORE UPDATE ON %s FOR EACH ROW
                   WHEN (%s) EXECUTE FUNCTION loyalty_ledger_fact()""",
            SQL.identifier(table),
            condition or SQL("true"),
        )
    )


def close_points_of_members(cr):
    """Let nobody change a member's native card, in what the ledger keeps of it, while the door is closed.

    A card neither joins nor leaves the ledger by a change of column, or its points could be moved in between.
    """
    cr.execute(FUNCTIONS)
    cr.execute("""
        CREATE OR REPLACE TRIGGER loyalty_ledger_card BEFORE UPDATE OF points, is_member, program_id ON loyalty_card
            FOR EACH ROW
            WHEN ((OLD.is_member OR NEW.is_member)
                  AND (OLD.points, OLD.program_id, COALESCE(OLD.is_member, false))
                      IS DISTINCT FROM (NEW.points, NEW.program_id, COALESCE(NEW.is_member, false))
                  AND current_setting('loyalty.door', true) IS DISTINCT FROM 'open')
            EXECUTE FUNCTION loyalty_ledger_closed();
        CREATE OR REPLACE TRIGGER loyalty_ledger_card_new BEFORE INSERT ON loyalty_card FOR EACH ROW
            WHEN (NEW.is_member AND NEW.points <> 0 AND current_setting('loyalty.door', true) IS DISTINCT FROM 'open')
            EXECUTE FUNCTION loyalty_ledger_closed()
    """)


def close_balances_of_members(cr):
    """Let nobody change what a member has, has pending or owes while the door is closed."""
    cr.execute(FUNCTIONS)
    cr.execute("""
        CREATE OR REPLACE TRIGGER loyalty_ledger_member BEFORE UPDATE OF points, points_pending, points_debt ON loyalty_member
            FOR EACH ROW
            WHEN ((COALESCE(OLD.points, 0), COALESCE(OLD.points_pending, 0), COALESCE(OLD.points_debt, 0))
                  IS DISTINCT FROM (COALESCE(NEW.points, 0), COALESCE(NEW.points_pending, 0), COALESCE(NEW.points_debt, 0))
                  AND current_setting('loyalty.door', true) IS DISTINCT FROM 'open')
            EXECUTE FUNCTION loyalty_ledger_closed()
    """)


@contextmanager
def door(cr):
    """Open the guards for statements of this transaction.

    What is refused half-way leaves neither rows nor an open door behind, whoever catches the error.
    """
    with cr.savepoint(flush=False):
        cr.execute("SELECT set_config('loyalty.door', 'open', true)")
        yield  # noqa: RUF075 - the savepoint undoes the setting
        cr.execute("SELECT set_config('loyalty.door', '', true)")


def open_everything(cr):
    """Take the guards away with the addon."""
    cr.execute("""
        DROP FUNCTION IF EXISTS loyalty_ledger_closed() CASCADE;
        DROP FUNCTION IF EXISTS loyalty_ledger_fact() CASCADE;
    """)
