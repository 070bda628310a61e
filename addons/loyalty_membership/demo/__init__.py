from . import loyalty_demo, loyalty_demo_moves, loyalty_demo_orders, loyalty_demo_rewards
