{
    "name": "Membership & Loyalty: Kits",
    "summary": "Takes points back for kits whose components are returned",
    "version": "19.0.1.0.0",
    "category": "Sales/Loyalty",
    "author": "Loyalty Membership contributors",
    "license": "LGPL-3",
    "depends": ["loyalty_membership", "sale_mrp"],
    "auto_install": True,
}
