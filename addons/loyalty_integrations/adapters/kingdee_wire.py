"""Calls of Kingdee Cloud's WebAPI: the address, who is calling, both forms of a body."""

import json
import secrets
from email.utils import parsedate_to_datetime

from ..domain.outcomes import Ambiguous, AuthExpired, AuthInvalid, Permanent, Transient
from . import kingdee_answers as answers
from .base import Adapter
from .kingdee_sign import client_secret, login_signature, signed_headers

_STUB = "Kingdee.BOS.WebApi.ServicesStub"
#: Seconds for a page of rows, at least; a server under load takes its time.
_QUERY_TIMEOUT = 60


def quoted(text):
    """A text inside of a filter.

    >>> quoted("O'Neil")
    "'O''Neil'"
    """
    return "'" + str(text).replace("'", "''") + "'"


class Wire(Adapter):
    """Settings: base_url, sign_in (login_by_sign, app_secret or signed_headers), hash, acct_id, user, app_id, app_secret, lcid,
    org_number."""

    token_kind = "session"  # noqa: S105

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        #: Seconds that the server's clock is ahead, as far as it has complained.
        self._ahead = 0
        #: Seconds since 1970 by its clock when it last answered, or by ours.
        self.server_now = self.clock()

    @property
    def who(self):
        """Who is calling, as ``kingdee_sign`` takes it; organisation 0 is the user's own."""
        given = {name: self.settings.get(name) or "" for name in ("acct_id", "user", "app_id", "app_secret")}
        return given | {
            "lcid": str(self.settings.get("lcid") or 2052),
            "org_number": str(self.settings.get("org_number") or 0),
        }

    def ask(self, service, form, data, safe=False, timeout=None):
        """Call one service of forms.

        :param form: code of the form; "" for queries, which name it in ``data``
        :return: the parsed answer
        """
        url = self._url(f"{_STUB}.DynamicFormService.{service}")
        if self.settings.get("sign_in") == "signed_headers":
            body = {"formid": form, "data": data} if form else {"data": data}
            return self._ask_signed(url, body, safe, timeout)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        body = {"parameters": [form, text] if form else [text]}
        return self.call(lambda session: self._post(url, body, _of_session(session), safe, timeout))

    def query(self, form, paths, where="", order="", limit=2000, start=0):
        """Rows of a form, each a dict path -> value; one row a line where a path is that of a line."""
        data = {
            "FormId": form.code,
            "FieldKeys": ",".join(form.asked(path) for path in paths),
            "FilterString": where,
            "OrderString": order,
            "TopRowCount": 0,
            "StartRow": start,
            "Limit": limit,
            "SubSystemId": "",
        }
        rows = self.ask("ExecuteBillQuery", "", data, safe=True, timeout=max(_QUERY_TIMEOUT, self.http.timeout))
        if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != len(paths) for row in rows):
            raise Permanent(f"{form.code}: the answer of a query is no table of {len(paths)} columns", "rows")
        return [dict(zip(paths, row, strict=True)) for row in rows]

    def _save(self, form, model, update=(), audit=False):
        """Save a record: its id, as text.

        :raise Permanent: a numbering rule there has given it another number, by which it will not be found again
        """
        data = {
            "NeedUpDateFields": list(update),
            "NeedReturnFields": [form.number],
            "IsDeleteEntry": "false",  # otherwise lines that are left out are deleted
            "IsVerifyBaseDataField": "false",
            "IsAutoSubmitAndAudit": "true" if audit else "false",
            "InterationFlags": "",
            "Model": model,
        }
        result = self.ask("Save", form.code, data).get("Result") or {}
        saved = (result.get("ResponseStatus") or {}).get("SuccessEntitys") or [{}]
        identity = str(result.get("Id") or saved[0].get("Id") or "")
        number = str(result.get("Number") or saved[0].get("Number") or "")
        if number and model.get(form.number) and number.lower() != model[form.number].lower():
            told = f"Kingdee has numbered it {number} in place of {model[form.number]}: allow own numbers in 编码规则"
            raise Permanent(told, "numbered_there", external_id=identity)
        return identity

    # ------------------------------------------------------------------
    # Our numbers
    # ------------------------------------------------------------------

    @property
    def prefix(self):
        """What the number of everything begins with that was made from here."""
        return self.settings.get("prefix") or "LOY-"

    def _ours(self, number):
        """The number of a member's customer."""
        number = str(number or "")
        return number if not number or number.startswith(self.prefix) else self.prefix + number

    def _is_on(self, setting, otherwise):
        """Whether a switch is on; one that is told as nothing is off."""
        return str(self.settings.get(setting, otherwise)).lower() in ("1", "true")

    # ------------------------------------------------------------------
    # Who is calling
    # ------------------------------------------------------------------

    def sign_in(self):
        """A session. It ends when nobody has used it for a while, at a restart, or at another sign-in: nobody knows when."""
        who = self.who
        if self.settings.get("sign_in") == "app_secret":
            service, given = "LoginByAppSecret", [who["app_secret"]]
        else:
            timestamp = str(int(self.clock()))
            service = "LoginBySign"
            given = [timestamp, login_signature(who, timestamp, self.settings.get("hash") or "sha256")]
        parameters = [who["acct_id"], who["user"], who["app_id"], *given, int(who["lcid"])]
        url = self._url(f"{_STUB}.AuthService.{service}")
        answer = self.http.send("POST", url, json={"parameters": parameters}, safe=True)
        self._raise_for_status(answer, safe=True)
        return answers.read_login(answer), None

    def _ask_signed(self, url, body, safe, timeout):
        try:
            return self._post(url, body, self._signed(url), safe, timeout)
        except AuthExpired:  # by now the server's clock is known
            headers = self._signed(url)
        try:
            return self._post(url, body, headers, safe, timeout)
        except AuthExpired as error:
            raise AuthInvalid(error.message, error.code) from error

    def _signed(self, url):
        if not client_secret(self.who["app_id"]):
            raise AuthInvalid("the app ID is digits, _ and 32 letters or digits", "app_id")
        timestamp = str(int(self.clock() + self._ahead))
        return signed_headers(self.who, url, timestamp, str(secrets.randbelow(10**18)))

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    def _url(self, service):
        return f"{self.settings['base_url'].rstrip('/')}/{service}.common.kdsvc"

    def _post(self, url, body, headers, safe, timeout):
        answer = self.http.send("POST", url, json=body, headers=headers, safe=safe, timeout=timeout)
        self.server_now = _clock_of(answer, self.clock())
        self._raise_for_status(answer, safe)
        return answers.read(answer, safe)

    def _raise_for_status(self, answer, safe):
        if answer.status == 519:
            raise self._gateway_failure(answer, safe)
        if answer.status == 404:
            raise AuthInvalid("there is no Kingdee service at this address", 404)
        failure = self.http_failure(answer, safe)
        if failure:
            raise failure

    def _gateway_failure(self, answer, safe):
        """HTTP 519: the vendor's gateway says what it doesn't like."""
        try:
            told = answer.json()
        except ValueError:
            told = {}
        code, message = str(told.get("errcode") or 519), str(told.get("description") or "refused by the gateway")
        if code == "4006":  # the timestamp is too old or too new
            self._ahead = _clock_of(answer, self.clock()) - self.clock()
            return AuthExpired(f"{message}: the clocks differ by {self._ahead:+.0f} s", code)
        if code.startswith("5"):
            return (Transient if safe else Ambiguous)(message, code)
        return AuthInvalid(message, code)


def _of_session(session):
    """The session goes into a cookie, too, in place of any older one that the connection has kept."""
    return {"kdservice-sessionid": session, "Cookie": f"kdservice-sessionid={session}"}


def _clock_of(answer, otherwise):
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return otherwise
