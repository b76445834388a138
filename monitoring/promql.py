"""Whether an expression reads only what a program emits, and which labels its answer has."""

from collections.abc import Iterable, Mapping

import promql_parser as ast

from monitoring.catalogue import SERIES
from monitoring.label import Label
from monitoring.metric import Kind
from monitoring.rule import Group

Labels = frozenset[str]
"""Names that the series of an answer may have."""

RATES = frozenset({"rate", "irate", "increase", "resets"})
"""What counters and histograms are read by."""
SLOPES = frozenset({"delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing"})
"""What only gauges are read by."""
WHOLE = frozenset({"absent", "absent_over_time", "count", "group"})
"""What asks whether a series is there, whatever its value."""
SETS = frozenset({"and", "or", "unless"})
PICKS = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Aggregations that keep whole series."""


class Refused(ValueError):
    """An expression that cannot work; the text says where and why."""


def labels(expr: str, recorded: Mapping[str, Labels] | None = None) -> Labels:
    """Labels of what an expression answers.

    Args:
        expr: PromQL.
        recorded: Names of recording rules to their labels; their values are gauges.

    Raises:
        Refused: It does not parse, it reads a metric, a label or a label value that no program emits, it takes a rate
            of a gauge, a counter as it stands or a quantile without `le`, or it joins series that can never match.
    """
    try:
        tree = ast.parse(expr)
    except ValueError as error:
        raise Refused(f"{expr}: {error}") from None
    try:
        return _Reader(recorded or {}).read(tree) or frozenset()
    except Refused as error:
        raise Refused(f"{error}, in: {expr}") from None


def names(expr: str) -> frozenset[str]:
    """Series that an expression reads, known or not."""
    found: set[str] = set()
    ast.walk(ast.parse(expr), lambda node: _note(node, found))
    return frozenset(found)


def _note(node: ast.Expr, found: set[str]) -> None:
    if isinstance(node, ast.VectorSelector) and node.name:
        found.add(node.name)


class _Reader:
    """Goes through an expression from its leaves, and refuses what cannot work. A scalar has no labels: None."""

    def __init__(self, recorded: Mapping[str, Labels]) -> None:
        self._recorded = recorded

    def read(self, node: ast.Expr, by: str = "") -> Labels | None:
        """Labels of a part; `by` is the function or aggregation that it is the argument of."""
        match node:
            case ast.ParenExpr() | ast.UnaryExpr():
                return self.read(node.expr, by)
            case ast.SubqueryExpr():
                return self.read(node.expr)
            case ast.VectorSelector():
                return self._selector(node, by)
            case ast.MatrixSelector():
                return self._selector(node.vector_selector, by or "a range")
            case ast.Call():
                return self._call(node)
            case ast.AggregateExpr():
                return self._aggregate(node)
            case ast.BinaryExpr():
                return self._binary(node)
        return None

    def _selector(self, node: ast.VectorSelector, by: str) -> Labels:
        name = node.name
        if not name:
            raise Refused("a selector without a name reads anything; name the metric")
        metric = SERIES.get(name)
        known = self._recorded.get(name) if metric is None else metric.all_labels
        if known is None:
            near = sorted(one for one in (*SERIES, *self._recorded) if one.startswith(name.split("_")[0]))
            raise Refused(f"no program emits {name}; known and near: {', '.join(near[:12]) or 'nothing'}")
        if metric is not None and metric.kind is Kind.HISTOGRAM and not name.endswith("_bucket"):
            known -= {"le"}
        chosen = [*node.matchers.matchers, *(one for group in node.matchers.or_matchers for one in group)]
        _known(name, (one.name for one in chosen), known)
        if metric is not None:
            for one in chosen:
                _possible(name, one, metric.by_name[one.name])
        counts = metric is not None and metric.kind is not Kind.GAUGE
        if by in RATES and not counts:
            raise Refused(f"{by}() of {name}, which is a gauge; take delta(), deriv() or avg_over_time()")
        if by in SLOPES and counts:
            raise Refused(f"{by}() of {name}, which only rises and starts again at 0; take rate() or increase()")
        if counts and by not in RATES | WHOLE:
            raise Refused(f"{name} is a counter: as it stands it says only how long its program has run; take rate()")
        return known

    def _call(self, node: ast.Call) -> Labels | None:
        name = node.func.name
        # The value is the last argument of quantiles, the first of all others.
        parts = [self.read(argument, name) for argument in node.args]
        values = [part for part in parts if part is not None]
        texts = [argument.val for argument in node.args if isinstance(argument, ast.StringLiteral)]
        if name in ("time", "pi", "scalar"):
            return None
        if name == "vector" or not values:
            return frozenset()
        if name in ("absent", "absent_over_time"):
            return frozenset(_equal(node.args[0]))
        inner = values[-1] if name.startswith("histogram_") else values[0]
        if name == "histogram_quantile":
            if "le" not in inner:
                raise Refused("histogram_quantile() needs `le`: keep it in `by`, and read the `_bucket` series")
            return inner - {"le"}
        if name in ("label_replace", "label_join"):
            sources = texts[2:3] if name == "label_replace" else texts[2:]
            _known(name, (source for source in sources if source), inner)
            return inner | {texts[0]}
        return inner

    def _aggregate(self, node: ast.AggregateExpr) -> Labels:
        name = str(node.op)
        inner = self.read(node.expr, name) or frozenset()
        if node.modifier is None:
            return inner if name in PICKS else frozenset()
        chosen = frozenset(node.modifier.labels)
        _known(name, chosen, inner)
        if name in PICKS:
            return inner
        return chosen if node.modifier.type == ast.AggModifierType.By else inner - chosen

    def _binary(self, node: ast.BinaryExpr) -> Labels | None:
        left, right, op = self.read(node.lhs), self.read(node.rhs), str(node.op)
        if left is None or right is None:
            return right if left is None else left
        if op == "or":
            return left | right
        matching = node.modifier.matching if node.modifier else None
        if matching is None:
            on = None
            _alike(op, left, right)
        elif matching.type == ast.LabelModifierType.Include:
            on = frozenset(matching.labels)
            _known(f"{op} on", on, left)
            _known(f"{op} on", on, right)
        else:
            ignored = frozenset(matching.labels)
            _known(f"{op} ignoring", ignored, left | right)
            on = left - ignored
            _alike(op, on, right - ignored)
        if op in SETS:
            return left
        return self._joined(node, left, right, on)

    def _joined(self, node: ast.BinaryExpr, left: Labels, right: Labels, on: Labels | None) -> Labels:
        """What arithmetic and comparison leave."""
        card = node.modifier.card if node.modifier else None
        taken = frozenset((node.modifier.group_labels if node.modifier else None) or ())
        if card == ast.VectorMatchCardinality.ManyToOne:
            _known("group_left", taken, right)
            return left | taken
        if card == ast.VectorMatchCardinality.OneToMany:
            _known("group_right", taken, left)
            return right | taken
        return left if on is None else on


def _known(where: str, chosen: Iterable[str], known: Labels) -> None:
    for one in chosen:
        if one not in known:
            raise Refused(f"{where} has no label {one}; it has {', '.join(sorted(known)) or 'none'}")


def _possible(where: str, matcher: ast.Matcher, label: Label) -> None:
    """A matcher on a value that no series has selects nothing, or leaves out nothing. Empty is: without the label."""
    wanted = matcher.value
    if not wanted:
        return
    if matcher.op in (ast.MatchOp.Equal, ast.MatchOp.NotEqual):
        unknown = "" if label.admits(wanted) else wanted
    else:
        unknown = label.misses(wanted)
    if unknown:
        raise Refused(f'{where} never has {label.name}="{unknown}"; it has {label.allowed}')


def _alike(op: str, left: Labels, right: Labels) -> None:
    """Without `on`, series match only if all of their labels do."""
    if left != right:
        apart = ", ".join(sorted(left ^ right))
        raise Refused(f"the sides of `{op}` never match: only one has {apart}; say on(...) or ignoring(...)")


def _equal(node: ast.Expr) -> list[str]:
    """Labels that a selector fixes to a value: those that absent() answers with."""
    selector = node.vector_selector if isinstance(node, ast.MatrixSelector) else node
    if not isinstance(selector, ast.VectorSelector):
        return []
    return [one.name for one in selector.matchers.matchers if one.op == ast.MatchOp.Equal and one.value]


def check(groups: Iterable[Group], known: Mapping[str, Labels] | None = None) -> dict[str, Labels]:
    """Check every rule of these groups, in their order.

    Args:
        groups: Groups of rules.
        known: Recordings that other environments have, to their labels.

    Returns:
        Names of recordings to their labels.

    Raises:
        Refused: A rule cannot work, a summary shows a label that its alert does not have, or an alert relies on another
            that is not there. The text names the rule.
    """
    groups = list(groups)
    recorded = dict(known or {})
    alerts = {alert.name for group in groups for alert in group.alerts}
    for group in groups:
        for rule in group.recordings:
            found = _checked(rule.name, rule.expr, recorded) | frozenset(rule.labels)
            if recorded.setdefault(rule.name, found) != found:
                raise Refused(f"{rule.name} is recorded with {sorted(found)} and with {sorted(recorded[rule.name])}")
        for alert in group.alerts:
            found = _checked(alert.name, alert.expr, recorded)
            _known(f"the summary of {alert.name}", alert.shown_labels, found)
            if alert.noticed and alert.noticed not in alerts:
                raise Refused(f"{alert.name}: without data {alert.noticed} should fire, and there is no such alert")
    return recorded


def _checked(name: str, expr: str, recorded: Mapping[str, Labels]) -> Labels:
    try:
        return labels(expr, recorded)
    except Refused as error:
        raise Refused(f"{name}: {error}") from None
