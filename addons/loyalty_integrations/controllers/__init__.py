from . import purchases, wecom
