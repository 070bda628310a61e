"""What became of gifts that another system delivers: told on the redemption, which is done with it."""

from markupsafe import Markup
from odoo import api, models

#: States of a redemption whose gift may still leave.
UNDER_WAY = ("approved", "delivering")


class LoyaltyInboxDelivery(models.Model):
    _inherit = "loyalty.inbox"

    def _process_delivery(self):
        """Take what was delivered there out of the stock here, and end the redemption."""
        redemptions = self._redemptions_of(self.connection_id, [row.data["id"] for row in self])
        for row in self:
            if redemption := redemptions.get(row.data["id"]):
                row._note_delivery(redemption, row.data["values"])
            else:
                row._finish({"told": self._told_nobodys()})

    @api.model
    def _redemptions_of(self, connection, external_ids):
        """Redemptions whose gifts these orders there are: dict external id -> redemption."""
        bindings = self.env["loyalty.binding"]._with_external(connection, "redemption", external_ids)
        # sudo: what another system delivers moves stock without anybody's rights to it
        redemptions = self.env["loyalty.redemption"].sudo().browse(binding.res_id for binding in bindings.values()).exists()
        by_id = {redemption.id: redemption for redemption in redemptions}
        return {number: by_id[binding.res_id] for number, binding in bindings.items() if binding.res_id in by_id}

    def _note_delivery(self, redemption, values):
        if values.get("state") != "delivered":
            self._finish({"told": self._told_open()})
            return
        if redemption.state in UNDER_WAY:
            redemption._ship_out()
        elif redemption.state != "done":
            self._fail("not_expected", self._told_unexpected(redemption))
            return
        told = [values[name] for name in ("carrier", "tracking", "date") if values.get(name)]
        redemption._message_log(body=Markup("%s %s") % (
            self.env._("Delivered by %s.", self.connection_id.name), " · ".join(map(str, told))
        ))  # fmt: skip
        self._finish({"told": self.env._("%s is delivered.", redemption.name)})

    # ------------------------------------------------------------------
    # What is said of them
    # ------------------------------------------------------------------

    @api.model
    def _told_nobodys(self):
        return self.env._("It belongs to no redemption of ours.")

    @api.model
    def _told_open(self):
        return self.env._("It is under way.")

    @api.model
    def _told_unexpected(self, redemption):
        states = dict(redemption._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(redemption)s was delivered there, and is %(state)s here: talk to the warehouse.",
            redemption=redemption.name, state=states[redemption.state].lower(),
        )  # fmt: skip
