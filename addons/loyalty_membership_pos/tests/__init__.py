from . import test_till, test_till_orders
