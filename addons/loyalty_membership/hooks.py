from .models.ledger_guard import open_everything


def uninstall_hook(env):
    open_everything(env.cr)
