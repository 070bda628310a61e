{
    "name": "Membership & Loyalty: Point of Sale",
    "summary": "Members earn and spend their points at Odoo's tills",
    "version": "19.0.1.0.0",
    "category": "Sales/Loyalty",
    "author": "Loyalty Membership contributors",
    "license": "LGPL-3",
    "depends": ["loyalty_membership", "pos_loyalty"],
    "auto_install": True,
    "assets": {
        "point_of_sale._assets_pos": ["loyalty_membership_pos/static/src/**/*"],
        "web.assets_tests": ["loyalty_membership_pos/static/tests/tours/**/*"],
    },
}
