"""The page behind the link of a message. Reading it changes nothing: scanners of mailboxes open every link."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

#: What a mailbox sends when its own unsubscribe button is pressed (RFC 8058, 3.1).
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PRIVATE = [
    ("Cache-Control", "private, no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
]


class Unsubscribe(http.Controller):
    @http.route(
        "/u/<string:token>", type="http", auth="public", methods=["GET"], readonly=True, save_session=False, sitemap=False
    )
    def show(self, token, lang=None, **_options):
        member, channel, purpose = request.env["loyalty.member"]._behind_link(token)
        return self._page(token, member, channel, purpose, lang)

    # No session and no csrf token: mailboxes post, and the token says who may.
    @http.route("/u/<string:token>", type="http", auth="public", methods=["POST"], csrf=False, save_session=False)
    def choose(self, token, lang=None, **form):
        member, channel, purpose = request.env["loyalty.member"]._behind_link(token)
        if not member or member.erased_at:
            return self._page(token, member, channel, purpose, lang)
        member = self._in_language(member, lang)
        if form.items() >= ONE_CLICK.items():
            member._stop_by_link(channel, purpose)
            return request.make_response("", PRIVATE)
        problem, logged = None, None
        try:
            logged = member._choose_by_link(self._wanted())
        except UserError as error:
            problem = error.args[0]
        return self._page(token, member, channel, purpose, lang, logged=logged, problem=problem)

    def _wanted(self):
        """What was chosen: every box that was shown, or the one that a button stops."""
        form = request.httprequest.form
        pairs = {value: tuple(value.rsplit(".", 1)) for value in [*form.getlist("shown"), *form.getlist("stop")] if "." in value}
        if stop := form.get("stop"):
            return {pairs[stop]: False} if stop in pairs else {}
        given = form.getlist("given")
        return {pair: value in given for value, pair in pairs.items()}

    # ------------------------------------------------------------------
    # The page
    # ------------------------------------------------------------------

    def _page(self, token, member, channel, purpose, lang, **said):
        member = self._in_language(member, lang)
        values = {
            "token": token, "member": member, "lang": member.env.lang, "erased": bool(member.erased_at),
            "languages": self._languages(), "logged": None, "problem": None, "choices": {}, "stop": None, **said,
        }  # fmt: skip
        if member and not member.erased_at:
            choices = member._link_choices()
            values |= {"choices": choices, "channels": member._asked_channels(), "purposes": member._link_purposes()}
            if choices.get(purpose, {}).get(channel):
                values["stop"] = (f"{channel}.{purpose}", member._link_wording(channel, purpose))
        body = member.env["ir.qweb"]._render("loyalty_membership.messages_page", values)
        return request.make_response(
            body, [("Content-Type", "text/html; charset=utf-8"), *PRIVATE], status=200 if member else 404
        )

    def _in_language(self, member, lang):
        """The member in the language that was asked for, that of the member, or that of the browser."""
        known = request.env["res.lang"].sudo()
        wanted = (lang, member.partner_id.lang, request.best_lang)
        code = next(filter(None, (known._get_code(code) for code in wanted if code)), None) or request.env.lang
        return member.with_context(lang=code, tz=member.program_id.tz)

    def _languages(self):
        """Each as those who speak it call it."""
        return [(code, name.rpartition("/")[2].strip()) for code, name in request.env["res.lang"].sudo().get_installed()]
