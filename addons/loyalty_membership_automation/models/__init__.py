from . import loyalty_facts
