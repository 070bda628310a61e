"""PostgreSQL's own guard over the ledger, whoever is at the keyboard.

The door says ``loyalty.door = open`` for its own statements in its own transaction.  This guards
against accidents and against other code; the seals are there against intent.
"""

from odoo.tools import SQL

FUNCTIONS = """
CREATE OR REPLACE FUNCTION loyalty_ledger_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'loyalty ledger: % on % is refused, entries are never deleted', TG_OP, TG_TABLE_NAME
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
    """Let nobody insert, update, delete or truncate rows of a table while the door is closed."""
    cr.execute(FUNCTIONS)
    cr.execute(
        SQL(
            """CREATE OR REPLACE TRIGGER loyalty_ledger_closed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE
                   ON %s FOR EACH STATEMENT EXECUTE FUNCTION loyalty_ledger_closed()""",
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
    """Let nobody update the points of a member's native card while the door is closed."""
    cr.execute(FUNCTIONS)
    cr.execute("""
        CREATE OR REPLACE TRIGGER loyalty_ledger_card BEFORE UPDATE OF points ON loyalty_card FOR EACH ROW
            WHEN (OLD.is_member AND NEW.is_member AND OLD.points IS DISTINCT FROM NEW.points
                  AND current_setting('loyalty.door', true) IS DISTINCT FROM 'open')
            EXECUTE FUNCTION loyalty_ledger_closed()
    """)


def open_everything(cr):
    """Take the guards away with the addon."""
    cr.execute("""
        DROP FUNCTION IF EXISTS loyalty_ledger_closed() CASCADE;
        DROP FUNCTION IF EXISTS loyalty_ledger_fact() CASCADE;
    """)
