"""The cards of totals: sums of figures, or a timeline of them by month or by year, now or as of a revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from schema.model.kinds import Kinds
from schema.model.revisions import REVISION_KINDS
from schema.model.totals import DATE_KEYS

from ..errors import BadArgument, UnknownArgument, shown
from ..http.query_string import refuse_repeated
from ..pauses import paced
from ..query.nodes import At, Column, Node, Query, RecordNode, Revision
from ..rest.parameters import AS_OF, EXPLAIN, Parameters
from ..rest.selections import short_record
from ..rest.totals import TotalsReader
from ..store.allowance import ACCOUNT
from ..store.side_thread import beside
from ..store.store import Answer, Store
from ..words.exact_numbers import read_json
from .card_options import OPTIONS, REVISION, card_options
from .cards import MOMENT, Card
from .chart_specs import FLOW, chart_path
from .lowered_totals import fallen
from .notice_words import TAGS, NoticeText, marked, merged, why
from .notices import Event, steps
from .sum_notices import SumText, changed_sum, changed_total, redacted_total
from .totals_requests import Drawing, Read, Request
from .totals_sources import behind
from .totals_words import Sums, Totals, content, figures_page, printed, sums

Row = Mapping[str, Any]
Key = tuple[Any, ...]
BY, MEASURE = "by", "measure"
MAX_READ = 24  # Revisions that are read to find those that changed a total, unless they cost too much.
MAX_LINES = 4  # Rows whose changes in one revision a notice tells.
CHANGE = (*MOMENT, Column("kind", "kind"), Column("message", "message"))


class TotalsCards:
    """Makes the cards of totals."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.kinds, self.store = kinds, store
        self.kind = next(kind for kind in kinds.values() if kind.totals)
        self.reader = TotalsReader(kinds, self.kind)

    async def totals(self, params: Parameters) -> Card:
        """The card of sums. Raises what totals by REST raise."""
        return await self._card(self.request(params, timeline=False))

    async def timeline(self, params: Parameters) -> Card:
        """The card of one measure by month or by year. Raises BadArgument and what totals by REST raise."""
        return await self._card(self.request(params, timeline=True))

    async def chart(self, params: Parameters) -> Card:
        """The card of the same as a chart; without one, where nothing can be drawn. Raises what `timeline` raises."""
        card = await self._card(replace(self.request(params, timeline=True), drawn=True))
        if not card.picture:
            return card
        return replace(card, drawn=True, content=replace(card.content, lines=(), more=0))

    async def drawing(self, params: Parameters) -> Drawing:
        """A timeline to draw. Raises what `timeline` raises."""
        request = self.request(params, timeline=True)
        read = await self._read(request, request.options.at)
        totals = self._totals_of(request, read)
        rows = await beside(printed, totals)
        drawn = rows if rows and rows[0]["basis"] == FLOW else ()  # A chart of running totals shows none of what is read here.
        found = await behind(self.kinds, self.store, request.node, drawn, read.left_out, At(revision=read.revision))
        totals = replace(totals, left_out=read.left_out, said_by=found.said_by(rows), last=found.last)
        recorded = str(read.moment.get("recorded_at") or "")
        return Drawing(
            totals, rows, await beside(content, totals, ""), read.revision, read.current, recorded, request.options.at, request.node
        )

    def request(self, params: Parameters, timeline: bool) -> Request:
        """What a card or a chart asks for. Raises BadArgument, UnknownArgument and what totals by REST raise."""
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
        still = self._every(request, after)
        if not options.notices:
            notices = [marked(notice) for notice in notices if notice.marks]
        shown = before if any(notice.gone for notice in notices) else read
        page = figures_page(request.params, request.node.by, read.revision if options.frozen else None)
        totals = self._totals_of(request, shown)
        rows = await beside(printed, totals)
        found = await behind(self.kinds, self.store, request.node, rows, shown.left_out, At(revision=shown.revision))
        fell = await fallen(self.kinds, self.store, self.kind, found, () if request.timeline else rows, At(revision=shown.revision))
        told = await beside(
            content, replace(totals, left_out=shown.left_out, said_by=found.said_by(rows), last=found.last, fallen=fell), page
        )
        tags = ("" if key in still else TAGS[Event.EMPTIED] for key in self._sums(request, shown))
        told = replace(told, lines=tuple(replace(line, gone=next(tags, "")) for line in told.lines))
        return Card(
            told, page, read.revision, read.moment.get("recorded_at") or "", read.current,
            newest.moment.get("recorded_at") or "", options.frozen, tuple(notices), chart_path(request.params, rows, read.revision) if request.timeline else "",
        )  # fmt: skip

    async def _read(self, request: Request, at: At) -> Read:
        roots: list[Node] = [request.node, Revision("moment", MOMENT), *(node for _, node in request.names)]
        answer = await self.store.answer(Query(tuple(roots), at))
        return await beside(self._parsed, request, answer)

    def _parsed(self, request: Request, answer: Answer) -> Read:
        totals, moment, *named = (read_json(root or "null") for root in answer.roots)
        read = Read(totals["data"], answer.revision, answer.current, moment or {}, request.named(named), totals["left_out"])
        self._every(request, read), self._sums(request, read)  # They take long, and are kept.
        return read

    async def _notices(self, request: Request, before: Read, after: Read) -> list[NoticeText]:
        """What has happened to the rows that a card prints or, if it is of now, printed. That a row came later is no change; what it was corrected to since is one."""
        told = self._redacted(request, before)
        frozen, known = request.options.frozen, self._every(request, before)
        keys = [*dict.fromkeys([*self._sums(request, before), *([] if frozen else self._sums(request, after))])]
        points = [before, *await self._points(request, keys, before, after, [await self._readings_left(request)])]
        every = {read.revision: self._every(request, read) for read in points}
        details = await beside(_details, points, every, keys, known, frozen)
        emptied = bool(keys) and not any(key in every[after.revision] for key in keys)
        last = max((revision for _, revision in details), default=0)
        moments = await self._moments([revision for _, revision in details] + [told] * bool(told))
        texts = [
            changed_total(moments[at]["recorded_at"], _why(moments[at]), at, _some(lines), emptied and at == last, at - since == 1)
            for (since, at), lines in details.items()
        ]  # fmt: skip
        return merged([*texts, *([redacted_total(moments[told]["recorded_at"], moments[told]["message"] or "", told)] if told else [])])

    def _redacted(self, request: Request, before: Read) -> int:
        """The last revision that withheld what had been public, if that was after the one that the card shows: it may have been counted."""
        last = self.store.withheld.last_withdrawal
        return last if request.options.frozen and last > before.revision else 0

    async def _readings_left(self, request: Request) -> int:
        """How many revisions more may be read: all that a card reads costs at most as much as any other request may."""
        cost = self.store.cost(await self.store.planned(Query((request.node,), At(revision=1))), {}).requested
        return max(0, min(MAX_READ, int((self.store.max_cost - ACCOUNT.get().cost) / max(1, cost)) - 1))

    async def _points(self, request: Request, keys: Sequence[Key], first: Read, last: Read, left: list[int]) -> list[Read]:
        """The revisions after `first` in which the rows change, found by halving wherever two differ; fewer if too many would be read."""
        one, other = self._every(request, first), self._every(request, last)
        if last.revision - first.revision <= 1 or not left[0] or await beside(_are_same, one, other, keys):
            return [last]
        left[0] -= 1
        middle = await self._read(request, At(revision=(first.revision + last.revision) // 2))
        found = await self._points(request, keys, first, middle, left)
        return [*found, *await self._points(request, keys, middle, last, left)]

    async def _moments(self, revisions: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        answer = await self.store.answer(Query(tuple(Revision(f"revision_{number}", CHANGE, number) for number in revisions)))
        return {number: read_json(root or "null") or {"recorded_at": ""} for number, root in zip(revisions, answer.roots, strict=True)}

    def _sums(self, request: Request, read: Read) -> Sums:
        """The rows that a card of a revision prints."""
        if read.revision not in request.printed:
            request.printed[read.revision] = sums(self._totals_of(request, read))
        return request.printed[read.revision]

    def _every(self, request: Request, read: Read) -> Sums:
        """All rows of a revision."""
        if read.revision not in request.every:
            request.every[read.revision] = sums(self._totals_of(request, read), every=True)
        return request.every[read.revision]

    def _totals_of(self, request: Request, read: Read) -> Totals:
        return Totals(read.rows, request.node.by, request.params, read.names, request.timeline, drawn=request.drawn)


def _details(
    points: Sequence[Read], every: Mapping[int, Sums], keys: Sequence[Key], known: Sums, frozen: bool
) -> dict[tuple[int, int], list[str]]:
    """What to say of each change of a row, by the revisions before and after it; of those that are not `known` in the first, not that they came."""
    details: dict[tuple[int, int], list[str]] = {}
    for key in paced(keys):
        found = steps(points, _sum_of(every, key))
        if key not in known:
            found = found[1:]  # In the first step it came.
        for one, other in found:
            text = changed_sum(every[one.revision].get(key), every[other.revision].get(key), frozen, other is found[-1][1])
            details.setdefault((one.revision, other.revision), []).append(text)
    return details


def _are_same(one: Sums, other: Sums, keys: Sequence[Key]) -> bool:
    """Whether some rows say the same in two revisions."""
    return all(one.get(key) == other.get(key) for key in paced(keys))


def _sum_of(every: Mapping[int, Sums], key: Key) -> Callable[[Read], SumText | None]:
    return lambda read: every[read.revision].get(key)


def _why(change: Mapping[str, Any]) -> str:
    return why((), change["message"] or "", REVISION_KINDS[change["kind"]])


def _some(lines: Sequence[str]) -> tuple[str, ...]:
    """The first lines of a notice, and how many there are more."""
    return (*lines[:MAX_LINES], *([f"{len(lines) - MAX_LINES:,} more of its numbers"] if len(lines) > MAX_LINES else []))
