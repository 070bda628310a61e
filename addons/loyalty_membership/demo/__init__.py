from . import loyalty_demo, loyalty_demo_orders
