"""Undoing a merge: everything that moved goes back; what happened since stays with the survivor."""

import json

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..domain import tiers as ladder
from ..domain.points import to_decimal
from ..domain.unmerging import before_and_since
from .loyalty_member_handover import SUMS
from .loyalty_points_balance import EARNED_KINDS, REDEEMED_KINDS

#: Columns of a tier: the steps of the ladder say what becomes of them.
OF_TIER = ("tier_id", "tier_since", "tier_until")


class LoyaltyMemberMergeUndo(models.Model):
    _inherit = "loyalty.member.merge"

    def _undo(self, reason):
        """Give the merged member back what the merge moved; an error says why it can't be exact.

        :param reason: why, for both members' logs
        """
        self.ensure_one()
        members = self._moved_members() | self.survivor_id
        members._lock()
        self.invalidate_recordset()
        members.invalidate_recordset()
        self._check_undoable()
        self.env["loyalty.points.entry"]._catch_up(members)
        now, lived_on = self._columns_of(self.merged_id | self.survivor_id), self._has_lived_on(members)
        self.merged_id.card_id.partner_id = self._partner_of_merged()
        self._return_others(lived_on)
        self._return_points()
        self._return_rows()
        self._return_purchase_figures()
        self._return_columns(self.merged_id, now)
        self._return_survivor(now)
        self._return_contact()
        self._return_sums()
        if lived_on:
            (self.survivor_id | self.merged_id)._update_tiers()
            self.merged_id._withdraw_refunded_tiers()
        (self._moved_members() - self.merged_id)._sweep_merged()
        self.write({
            "state": "undone", "undone_by_id": self.env.uid, "undone_at": fields.Datetime.now(), "undo_reason": reason,
        })  # fmt: skip
        self._log_undo(reason)

    def _check_undoable(self):
        survivor, merged = self.survivor_id, self.merged_id
        names = {"merged": merged.display_name, "survivor": survivor.display_name}
        if self.state != "done":
            raise UserError(self.env._("The merge of %(merged)s into %(survivor)s was undone already.", **names))
        (survivor | merged)._refuse_erased()
        later = self.search(
            [
                ("id", ">", self.id),
                ("state", "=", "done"),
                "|",
                ("survivor_id", "=", survivor.id),
                ("merged_id", "=", survivor.id),
            ],
            limit=1,
        )
        if later:
            raise UserError(self.env._("Undo the later merge first: %s.", later.display_name))
        if merged.merged_into_id != survivor or not (self.columns or {}).get("after"):
            raise UserError(self.env._("What the merge of %(merged)s into %(survivor)s moved is not known any more.", **names))

    def _has_lived_on(self, members):
        """Whether anything was booked since the merge: tiers are as they were if not."""
        return any(
            self.env[model].search_count([("member_id", "in", members.ids), ("id", ">", last)], limit=1)
            for model, last in self.columns["last"].items()
        )

    # ------------------------------------------------------------------
    # Rows and figures
    # ------------------------------------------------------------------

    def _return_others(self, lived_on):
        """Hook: undo what the merge did beside moving rows and points, as noted in ``moved``; the survivor has all of it still.

        :param lived_on: whether anything was booked for the members since
        """

    def _return_rows(self):
        """Rows that moved name the merged member again; so do what came of its purchases since, such as refunds."""
        journal = self.env["loyalty.transaction"]
        purchases = self.moved.get("loyalty.transaction.member_id", [])
        since = journal.search([("origin_id", "in", purchases), ("member_id", "=", self.survivor_id.id)])
        more = {
            "loyalty.transaction.member_id": since.ids,
            "loyalty.transaction.line.member_id": since.line_ids.ids,
        }
        for model, field, *key in self.merged_id._handed_over_models():
            ids = self.moved.get(f"{model}.{field}", []) + more.get(f"{model}.{field}", [])
            if ids:
                self.survivor_id._move_rows(self.merged_id, model, field, key, ids=ids)
        named = self.env["loyalty.member.identity"].browse(self.moved.get("additional", ())).exists()
        named.filtered(lambda identity: identity.member_id == self.merged_id).additional = False

    def _return_purchase_figures(self):
        """Count the merged member's purchases anew; the survivor keeps the others."""
        merged, survivor = self.merged_id, self.survivor_id
        self.env["loyalty.transaction"].flush_model()
        self.env["loyalty.member"].flush_model()
        self.env.cr.execute(SQL(
            """WITH f AS (SELECT k.id,
                     COUNT(t.id) FILTER (WHERE t.type = 'purchase' AND t.is_refunded IS NOT TRUE) AS purchases,
                     COALESCE(SUM(t.amount), 0) AS amount,
                     MIN(t.date) FILTER (WHERE t.type = 'purchase') AS first,
                     MAX(t.date) FILTER (WHERE t.type = 'purchase') AS last
                FROM unnest(%(both)s) k(id) LEFT JOIN loyalty_transaction t ON t.member_id = k.id GROUP BY k.id)
               UPDATE loyalty_member m
                  SET purchase_count = CASE WHEN m.id = s.id THEN s.purchases ELSE m.purchase_count - s.purchases END,
                      purchase_amount = CASE WHEN m.id = s.id THEN s.amount ELSE m.purchase_amount - s.amount END,
                      first_purchase_at = f.first, last_purchase_at = f.last
                 FROM f, f s WHERE m.id = f.id AND s.id = %(merged)s""",
            both=[merged.id, survivor.id], merged=merged.id,
        ))  # fmt: skip
        self.env["loyalty.member"].invalidate_model()

    def _return_sums(self):
        """What the entries of the merged member, and of whoever was merged into it before, sum up to."""
        self.env["loyalty.member"].flush_model()
        self.env.cr.execute(SQL(
            """WITH s AS (SELECT COALESCE(SUM(qualifying_points), 0) AS qualifying_points,
                                 COALESCE(SUM(points) FILTER (WHERE kind IN %(earned)s), 0) AS lifetime_earned,
                                 COALESCE(-SUM(points) FILTER (WHERE kind IN %(redeemed)s), 0) AS lifetime_redeemed
                            FROM loyalty_points_entry WHERE state = 'posted' AND member_id = ANY(%(members)s))
               UPDATE loyalty_member m SET %(set)s FROM s WHERE m.id IN (%(merged)s, %(survivor)s)""",
            earned=EARNED_KINDS, redeemed=REDEEMED_KINDS, members=self._moved_members().ids,
            merged=self.merged_id.id, survivor=self.survivor_id.id,
            set=SQL(", ").join(
                SQL("%(name)s = CASE WHEN m.id = %(id)s THEN s.%(name)s ELSE COALESCE(m.%(name)s, 0) - s.%(name)s END",
                    name=SQL.identifier(name), id=self.merged_id.id)
                for name in SUMS
            ),
        ))  # fmt: skip
        self.env["loyalty.member"].invalidate_model(SUMS)

    # ------------------------------------------------------------------
    # The members' own columns
    # ------------------------------------------------------------------

    def _return_columns(self, member, now, without=()):
        """Put back what the merge changed of a member and nobody has changed since."""
        key = str(member.id)
        back = before_and_since(self.columns["before"][key], self.columns["after"][key], now[key])
        back = {name: value for name, value in back.items() if name not in without}
        if not back:
            return
        self.env.flush_all()
        names = [SQL.identifier(name) for name in back]
        self.env.cr.execute(SQL(
            "UPDATE loyalty_member m SET %s FROM jsonb_populate_record(NULL::loyalty_member, %s) r WHERE m.id = %s",
            SQL(", ").join(SQL("%s = r.%s", name, name) for name in names), json.dumps(back), member.id,
        ))  # fmt: skip
        if "active" in back:
            self.env.cr.execute(SQL("UPDATE loyalty_card SET active = %s WHERE id = %s", back["active"], member.card_id.id))
            member.card_id.invalidate_recordset(["active"])
        member.invalidate_recordset()
        member.modified(list(back))

    def _return_survivor(self, now):
        """The survivor's columns, and the tier: what was reached together may be too much for one."""
        survivor, program = self.survivor_id, self.program_id
        key = str(survivor.id)
        before, after = self.columns["before"][key], self.columns["after"][key]
        since = survivor.tier_change_ids.filtered(lambda change: change.id > self.columns["last"]["loyalty.tier.change"])
        stays = not since and now[key]["tier_id"] == after["tier_id"]
        self._return_columns(survivor, now, without=OF_TIER)
        tier_id = before["tier_id"] if stays else self._tier_since(before, since)
        if tier_id != (survivor.tier_id.id or None):
            value = survivor._tier_values_of(program).get(survivor.id, 0.0)
            survivor._set_tiers(program, [(survivor, tier_id, value)], "unmerged", {})
        if stays:
            self._return_columns(survivor, now)

    def _tier_since(self, before, changes):
        """The tier of a survivor whose tier has changed since: what it had, if that is still valid, or has earned alone."""
        survivor, program = self.survivor_id, self.program_id
        now = survivor.tier_id.id or None
        if changes.sorted("id")[-1:].reason == "manual" or survivor._is_tier_guaranteed(program):
            return now
        every = program._ladder()
        valid = not before["tier_until"] or before["tier_until"] >= str(program._today())
        value = survivor._tier_values_of(program).get(survivor.id)
        own = max(
            ladder.rank(every, before["tier_id"] if valid else None),
            ladder.rank(every, ladder.earned(program._domain_tiers(), to_decimal(value))),
        )
        return ladder.at(every, min(own, ladder.rank(every, now)))

    # ------------------------------------------------------------------
    # The customer
    # ------------------------------------------------------------------

    def _partner_of_merged(self):
        """The customer to whom the merged member belongs again: the own one, or a new one where contacts were merged."""
        kept = self.contacts[str(self.merged_id.id)]
        partners = self.env["res.partner"].with_context(active_test=False)
        partner = partners.browse(kept["id"]).exists()
        if partner and partner != self.survivor_id.partner_id:
            other = self.env["loyalty.member"].search([
                ("program_id", "=", self.program_id.id), ("partner_id", "=", partner.id), ("id", "!=", self.merged_id.id),
            ], limit=1)  # fmt: skip
            if other:
                raise UserError(self.env._(
                    "%(customer)s is served by another member now: %(member)s. Archive that one first.",
                    customer=partner.display_name, member=other.display_name,
                ))  # fmt: skip
            return partner
        self._clear_survivors_contact(kept["values"])
        return partners.create(self._existing(kept["values"]))

    def _existing(self, values):
        """Values kept of a contact, without what is gone by now."""
        found = {}
        for name, value in values.items():
            field = self.env["res.partner"]._fields.get(name)
            if not field or name == "id":
                continue
            if field.relational and value:
                records = self.env[field.comodel_name].browse(value).exists()
                value = [fields.Command.set(records.ids)] if field.type == "many2many" else records.id
            found[name] = value
        return found

    def _clear_survivors_contact(self, theirs):
        """Take from the survivor's contact what the merge of contacts had filled its gaps with."""
        mine = self.contacts[str(self.survivor_id.id)]["values"]
        partner = self.survivor_id.partner_id
        names = [name for name in ("phone", "email", "vat", "ref") if theirs.get(name) and not mine.get(name)]
        partner.write({name: False for name in names if partner[name] == theirs[name]})

    def _return_contact(self):
        """Coupons, tags, phone and e-mail go with the customer."""
        merged, survivor = self.merged_id, self.survivor_id
        merged._return_cards(survivor, self.cards or [])
        theirs, mine = (set(self.contacts[str(member.id)]["values"]["category_id"]) for member in (merged, survivor))
        survivor.partner_id.category_id -= survivor.partner_id.category_id.browse(theirs - mine)
        identities = self.env["loyalty.member.identity"]
        mine = identities._contact_keys(self.program_id, survivor.partner_id)
        keys = {(key.kind, key.value) for key in identities._contact_keys(self.program_id, merged.partner_id) if key not in mine}
        identities.search([("member_id", "=", survivor.id), ("additional", "=", True)]).filtered(
            lambda identity: (identity.kind, identity.value) in keys
        ).write({"member_id": merged.id, "additional": False})
        identities._sync_contact(merged | survivor)

    def _log_undo(self, reason):
        told = self.env._("The merge of %(merged)s into %(survivor)s was undone: %(reason)s",
                          merged=self.merged_id.display_name, survivor=self.survivor_id.display_name, reason=reason)  # fmt: skip
        points = self.env._(
            "Of %(points)s points that came in, %(back)s went back; what was used meanwhile stays with the survivor.",
            points=f"{self.points:g}", back=f"{self.points_back:g}",
        )  # fmt: skip
        for member in self.merged_id | self.survivor_id:
            member._message_log(body=self.env._("%(told)s %(points)s", told=told, points=points) if self.points else told)
