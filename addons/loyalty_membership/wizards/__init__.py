from . import (
    base_partner_merge,
    loyalty_card_update_balance,
    loyalty_ledger_verification,
    loyalty_member_erasure,
    loyalty_redemption_reason,
    loyalty_redemption_scan,
)
from . import base_partner_merge, loyalty_card_update_balance, loyalty_ledger_verification, loyalty_member_erasure
from . import loyalty_member_merging
from . import loyalty_points_giving
from . import loyalty_member_state_change
