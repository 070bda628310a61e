from odoo import api, models
from odoo.exceptions import UserError

from . import api_arguments as arguments
from . import api_shapes as shapes
from .api_arguments import ApiArgumentError, ApiConflict, ApiUnknown
from .loyalty_draw_play import DrawRefused
from .loyalty_transaction import ReferenceConflict


class LoyaltyApiDraw(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def draw(self, member, draw, source, reference, program=None):
        """Let a member draw once in a lucky draw, for a ticket that they hold or else for points.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param draw: name or id of a running lucky draw
        :param source: the system that calls, e.g. ``mini-program``, up to 64 characters
        :param reference: its own number of this draw, up to 128 characters
        :param program: name or id; the one of the caller's company
        :return: ``{result, prize: {name, kind}, cost, points, balance, coupon, redemption, duplicate}``: ``cost`` is what was
            paid in points (0 with a ticket), ``points`` what was won, ``balance`` the member's; ``coupon`` is the code
            of what was won, ``redemption`` the number that ``get_redemption`` takes; ``duplicate``: it was drawn before
        :raise UserError: 404 unknown member or draw; 409 known reference with another content; 422 wrong argument, or
            the member can't draw (now)
        """
        facade, program = self._open(program)
        origin = shapes.origin({"source": source, "reference": reference})
        found = facade._find_member(program, member, origin["source"])
        chosen = facade._find_draw(program, draw)
        try:
            result, known = chosen._draw(found, **origin)
        except DrawRefused as refusal:
            raise ApiArgumentError(refusal.argument, str(refusal)) from refusal
        except ReferenceConflict as conflict:
            told = f"{arguments.shown(reference)} of {arguments.shown(source)} is recorded already, with another content"
            raise ApiConflict("reference", told) from conflict
        except ApiArgumentError:
            raise
        except UserError as refusal:  # what else is refused is the member's state
            raise ApiArgumentError("member", str(refusal)) from refusal
        return facade._draw_answer(found, result, known)

    @api.model
    def _find_draw(self, program, wanted):
        wanted = arguments.key(wanted, "draw", required=True)
        draws = self.env["loyalty.draw"].search([("program_id", "=", program.id), ("state", "!=", "draft")])
        found = draws.filtered(lambda draw: wanted in (draw.id, draw.name))
        if not found:
            raise ApiUnknown("draw", f"there is no lucky draw {arguments.shown(wanted)}")
        running = found.filtered(lambda draw: draw.state == "running") or found
        if len(running) > 1:
            raise ApiArgumentError("draw", f"several are called {arguments.shown(wanted)}, use the id")
        return running

    @api.model
    def _draw_answer(self, member, result, known):
        prize = result.prize_id.with_context(lang=self._language(member))
        return {
            "result": result.id,
            "prize": {"name": prize.name, "kind": result.kind},
            "cost": self._number(result.points),
            "points": self._number(result.prize_entry_id.points),
            "balance": self._number(member.points),
            "coupon": (result.card_id or result.redemption_id.card_ids)[:1].code or None,
            "redemption": result.redemption_id.name or None,
            "duplicate": known,
        }
