{
    "name": "Membership & Loyalty: Automation Rules",
    "summary": "Odoo's automation rules see what the points ledger writes",
    "version": "19.0.1.0.0",
    "category": "Sales/Loyalty",
    "author": "Loyalty Membership contributors",
    "license": "LGPL-3",
    "depends": ["base_automation", "loyalty_membership"],
    "auto_install": True,
}
