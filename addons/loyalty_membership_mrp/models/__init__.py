from . import loyalty_redemption
from . import sale_order_line
