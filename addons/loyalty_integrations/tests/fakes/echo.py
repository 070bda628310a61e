"""A system that keeps what it is sent: records by number, events by key. For tests of the layer itself."""

import itertools

try:
    from .base import Fake, main, reply
except ImportError:  # run as a script
    from base import Fake, main, reply


class Echo(Fake):
    """Keeps what it is sent; tells repeats by their key only where it is asked to."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.numbers = itertools.count(1)
        #: number -> values
        self.records = {}
        #: key -> how often it came, in the order of the first time
        self.events = {}
        #: purchases in the order in which they happened: dicts of number, member, at, lines
        self.sales = []
        self.tokens = set()
        self.signed_in = 0

    def drop_tokens(self):
        self.tokens.clear()

    def handle(self, request):
        return getattr(self, f"_{request.path.strip('/').split('/')[0]}")(request)

    def _token(self, _request):
        self.signed_in += 1
        self.tokens.add(token := f"token-{self.signed_in}")
        return reply({"token": token, "seconds": 7200})

    def _events(self, request):
        body = request.json()
        self.events[body["key"]] = self.events.get(body["key"], 0) + 1
        return reply({"ok": True})

    def _records(self, request):
        if request.headers.get("Authorization") not in {f"Bearer {token}" for token in self.tokens}:
            return reply({"error": "token"}, 401)
        if request.method == "GET" and "after" in request.query:
            return reply(self._page(sorted(self.records.items(), key=lambda item: int(item[0][1:])), request))
        if request.method == "GET":
            code = request.query["code"]
            return reply({"found": [number for number, values in self.records.items() if values.get("code") == code]})
        number = request.path.rpartition("/")[2]
        number = number if number in self.records else f"R{next(self.numbers)}"
        self.records[number] = request.json()
        return reply({"id": number})

    def _sales(self, request):
        since = request.query.get("since", "")
        return reply(self._page([sale for sale in self.sales if sale["at"] >= since], request))

    def _daily(self, _request):
        days = {}
        for sale in self.sales:
            day = days.setdefault(sale["at"][:10], [0, 0])
            day[0] += 1
            day[1] += sum(line["amount"] for line in sale["lines"])
        return reply(days)

    @staticmethod
    def _page(items, request):
        after, limit = int(request.query.get("after") or 0), int(request.query.get("limit") or 1000)
        return {"items": items[after : after + limit], "more": after + limit < len(items)}


if __name__ == "__main__":
    main(Echo)
