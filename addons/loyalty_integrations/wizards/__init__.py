from . import loyalty_message_send
from . import loyalty_shown_secret
