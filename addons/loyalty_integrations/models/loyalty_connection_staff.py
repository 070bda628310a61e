from odoo import fields, models


class LoyaltyConnectionStaff(models.Model):
    """What a colleague is called over there, so that messages reach them."""

    _name = "loyalty.connection.staff"
    _description = "Colleague in Another System"
    _order = "connection_id, user_id"
    _rec_name = "external_id"

    connection_id = fields.Many2one("loyalty.connection", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Colleague", required=True, ondelete="cascade", index=True)
    external_id = fields.Char("User ID There", required=True)

    _user_unique = models.UniqueIndex("(connection_id, user_id)", "This colleague is in the list already.")
    _external_unique = models.UniqueIndex("(connection_id, external_id)", "Two colleagues can't have the same ID there.")


class LoyaltyConnectionStaffList(models.Model):
    _inherit = "loyalty.connection"

    staff_ids = fields.One2many("loyalty.connection.staff", "connection_id", "Colleagues")
