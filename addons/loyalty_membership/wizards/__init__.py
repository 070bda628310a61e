from . import (
    base_partner_merge,
    loyalty_activity_record,
    loyalty_card_update_balance,
    loyalty_ledger_verification,
    loyalty_member_erasure,
    loyalty_points_adjustment_rejection,
    loyalty_member_statement,
    loyalty_member_merging,
    loyalty_member_state_change,
    loyalty_points_giving,
    loyalty_redemption_reason,
    loyalty_redemption_scan,
)
