from . import loyalty_message_send, loyalty_shown_secret
