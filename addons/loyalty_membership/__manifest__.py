{
    "name": "Membership & Loyalty",
    "summary": "Members, tiers and an exact points ledger on Odoo's own loyalty programs",
    "version": "19.0.1.0.0",
    "category": "Sales/Loyalty",
    "author": "Loyalty Membership contributors",
    "license": "LGPL-3",
    "depends": ["sale_loyalty", "sale_stock", "sales_team", "utm", "mail"],
    "external_dependencies": {"python": ["phonenumbers"]},
    "data": [],
    "demo": [],
    "application": True,
    "installable": True,
}
