from . import loyalty_connection, loyalty_outbox
