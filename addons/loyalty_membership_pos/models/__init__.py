from . import loyalty_program
from . import loyalty_transaction
from . import pos_order
from . import pos_order_line
from . import pos_order_purchase
from . import pos_order_spending
from . import sale_order_line
from . import stock_move
