from . import purchases
