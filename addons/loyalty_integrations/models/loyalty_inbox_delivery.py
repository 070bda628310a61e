"""What became of gifts that another system delivers: told on the redemption, which is done with it."""

from markupsafe import Markup
from odoo import models

#: States of a redemption whose gift may still leave.
UNDER_WAY = ("approved", "delivering")


class LoyaltyInboxDelivery(models.Model):
    _inherit = "loyalty.inbox"

    def _process_delivery(self):
        """Take what was delivered there out of the stock here, and end the redemption."""
        bindings = self.env["loyalty.binding"]._with_external(
            self.connection_id, "redemption", [row.data["id"] for row in self]
        )  # fmt: skip
        for row in self:
            binding = bindings.get(row.data["id"])
            # sudo: what another system delivers moves stock without anybody's rights to it
            redemption = self.env["loyalty.redemption"].sudo().browse(binding and binding.res_id).exists()
            if redemption:
                row._note_delivery(redemption, row.data["values"])
            else:
                row._finish({"told": self.env._("It belongs to no redemption of ours.")})

    def _note_delivery(self, redemption, values):
        if values.get("state") != "delivered":
            self._finish({"told": self.env._("It is under way.")})
            return
        if redemption.state in UNDER_WAY:
            redemption._ship_out()
        elif redemption.state != "done":
            states = dict(redemption._fields["state"]._description_selection(self.env))
            self._fail("not_expected", self.env._(
                "%(redemption)s was delivered there, and is %(state)s here: talk to the warehouse.",
                redemption=redemption.name, state=states[redemption.state].lower(),
            ))  # fmt: skip
            return
        told = [values[name] for name in ("carrier", "tracking", "date") if values.get(name)]
        redemption._message_log(body=Markup("%s %s") % (
            self.env._("Delivered by %s.", self.connection_id.name), " · ".join(map(str, told))
        ))  # fmt: skip
        self._finish({"told": self.env._("%s is delivered.", redemption.name)})
