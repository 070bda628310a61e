"""What a failed call means, for people: adapters speak in codes and short English, and other systems in their own words."""

from odoo import api, fields, models

from ..domain.outcomes import ended


class LoyaltyConnectionTold(models.Model):
    _inherit = "loyalty.connection"

    def _told(self, error):
        """In the reader's language what it means and what to do, as far as we know; with the words of whoever refused it."""
        if meaning := self._meanings().get(error.code):
            return self.env._("%(meaning)s (%(detail)s)", meaning=meaning, detail=error)
        return " ".join(filter(None, [ended(str(error)), self._advice().get(error.kind)]))

    @api.model
    def _advice(self):
        """What to do where only the kind of a failure is known: dict kind -> sentence."""
        return {
            "auth_invalid": self.env._("Check its secrets, its rights and its list of allowed addresses."),
            "rate_limited": self.env._("Try again in a minute."),
            "quota": self.env._("What was bought is used up: wait, or buy more."),
            "transient": self.env._("Try again later."),
        }

    @api.model
    def _meanings(self):
        """Of the codes that are ours, or the world's: dict code -> what it means and what to do."""
        return {**self._meanings_of_the_way(), **self._meanings_of_settings(), **self._meanings_of_records()}

    @api.model
    def _meanings_of_the_way(self):
        """It was not reached, or something else was."""
        stranger = self.env._("What answers there is another program: check the address, and proxies on the way.")
        return {
            "bad_url": self.env._("This is no address: it begins with https:// and a host name."),
            "private_address": self.env._('It is an address of a private network: tick "Inside Our Network" if that is right.'),
            "dns": self.env._("There is no system of this name: check the address."),
            "connect": self.env._("It can't be reached: check the address, and whether the system runs."),
            "connect_timeout": self.env._("It can't be reached: check the address, the firewall, and whether the system runs."),
            "tls": self.env._("Its certificate is not trusted: give its certificate authority, or have the certificate renewed."),
            "read_timeout": self.env._("It gave no answer in time: try again, or allow it more time."),
            "404": self.env._("There is no such service at this address: check it and its path."),
            **dict.fromkeys(("no_json", "no_token", "no_answer", "no_records", "no_errcode", "rows"), stranger),
        }

    @api.model
    def _meanings_of_settings(self):
        return {
            "invalid_client": self.env._("Client ID or client secret is wrong."),
            "invalid_grant": self.env._("User, password or security token is wrong, or the password has expired."),
            "no_key_field": self.env._("The field for our number is not there: make it, or name another."),
            "no_match_field": self.env._('The field of "Recognise By" is not there, or holds no text: correct it.'),
            "no_entity_type": self.env._("There is no such business type: take one of those that are there."),
            "no_fields": self.env._("There is no such object, or this user may not see it."),
            "no_points_object": self.env._("It is not said to which object points are sent: fill it in."),
            "no_won_stage": self.env._("It is not said which deals are won: fill in the values."),
            "bad_name": self.env._("This is no API name: letters, digits and _."),
            "bad_number": self.env._("A number is needed here."),
            "bad_tz": self.env._("There is no such time zone."),
            "bad_secret": self.env._("The signing secret is no secret of Standard Webhooks: make a new one."),
            "no_tag_group": self.env._("The connection has no tag group: fill it in."),
            "no_such_number": self.env._("A number in the settings is not there: correct it."),
            "app_id": self.env._("The app ID is incomplete: copy it from the list of apps, with what follows the underscore."),
            "time_zone": self.env._("Times there would lie in the future: correct the time zone."),
            "unknown_staff": self.env._("This is nobody of the staff who may serve customers: correct the user ID."),
            "no_updated_at": self.env._("This user may not see when records were changed: give the right to that field."),
        }

    @api.model
    def _meanings_of_records(self):
        """One record can't be sent as it is."""
        no_number = self.env._("The mapping doesn't send our number: add the line.")
        return {
            "no_key": no_number,
            "no_number": no_number,
            "no_match": self.env._('The mapping sends nothing to the field of "Recognise By": add the line.'),
            "several": self.env._("Several records there could be this member: give one of them the member number."),
            "bad_field": self.env._("A mapped field is not there any more, or can't be written: change the mapping."),
            "bad_value": self.env._("A value is none of the field's type: add pairs of values to the mapping."),
            "bad_text": self.env._("It holds a backslash or a line break, which can't be searched for there: correct it."),
            "not_bound": self.env._("The member isn't known there yet."),
            "no_record": self.env._("The record doesn't exist here any more."),
            "no_follower": self.env._("Nobody of the staff has this contact any more."),
            "no_recipient": self.env._("The message has no recipient."),
            "expired": self.env._("It is too late for this message."),
            "maybe_delivered": self.env._("It may have been delivered: look there before it is sent again."),
            "bound_elsewhere": self.env._(
                "What is there belongs to another record here already: look whose it is, and merge them."
            ),
            "numbered_there": self.env._("It was made under another number than ours: see to it that ours are allowed there."),
            "fail_list": self.env._("This contact can't get group messages, or has had today's already."),
            "no_tag": self.env._("Tags could not be made there: make them by hand, or give the right to."),
            "bad_recipient": self.env._("Name 1 to 1,000 members of staff."),
            "too_large": self.env._("The answer is too large: fetch smaller pages, or have the address checked."),
            "mapping": self.env._("The mapping can't say it: change its lines, or the record."),
            "internal": self.env._("Something went wrong here; the server's log says more."),
            "worker_lost": self.env._("The server was stopped while it was sent."),
            "sent_back": self.env._("It was sent back for changes: mend and audit it there."),
        }


class LoyaltyOutboxTold(models.Model):
    _inherit = "loyalty.outbox"

    error_meaning = fields.Char("What It Means", compute="_compute_error_meaning")

    @api.depends("error_code")
    @api.depends_context("lang")
    def _compute_error_meaning(self):
        meanings = self.env["loyalty.connection"]._meanings()
        for row in self:
            row.error_meaning = meanings.get(row.error_code)
