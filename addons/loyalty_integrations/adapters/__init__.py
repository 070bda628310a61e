"""One module a system; importing it makes its adapter known."""

from . import kingdee, neocrm, till, webhook, wecom
