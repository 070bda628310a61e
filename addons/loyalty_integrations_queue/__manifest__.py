{
    "name": "Membership: Integrations by Job Queue",
    "summary": "Sends what is queued for other systems by OCA's job queue: several workers and machines, the same guarantees",
    "version": "19.0.1.0.0",
    "category": "Sales/Loyalty",
    "author": "Loyalty Membership contributors",
    "license": "LGPL-3",
    "depends": ["loyalty_integrations", "queue_job"],
    "data": ["data/queue_job.xml", "views/loyalty_connection_views.xml"],
    "auto_install": True,
    "uninstall_hook": "uninstall_hook",
}
