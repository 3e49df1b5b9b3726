"""The card of a map: its picture, now or as of a revision, and what has happened since to what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from schema.model.revisions import REVISION_KINDS

from ..http.query_string import refuse_repeated
from ..query.nodes import At, Column, Query, Revision
from ..rest.parameters import Parameters
from ..store.side_thread import beside
from .card_options import OPTIONS, REVISION, CardOptions, card_options
from .card_words import Content
from .cards import Card
from .edition import source_line
from .map_drawings import sentence
from .map_links import OF, map_address, query_string
from .map_places import Placed
from .maps import Mapped, Maps
from .notice_words import NoticeText, both, marked, merged, why
from .queries import MOMENT
from .sum_notices import changed_total, redacted_total

CHANGE = (*MOMENT, Column("kind", "kind"), Column("message", "message"))
MAX_READ = 12  # Revisions that are read to find the one that changed a map.


class MapCards:
    """Makes the cards of maps."""

    def __init__(self, maps: Maps) -> None:
        self.maps, self.store = maps, maps.store

    async def card(self, params: Parameters) -> Card:
        """The card of a map. Raises what the map raises."""
        own: dict[str, list[str]] = {}
        for name, text in params:
            own.setdefault(name, []).append(text)
        for name in OPTIONS:
            refuse_repeated(name, own.get(name, []))
        options = card_options({name: texts[0] for name, texts in own.items()})
        asked = [(name, text) for name, text in params if name not in OPTIONS]
        shown = await self.maps.read(asked, options.at)
        newest = shown if shown.answer.revision == shown.answer.current else await self.maps.read(asked, At(revision=shown.answer.current))
        notices = await self._notices(asked, options, shown, newest)
        return _card(shown, newest, options, notices, await beside(self._content, shown, options))

    def _content(self, shown: Mapped, options: CardOptions) -> Content:
        said, found = self.maps.texts(shown), shown.placed
        kept = [(REVISION, str(shown.answer.revision))] if options.frozen else []
        page = f"/map{query_string([(OF, shown.kind.plural), *shown.params, *kept])}"
        disputed = f"the places of {found.disputed:,} of them" if found.disputed else ""
        return Content(
            said.title,
            said.detail,
            sentence(found, said),
            source_line([*found.sources.values()]).partition(": ")[2].rstrip("."),
            page,
            disputed=disputed,
            caption=f"Numbers count {shown.kind.plural}, not people.",
        )

    async def _notices(self, asked: Parameters, options: CardOptions, shown: Mapped, newest: Mapped) -> list[NoticeText]:
        """That what a map shows, or showed, has changed since, or may no longer be shown."""
        if options.base is None:
            return []
        before = shown if options.frozen else await self.maps.read(asked, options.base)
        notices = []
        if _seen(before.placed) != _seen(newest.placed):
            since, at = await self._change(asked, before, newest)
            (moment,) = await self._moments([at])
            emptied = before.placed.records > 0 and not newest.placed.records
            reasons = why((), moment["message"] or "", REVISION_KINDS[moment["kind"]])
            details = _difference(before, newest, options.frozen)
            notices.append(changed_total(moment["recorded_at"], reasons, at, details, emptied, at - since == 1))
        last = self.store.withheld.last_withdrawal
        if options.frozen and last > before.answer.revision:
            (moment,) = await self._moments([last])
            notices.append(redacted_total(moment["recorded_at"], moment["message"] or "", last))
        return merged(notices if options.notices else [marked(notice) for notice in notices if notice.marks])

    async def _change(self, asked: Parameters, before: Mapped, newest: Mapped) -> tuple[int, int]:
        """The last revision that is known to show the same, and the first that is known to show something else, found by halving."""
        same, other = before.answer.revision, newest.answer.revision
        for _ in range(MAX_READ):
            if other - same <= 1:
                break
            middle = await self.maps.read(asked, At(revision=(same + other) // 2))
            if _seen(middle.placed) == _seen(before.placed):
                same = middle.answer.revision
            else:
                other = middle.answer.revision
        return same, other

    async def _moments(self, revisions: Sequence[int]) -> list[Mapping[str, Any]]:
        answer = await self.store.answer(Query(tuple(Revision(f"revision_{number}", CHANGE, number) for number in revisions)))
        return [json.loads(root or "null") or {"recorded_at": "", "message": "", "kind": ""} for root in answer.roots]


def _card(shown: Mapped, newest: Mapped, options: CardOptions, notices: list[NoticeText], content: Content) -> Card:
    picture = map_address(shown.kind, [*shown.params, (REVISION, str(shown.answer.revision))]) if shown.placed.records else ""
    return Card(
        content, content.source_href, shown.answer.revision, shown.recorded_at, shown.answer.current, newest.recorded_at, options.frozen,
        tuple(notices), picture=picture, drawn=bool(picture),
    )  # fmt: skip


def _seen(placed: Placed) -> object:
    """What a map shows, except for who says so."""
    return placed.places


def _difference(before: Mapped, now: Mapped, frozen: bool) -> tuple[str, ...]:
    """What was on a map, and what is."""
    then, newer = before.placed, now.placed
    kind = now.kind
    told = []
    if then.records != newer.records:
        told.append(both(f"{newer.records:,} {kind.name if newer.records == 1 else kind.plural}", f"{then.records:,}", frozen, True))
    if then.disputed != newer.disputed:
        told.append(both(f"{newer.disputed:,} disputed places", f"{then.disputed:,}", frozen, True))
    moved = len({*newer.places} - {*then.places})
    if not told and moved:
        told.append(f"{moved:,} of the places or their numbers differ")
    return tuple(told)
