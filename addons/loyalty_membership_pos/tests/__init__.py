from . import test_till, test_till_orders, test_till_screen
