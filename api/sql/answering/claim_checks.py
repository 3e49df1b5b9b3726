"""Whether a number in a sentence is still right, as an SQL expression that yields its JSON text.

Claims are read in steps: the records that the sentence can be about (`records_`), what is claimed of them now and what no longer is (`said_`), how
each claim relates to the sentence (`judged_`), the verdict (`verdict_`), and the evidence for it (`listed_`). Withheld claims are in other tables,
for the past too, so none can decide.

More than 250 lines, because the steps read each other's columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from schema.model.claim_checks import MATCHES, STATUSES
from schema.storage.columns import claim_names, live_names

from ...query.claim_checks import MAX_EVIDENCE
from ...query.nodes import Check, CheckClaim, CheckEvidence, CheckFigure, CheckSources, CheckTotals, CheckValue, ClaimId, Constant, Node
from ..columns import column_list
from ..preference import covered
from ..text import quote_literal
from .claim_check_numbers import StatedSql, contradicts, says, within
from .claim_check_scope import DAY, OWN, SentenceSql
from .claim_check_totals import earlier_totals, judged_totals
from .claim_check_verdict import DEPRECATED, PLACES, PUBLISHED, RIVAL, SUPERSEDED, place, verdict
from .graphql_provenance import DIGEST, about_the_same, claim_digest, claim_row, group_value, quoted_sources
from .json import JoinedSql, Literal, array, json_literal, obj, pair, string
from .records import COMPILERS, RowSql
from .rest_provenance import evidence_of, source_lists, sources
from .scope import Scope
from .summable import among
from .totals import totals

MATCH_CODES = (*MATCHES,)
OTHERWISE = "otherwise"
ONCE = ("latest_", "releases_", "total_")  # Steps that are read for each claim, and must not be computed again for it.


class CheckSql:
    """A check in a statement."""

    def __init__(self, scope: Scope, node: Check) -> None:
        items = [part for of in node.parts if isinstance(of, CheckEvidence) for part in of.parts]
        selections = [item.selection for item in items if isinstance(item, (CheckClaim, CheckFigure))]
        scope = replace(scope, texts=scope.texts.shared(str(MAX_EVIDENCE), selections))
        self.scope, self.node, self.kind = scope, node, node.kind
        assert node.kind.totals is not None
        self.roles, self.sentence = node.kind.totals, SentenceSql(scope, node)
        self.row = RowSql(scope, node.kind, scope.alias("about"))

    def sql(self) -> str:
        steps = {
            "records_": self.sentence.in_series(self._records()), "latest_": self.sentence.latest(), "said_": self._said(), "releases_": self._releases(), "judged_": self._judged(), **self._total_steps(),
            "verdict_": verdict(of_a_country=self.node.totals is not None), "listed_": self._listed(),
        }  # fmt: skip
        members = obj(pair(part.key, PART_COMPILERS[type(part)](self, part)) for part in self.node.parts)
        parts = ", ".join(f"{name} as {'materialized ' if name in ONCE else ''}({sql})" for name, sql in steps.items())
        return f"case when {self.sentence.exists()} then (with {parts} select {members} from verdict_ v) end"

    # Steps

    def _records(self) -> str:
        """The records that the sentence can be about, each with the days and the place of its event; `stands`: whether there still is one."""
        scope, kind = self.scope, self.kind
        names, link = column_list(["key", *live_names(kind)], "f"), self.roles.event
        about = f"e.key as about, {self.sentence.event_columns('e')}"
        live = f"select {names}, {about}, true as stands from {self.sentence.events()} e {scope.join(kind, 'f', f'{link} = e.key')}"
        # In one pass over all events: with one for each event, PostgreSQL read the whole history each time.
        later = f"select from {kind.name}_history l where l.key = f.key and l.{link} = f.{link} and l.removed_in > f.removed_in and l.removed_in <= {scope.revision}"
        gone = (
            f"select {names}, {about}, false as stands from {self.sentence.events()} e join {kind.name}_history f on f.{link} = e.key "
            f"where f.removed_in <= {scope.revision} and not exists ({later})"
        )
        return f"with live_ as ({live}) select * from live_ union all select * from ({gone}) f where not exists (select from live_ l where l.key = f.key)"

    def _said(self) -> str:
        """The claims about these records that give a number of the measure. `ended` and `why` say when and why one no longer does."""
        scope, names = self.scope, column_list(["key", *claim_names(self.kind)], "c")
        numbers = [f"c.{name}" for name in (self.roles.low, self.roles.best, self.roles.high)]
        counts = (
            f"num_nonnulls({', '.join(numbers)}) > 0 and coalesce(c.{self.roles.measure}, r.{self.roles.measure}) = {self.sentence.measure}"
        )
        # A claim that says that this is a number of another event gives none for this one.
        counts += f" and coalesce(c.{self.roles.event}, r.about) = r.about"
        if not self.node.of_event:
            counts += f" and {self.sentence.value} in ({', '.join(numbers)})"  # Of a country, only the claims that give this number.
        if scope.at.now:
            live = f"{self.kind.name}_claim c on c.record = r.key"
        else:
            branches = " union all ".join(f"{branch} and record = r.key" for branch in scope.claim_branches(self.kind))
            live = f"lateral ({branches}) c on true"
        table = f"{self.kind.name}_claim_history"
        return (
            f"select {names}, null::bigint as ended, null::text as why from records_ r join {live} where r.stands and {counts} "
            f"union all select {names}, c.removed_in, c.reason from records_ r join {table} c on c.record = r.key "
            f"where c.removed_in <= {scope.revision} and {counts}"
        )

    def _judged(self) -> str:
        """Each claim with its `match`, the `differs` from the sentence, its `status` and the place of the verdict that it leads to."""
        value, kind = self.sentence.value, self.kind
        numbers = ", ".join(f"c.{name}" for name in (self.roles.low, self.roles.best, self.roles.high))
        # What was carried forward or calculated was not counted by anybody; totals leave it out, too.
        derived = among(f"{OWN}.{self.roles.origin}", self.roles.derived_origins)
        said = f"({says(kind, self.node.quantifier, value, 'n', 'c')} and not coalesce({derived}, false))"
        match = (
            f"case when {said} then 'stated' when {contradicts(kind, self.node.quantifier, value, 'n')} then 'contradicts' "
            f"when {value} in ({numbers}) then 'number' when {within(value, 'n')} then 'in_range' else '{OTHERWISE}' end"
        )
        judged = (
            f"select c.*, {match} as match, {self.sentence.differs('c', 'r', said)} as differs, s.status, {self._revised()} as revised, {self.sentence.day()} as {DAY} "
            f"from said_ c join records_ r on r.key = c.record cross join lateral (select {self._status()} as status offset 0) s "
            f"cross join lateral {self.sentence.own('c', 'r', 's.status')} cross join lateral {StatedSql(kind, 'c', self.sentence.measure, self.sentence.unit).relation()} n offset 0"
        )
        status = f"case when revised is not null and status = '{RIVAL}' then '{SUPERSEDED}' else status end"
        settled = f"select j.*, {status} as become from ({judged}) j"
        since = f"case when j.become = '{SUPERSEDED}' then coalesce(j.ended, j.revised) end as since"
        return f"select j.*, {since}, {place()} as place from ({settled}) j"

    def _status(self) -> str:
        """What has become of a claim, without later releases of its source."""
        fields = self.kind.groups[self.kind.fields[self.roles.best].group_name]
        same = f"{group_value('c', fields)} is not distinct from {group_value('r', fields)}"
        days = [(f"c.{name}", f"r.{name}") for name in (self.roles.start, self.roles.end)]
        other_days = " or ".join(f"coalesce({own} <> {published}, false)" for own, published in days)
        agrees = f"({same}{about_the_same(RowSql(self.scope, self.kind, 'c', 'r'), 'c')} and not ({other_days}))"
        return (
            f"case when c.ended is not null then '{SUPERSEDED}' when c.rank = 'deprecated' then '{DEPRECATED}' "
            f"when c.key = r.{fields[0].group_name}_claim or {agrees} then '{PUBLISHED}' else '{RIVAL}' end"
        )

    def _revised(self) -> str:
        """The revision of a claim of a later release of the source of this one; null if there is none."""
        scope, kind = self.scope, self.kind.sources
        if kind.revises is None:
            return "null::bigint"
        first = f"select s.{kind.revises} from (select 1) one {scope.join(kind, 's', 'key = w.source')}"
        step = f"select s.{kind.revises} from earlier_ {scope.join(kind, 's', 'key = earlier_.source')}"
        earlier = f"with recursive earlier_(source) as ({first} union {step}) select from earlier_ where earlier_.source = c.source"
        return f"(select min(w.added_in) from releases_ w where w.record = c.record and w.source <> c.source and exists ({earlier}))"

    def _releases(self) -> str:
        """Of the claims that stand, those of sources that are later releases of others. Most events have none, and may have thousands of claims."""
        scope, kind = self.scope, self.kind.sources
        fields = self.kind.groups[self.kind.fields[self.roles.best].group_name]
        revises = f"s.{kind.revises} is not null" if kind.revises else "false"
        release = f"select from (select 1) one {scope.join(kind, 's', 'key = w.source')} where {revises}"
        return f"select w.* from said_ w where w.ended is null and w.rank <> 'deprecated' and {covered(fields, 'w')} and exists ({release})"

    def _total_steps(self) -> dict[str, str]:
        if self.node.totals is None:
            return {}
        document = totals(replace(self.scope, graphql=False), self.node.totals)
        judged = judged_totals(self.kind, self.node.quantifier, self.sentence, PLACES)
        # Computed once: its text may also be what is selected of it.
        total = f"select d.text, d.text::jsonb as document from (select {document} as text offset 0) d"
        return {"total_": total, "totals_": judged, **earlier_totals(self.sentence, self.node.totals)}

    def _listed(self) -> str:
        """The claims to show, in order: those that lead to the verdict, then what is published for what the sentence counts.

        Of a country, whose total leads to the verdict, then the claims about single events that give the number.
        """
        shown = "" if self.node.of_event else " or j.match in ('stated', 'number')"
        published = f"j.become = '{PUBLISHED}' and cardinality(j.differs) = 0"
        order = f"order by coalesce(j.place = v.place, false) desc, j.become = '{PUBLISHED}' desc, j.key"
        return (
            f"select j.*, row_number() over ({order}) as n from judged_ j cross join verdict_ v where j.place = v.place or ({published}){shown} "
            f"{order} limit {MAX_EVIDENCE}"
        )

    # Members

    def evidence(self, node: CheckEvidence) -> str:
        document = obj(pair(part.key, ITEM_COMPILERS[type(part)](self, part)) for part in node.parts)
        return f"(select {array(document, 'i.n')} from listed_ i join records_ {self.row.alias} on {self.row.alias}.key = i.record)"

    def claim(self, node: CheckClaim) -> str:
        """The claim of an item, whose source may be gone. One that has ended names the last revision in which it stood."""
        scope, row = self.scope, self.row
        claim = claim_row(row) if node.selection else evidence_of(row, tuple(self.kind.fields.values())).claim
        named = [f"'@' || {scope.named_revision}"] if scope.named_revision else []
        endings = ["'@' || (i.ended - 1)", *named, "''"]
        claim.id_ending = f"coalesce({', '.join(endings)})"
        quoted = scope.alias("quoted")
        if node.selection:
            document: str = claim.document(node.selection)
        else:
            document = evidence_of_claim(self, claim)
        rendered = "".join(
            f", {RowSql(scope, self.kind.sources, claim.source).document(selection)} as {name}"
            for selection, name in claim.source_columns.items()
        )
        digest = claim_digest(self.kind, "i", row.alias, claim.source, f"{quoted}.ids")
        relation = (
            f"(select i.*{rendered}, {claim.source}.id as source_id, {quoted}.ids as quoted_ids, {digest} as {DIGEST} from (select 1) one "
            f"{scope.join(self.kind.sources, claim.source, 'key = i.source')} cross join lateral {quoted_sources(scope, 'i')} {quoted}) {claim.alias}"
        )
        return f"coalesce((select {document} from {relation}), 'null')"

    def figure(self, node: CheckFigure) -> str:
        record = RowSql(self.scope, self.kind, self.scope.alias(self.kind.name))
        document, alias = record.document(node.selection), record.alias
        return f"coalesce((select {document} from (select 1) one {self.scope.join(self.kind, alias, 'key = i.record')}), 'null')"

    def sources(self, node: CheckSources) -> str:
        lists = " || ".join(f"coalesce(i.{name}, '{{}}')" for name in source_lists())
        return sources(self.scope, node.selection, f"select unnest(i.source || {lists}) from listed_ i")

    def code(self, codes: tuple[str, ...], number: str) -> str:
        names = ", ".join(quote_literal(code.upper() if self.scope.graphql else code) for code in codes)
        return string(f"(array[{names}])[{number}]")


def evidence_of_claim(check: CheckSql, claim: RowSql) -> str:
    """A claim as in the provenance of its record, after its id."""
    evidence = replace(evidence_of(check.row, tuple(check.kind.fields.values())), claim=claim)
    id = COMPILERS[ClaimId](claim, ClaimId("node_id"))
    return JoinedSql([Literal('{"node_id":'), id, Literal(","), evidence.members(), Literal("}")])


def check(scope: Scope, node: Check) -> str:
    return CheckSql(scope, node).sql()


def _value(check: CheckSql, node: CheckValue) -> str:
    if node.name == "verdict":
        return check.code(PLACES, "v.place + 1")
    if node.name == DAY:
        same = f"count(*) = count(j.{DAY}) and min(j.{DAY}) = max(j.{DAY})"
        return f"coalesce((select {_day(f'case when {same} then min(j.{DAY}) end')} from judged_ j where j.place = v.place), 'null')"
    return "coalesce(v.since::text, 'null')"


def _totals(check: CheckSql, node: CheckTotals) -> str:
    if check.node.totals is None:
        return json_literal("null")
    if selects_what_is_judged(check.node, node, check.scope.graphql):
        return "(select text from total_)"
    return totals(check.scope, replace(check.node.totals, parts=node.parts))


def selects_what_is_judged(check: Check, node: CheckTotals, graphql: bool) -> bool:
    """Whether what is selected of a total is written as the one that is judged, so that it need not be computed again."""
    return check.totals is not None and not graphql and node.parts == check.totals.parts


def _item_value(check: CheckSql, node: CheckValue) -> str:
    if node.name == "differs":
        item = "upper(d.name)" if check.scope.graphql else "d.name"
        return f"(select {array(string(item), 'd.n')} from unnest(i.differs) with ordinality d(name, n))"
    if node.name == "match":
        return check.code(MATCH_CODES, f"array_position(array[{', '.join(map(quote_literal, MATCH_CODES))}], i.match)")
    if node.name == "status":
        return check.code((*STATUSES,), f"array_position(array[{', '.join(map(quote_literal, STATUSES))}], i.become)")
    if node.name == "reason":
        reason = string("upper(i.why)" if check.scope.graphql else "i.why")
        return f"coalesce({reason}, 'null')"
    if node.name == DAY:
        return f"coalesce({_day(f'i.{DAY}')}, 'null')"
    return "coalesce(i.since::text, 'null')"


def _day(day: str) -> str:
    """The JSON of a day; null in SQL if it is null."""
    return string(f"({day})::text")


def _constant(check: CheckSql, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


PART_COMPILERS: dict[type[Node], Callable[..., str]] = {
    CheckValue: _value,
    CheckTotals: _totals,
    CheckEvidence: CheckSql.evidence,
    CheckSources: CheckSql.sources,
    Constant: _constant,
}
ITEM_COMPILERS: dict[type[Node], Callable[..., str]] = {
    CheckValue: _item_value,
    CheckFigure: CheckSql.figure,
    CheckClaim: CheckSql.claim,
    Constant: _constant,
}
