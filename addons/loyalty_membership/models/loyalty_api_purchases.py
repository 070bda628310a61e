from odoo import api, models

from . import api_arguments as arguments
from . import api_shapes as shapes
from .loyalty_api_journal import Draft


class LoyaltyApiPurchases(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    @api.readonly
    def simulate_purchase(self, member, lines, date=None, store=None, currency=None, source=None, program=None):
        """Tell what a purchase would earn, without recording anything.

        Arguments as for ``record_purchase``; ``source`` is only needed to name the member by an
        outside number.

        :return: ``{points, qualifying_points, entries: [{points, qualifying_points, explanation}]}``,
            an entry for each earning rule that gives
        :raise UserError: 404 unknown member; 422 wrong argument, or a member who is frozen or closed
        """
        facade, program = self._open(program)
        zone, now = facade._clock(program)
        draft = Draft(
            "purchase",
            {
                "member": arguments.text(member, "member", required=True),
                "lines": shapes.lines(lines),
                "date": arguments.moment(date, "date", zone, now),
                "store": arguments.key(store, "store"),
                "currency": arguments.text(currency, "currency", 3),
                "source": arguments.text(source, "source", 64),
            },
        )
        facade._look_up(program, [draft])
        facade._checked(draft.error)
        if draft.member.state != "active" or not draft.member.active:
            raise facade._barred(draft.member)
        [awards] = facade.env["loyalty.transaction"]._evaluate(program, [draft.row])
        entries = facade.env["loyalty.points.entry"].with_context(lang=facade._language(draft.member))
        return {
            "points": facade._number(sum(award.points for award in awards)),
            "qualifying_points": facade._number(sum(award.qualifying for award in awards)),
            "entries": [
                {
                    "points": facade._number(award.points),
                    "qualifying_points": facade._number(award.qualifying),
                    "explanation": entries._explain_award(award, draft.member.tier_id),
                }
                for award in awards
            ],
        }

    @api.model
    def record_purchase(
        self, member, lines, source, reference, date=None, store=None, currency=None, program=None
    ):  # fmt: skip
        """Record a purchase and give its points.

        :param member: number, phone, e-mail or, under ``source``, outside number
        :param lines: 1 to 1,000 of ``{sku?, name?, category?, quantity, amount}``: ``quantity`` above
            0; ``amount`` is what was paid for the whole line, 0 or more.  A sku is a product's internal
            reference, a category its full path or name; unknown ones are kept as text.
        :param source: the system that calls, e.g. ``shop``, up to 64 characters
        :param reference: its own number of this purchase, up to 128 characters
        :param date: when it was made, ISO 8601; without an offset in the program's time zone; now
        :param store: name or id of a sales team; the member's own
        :param currency: ISO 4217 code of the amounts, exchanged at the rate of the purchase's date; the program's
        :param program: name or id; the one of the caller's company
        :return: ``{transaction, points, pending, qualifying_points, balance, tier: {code, name}, duplicate}``:
            ``points`` is all that this purchase earned and ``pending`` the part of it that can't be spent
            yet, ``balance`` and ``tier`` are the member's; ``duplicate``: it was recorded before
        :raise UserError: 404 unknown member; 409 known reference with another content; 422 wrong argument, or a
            member who is frozen or closed
        """
        facade, program = self._open(program)
        values = {
            "member": member, "lines": lines, "date": date, "store": store, "currency": currency,
            "source": source, "reference": reference,
        }  # fmt: skip
        draft = Draft.parse("purchase", shapes.purchase, values, "purchase", *facade._clock(program))
        facade._record_one(program, draft)
        return facade._answers([draft])[0]

    @api.model
    def record_purchases(self, purchases, program=None):
        """Record up to 1,000 purchases at once; a wrong one is reported in its place and the others land.

        :param purchases: list of objects with the arguments of ``record_purchase``
        :return: a list in the same order, each the answer of ``record_purchase`` (``balance`` and
            ``tier`` as they are after the whole batch) or
            ``{error: {message, status, argument?}}`` with the HTTP status that the call alone would have had
        :raise UserError: 422 not a list, or none or too many
        """
        facade, program = self._open(program)
        zone, now = facade._clock(program)
        drafts = [
            Draft.parse("purchase", shapes.purchase, values, f"purchases[{index}]", zone, now)
            for index, values in enumerate(arguments.rows(purchases, "purchases"))
        ]
        facade._record(program, drafts)
        return facade._answers(drafts)

    @api.model
    def _language(self, member):
        return member.partner_id.lang or self.env.context["lang"]
