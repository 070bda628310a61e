from . import (
    loyalty_program,
    loyalty_transaction,
    pos_order,
    pos_order_line,
    pos_order_purchase,
    pos_order_spending,
    sale_order_line,
    stock_move,
)
