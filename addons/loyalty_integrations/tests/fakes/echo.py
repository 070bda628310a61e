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
        if request.method == "GET":
            code = request.query["code"]
            return reply({"found": [number for number, values in self.records.items() if values.get("code") == code]})
        number = request.path.rpartition("/")[2]
        number = number if number in self.records else f"R{next(self.numbers)}"
        self.records[number] = request.json()
        return reply({"id": number})


if __name__ == "__main__":
    main(Echo)
