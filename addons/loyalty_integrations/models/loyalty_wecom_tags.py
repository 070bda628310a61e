"""Tags of contacts that are not what was mirrored: taken off by hand, or a staff member has the contact newly."""

from odoo import fields, models

from ..adapters.wecom_tags import named

#: Hours before a contact that was put right, or could not be, is put right again by reading all contacts.
REST = 1


class LoyaltyConnectionWecomTags(models.Model):
    _inherit = "loyalty.connection"

    def _wecom_mend_tags(self, records, told=True):
        """Mirror the tags anew of those of these contacts that have others at one of these staff members.

        :param records: of ``adapters.wecom_contacts.record``
        :param told: WeCom has told of them; else they were read with all others, which happens over and over
        """
        if not self.push_member:
            return
        there = {}
        for record in records:
            there.setdefault(record.id, []).append(record.values.get("tags"))
        bindings = self.env["loyalty.binding"]._with_external(self, "member", there)
        if not told:
            rested = fields.Datetime.subtract(fields.Datetime.now(), hours=REST)
            bindings = {
                contact: binding for contact, binding in bindings.items() if binding.base and binding.last_sync_at < rested
            }
        astray = [binding.id for contact, binding in bindings.items() if _astray(binding.base, there[contact])]
        self._wecom_send_again(self.env["loyalty.binding"].browse(astray))

    def _wecom_send_again(self, bindings):
        """The tags are missing there, though nothing has changed here."""
        bindings.write({"pushed_hash": False, "base": False, "last_sync_at": fields.Datetime.now()})
        self.env["loyalty.member"].browse(bindings.mapped("res_id"))._tell_connections()


def _astray(base, there):
    """Whether one of these lists of names is not what was mirrored; what never was, is."""
    if not base:
        return True
    wanted = named(base)
    return wanted is not None and any(tags is not None and set(tags) != set(wanted) for tags in there)
