from odoo import api, models


class LoyaltyMemberChoice(models.AbstractModel):
    """A document or a form of one member, ``member_id``: whoever names a member there must be one who may see them.

    What is told of the member then would be told to anybody otherwise, by a draft, or by a form that is never saved.
    """

    _name = "loyalty.member.choice"
    _description = "Choice Of A Member"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records.member_id.check_access("read")
        return records

    def write(self, vals):
        result = super().write(vals)
        if "member_id" in vals:
            self.member_id.check_access("read")
        return result

    def onchange(self, values, field_names, fields_spec):
        result = super().onchange(values, field_names, fields_spec)
        # Here are the defaults now, too.
        if (chosen := values.get("member_id")) and chosen not in self.member_id.ids:
            self.env["loyalty.member"].browse(chosen).check_access("read")
        return result
