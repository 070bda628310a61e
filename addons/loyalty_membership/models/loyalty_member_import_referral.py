"""Who sent whom, as the file tells it: looked at in the dry run, noted once all members are in."""

import json

from odoo import models
from odoo.tools import SQL, split_every

from ..domain.referral import Address
from ..domain.referral_rings import apart_from_rings
from .loyalty_referral_person import Known

CHUNK = 500


class LoyaltyMemberImportReferral(models.Model):
    _inherit = "loyalty.member.import"

    # ------------------------------------------------------------------
    # The dry run
    # ------------------------------------------------------------------

    def _check_referrers(self, seen):
        """Once every row is known: whom do members name as who sent them?  It must be somebody, and somebody else."""
        rows = self.env.execute_query_dict(SQL(
            """SELECT id, person, values->>'referrer' AS referrer FROM loyalty_member_import_row
                WHERE import_id = %s AND sheet = 'members' AND values ? 'referrer' ORDER BY number""", self.id,
        ))  # fmt: skip
        for chunk in split_every(CHUNK, rows):
            people = self._find_people([row["referrer"] for row in chunk], seen)
            same = self._same_persons({(row["person"], people[row["referrer"]]) for row in chunk})
            bad = {}
            for row in chunk:
                if not (place := people[row["referrer"]]):
                    bad[row["id"]] = "no_member"
                elif reason := same.get((row["person"], place)):
                    bad[row["id"]] = f"same_{reason}"
            self._note_referrers(bad)

    def _same_persons(self, pairs):
        """Which of these pairs of places are one person, and by what it shows; dict pair -> reason."""
        pairs = {(person, place) for person, place in pairs if person and place}
        known = self._known_places({place for pair in pairs for place in pair})
        shown = {
            (person, place): "contact" if person == place else known[person].has_in_common(known[place])
            for person, place in pairs if known.keys() >= {person, place}
        }  # fmt: skip
        return {pair: reason for pair, reason in shown.items() if reason}

    def _known_places(self, places):
        """What people of the file and of the program are known by; dict place -> ``Known``."""
        # sudo: who is who is one list for all stores
        referrals, members = self.env["loyalty.referral"].sudo(), self.env["loyalty.member"].sudo()
        ids = [int(place[1:]) for place in places if place[0] == "m"]
        known = {f"m{id_}": found for id_, found in referrals._known_by(members.browse(ids).exists()).items()} if ids else {}
        for number, keys, *address in self.env.execute_query(SQL(
            """SELECT number, keys, values->>'street', values->>'city', values->>'zip' FROM loyalty_member_import_row
                WHERE import_id = %s AND sheet = 'members' AND number = ANY(%s)""",
            self.id, [int(place[1:]) for place in places if place[0] == "r"],
        )):  # fmt: skip
            known[f"r{number}"] = self._known_row(keys or [], address)
        return known

    def _known_row(self, keys, address):
        """What somebody is known by who is no member yet: the customer's own address counts before that of the row."""
        known, contacts = Known(), self.env["res.partner"].sudo()  # sudo: as above
        for kind, _source, value in keys:
            if kind == "partner":
                contacts = contacts.browse(value).exists()
            known.phones |= {value} if kind == "phone" else set()
            known.emails |= {value} if kind == "email" else set()
        for contact in contacts:
            known.contacts.add(contact.id)
            known.above |= set(self.env["loyalty.member"]._with_parents(contact)) - known.contacts
            self.env["loyalty.referral"].sudo()._note_contact(known, self.program_id, contact)
        if not any(other.street for other in known.addresses):
            known.addresses.append(Address(*(part or "" for part in address), self.program_id.phone_country_id.code or ""))
        return known

    def _note_referrers(self, bad):
        """Write to rows what is wrong with who is named in them; they go on without.

        :param bad: dict row id -> code of a problem
        """
        label = self._headers("members").get("referrer") or ""
        data = [{"id": id_, "told": self._problem_text(code, label)} for id_, code in bad.items()]
        self.env.cr.execute(SQL(
            """UPDATE loyalty_member_import_row r
                  SET problems = COALESCE(r.problems, '{}') || jsonb_build_object('referrer', d.told),
                      is_bad = true, values = r.values - 'referrer'
                 FROM jsonb_to_recordset(%s::jsonb) AS d(id int, told text) WHERE r.id = d.id""", json.dumps(data),
        ))  # fmt: skip
        self.env["loyalty.member.import.row"].invalidate_model()

    # ------------------------------------------------------------------
    # When all members are in
    # ------------------------------------------------------------------

    def _refer(self):
        """Note who sent whom, in committed batches; whether all are."""
        while rows := self._rows_to_refer():
            self._import_batch(rows, self._refer_rows, self._fail_to_refer)
            time_left = self.env["ir.cron"]._commit_progress(len(rows), remaining=1)
            self.env.invalidate_all()
            if not self._still("running") or not time_left:
                return False
        return True

    def _rows_to_refer(self):
        self.env["loyalty.member.import.row"].flush_model()
        return self.env.execute_query_dict(SQL(
            """SELECT id, sheet, person, referrer, member_id FROM loyalty_member_import_row
                WHERE import_id = %s AND referrer IS NOT NULL ORDER BY id LIMIT %s FOR NO KEY UPDATE""", self.id, CHUNK,
        ))  # fmt: skip

    def _refer_rows(self, rows):
        """Note who sent the members of these rows, where that isn't known; what can't be is told in the row."""
        members = self._members()
        found = members._resolve(self.program_id, {row["referrer"] for row in rows}, self.source)
        friends = members.browse({row["member_id"] for row in rows if row["member_id"]})
        named, bad = {}, {}
        for row in rows:
            friend = members.browse(row["member_id"]).with_prefetch(friends._ids)
            if row["referrer"] not in found:
                bad[row["id"]] = "no_member"
            elif friend and not friend.referrer_id:
                named.setdefault(friend, (found[row["referrer"]], row["id"]))
        self._note_referrers(bad | self._bring(named))
        self._referred(rows)

    def _bring(self, named):
        """Say who sent these members, unless they would have sent themselves.

        :param named: dict friend -> (referrer, row id)
        :return: dict row id -> code of a problem
        """
        referrals = self.env["loyalty.referral"].sudo()  # sudo: a list that nobody edits
        pairs = [(friend, referrer) for friend, (referrer, _row) in named.items()]
        same = referrals._one_person(pairs)
        others = [(friend.id, referrer.id) for friend, referrer in pairs if friend not in same]
        fine = {friend_id for friend_id, _referrer in apart_from_rings(self._above(others), others)}
        brought = [(friend, referrer) for friend, referrer in pairs if friend.id in fine]
        self._members()._say_who_brought(brought)
        friends = self._members().browse(friend.id for friend, _referrer in brought)
        # What happened in the other system was rewarded there, unless whoever imports welcomes them as new.
        moved = {} if self.welcome else {friend: (referrer, "moved_in") for friend, referrer in brought}
        referrals._note(friends.sudo(), {friend.sudo(): told for friend, told in moved.items()})
        return {
            row_id: f"same_{same[friend]}" if friend in same else "ring"
            for friend, (_referrer, row_id) in named.items() if friend.id not in fine
        }  # fmt: skip

    def _above(self, pairs):
        """Who sent these referrers, and who sent those, and so on; dict friend id -> referrer id."""
        self.env["loyalty.member"].flush_model(["referrer_id"])
        return dict(self.env.execute_query(SQL(
            """WITH RECURSIVE above(id, referrer_id) AS (
                    SELECT id, referrer_id FROM loyalty_member WHERE id = ANY(%s) AND referrer_id IS NOT NULL
                     UNION
                    SELECT m.id, m.referrer_id FROM loyalty_member m JOIN above a ON m.id = a.referrer_id
                     WHERE m.referrer_id IS NOT NULL)
               SELECT id, referrer_id FROM above""", [referrer_id for _friend, referrer_id in pairs],
        )))  # fmt: skip

    def _referred(self, rows):
        self.env.cr.execute(
            SQL("UPDATE loyalty_member_import_row SET referrer = NULL WHERE id = ANY(%s)", [row["id"] for row in rows])
        )

    def _fail_to_refer(self, rows, _error):
        """The members are in; who sent them could not be noted."""
        self._note_referrers({row["id"]: "not_noted" for row in rows})
        self._referred(rows)
