from . import loyalty_redemption, sale_order_line
