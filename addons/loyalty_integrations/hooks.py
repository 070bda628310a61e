"""What uninstalling takes along that belongs to no record of the addon."""


def uninstall_hook(env):
    """Settings that were made by hand. The key of secrets stays: other databases of the server use it, and so do backups."""
    env["ir.config_parameter"].search([("key", "=like", "loyalty_integrations.%")]).unlink()
    env["ir.filters"].search([("model_id", "in", _own_models(env))]).unlink()


def _own_models(env):
    return [name for name, model in env.registry.items() if model._original_module == "loyalty_integrations"]
