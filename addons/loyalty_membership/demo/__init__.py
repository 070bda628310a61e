from . import (
    loyalty_demo,
    loyalty_demo_activities,
    loyalty_demo_adjustments,
    loyalty_demo_draw,
    loyalty_demo_import,
    loyalty_demo_insight,
    loyalty_demo_journeys,
    loyalty_demo_moves,
    loyalty_demo_orders,
    loyalty_demo_rewards,
    loyalty_demo_segments,
)
