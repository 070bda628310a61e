"""What a batch of rows becomes: members, what they lacked, their tiers, their consents and their opening balances."""

import json
from datetime import date
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..domain.points import plain, quantize

#: Of the row, what is the customer's.
ADDRESS = {"street": "street", "city": "city", "province": "state_id", "zip": "zip"}
#: Of the row, what is the member's, and stays where a member has it already.
PROFILE = {"birthdate": "birthdate", "gender": "gender", "store": "team_id"}


class LoyaltyMemberImportLanding(models.Model):
    _inherit = "loyalty.member.import"

    def _land_members(self, rows):
        """Make or fill in the members of these rows; the rows, with what became of them."""
        members, program = self._members(), self.program_id
        tags = self._tags(rows)
        applicants = members._recognise(program, [self._applicant_row(row["values"], tags) for row in rows])
        landed = []
        for row, applicant in zip(rows, applicants, strict=True):
            row["told"] = self._refusal(row, applicant)
            row["state"] = "failed" if row["told"] else "created" if applicant.is_new else "filled"
            if not row["told"]:
                landed.append((row, applicant))
        members._admit(program, [applicant for _row, applicant in landed])
        for row, applicant in landed:
            row["member"] = applicant.person.member
            row["member_id"], row["referrer"] = row["member"].id, row["values"].get("referrer")
        self._fill_in([row for row, applicant in landed if not applicant.is_new or applicant.keys[0].kind == "partner"], tags)
        landed = [row for row, _applicant in landed]
        self._place_on_tiers([row for row in landed if row["state"] == "created"])
        self._agree(landed)
        self._open(landed)
        self._settle_tiers(landed)
        return rows

    def _applicant_row(self, values, tags):
        """A row as ``_find_or_make`` takes it."""
        row = self._person(values) | {name: values[key] for key, name in PROFILE.items() if key in values}
        row |= {name: values[name] for name in ("joined_on",) if name in values}
        if own := self._own_fields(values):
            row["properties"] = own
        customer = self._address(values) | ({"lang": values["lang"]} if "lang" in values else {})
        if values.get("tags"):
            customer["category_id"] = [(6, 0, [tags[name] for name in values["tags"]])]
        return {name: value for name, value in row.items() if value} | {"customer": customer}

    def _own_fields(self, values):
        return {key.removeprefix("property."): value for key, value in values.items() if key.startswith("property.")}

    def _address(self, values):
        address = {name: values[key] for key, name in ADDRESS.items() if key in values}
        return address and address | {"country_id": self.program_id.phone_country_id.id}

    def _tags(self, rows):
        """The tags that these rows name, made where there are none; dict name -> id."""
        names = {name for row in rows for name in row["values"].get("tags", ())}
        if not names:
            return {}
        found = {tag.name: tag.id for tag in self.env["res.partner.category"].search([("name", "in", list(names))])}
        missing = sorted(names - found.keys())
        made = self.env["res.partner.category"].create([{"name": name} for name in missing])
        return found | dict(zip(missing, made.ids, strict=True))

    def _refusal(self, row, applicant):
        """Why a row can't land although the check let it pass: the program's members have changed since; or None."""
        if applicant.is_refused:
            return self._conflict_text(applicant)
        if applicant.is_new and not row["values"].get("name") and applicant.keys[0].kind != "partner":
            return self._problem_text("nobody_named")
        if not applicant.is_new and row["outcome"] in ("new", "customer") and self.on_member != "fill":
            return self._member_text(applicant)
        return None

    # ------------------------------------------------------------------
    # Whom Odoo knew
    # ------------------------------------------------------------------

    def _fill_in(self, rows, tags):
        """Fill in what these members and their customers lack; phone, e-mail, birthday and gender are in already."""
        members = self._members()
        for row in rows:
            member, values = row["member"], row["values"]
            members._fill_gaps(member, {"team_id": values.get("store")})
            customer = member.partner_id
            if not any(customer[name] for name in ADDRESS.values()):
                members._fill_gaps(customer, self._address(values))
            added = [tags[name] for name in values.get("tags", ()) if tags[name] not in customer.category_id.ids]
            if added:
                customer.category_id = [(4, tag) for tag in added]
        self._fill_own_fields(rows)

    def _fill_own_fields(self, rows):
        """Fill the program's own fields that members have empty."""
        own = [{"id": row["member_id"], "own": told} for row in rows if (told := self._own_fields(row["values"]))]
        if not own:
            return
        self.env["loyalty.member"].flush_model(["properties"])
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member m
                  SET properties = d.own || COALESCE((
                        SELECT jsonb_object_agg(key, value) FROM jsonb_each(m.properties)
                         WHERE value NOT IN ('null', 'false', '""', '[]')), '{}')
                 FROM jsonb_to_recordset(%s::jsonb) AS d(id int, own jsonb) WHERE m.id = d.id""", json.dumps(own),
        ))  # fmt: skip
        self.env["loyalty.member"].invalidate_model(["properties"])

    # ------------------------------------------------------------------
    # Tiers
    # ------------------------------------------------------------------

    def _place_on_tiers(self, rows):
        """Let new members keep the tier that they had, not below it until the day that is given."""
        placed = [row for row in rows if row["values"].get("tier")]
        self._members().browse(row["member_id"] for row in placed)._check_not_oneself()
        # sudo: as members are made, see loyalty.member
        changes = [(row["member"].sudo(), row["values"]["tier"], 0.0) for row in placed]
        self._members().sudo()._set_tiers(self.program_id, changes, "imported", {})
        ends = [{"id": row["member"].id, "day": row["values"]["tier_until"]} for row in placed if row["values"].get("tier_until")]
        if not ends:
            return
        self.env["loyalty.member"].flush_model()
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member m SET tier_until = d.day, tier_manual_until = d.day
                 FROM jsonb_to_recordset(%s::jsonb) AS d(id int, day date) WHERE m.id = d.id""", json.dumps(ends),
        ))  # fmt: skip
        self.env["loyalty.member"].invalidate_model(["tier_until", "tier_manual_until"])

    def _settle_tiers(self, rows):
        """The lowest tier for new members who had none, and a higher one for whoever has the qualifying points."""
        new = self._members().browse(
            row["member_id"] for row in rows
            if (row["state"] == "created" and not self.welcome) or row["values"].get("qualifying")
        )  # fmt: skip
        if new:
            # sudo: as above
            new.sudo()._update_tiers(reason="imported")

    # ------------------------------------------------------------------
    # Consents
    # ------------------------------------------------------------------

    def _agree(self, rows):
        """Log what members agreed to, where nothing is known of the channel."""
        rows = [row for row in rows if row["values"].get("consent")]
        if not rows:
            return
        # sudo: the log of consents is written by what members say, and read by staff
        consents = self.env["loyalty.consent"].sudo()
        known = {
            (consent.member_id.id, consent.channel)
            for consent in consents.search_fetch(
                [("member_id", "in", [row["member_id"] for row in rows])], ["member_id", "channel"]
            )
        }
        values = []
        for row in rows:
            for channel, given in row["values"]["consent"]:
                if (row["member_id"], channel) not in known:
                    known.add((row["member_id"], channel))
                    values.append({"member_id": row["member_id"], "channel": channel, "given": given, "source": self.source})
        consents.create(values)

    # ------------------------------------------------------------------
    # Points
    # ------------------------------------------------------------------

    def _land_lots(self, rows):
        """Book the lots of the sheet of points; the rows, with what became of them."""
        texts = {row["values"].get("member") for row in rows}
        people = self._members()._resolve(self.program_id, texts, self.source)
        for row in rows:
            member = people.get(row["values"].get("member"))
            row["member_id"], row["state"], row["told"] = (member and member.id) or None, "booked", None
            if not member:
                row["state"], row["told"] = "failed", self._problem_text("no_member")
        landed = [row for row in rows if row["state"] == "booked"]
        self._open(landed, several=True)
        self._settle_tiers(landed)
        return rows

    def _open(self, rows, several=False):
        """Book opening balances, of members who have had none.

        :param several: lots of one member may follow each other, and what this import has booked is no reason to stop
        """
        rows = [row for row in rows if row["values"].get("points") or row["values"].get("qualifying")]
        self._members().browse(row["member_id"] for row in rows)._check_not_oneself()
        opened = self._opened({row["member_id"] for row in rows}, several)
        batch = []
        for row in rows:
            if row["member_id"] in opened:
                if several:
                    row["state"], row["told"] = "skipped", self.env._("This member has had an opening balance before.")
                continue
            batch.append(self._opening(row["member_id"], row["values"]))
            if not several:
                opened.add(row["member_id"])
        # sudo: the ledger is nobody's to write; who may import was asked before
        self.env["loyalty.points.entry"].sudo()._post(batch)

    def _opened(self, member_ids, several):
        """Which of these members, or who was merged into them, have had an opening balance: any, or any but this import's."""
        self.env["loyalty.points.entry"].flush_model()
        self.env["loyalty.member"].flush_model(["merged_into_id"])
        rows = self.env.execute_query(SQL(
            """SELECT DISTINCT COALESCE(m.merged_into_id, m.id)
                 FROM loyalty_member m JOIN loyalty_points_entry e ON e.member_id = m.id AND e.kind = 'opening'
                WHERE COALESCE(m.merged_into_id, m.id) = ANY(%s) AND NOT (%s AND e.origin_model = %s AND e.origin_id = %s)""",
            list(member_ids), several, self._name, self.id,
        ))  # fmt: skip
        return {member_id for (member_id,) in rows}

    def _opening(self, member_id, values):
        """An entry of what a member brings, as for ``_post``."""
        program = self.program_id
        held = Decimal(values.get("points") or 0)
        whole = quantize(held, program.points_precision, "down")
        earned = values.get("points_date") and date.fromisoformat(values["points_date"])
        cut = held != whole and self.env._("The old system held %s points", plain(held))
        return {
            "member_id": member_id,
            "kind": "opening",
            "points": whole,
            "qualifying_points": quantize(Decimal(values.get("qualifying") or 0), "0.01", "down"),
            "date": earned and self.env["loyalty.transaction"]._utc(program, earned),
            "expires_on": (whole and (values.get("points_until") or program._expires_on(earned or program._today()))) or None,
            "origin_model": self._name,
            "origin_id": self.id,
            "note": " · ".join(filter(None, (values.get("note"), cut))) or None,
        }
