"""Messages of journey steps: which one belongs to which event, and what became of it."""

import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
_KEPT = ["channel", "message_state", "problem", "mail_id", "sms_uuid", "message_id"]


class LoyaltyJourneyEventMessage(models.Model):
    _inherit = "loyalty.journey.event"

    message_id = fields.Char(
        "Message Id", readonly=True, index="btree_not_null", help="Technical: by which a mail that comes back is known."
    )

    @api.model
    def _note_queued(self, rows):
        """Note the messages that were queued for these events, in one statement.

        :param rows: (event id, channel, mail id or None, SMS uuid or None, state, problem or None)
        """
        if not rows:
            return
        self.flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_journey_event e
                  SET channel = said.channel, mail_id = said.mail, sms_uuid = said.sms, message_state = said.state,
                      problem = COALESCE(said.problem, e.problem)
                 FROM unnest(%s::int[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[])
                      AS said (event, channel, mail, sms, state, problem)
                WHERE e.id = said.event""",
            *(list(column) for column in zip(*rows, strict=True)),
        ))  # fmt: skip
        self.invalidate_model(_KEPT, flush=False)

    @api.model
    def _note_outcome(self, column, rows):
        """Note what became of messages.

        A message that has left can't be called back: where somebody else is changing its event at this moment (two members
        are being merged, say), the event stays as it was, and the sending goes on.

        :param column: by what they are known: ``mail_id``, ``sms_uuid`` or ``message_id``
        :param rows: (value of the column, state, problem or None, message id or None)
        """
        if not rows:
            return
        self.flush_model()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(SQL(
                    """UPDATE loyalty_journey_event e
                          SET message_state = said.state,
                              problem = COALESCE(said.problem, CASE WHEN said.state = 'failed' THEN e.problem END),
                              message_id = COALESCE(said.message, e.message_id)
                         FROM unnest(%s::%s[], %s::text[], %s::text[], %s::text[]) AS said (key, state, problem, message)
                        WHERE e.%s = said.key""",
                    [row[0] for row in rows], SQL("int" if column == "mail_id" else "text"),
                    *([row[place] for row in rows] for place in (1, 2, 3)), SQL.identifier(column),
                ))  # fmt: skip
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("What became of %s messages is not noted: their events are being changed", len(rows))
        self.invalidate_model(_KEPT, flush=False)

    @api.model
    def _note_opened(self, ids):
        """Note that the messages of these events were opened; the first time counts."""
        self.flush_model()
        self.env.cr.execute(SQL(
            "UPDATE loyalty_journey_event SET opened_at = %s WHERE id = ANY(%s) AND opened_at IS NULL",
            fields.Datetime.now(), list(ids),
        ))  # fmt: skip
        self.invalidate_model(["opened_at"], flush=False)
