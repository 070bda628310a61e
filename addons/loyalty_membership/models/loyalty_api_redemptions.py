from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from psycopg2.errors import UniqueViolation

from . import api_arguments as arguments
from . import api_shapes as shapes
from .api_arguments import ApiArgumentError, ApiUnknown
from .loyalty_catalog_item_offer import RedemptionRefused
from .loyalty_transaction import ReferenceConflict

#: What a caller is told of why an item can't be had, and the argument that it is about.
REFUSALS = {
    "barred": ("member", "is frozen, closed or archived and can't redeem"),
    "not_yet": ("item", "is not offered yet"),
    "over": ("item", "is not offered any more"),
    "store": ("store", "the item is not offered in this store"),
    "tier": ("item", "is for members of another tier"),
    "segment": ("item", "is for members of another segment"),
    "member_limit": ("quantity", "the member has redeemed this item as often as each member may"),
    "sold_out": ("item", "is sold out, or fewer than this quantity are left"),
    "points": ("member", "has not enough points"),
}
DELIVERIES = ("pickup", "ship")
MAX_QUANTITY = 1000


class LoyaltyApiRedemptions(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    @api.readonly
    def list_rewards(self, member, store=None, source=None, program=None):
        """List what points buy, and what of it this member may redeem now.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param store: name or id of a sales team; the member's own
        :return: a list of ``{item, name, kind, description, points, money, left, may_redeem, reason}`` in the order of the
            catalogue: ``item`` is the id, ``kind`` gift, coupon, voucher, service or draw, ``points`` and ``money`` the
            cost of one, ``left`` how many there are (null: any number), ``reason`` why it can't be had (null: it can): one
            of barred, store, tier, segment, member_limit, sold_out, points.  Names are in the member's language.
        :raise UserError: 404 unknown member; 422 wrong argument
        """
        facade, program = self._open(program)
        found = facade._find_member(program, member, source)
        team = facade._redemption_store(program, store, found)
        today = program._today()
        items = facade.env["loyalty.catalog.item"].with_context(lang=facade._language(found))
        items = items.search(
            Domain("program_id", "=", program.id)
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )
        lefts, whys = items._left(team), items._obstacles(found, team)
        return [facade._reward(item, lefts[item], whys[item]) for item in items]

    @api.model
    def _reward(self, item, left, why):
        return {
            "item": item.id,
            "name": item.name,
            "kind": item.kind,
            "description": item.description or None,
            "points": self._number(item.points),
            "money": self._number(item.money),
            "left": left,
            "may_redeem": why is None,
            "reason": why,
        }

    @api.model
    def redeem(
        self, member, item, source, reference, quantity=1, store=None, delivery=None, program=None
    ):  # fmt: skip
        """Redeem an item: take the points, and hand it out or ask for approval.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param item: id or name of an item of the catalogue
        :param source: the system that calls, up to 64 characters
        :param reference: its own number of this redemption, up to 128 characters
        :param quantity: how many, 1 to 1,000
        :param store: name or id of a sales team: where it is picked up; the member's own
        :param delivery: of a gift, ``pickup`` or ``ship`` (to the address of the customer); pickup
        :param program: name or id; the one of the caller's company
        :return: ``{redemption, state, points, money, balance, code, pickup_until, coupon, coupons, order, reason,
            duplicate}``:
            ``redemption`` is the number that ``cancel_redemption`` takes; ``state`` to_approve, approved (wait for the
            member at the counter, who shows ``code``), delivering or done; ``points`` what it cost, ``balance`` what the
            member has now; ``coupons: [{code, expires_on}]`` are what was issued, ``coupon`` is the code of the first one;
            ``order`` is the sales order that the ``money`` is paid on; ``reason`` is why it ended, of one that did;
            ``duplicate``: it was recorded before
        :raise UserError: 404 unknown member or item; 409 known reference with another content; 422 wrong argument,
            or the member can't have it: the error's context then has ``reason``, as in ``list_rewards``, or
            ``not_yet`` or ``over``
        """
        facade, program = self._open(program)
        values = {
            **shapes.origin({"source": source, "reference": reference}),
            "quantity": 1 if quantity is None else arguments.integer(quantity, "quantity", 1, MAX_QUANTITY),
            "delivery": arguments.choice(delivery, "delivery", DELIVERIES) or "pickup",
        }
        found = facade._find_member(program, member, source)
        wanted = facade._find_item(program, item, found)
        team = facade._redemption_store(program, store, found)
        digest = arguments.digest("redeem", {**values, "item": wanted.id, "store": store and team.id})
        if known := facade._known_redemption(program, values):
            if (known.digest, known.member_id) != (digest, found):
                raise facade._redemption_conflict(values)
            return facade._redemption_answer(known) | {"duplicate": True}
        made = facade._redeem(found, wanted, team, values | {"digest": digest})
        return facade._redemption_answer(made) | {"duplicate": False}

    @api.model
    def _redeem(self, member, item, team, values):
        try:
            with self.env.cr.savepoint():
                redemption = self.env["loyalty.redemption"].create({
                    "member_id": member.id, "item_id": item.id, "team_id": team.id, **values,
                })  # fmt: skip
        except UniqueViolation as error:
            if error.diag.constraint_name != "loyalty_redemption_reference_unique":
                raise
            # This transaction can't see what the other one says; the next try finds it.
            raise ConcurrencyError("a reference is redeemed by two callers at once") from error
        try:
            redemption._submit()
        except RedemptionRefused as error:
            path, problem = REFUSALS[error.why]
            refusal = ApiArgumentError(path, problem)
            refusal.context["reason"] = error.why
            raise refusal from error
        return redemption

    @api.model
    @api.readonly
    def get_redemption(self, redemption, program=None):
        """Tell how far a redemption is.

        :param redemption: its number, as ``redeem`` has answered
        :return: as of ``redeem``, without ``duplicate``; ``state`` may be rejected, cancelled or expired, too, and ``reason``
            says why
        :raise UserError: 404 unknown redemption
        """
        facade, program = self._open(program)
        return facade._redemption_answer(facade._find_redemption(program, redemption))

    @api.model
    def cancel_redemption(self, redemption, reason, program=None):
        """Cancel a redemption that is not handed out yet, or whose coupon nobody has used, and give its points back.

        Cancelling what is cancelled already changes nothing and gives the same answer.

        :param redemption: its number, as ``redeem`` has answered
        :param reason: why, up to 255 characters
        :return: ``{redemption, state, points, balance}``: ``points`` is what the member got back by now
        :raise UserError: 404 unknown redemption; 422 it is done, used, rejected or expired
        """
        facade, program = self._open(program)
        told = arguments.text(reason, "reason", required=True)
        found = facade._find_redemption(program, redemption)
        found.member_id._lock()
        found.invalidate_recordset(["state"])
        if found.state != "cancelled":
            if found.state in ("rejected", "expired") or (found.state == "done" and not found._is_returnable()):
                raise ApiArgumentError("redemption", f"{found.name} is {found.state} and can't be cancelled")
            if found._number_out() > 0:
                raise ApiArgumentError("redemption", f"a part of {found.name} has been handed out, so it can't be cancelled")
            found._cancel(told)
        back = found._spent_entries().filtered(lambda entry: entry.kind == "restore")
        return {
            "redemption": found.name,
            "state": found.state,
            "points": self._number(sum(back.mapped("points"))),
            "balance": self._number(found.member_id.points),
        }

    # ------------------------------------------------------------------
    # Look-ups
    # ------------------------------------------------------------------

    @api.model
    def _redemption_store(self, program, store, member):
        key = arguments.key(store, "store")
        if key is None:
            return member.team_id
        return self._checked(self._find_stores(program, {key})[key])

    @api.model
    def _find_item(self, program, item, member):
        """An item by id, or by its name in the caller's language or in that of the member, in which items are listed."""
        key = arguments.key(item, "item")
        if key is None:
            raise ApiArgumentError("item", "is missing")
        named = Domain("id", "=", key) if isinstance(key, int) else Domain("name", "=", key)
        items = self.env["loyalty.catalog.item"]
        for lang in dict.fromkeys((self.env.lang, self._language(member))):
            found = items.with_context(lang=lang).search(Domain("program_id", "=", program.id) & named, limit=2)
            if found:
                break
        found = found.with_env(self.env)
        if not found:
            raise ApiUnknown("item", f"there is no item {arguments.shown(item)} in the catalogue")
        if len(found) > 1:
            raise ApiArgumentError("item", f"several are called {arguments.shown(item)}, use the id")
        return found

    @api.model
    def _find_redemption(self, program, redemption):
        name = arguments.text(redemption, "redemption", 64, required=True)
        found = self.env["loyalty.redemption"].search([("program_id", "=", program.id), ("name", "=", name)], limit=1)
        if not found:
            raise ApiUnknown("redemption", f"there is no redemption {arguments.shown(name)}")
        return found

    @api.model
    def _known_redemption(self, program, values):
        return self.env["loyalty.redemption"].search([
            ("program_id", "=", program.id), ("source", "=", values["source"]), ("reference", "=", values["reference"]),
        ])  # fmt: skip

    @api.model
    def _redemption_conflict(self, values):
        error = ReferenceConflict(
            f"reference: {arguments.shown(values['reference'])} of {arguments.shown(values['source'])} is recorded already, "
            "with another content"
        )
        error.context = {"argument": "reference"}
        return error

    @api.model
    def _redemption_answer(self, redemption):
        coupons = [{"code": card.code, "expires_on": self._day(card.expiration_date)} for card in redemption.card_ids]
        return {
            "redemption": redemption.name,
            "state": redemption.state,
            "points": self._number(redemption.points),
            "money": self._number(redemption.money),
            "balance": self._number(redemption.member_id.points),
            "code": redemption.code or None,
            "pickup_until": self._day(redemption.pickup_until),
            "coupon": coupons[0]["code"] if coupons else None,
            "coupons": coupons,
            "order": redemption.sale_order_id.name or None,
            "reason": redemption.end_reason or None,
        }
