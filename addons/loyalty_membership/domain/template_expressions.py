"""What a template may tell to who may not read everything: an allow-list over its parsed expressions.

A *kind* says what an expression yields: ``None`` a plain word, number or date; a mapping {field: kind} a record and
what may be told of it; ``OTHER`` one of several things, of which nothing more is known.
"""

import ast
import re

from lxml import html

OTHER = object()
#: They give words and numbers, and take only these ...
FUNCTIONS = frozenset((
    "abs", "float", "format_date", "format_datetime", "format_duration", "format_time", "int", "is_html_empty", "max", "min",
    "relativedelta", "round", "str", "sum",
))  # fmt: skip
#: ... but for these, which give no record back either. (The greater of two records would be one.)
OF_RECORDS = frozenset(("bool", "format_amount", "len"))
#: What may be told of a plain value: the parts of a date.
PARTS = frozenset(("year", "month", "day"))
#: The context in which a record may be read, with constants.
CONTEXT = frozenset(("lang", "loyalty_with_cost"))
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)

EXPRESSIONS = frozenset(("t-out", "t-esc", "t-if", "t-elif", "t-value", "t-att"))
#: Judged together with others, or never evaluated.
BESIDE = frozenset(("t-else", "t-as", "t-set", "t-foreach", "t-translation", "t-ignore"))
#: What a loop tells of itself, beside the thing.
LOOP = ("size", "index", "first", "last", "odd", "even", "parity")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Refused(ValueError):
    """Not on the list; its text is the expression or the directive."""


def refused_inline(expressions, roots):
    """The first of these expressions that is not harmless; None: all are.

    :param roots: dict name -> kind, what the expressions may begin with

    >>> tier = {"name": None}
    >>> member = {"name": None, "points": None, "tier_id": tier}
    >>> def refused(expression):
    ...     return refused_inline([expression], {"object": member})
    >>> refused("object.tier_id.name or 'our partners'")
    >>> refused("'%s: %s' % (object.name[:10], round(object.points) + 1)")
    >>> refused("object.partner_id.phone")
    'object.partner_id.phone'

    Formatting asks a record for its fields, so a record is never formatted, nor what may be one:

    >>> refused("'%(phone)s' % object"), refused("'%(phone)s' % (object.tier_id or object)")
    ("'%(phone)s' % object", "'%(phone)s' % (object.tier_id or object)")
    >>> refused("max(object, object)"), refused("object['phone']"), refused("object.sudo().name")
    ('max(object, object)', "object['phone']", 'object.sudo().name')
    """
    return _refused(lambda judge: [judge.judge(expression) for expression in expressions], roots, ())


def refused_qweb(source, roots, taken, holes):
    """The first expression or directive of a QWeb template that is not harmless, parsed as Odoo does; None: all are.

    :param taken: names that mean something in templates already: no variable may be called so
    :param holes: the regular expression that finds expressions in ``t-attf-*``, in one of its groups

    >>> tier = {"name": None}
    >>> member = {"name": None, "tier_id": tier}
    >>> def refused(source):
    ...     return refused_qweb(source, {"object": member}, {"user"}, re.compile(r"#\\{(.+?)\\}"))
    >>> refused('<p>Our partners [all]</p><b t-foreach="object.tier_id" t-as="tier" t-out="tier.name"/>')
    >>> refused('<t t-set="title" t-valuef="Dear #{object.name}"/><a t-att-title="title"/>')
    >>> refused('<t t-out="object.&#112;artner_id.phone"/>'), refused('<a t-attf-href="tel:#{object.phone}"/>')
    ('object.partner_id.phone', 'object.phone')
    >>> refused('<t t-call="web.layout"/>'), refused('<t t-set="user" t-value="1"/>'), refused('<t t-out="tier"/>')
    ('t-call', 'user', 'tier')

    A variable means one kind of thing, wherever it is set:

    >>> refused('<t t-set="a" t-value="1"/><t t-if="object.name"><t t-set="a" t-value="object"/></t>')
    'a'
    """
    tree = html.fragment_fromstring(source, create_parent="div")
    return _refused(lambda judge: [_judge_node(judge, node.attrib, holes) for node in tree.iter("*")], roots, taken)


def _refused(work, roots, taken):
    try:
        work(_Judge(roots, taken))
    except Refused as refused:
        return str(refused)
    return None


def _judge_node(judge, attributes, holes):
    """In QWeb's order: the loop first, the variable last."""
    if "t-foreach" in attributes:
        judge.loop(attributes.get("t-as", ""), attributes["t-foreach"])
    kind = None
    for name, text in attributes.items():
        if not name.startswith("t-") or name in BESIDE:
            continue
        if name in EXPRESSIONS or name.startswith("t-att-"):
            told = judge.judge(text)
            kind = told if name == "t-value" else kind
        elif name == "t-valuef" or name.startswith("t-attf-"):
            for hole in holes.finditer(text):
                judge.judge(next(filter(None, hole.groups())))
        else:
            raise Refused(name)
    if "t-set" in attributes:
        judge.bind(attributes["t-set"], kind)


