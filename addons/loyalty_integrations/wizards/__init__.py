from . import loyalty_message_send
