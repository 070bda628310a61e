"""What moves a redemption from one state to the next, and who may."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import clean_context

from ..domain.points import to_decimal
from ..domain.redemption import needs_approval

_logger = logging.getLogger(__name__)

#: From where a redemption may be given up, by the member's wish or because it can't be delivered.
OPEN = ("draft", "to_approve", "approved", "delivering")
#: So many reasons a notification has room for.
MOST_TOLD = 5


class LoyaltyRedemptionFlow(models.Model):
    _inherit = "loyalty.redemption"

    # ------------------------------------------------------------------
    # Submitting
    # ------------------------------------------------------------------

    def action_submit(self):
        """Take the points, and hand out what was redeemed or ask for approval."""
        self._check_may_redeem()
        self.member_id.check_access("read")
        # sudo: points, stock and coupons move by the redemption; who may redeem was asked, and for which members
        self.sudo()._submit()

    def _check_may_redeem(self):
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group("loyalty_membership.group_store"):
            raise AccessError(self.env._("Only store staff may redeem points for a member."))

    def _submit(self):
        # The defaults of the form are not those of what follows.
        redemptions = self.with_env(self.env(context=clean_context(self.env.context)))
        for redemption in redemptions.filtered(lambda redemption: redemption.state != "draft")[:1]:
            raise UserError(self.env._("%s was submitted already.", redemption.display_name))
        # First the items, then the members, as everybody does: two callers wait for each other instead of locking crosswise.
        redemptions.item_id._lock()
        redemptions.member_id._lock()
        self.env["loyalty.points.entry"]._catch_up(redemptions.member_id)
        redemptions.member_id.invalidate_recordset(["points"])
        for redemption in redemptions:
            redemption._submit_one()

    @api.model
    def _award(self, member, item, quantity=1, note=""):
        """Give an item as a prize or a present: it costs nothing, waits for nobody, and is refused only when sold out.

        :raise RedemptionRefused: there are not enough of it
        """
        redemption = self.create({
            "member_id": member.id, "item_id": item.id, "quantity": quantity, "note": note, "is_award": True,
        })  # fmt: skip
        redemption._submit()
        return redemption

    def _submit_one(self):
        self._compute_cost()
        self._check_obstacle()
        self.item_id._take(self.quantity)
        self.write({
            "requested_by_id": self.env.uid,  # whoever submits it asks for it, whoever drafted it
            "submitted_at": fields.Datetime.now(),
            "warehouse_id": self.team_id._loyalty_warehouse(self.company_id).id,
        })
        needs_approval = self._needs_approval()
        self._order_rest()
        self._take_points()
        if needs_approval:
            self.state = "to_approve"
            self._ask_for_approval()
        else:
            self._fulfil()

    def _check_obstacle(self):
        if not self.item_id.active:
            self._refuse_item(self.env._("it is not offered any more."))
        self._check_offer()
        [why] = self.item_id._obstacles(self.member_id, self.team_id, self.quantity, free=self.is_award).values()
        if why:
            self.item_id._refuse(why, self.member_id)

    def _check_offer(self):
        """Refuse what can't be handed out, whoever wants it, e.g. coupons of a program that was archived since."""
        for redemption in self:
            if problem := redemption.item_id._problem():
                redemption._refuse_item(problem)

    def _refuse_item(self, problem):
        raise UserError(self.env._("%(item)s: %(problem)s", item=self.item_id.name, problem=problem))

    def _needs_approval(self):
        rules = self.program_id.redemption_rule_ids._to_domain()
        if self.is_award or not rules:
            return False
        return needs_approval(rules, self.kind, to_decimal(self.points), first=self._is_first())

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def action_approve(self):
        """Approve what waits. Of several, each on its own: one that can't be is told, and the others go on."""
        self.check_access("write")
        if len(self) == 1:
            self._approve()
            return True
        approved, problems = self._one_by_one(lambda redemption: redemption._approve())
        return self._tell(
            self.env._("%s approved.", len(approved)), problems, {"type": "ir.actions.client", "tag": "soft_reload"}
        )

    def _one_by_one(self, act):
        """Do this with each, on its own; (those with which it was done, why not with the others)."""
        done, problems = self.browse(), []
        for redemption in self.sorted("id"):
            try:
                with self.env.cr.savepoint():
                    act(redemption)
                done |= redemption
            except UserError as error:
                problems.append(str(error))
        return done, problems

    def _approve(self):
        self._check_may_decide()
        # sudo: as in action_submit; who may decide was asked
        own = self.sudo()
        own._check_receivable()
        own._check_offer()
        own._note_decision()
        own._fulfil()

    def _check_receivable(self):
        """Refuse to give anything to members who were frozen, closed or archived since they redeemed it."""
        for member in self.member_id.filtered(lambda member: member.state != "active" or not member.active):
            states = dict(member._fields["state"]._description_selection(self.env))
            state = states[member.state] if member.state != "active" else self.env._("Archived")
            raise UserError(self.env._(
                "%(member)s is %(state)s and gets nothing now. Reactivate the member first, or give the redemption up.",
                member=member.display_name, state=state.lower(),
            ))  # fmt: skip

    @api.model
    def _tell(self, message, problems, then):
        told = [message, *problems[:MOST_TOLD]]
        if len(problems) > MOST_TOLD:
            told.append(self.env._("%s more could not be, see the list.", len(problems) - MOST_TOLD))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if problems else "success",
                "sticky": bool(problems),
                "message": "\n".join(told),
                "next": then,
            },
        }

    def action_reject(self):
        """Ask for the reason."""
        return self._ask_reason("reject", self.env._("Reject"))

    def _reject(self, reason):
        """Reject with a reason that the member may be told, and give the points back."""
        self._check_may_decide()
        own = self.sudo()  # sudo: as in _approve
        own._note_decision(reason)
        own._end("rejected", reason)

    # ------------------------------------------------------------------
    # Ending
    # ------------------------------------------------------------------

    def action_cancel(self):
        """Ask for the reason."""
        return self._ask_reason("cancel", self.env._("Cancel Redemption"))

    def _ask_reason(self, purpose, title):
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "loyalty.redemption.reason",
            "view_mode": "form",
            "target": "new",
            "context": {"default_redemption_ids": self.ids, "default_purpose": purpose},
        }

    def _cancel(self, reason):
        """Give up what is not handed out yet, or take a coupon back that nobody has used, and give the points back."""
        self._check_may_redeem()
        own = self.sudo()  # sudo: as in action_submit
        for redemption in own:
            if redemption.state not in OPEN and not redemption._is_returnable():
                raise UserError(self.env._(
                    "%s can't be cancelled any more: it is done, used or ended.", redemption.display_name
                ))  # fmt: skip
            if redemption._number_out() > 0:
                raise UserError(self.env._(
                    "A part of %s has been handed out: cancel the rest of its delivery instead, and its points come back.",
                    redemption.display_name,
                ))  # fmt: skip
        own._end("cancelled", reason)

    def _end(self, state, reason):
        """End these without handing anything out: all that was taken, reserved or issued goes back."""
        self.item_id._lock()
        self.member_id._lock()
        submitted = self.filtered("submitted_at")
        self.write({"state": state, "end_reason": reason})
        self._forget_approval()
        for redemption in submitted:
            redemption._recall()
            redemption.item_id._take(-redemption.quantity)
        submitted._settle_points()

    def _done(self):
        self.write({"state": "done", "done_at": fields.Datetime.now()})

    @api.model
    def _overdue_domain(self):
        """Gifts whose last day to be picked up is over somewhere; in the program's time zone it may go on for some hours."""
        somewhere = fields.Date.today() + timedelta(days=1)
        return [("state", "=", "approved"), ("kind", "=", "gift"), ("pickup_until", "<", somewhere)]

    @api.model
    def _cron_expire(self):
        """Take back what was not picked up in time, in committed batches; can stop anywhere."""
        todo = self.search(self._overdue_domain(), order="pickup_until, id")
        todo = todo.filtered(lambda redemption: redemption.pickup_until < redemption.program_id._today())
        cron = self.env["ir.cron"]
        time_left = cron._commit_progress(remaining=len(todo))
        for redemption in todo:
            if not time_left:
                return
            try:
                with self.env.cr.savepoint():
                    if redemption._number_out() > 0:
                        redemption._open_moves()._action_cancel()  # which gives the points of the rest back
                    else:
                        redemption._end("expired", self.env._("Not picked up in time."))
            except UserError as error:
                # One that the warehouse holds on to is told, and keeps no other from going back.
                _logger.warning("%s can't be taken back: %s", redemption.name, error)
            time_left = cron._commit_progress(1)
