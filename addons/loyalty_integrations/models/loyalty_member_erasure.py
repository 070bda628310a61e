"""Erasing a person: what was sent and received of them is forgotten here, and the other systems are told."""

from odoo import models
from odoo.tools import SQL

from .loyalty_inbox_retention import TELLING

_BINDINGS = """SELECT connection_id, external_id FROM loyalty_binding
                WHERE model = 'loyalty.member' AND res_id = ANY(%(members)s)"""
_FORGET = (
    # What is still to be said of the person isn't said any more; the state that everything is gone is.
    """UPDATE loyalty_outbox SET state = 'skipped', error_code = 'erased', done_at = now() AT TIME ZONE 'UTC'
        WHERE member_id = ANY(%(members)s) AND flow <> 'push_member' AND state IN ('pending', 'retry', 'verify', 'dead')""",
    """DELETE FROM loyalty_outbox_attempt a USING loyalty_outbox o
        WHERE o.id = a.outbox_id AND o.member_id = ANY(%(members)s)""",
    """UPDATE loyalty_outbox SET payload = NULL, data = NULL, error_message = NULL WHERE member_id = ANY(%(members)s)""",
    # The binding stays, so that the record there loses its name, too.
    """UPDATE loyalty_binding SET base = NULL, pushed_hash = NULL
        WHERE model = 'loyalty.member' AND res_id = ANY(%(members)s)""",
    """UPDATE loyalty_inbox i SET raw_body = NULL, data = NULL, error_message = NULL
        WHERE i.transaction_id IN (SELECT id FROM loyalty_transaction WHERE member_id = ANY(%(members)s))""",
    "DELETE FROM loyalty_sync_conflict WHERE member_id = ANY(%(members)s)",
    """DELETE FROM loyalty_sync_run_line l
        WHERE l.model = 'loyalty.member' AND l.res_id = ANY(%(members)s)
           OR EXISTS (SELECT FROM unnest(%(texts)s::text[]) t(text) WHERE strpos(l.changes::text, t.text) > 0)""",
    # Contacts, and tickets that nobody was found for: by what the person was known by, or is there.
    """UPDATE loyalty_inbox i SET raw_body = NULL, data = NULL, error_message = NULL, result = NULL, error_code = 'erased',
              state = CASE WHEN state IN ('received', 'parked') THEN 'dead' ELSE state END
        WHERE i.transaction_id IS NULL AND i.data IS NOT NULL AND %(telling)s AND (
              EXISTS (SELECT FROM unnest(%(texts)s::text[]) t(text) WHERE strpos(i.data::text, t.text) > 0)
              OR (i.connection_id, i.data ->> 'id') IN (%(bindings)s)
              OR (i.connection_id, i.data ->> 'customer') IN (%(bindings)s))""",
)


class LoyaltyMemberErasureTraces(models.Model):
    _inherit = "loyalty.member"

    def _erase_one(self, reason):
        texts = self._with_merged()._named_by()
        result = super()._erase_one(reason)
        self._with_merged()._forget_exchanged(texts)
        return result

    def _named_by(self):
        """What a message would name these members by: numbers, phones, mails; long enough to be nobody else's."""
        partners = self.partner_id
        identities = self.env["loyalty.member.identity"].search([("member_id", "in", self.ids)]).mapped("value")
        texts = {*self.mapped("code"), *identities, *partners.mapped("phone"), *partners.mapped("email")}
        texts |= {text.removeprefix("+86") for text in texts if text}
        return sorted(text for text in texts if text and len(text) >= 6)

    def _forget_exchanged(self, texts):
        self.env.flush_all()
        for statement in _FORGET:
            self.env.cr.execute(SQL(
                statement, members=self.ids, texts=texts, telling=SQL(TELLING), bindings=SQL(_BINDINGS, members=self.ids),
            ))  # fmt: skip
        self.env.invalidate_all()