class _Judge:
    """The kind of each expression; raises ``Refused`` for what is not on the list."""

    def __init__(self, roots, taken):
        self.known = dict(roots)
        self.taken = FUNCTIONS | OF_RECORDS | {*roots, *taken}

    def judge(self, expression):
        text = expression.strip()
        lines = text.replace("\n", " ")
        # Odoo reads QWeb's expressions token by token: without what tokens may be hidden in.
        if not lines.isprintable() or ("\n" in text and ("#" in text or "\\" in text)):
            raise Refused(text)
        try:
            return self._kind(ast.parse(f"({text})", mode="eval").body)
        except (Refused, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise Refused(text) from error

    def bind(self, name, kind):
        """Let a variable be of this kind: of one kind for good, because not every ``t-set`` is reached."""
        if not VARIABLE.fullmatch(name) or "__" in name or name in self.taken:
            raise Refused(name)
        if self.known.setdefault(name, kind) is not kind:
            raise Refused(name)

    def loop(self, name, expression):
        kind = self.judge(expression)
        if kind is OTHER:
            raise Refused(expression)
        for variable in (name, f"{name}_value"):
            self.bind(variable, kind)
        for suffix in LOOP:
            self.bind(f"{name}_{suffix}", None)

    # ------------------------------------------------------------------
    # Kinds, by the node of the syntax tree; what has no method is refused
    # ------------------------------------------------------------------

    def _kind(self, node):
        method = getattr(self, f"_kind_{type(node).__name__.lower()}", None)
        if not method:
            raise Refused(type(node).__name__)
        return method(node)

    def _plain(self, *nodes):
        for node in nodes:
            if self._kind(node) is not None:
                raise Refused("a record where a word or a number is needed")

    def _either(self, *nodes):
        first, *others = [self._kind(node) for node in nodes]
        return first if all(other is first for other in others) else OTHER

    def _kind_constant(self, node):
        if node.value is not None and type(node.value) not in (str, int, float, bool):
            raise Refused("a strange constant")

    def _kind_name(self, node):
        if node.id not in self.known:
            raise Refused(node.id)
        return self.known[node.id]

    def _kind_attribute(self, node):
        fields = self._kind(node.value)
        if fields is OTHER or node.attr not in (PARTS if fields is None else fields):
            raise Refused(node.attr)
        return None if fields is None else fields[node.attr]

    def _kind_subscript(self, node):
        """A slice or a number: by a name, a record would tell any field."""
        kind, cut = self._kind(node.value), node.slice
        bounds = (cut.lower, cut.upper, cut.step) if isinstance(cut, ast.Slice) else (cut,)
        for bound in filter(None, bounds):
            number = bound.operand if isinstance(bound, ast.UnaryOp) and isinstance(bound.op, ast.USub) else bound
            if not isinstance(number, ast.Constant) or type(number.value) is not int:
                raise Refused("an index that is no number")
        return kind

    def _kind_boolop(self, node):
        return self._either(*node.values)

    def _kind_ifexp(self, node):
        self._kind(node.test)
        return self._either(node.body, node.orelse)

    def _kind_compare(self, node):
        for part in (node.left, *node.comparators):
            self._kind(part)

    def _kind_unaryop(self, node):
        if isinstance(node.op, ast.Not):
            self._kind(node.operand)
        else:
            self._plain(node.operand)

    def _kind_binop(self, node):
        if not isinstance(node.op, ARITHMETIC):
            raise Refused(type(node.op).__name__)
        self._plain(node.left, node.right)

    def _kind_tuple(self, node):
        self._plain(*node.elts)

    _kind_list = _kind_tuple

    def _kind_call(self, node):
        if isinstance(node.func, ast.Attribute):
            return self._in_context(node)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        name = getattr(node.func, "id", None)
        if any(keyword.arg is None for keyword in node.keywords) or name not in FUNCTIONS | OF_RECORDS:
            raise Refused("a call")
        if name in OF_RECORDS:
            for argument in arguments:
                self._kind(argument)
        else:
            self._plain(*arguments)
        return None

    def _in_context(self, node):
        """The one method: a record in another language, or with its cost."""
        kind = self._kind(node.func.value)
        harmless = all(
            keyword.arg in CONTEXT and isinstance(keyword.value, ast.Constant) for keyword in node.keywords
        )  # fmt: skip
        if node.func.attr != "with_context" or node.args or not isinstance(kind, dict) or not harmless:
            raise Refused("a method")
        return kind
