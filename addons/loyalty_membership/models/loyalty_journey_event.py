from odoo import fields, models


class LoyaltyJourneyEvent(models.Model):
    """What became of one step for one member: done, left out and why, and of a message whether it was sent and opened."""

    _name = "loyalty.journey.event"
    _inherit = ["loyalty.sums"]
    _description = "Journey Event"
    _order = "id desc"
    _rec_name = "step_id"
    _log_access = False

    run_id = fields.Many2one("loyalty.journey.run", required=True, readonly=True, ondelete="cascade")
    journey_id = fields.Many2one("loyalty.journey", required=True, readonly=True, index=True, ondelete="cascade")
    step_id = fields.Many2one("loyalty.journey.step", readonly=True, index="btree_not_null", ondelete="set null")
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    date = fields.Datetime(required=True, readonly=True)
    outcome = fields.Selection(
        [
            ("done", "Done"),
            ("left_out", "Condition not met"),
            ("no_consent", "No consent"),
            ("capped", "Too many messages"),
            ("unreachable", "No address"),
            ("failed", "Went Wrong"),
        ],
        required=True,
        readonly=True,
    )
    problem = fields.Char(readonly=True)
    # A message
    channel = fields.Char(readonly=True, help="sms, email, or the name of a chat system; empty: this step sends nothing.")
    message_state = fields.Selection(
        [("outgoing", "Queued"), ("sent", "Sent"), ("failed", "Sending Failed")], readonly=True, help="As far as is known here."
    )
    opened_at = fields.Datetime("Opened", readonly=True)
    mail_id = fields.Many2one("mail.mail", readonly=True, index="btree_not_null", ondelete="set null")
    sms_uuid = fields.Char(readonly=True, index="btree_not_null")
    # What was given
    card_id = fields.Many2one("loyalty.card", "Coupon", readonly=True, index="btree_not_null", ondelete="set null")
    points = fields.Float(digits=(16, 2), readonly=True)

    _step_unique = models.UniqueIndex("(run_id, step_id)")
    # Messages of the last days of a member, over all journeys
    _message_idx = models.Index("(member_id, date) WHERE channel IS NOT NULL AND outcome = 'done'")
