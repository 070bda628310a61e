"""What members agree to or withdraw, as other systems report it: also late, twice, or under a known reference."""

from odoo import api, fields, models


class LoyaltyApiConsents(models.AbstractModel):
    _inherit = "loyalty.api"

    @api.model
    def _log_consents(self, drafts, replayed):
        """Log the consents of these enrolments, in their order, each once.

        A known reference is sent again after a time-out, and then says nothing new; but it is also how a system
        tells that somebody has withdrawn.

        :param replayed: the (source, reference) that named a member before
        """
        drafts = [draft for draft in drafts if draft.values["consents"]]
        last, dated = self._known_consents([draft.member for draft in drafts if draft.duplicate])
        now, rows = fields.Datetime.now(), []
        for draft in drafts:
            for consent in draft.values["consents"]:
                subject = draft.member.id, consent["channel"], consent["purpose"]
                moment = consent["date"] or now
                said = last.get(subject)
                if consent["date"]:
                    news = (*subject, moment) not in dated
                else:
                    news = draft.key not in replayed or self._differs(said, consent)
                if not news:
                    continue
                rows.append(dict(consent, member_id=draft.member.id, source=draft.key[0], date=moment))
                dated.add((*subject, moment))
                if not said or said["date"] <= moment:
                    last[subject] = rows[-1]
            replayed.add(draft.key)
        self.env["loyalty.consent"].create(rows)

    @api.model
    def _differs(self, said, consent):
        """Whether a consent says something else than the last one; one without wording repeats the last one's."""
        if not said or said["given"] != consent["given"]:
            return True
        return bool(consent["wording"]) and consent["wording"] != said["wording"]

    @api.model
    def _known_consents(self, members):
        """The last consent of each (member id, channel, purpose), and (..., date) of all."""
        known = self.env["loyalty.consent"].search_fetch(
            [("member_id", "in", list({member.id for member in members}))],
            ["member_id", "channel", "purpose", "given", "wording", "date"],
            order="date, id",
        )
        said = [
            ((consent.member_id.id, consent.channel, consent.purpose), consent)
            for consent in (known if members else ())
        ]  # fmt: skip
        return dict(said), {(*subject, consent.date) for subject, consent in said}
