"""The odds of a draw: what they add up to, whether they make sense, and which were in force since when."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..domain import draw as lots
from ..domain.points import to_decimal
from .in_process import ODDS_LATER, says


class LoyaltyDrawOdds(models.Model):
    _inherit = "loyalty.draw"

    mode = fields.Selection(
        [("fixed", "Fixed percentages"), ("weights", "Weights")],
        string="Odds By", required=True, default="fixed", tracking=True,
        help="Fixed: each prize has its percentage, and what is missing to 100 % says thank you. Weights: each prize has its "
        "share of the sum of all weights. Either way, a prize that is out of stock or over a limit leaves its odds to the "
        "thank-you prize; the odds of the other prizes stay as they are stated.",
    )  # fmt: skip
    odds_total = fields.Float("Odds Of All Prizes", compute="_compute_odds", digits=(16, 4))
    thanks_share = fields.Float("Odds Of The Thank-you Prize", compute="_compute_odds", digits=(16, 4))
    odds_warning = fields.Text(compute="_compute_odds")

    @api.depends("mode", "prize_ids.percent", "prize_ids.weight", "prize_ids.kind", "prize_ids.active", "prize_ids.left")
    @api.depends_context("lang")
    def _compute_odds(self):
        for draw in self:
            prizes = draw.prize_ids.filtered("active")
            draw.odds_total = sum((prizes - draw._thanks()).mapped("share"))
            draw.thanks_share = sum(draw._thanks().mapped("share"))
            draw.odds_warning = "\n".join(filter(None, [draw._odds_problem(), *draw._odds_notes()]))

    def _thanks(self):
        """The prize that says thank you; it takes whatever no other prize takes."""
        return self.prize_ids.filtered(lambda prize: prize.active and prize.kind == "thanks")

    def _odds(self):
        """What the draw states now, as ``domain.draw.Odds``; ValueError where it makes no sense."""
        self.ensure_one()
        prizes, thanks = self.prize_ids.filtered("active"), self._thanks()
        if self.mode == "weights":
            return lots.weighted({prize._key(): prize.weight for prize in prizes}, thanks._key())
        percents = {prize._key(): to_decimal(round(prize.percent, 4)) for prize in prizes - thanks}
        return lots.fixed(percents, thanks._key())

    def _odds_problem(self):
        """Why nobody can draw by these odds, or None."""
        thanks = self._thanks()
        if len(thanks) != 1:
            return self.env._("Add one thank-you prize, no more: it takes the odds that no other prize takes.")
        try:
            self._odds()
        except ValueError:
            if self.mode == "weights":
                return self.env._("Give at least one prize a weight above 0.")
            return self.env._("The percentages add up to more than 100 %.")
        return None

    def _odds_notes(self):
        """What whoever runs the draw should know, though one can draw."""
        for prize in self.prize_ids.filtered(lambda prize: prize.active and prize.left == 0):
            yield self.env._("%s is out of stock: its odds go to the thank-you prize.", prize.name)

    def _check_odds(self):
        for draw in self:
            if problem := draw._odds_problem():
                raise UserError(self.env._("%(draw)s can't run. %(problem)s", draw=draw.name, problem=problem))

    @api.constrains("mode", "prize_ids")
    def _check_running_odds(self):
        for draw in self.filtered(lambda draw: draw.state == "running"):
            if problem := draw._odds_problem():
                raise ValidationError(problem)

    # ------------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------------

    def _note_odds(self):
        """Keep what running draws state from now on, and tell it, if it is something else than before."""
        if says(self.env, ODDS_LATER):
            return
        for draw in self.filtered(lambda draw: draw.state == "running"):
            draw._check_running_odds()
            # sudo: versions are nobody's to write but this method's
            version = draw.sudo()._version()
            stated = version._stated(draw)
            if version and version.stated == stated:
                continue
            version = version.create({"draw_id": draw.id, "number": version.number + 1, "stated": stated})
            draw.invalidate_recordset(["version_ids"])
            draw.message_post(body=self.env._(
                "Odds in force from now on (version %(number)s): %(odds)s", number=version.number, odds=version.summary,
            ))  # fmt: skip

    def _version(self):
        """The odds in force."""
        self.ensure_one()
        return self.env["loyalty.draw.version"].search([("draw_id", "=", self.id)], order="number desc", limit=1)

    def _bar_drawing(self):
        """Let who is drawing finish, and who draws next see what this transaction changes; see ``_hold``."""
        if self:
            self.flush_recordset()
            self.env.cr.execute(SQL("UPDATE loyalty_draw SET write_date = write_date WHERE id = ANY(%s)", sorted(self.ids)))

    def _hold(self):
        """Keep settings and prizes as they are until this draw is over.

        Any number of draws share the lock.  Where somebody has changed something since this transaction began, PostgreSQL
        refuses, and Odoo tries again with what is true now.
        """
        self.env.cr.execute(SQL("SELECT 1 FROM loyalty_draw WHERE id = %s FOR SHARE", self.id))
