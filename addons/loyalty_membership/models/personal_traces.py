"""What Odoo's shared tables keep about a record: messages, files, activities, followers, imported ids."""

from odoo import SUPERUSER_ID

#: Modules of external ids that imports and exports make, often from another system's own number of the person.
OF_IMPORTS = ("__import__", "__export__")


def remove_traces(records):
    """Delete what chatter and its like keep about these records; the records themselves stay."""
    # A message of somebody else may be deleted by nobody but the superuser.
    records = records.with_user(SUPERUSER_ID).with_context(active_test=False)
    env, here = records.env, [("res_model", "=", records._name), ("res_id", "in", records.ids)]
    messages = _messages(records)
    if "sms.sms" in env:
        env["sms.sms"].search([("mail_message_id", "in", messages.ids)]).unlink()
    messages.unlink()
    env["mail.scheduled.message"].search([("model", "=", records._name), ("res_id", "in", records.ids)]).unlink()
    for model in ("mail.activity", "mail.followers", "ir.attachment"):
        env[model].search(here).unlink()
    env["ir.model.data"].search([
        ("model", "=", records._name), ("res_id", "in", records.ids), ("module", "in", OF_IMPORTS),
    ]).unlink()  # fmt: skip


def remove_addresses(partners):
    """Delete where these contacts were written to, and from where they wrote, about whatever it was."""
    partners = partners.with_user(SUPERUSER_ID).with_context(active_test=False)
    env, ids = partners.env, partners.ids
    env["mail.followers"].search([("partner_id", "in", ids)]).unlink()
    env["mail.notification"].search([("res_partner_id", "in", ids)]).unlink()
    env["mail.mail"].search([("recipient_ids", "in", ids)]).unlink()
    env["mail.message"].search([("author_id", "in", ids)]).write({"email_from": False, "reply_to": False})
    if "sms.sms" in env:
        env["sms.sms"].search([("partner_id", "in", ids)]).unlink()


def _messages(records):
    return records.env["mail.message"].search([("model", "=", records._name), ("res_id", "in", records.ids)])
