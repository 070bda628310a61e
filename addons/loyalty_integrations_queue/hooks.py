def uninstall_hook(env):
    """Jobs that wait would be begun, fail, and be begun again: nobody knows their method any more."""
    env["queue.job"].search([("model_name", "=", "loyalty.connection"), ("method_name", "=", "_dispatch_in_job")]).unlink()
