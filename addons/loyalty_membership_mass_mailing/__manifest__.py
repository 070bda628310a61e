{
    "name": "Membership & Loyalty: Opened Mails",
    "summary": "Tells of the mails of journeys which were opened, by the tracking of Email Marketing",
    "version": "19.0.1.0.0",
    "category": "Sales/Loyalty",
    "author": "Loyalty Membership contributors",
    "license": "LGPL-3",
    "depends": ["loyalty_membership", "mass_mailing"],
    "auto_install": True,
}
