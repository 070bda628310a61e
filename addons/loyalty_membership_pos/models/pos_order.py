from odoo import api, models
from odoo.addons.loyalty_membership.domain.points import to_decimal

#: States in which an order of the till is a purchase.
PAID = ("paid", "done", "invoiced")


class PosOrder(models.Model):
    """An order of the till is booked once it is paid, whatever its screen says of points.

    What earns and what is spent is worked out from the lines of the order, so the same call again books nothing.
    """

    _inherit = "pos.order"

    # ------------------------------------------------------------------
    # What may change what is due
    # ------------------------------------------------------------------

    def action_pos_order_paid(self):
        result = super().action_pos_order_paid()
        self._loyalty_reconcile()
        return result

    @api.model
    def sync_from_ui(self, orders):
        data = super().sync_from_ui(orders)
        paid = self.browse(order["id"] for order in data["pos.order"])
        paid._loyalty_settled_orders()._loyalty_reconcile()
        return data

    def _loyalty_reconcile(self):
        # sudo: cashiers see neither members nor their ledger
        for order in self.sudo().filtered(lambda order: order.state in PAID):
            concerned = order | order.lines.refunded_orderline_id.order_id
            for program in order._loyalty_programs(concerned):
                member = order._loyalty_member_of(program)
                (member | member.merged_into_id)._lock()
                for each in concerned:
                    each._loyalty_reconcile_spending(program)
                order._loyalty_record(program, member)
        self._loyalty_settled_orders()._loyalty_reconcile()

    def _loyalty_programs(self, concerned):
        """What this till takes part in, and whatever these orders have booked: a return needs no till of its own."""
        programs = self.env["loyalty.program"].sudo()
        booked = self.env["loyalty.transaction"].sudo().search([("pos_order_id", "in", concerned.ids)]).program_id
        booked |= concerned._loyalty_spent_entries().program_id
        return booked | programs._for_company(self.company_id).filtered(
            lambda program: program.pos_ok and (not program.pos_config_ids or self.config_id in program.pos_config_ids)
        )

    def _loyalty_settled_orders(self):
        """Sales orders that were paid for, or given back, at the till: they earn their points themselves."""
        lines = self.sudo().lines
        return (lines | lines.refunded_orderline_id)._loyalty_sale_lines().order_id

    # ------------------------------------------------------------------
    # Whose points
    # ------------------------------------------------------------------

    def _loyalty_member_of(self, program):
        """Who buys; of a return, whoever bought."""
        if recorded := (self | self.lines.refunded_orderline_id.order_id)._loyalty_journal(program):
            return recorded[0].member_id
        members = self.env["loyalty.member"].sudo()
        if not self.partner_id:
            return members
        member = members._of_partners(self.partner_id)[self.partner_id.id].filtered(lambda m: m.program_id == program)
        if not member and program.auto_enroll and not self.partner_id.is_public:
            customer = self.partner_id._loyalty_customer()
            [(member, _created)] = members._enroll(program, [{"name": customer.name, "partner_id": customer.id}])
        return member.filtered(lambda m: m._could_earn_at(self.date_order))

    def _loyalty_journal(self, program):
        # No field of the order: the till's screen reads all of them, and cashiers see no journal.
        return self.env["loyalty.transaction"].sudo().search(
            [("pos_order_id", "in", self.ids), ("program_id", "=", program.id)], order="id"
        )  # fmt: skip

    def _loyalty_rate(self, program):
        """Rate to the program's currency on the day of the order, so that it never moves again."""
        return to_decimal(self.env["res.currency"]._get_conversion_rate(
            self.currency_id, program.currency_id, self.company_id, self.date_order.date()
        ))  # fmt: skip

    # ------------------------------------------------------------------
    # What the screen says
    # ------------------------------------------------------------------

    def validate_coupon_programs(self, point_changes, new_codes):
        """Tell before payment that a member who is frozen or closed can't pay with points."""
        spending = [int(card) for card, points in point_changes.items() if points < 0]
        members = self.env["loyalty.member"].sudo().search([("card_id", "in", spending), ("state", "!=", "active")])
        if members:
            return {
                "successful": False,
                "payload": {
                    "message": self.env._("%s can't pay with points at the moment.", members[0].name),
                    "updated_points": dict.fromkeys(members.card_id.ids, 0),
                },
            }
        return super().validate_coupon_programs(point_changes, new_codes)

    def confirm_coupon_programs(self, coupon_data):
        """Points of members are booked already, from the lines; what the screen says of them only wants an answer."""
        of_members = {key: said for key, said in coupon_data.items() if self._loyalty_is_of_member(key, said)}
        answer = super().confirm_coupon_programs({key: coupon_data[key] for key in coupon_data.keys() - of_members.keys()})
        members = self.env["loyalty.member"].sudo()._of_partners(self.sudo().partner_id).get(self.sudo().partner_id.id, ())
        for key, said in of_members.items():
            answer["coupon_updates"] += [
                {
                    "old_id": int(key),
                    "id": member.card_id.id,
                    "points": member.points,
                    "code": member.code,
                    "program_id": member.program_id.id,
                    "partner_id": member.partner_id.id,
                }
                for member in members
                if member.program_id.id == said.get("program_id")
            ]
        return answer

    @api.model
    def _loyalty_is_of_member(self, key, said):
        cards = self.env["loyalty.card"].sudo().browse({int(key), int(said.get("coupon_id") or 0)} - {0})
        program = self.env["loyalty.program"].sudo().browse(said.get("program_id") or ())
        return program.is_membership or any(cards.filtered(lambda card: card.id > 0).exists().mapped("is_member"))
