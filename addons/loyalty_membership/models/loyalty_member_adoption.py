"""Native loyalty cards become members, set-wise: a program that becomes a membership may have a hundred thousand."""

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..domain.points import plain, quantize, to_decimal
from .ledger_guard import door

CHUNK = 5000


class LoyaltyMemberAdoption(models.Model):
    _inherit = "loyalty.member"

    @api.model
    def _adopt_cards(self, cards):
        """Make members of these cards of customers; the ledger opens with the points that they hold.

        The oldest card of a customer becomes the member.  Any other one is merged into it: its
        points open there too, by an entry that names the card, and its number goes on leading there.

        :return: the new members
        """
        ids = [id_ for chunk in split_every(CHUNK, sorted(cards.ids)) for id_ in self._adopt_chunk(list(chunk))._ids]
        return self.browse(ids)

    @api.model
    def _adopt_chunk(self, card_ids):
        cards = self._hold_cards(card_ids)
        owners = self._owners(cards)
        fresh = {}
        for card in cards:
            if (key := (card["program_id"], card["partner_id"])) not in owners:
                fresh.setdefault(key, card["id"])
        made = self._insert_members(list(fresh.values()), [None] * len(fresh))
        owners |= {key: made[card_id] for key, card_id in fresh.items()}
        for card in cards:
            card["owner"] = owners[card["program_id"], card["partner_id"]]
            card["merged"] = card["id"] not in made
        seconds = [card for card in cards if card["merged"]]
        self._insert_members([card["id"] for card in seconds], [card["owner"] for card in seconds])
        self._empty_cards(cards)
        self._open_balances(cards)
        members = self.browse(made.values())
        members._after_create()
        return members

    @api.model
    def _hold_cards(self, card_ids):
        """Lock the cards, so that the points read here are all that they hold; the oldest first."""
        self.env["loyalty.card"].flush_model()
        return self.env.execute_query_dict(SQL(
            """SELECT id, program_id, partner_id, code, points FROM loyalty_card
                WHERE id = ANY(%s) AND is_member IS NOT TRUE ORDER BY id FOR NO KEY UPDATE""", card_ids,
        ))  # fmt: skip

    @api.model
    def _owners(self, cards):
        """Who of these customers is a member already; dict (program, partner) -> id."""
        partners = {}
        for card in cards:
            partners.setdefault(card["program_id"], set()).add(card["partner_id"])
        return {
            (program_id, partner_id): member.id
            for program_id, ids in partners.items()
            for partner_id, member in self._own_members(self.env["loyalty.program"].browse(program_id), ids).items()
        }

    @api.model
    def _insert_members(self, card_ids, owner_ids):
        """Insert a member for each card, merged into the owner where there is one; dict card id -> member id.

        By hand, as creating them one record at a time takes ten times as long; what the columns
        start with is what ``create`` gives them.
        """
        self.flush_model()
        self.env["res.partner"].flush_model(["name"])
        rows = self.env.execute_query(SQL(
            """INSERT INTO loyalty_member (card_id, name, points, program_id, company_id, active, state, merged_into_id,
                                           joined_on, create_uid, write_uid, create_date, write_date)
               SELECT c.id, r.name, 0, p.id, p.company_id, o.id IS NULL,
                      CASE WHEN o.id IS NULL THEN 'active' ELSE 'closed' END, o.id,
                      (c.create_date AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC'))::date,
                      %(uid)s, %(uid)s, %(now)s, %(now)s
                 FROM unnest(%(cards)s::int[], %(owners)s::int[]) o(card_id, id)
                 JOIN loyalty_card c ON c.id = o.card_id
                 JOIN loyalty_program p ON p.id = c.program_id
                 JOIN res_partner r ON r.id = c.partner_id
            RETURNING card_id, id""",
            cards=card_ids, owners=owner_ids, uid=self.env.uid, now=fields.Datetime.now(),
        ))  # fmt: skip
        return dict(rows)

    @api.model
    def _empty_cards(self, cards):
        """Hand the cards over to the ledger, which opens with what they held."""
        with door(self.env.cr):
            self.env.cr.execute(SQL(
                """UPDATE loyalty_card c SET points = 0, is_member = true, active = NOT a.merged
                     FROM unnest(%s::int[], %s::boolean[]) a(id, merged) WHERE c.id = a.id""",
                [card["id"] for card in cards], [card["merged"] for card in cards],
            ))  # fmt: skip
        self.env["loyalty.card"].invalidate_model(["points", "is_member", "active"])

    @api.model
    def _open_balances(self, cards):
        programs = self.env["loyalty.program"].browse({card["program_id"] for card in cards})
        ends = {program.id: program._expires_on(program._today()) for program in programs}
        steps = {program.id: program.points_precision for program in programs}
        self.browse({card["owner"] for card in cards}).fetch(["state", "points_pending", "next_expiry_date", "merged_into_id"])
        self.env["loyalty.points.entry"]._post([
            {
                "member_id": card["owner"],
                "kind": "opening",
                "points": whole,
                "expires_on": ends[card["program_id"]],
                "note": self._opening_note(card, whole),
            }
            for card in cards
            if (whole := quantize(to_decimal(card["points"]), steps[card["program_id"]], "down")) > 0
        ])  # fmt: skip

    @api.model
    def _opening_note(self, card, whole):
        """Say what the entry alone doesn't: which card it comes from, and what a fraction was cut from."""
        held = to_decimal(round(card["points"], 6))
        if card["merged"] and held != whole:
            return self.env._("Card %(number)s, which held %(points)s points", number=card["code"], points=plain(held))
        if card["merged"]:
            return self.env._("Card %s", card["code"])
        return self.env._("The card held %s points", plain(held)) if held != whole else None
