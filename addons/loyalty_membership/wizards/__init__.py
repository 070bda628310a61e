from . import (
    base_partner_merge,
    loyalty_card_update_balance,
    loyalty_draw_fairness,
    loyalty_draw_play,
    loyalty_draw_ticket_gift,
    loyalty_ledger_verification,
    loyalty_member_erasure,
    loyalty_points_adjustment_rejection,
    loyalty_redemption_reason,
    loyalty_redemption_scan,
)
