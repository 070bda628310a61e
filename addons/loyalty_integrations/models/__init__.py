# ruff: noqa: I001 - a model comes before the files that extend it
from . import loyalty_connection
from . import secret
from . import loyalty_connection_token
from . import loyalty_connection_meter
from . import loyalty_connection_state
from . import loyalty_connection_staff
from . import loyalty_binding
from . import loyalty_sync_cursor
from . import loyalty_outbox
from . import loyalty_outbox_note
from . import loyalty_outbox_claim
from . import loyalty_outbox_payload
from . import loyalty_outbox_send
from . import loyalty_outbox_dispatch
from . import loyalty_connection_pull
from . import loyalty_changes
from . import loyalty_message
