"""The cards of totals: sums of figures, or a timeline of them by month or by year, now or as of a revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from schema.model.kinds import Kinds
from schema.model.revisions import REVISION_KINDS
from schema.model.totals import ALWAYS_KEYS, DATE_KEYS, SUM_COLUMNS, TOTALS_KEY

from ..errors import BadArgument, UnknownArgument, shown
from ..http.query_string import refuse_repeated
from ..query.nodes import At, Column, Node, Query, RecordNode, Revision, TotalsNode
from ..rest.parameters import AS_OF, EXPLAIN, Parameters
from ..rest.selections import short_record
from ..rest.totals import TotalsReader
from ..store.store import Store
from .card_options import OPTIONS, REVISION, CardOptions, card_options
from .cards import MOMENT, Card
from .notice_words import NoticeText, changed_total, gone_total, marked, why
from .totals_words import Totals, content

Row = Mapping[str, Any]
BY, MEASURE = "by", "measure"
MAX_STEPS = 16  # Revisions that are compared to find the one that changed a total: enough for 65,000.
CHANGE = (*MOMENT, Column("kind", "kind"), Column("message", "message"))


@dataclass(frozen=True)
class Request:
    """What a card of totals asks for."""

    node: TotalsNode
    names: tuple[tuple[str, RecordNode], ...]  # The records that its conditions name, for their names, each with the field.
    params: Parameters  # Without the options of cards.
    options: CardOptions
    timeline: bool


@dataclass(frozen=True)
class Read:
    """The rows as of one revision."""

    rows: Sequence[Row]
    revision: int
    current: int
    moment: Mapping[str, Any]
    names: Mapping[str, str]


class TotalsCards:
    """Makes the cards of totals."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.kinds, self.store = kinds, store
        self.kind = next(kind for kind in kinds.values() if kind.totals)
        self.reader = TotalsReader(kinds, self.kind)

    async def totals(self, params: Parameters) -> Card:
        """The card of sums. Raises what totals by REST raise."""
        return await self._card(self._request(params, timeline=False))

    async def timeline(self, params: Parameters) -> Card:
        """The card of one measure by month or by year. Raises BadArgument and what totals by REST raise."""
        return await self._card(self._request(params, timeline=True))

    def _request(self, params: Parameters, timeline: bool) -> Request:
        own: dict[str, list[str]] = {}
        for name, text in params:
            own.setdefault(name, []).append(text)
        for name in OPTIONS:
            refuse_repeated(name, own.get(name, []))
        for name in (AS_OF[1], EXPLAIN):
            if name in own:
                raise UnknownArgument(f"{name}: is not a parameter here; use {REVISION} for the facts as of a revision")
        rest = [(name, text) for name, text in params if name not in OPTIONS]
        if timeline:
            by = own.get(BY, [DATE_KEYS[0]])
            if by not in [[key] for key in DATE_KEYS]:
                raise BadArgument(f"{BY}: a timeline is by month or by year, not by {shown(','.join(by))!r}")
            if MEASURE not in own:
                raise BadArgument(f"{MEASURE}: is missing; a timeline is of one measure, such as {MEASURE}=killed")
            rest = [*((name, text) for name, text in rest if name != BY), (BY, by[0])]
        node, _ = self.reader.totals(rest)
        names = tuple((name, RecordNode(f"name_{name}", kind, text, short_record(kind))) for name, text, kind in self._named(rest))
        return Request(node, names, rest, card_options({name: texts[0] for name, texts in own.items()}), timeline)

    def _named(self, params: Parameters) -> Iterator[tuple[str, str, Any]]:
        """The conditions that name one record."""
        for name, text in params:
            field = self.kind.fields.get(name)
            if field is not None and field.type.ref and self.kinds[field.type.ref].label:
                yield name, text, self.kinds[field.type.ref]

    async def _card(self, request: Request) -> Card:
        options = request.options
        read = await self._read(request, options.at)
        newest = read if read.revision == read.current else await self._read(request, At(revision=read.current))
        if options.base is None:
            before, after = read, read
        elif options.frozen:
            before, after = read, newest
        else:
            before, after = await self._read(request, options.base), read
        notices = await self._notices(request, before, after) if options.base else []
        if not options.notices:
            notices = [marked(notice) for notice in notices if notice.gone]
        shown = before if any(notice.gone for notice in notices) else read
        conditions = [(name, text) for name, text in request.params if name not in (BY, "since", "until")]
        page = [*conditions, ("counted_in.known", "false"), *([(REVISION, str(read.revision))] if options.frozen else [])]
        told = content(Totals(shown.rows, request.node.by, request.params, shown.names, request.timeline), f"/figures?{urlencode(page)}")
        return Card(
            told, f"/figures?{urlencode(page)}", read.revision, read.moment.get("recorded_at") or "", read.current,
            newest.moment.get("recorded_at") or "", options.frozen, tuple(notices),
        )  # fmt: skip

    async def _read(self, request: Request, at: At) -> Read:
        roots: list[Node] = [request.node, Revision("moment", MOMENT), *(node for _, node in request.names)]
        answer = await self.store.answer(Query(tuple(roots), at))
        totals, moment, *named = (json.loads(root or "null") for root in answer.roots)
        names = {name: record[node.kind.label or "id"] for (name, node), record in zip(request.names, named, strict=True) if record}
        return Read(totals["data"], answer.revision, answer.current, moment or {}, names)

    async def _notices(self, request: Request, before: Read, after: Read) -> list[NoticeText]:
        """What has happened to the rows of the earlier of two revisions; rows that came later are no change of these."""
        then, now = _by_key(before.rows), _by_key(after.rows)
        changed = {key: row for key, row in then.items() if key not in now or _numbers(row) != _numbers(now[key])}
        if not changed:
            return []
        revision = await self._changed_in(request, {key: _numbers(row) for key, row in then.items()}, before.revision, after.revision)
        answer = await self.store.answer(Query((Revision("revision", CHANGE, revision),)))
        change = json.loads(answer.roots[0] or "{}")
        reason = why((), change["message"] or "", REVISION_KINDS[change["kind"]])
        if not now:
            return [gone_total(change["recorded_at"], reason, revision)]
        pair = next(iter(changed.items())) if len(then) == 1 else None
        both = (pair[1], now.get(pair[0])) if pair else None
        return [changed_total(change["recorded_at"], reason, revision, both, len(changed), request.options.frozen)]

    async def _changed_in(self, request: Request, numbers: Mapping[Any, Any], first: int, last: int) -> int:
        """A revision that changed the numbers of `first`, which `last` no longer has: found by halving, so there may be an earlier one."""
        for _ in range(MAX_STEPS):
            if last - first <= 1:
                break
            middle = (first + last) // 2
            rows = _by_key((await self._read(request, At(revision=middle))).rows)
            same = all(key in rows and _numbers(rows[key]) == expected for key, expected in numbers.items())
            first, last = (middle, last) if same else (first, middle)
        return last


def _by_key(rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    return {tuple(json.dumps(row.get(key)) for key in (*TOTALS_KEY.codes, *ALWAYS_KEYS, "basis")): row for row in rows}


def _numbers(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in SUM_COLUMNS)
