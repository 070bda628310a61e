"""A connection to a system whose contacts change on both sides."""

from ..adapters import base
from ..adapters.base import ADAPTERS, Default, Field, Record
from ..domain.outcomes import Transient
from .common import EchoAdapter, EchoCase

FIELDS = [
    Field("code", "Number", required=True),
    Field("name", "Full Name", required=True, size=20),
    Field("mobile", "Mobile"),
    Field("mail", "E-mail"),
    Field("born", "Birthday", "date"),
    Field("sex", "Sex", "selection", choices=(("1", "Male"), ("2", "Female"))),
    Field("level", "Level", "selection", choices=(("1", "Normal"), ("2", "Gold"))),
    Field("score", "Points", "integer"),
    Field("labels", "Labels", "tags"),
    Field("street", "Street"),
    Field("org", "Organisation", required=True),
    Field("updated", "Changed", "datetime", writable=False),
]


class CrmAdapter(EchoAdapter):
    """The echo system with a description of its fields and with contacts that are fetched."""

    flows = frozenset({base.PUSH_MEMBER, base.PUSH_REDEMPTION, base.PULL_CONTACTS})
    repeats = {base.PUSH_MEMBER: base.FIND, base.PUSH_REDEMPTION: base.FIND}
    streams = {base.PULL_CONTACTS: ("contact",)}
    described = FIELDS

    def discover(self, subject):
        if self.described is None:
            raise Transient("no answer", "connect")
        return self.described if subject == "member" else []

    def defaults(self, subject):
        if subject != "member":
            return [Default("code", "bill"), Default("sku", "sku")]
        return [
            Default("code", "code", transforms=("prefix:LOY-",), required=True),
            Default("name", "name", "both", "newest", required=True),
            Default("phone", "mobile", "both", "manual", transforms=("phone_national",)),
            Default("email", "mail", "both", "remote"),
            Default("birthdate", "born", "pull", "remote"),
            Default("gender", "sex", "both", "local"),
            Default("tags", "labels", "both", "manual"),
            Default("street", "street", "both", "manual"),
            Default("points", "score"),
            Default("", "org", default="100", only_create=True),
        ]


class MappingCase(EchoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ADAPTERS["echo"] = CrmAdapter
        cls.connection = cls.make_connection(name="CRM", push_member=True, pull_contacts=True)
        cls.mapping = cls.connection._mapping("member")

    def draft(self):
        """A draft that may be edited."""
        action = self.mapping.action_new_version()
        return self.env["loyalty.mapping"].browse(action["res_id"])

    def line(self, mapping, path):
        return mapping.line_ids.filtered(lambda line: line.remote == path)

    # ------------------------------------------------------------ contacts

    def record(self, number="c1", modified="", **values):
        return Record(number, values, modified)

    def take(self, *records, **options):
        results = self.connection._take_contacts(list(records), **options)
        return results[0] if len(records) == 1 else results

    def bind(self, member, number="c1", **base):
        """As if both sides had been the same with these values."""
        self.env["loyalty.binding"]._keep(self.connection, "member", member, number, base=base)
        return self.env["loyalty.binding"]._of(self.connection, "member", member)[member.id]

    def waiting(self):
        """Clear what is queued so far."""
        self.env.cr.precommit.run()
        self.env["loyalty.outbox"].sudo().search([]).unlink()
