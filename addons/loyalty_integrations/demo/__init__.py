from . import loyalty_demo_integrations
