"""What each tool does: which request of REST answers its call, and what of the answer it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from schema.codelists.vocabularies import suggestion
from schema.model.claim_checks import VERDICTS
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import ALWAYS_KEYS

from ..errors import ApiError, BadArgument, NotFound, UnknownArgument, shown
from ..query.claim_checks import MAX_EVIDENCE
from ..query.search import MAX_FOUND
from ..store.side_thread import beside
from ..words import citations, dates
from ..words.attribution import source_name
from ..words.phrases import phrase
from .arguments import cursor_text, page_size, texts
from .cursors import Position, digest, position
from .pages import Pages, ToolResult, cite, cited, cited_sources, common
from .requests import RefusedRequest, RestAnswer, RestRequests
from .schemas import AT, BY, CLAIMS, ID, LIMIT, LIST, ORDER, TEXT, ToolSchemas

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
LANGUAGE = "en"
NOTHING = "Nothing is recorded here for this question. That does not mean that nothing happened, and it is not zero: {cure}"
MORE = f"A check returns at most {MAX_EVIDENCE} claims, and there may be more: ask about one event to see its claims, or list figures with `search`."
Params = dict[str, str]


class Tools:
    """The tools over the records of some kinds."""

    def __init__(self, kinds: Kinds, requests: RestRequests) -> None:
        self.kinds, self.requests = kinds, requests
        self.schemas = {schema["name"]: schema for schema in ToolSchemas(kinds).listed()}
        self.summed: Kind = kinds.summed[0]
        self.by_list = {**{kind.name: kind for kind in kinds.values()}, **kinds.by_plural}
        self._tools: dict[str, Callable[[Params, Position], Awaitable[Pages]]] = {
            "search": self._search, "get": self._get, "total": self._total, "check_claim": self._check,
        }  # fmt: skip

    async def call(self, name: str, arguments: Mapping[str, Any] | None, site: str = "") -> ToolResult:
        """The result of a call. What is wrong with it is a result too, since a model reads that. `site` begins addresses."""
        try:
            if name not in self._tools:
                raise BadArgument(f"there is no tool {shown(name)!r}; {suggestion(name, self._tools)}")
            given = dict(arguments or {})
            size, cursor = page_size(given), cursor_text(given)
            params = texts(given, self.schemas[name]["input"]["properties"])
            start = position(cursor, call := digest(name, given))
            pages = await self._tools[name](params, start)
            return await beside(_result, pages, start, call, size, site)
        except RefusedRequest as error:
            return _refusal(error.problem)
        except ApiError as error:
            return _refusal({**error.document(), **error.members})

    async def _search(self, params: Params, start: Position) -> Pages:
        return await (self._listed(params, start) if LIST in params else self._found(params, start))

    async def _found(self, params: Params, start: Position) -> Pages:
        """Records of all kinds."""
        for name in params:
            if name not in (TEXT, LIMIT, *AT):
                raise UnknownArgument(f"{shown(name)}: needs `{LIST}`, which says what to list; without it, `search` takes only `{TEXT}`")
        most = _limit(params)
        answer = await self.requests.get(("search",), {**start.parameters(params, AT), LIMIT: str(MAX_FOUND)})
        items = [
            {LIST: self.kinds[item["kind"]].plural, **{name: item[name] for name in ("match", "record")}}
            for item in answer.document["data"]
        ]
        address = f"/search?{urlencode({TEXT: params.get(TEXT, '')})}"
        pages = self._records(answer, items, address, "try fewer or other words, or a list with conditions.")
        beyond = f"There are more than {MAX_FOUND} matches, and these are the best: use more words, or a list with conditions."
        return replace(pages, most=most, foot=[beyond] if answer.document["more"] else [])

    async def _listed(self, params: Params, start: Position) -> Pages:
        """Records of one kind."""
        kind = self._kind(params.pop(LIST))
        if TEXT in params:
            params["search"] = params.pop(TEXT)
        asked = {**params, LIMIT: str(_limit(params))}
        if kind.quantities:
            asked |= {"words": LANGUAGE, "provenance": ",".join(kind.quantities.numbers)}
        answer = await self.requests.get((kind.plural,), start.parameters(asked, AT))
        items = [{LIST: kind.plural, "record": record} for record in answer.document["data"]]
        after = parse_qs(urlsplit(answer.document["next"] or "").query).get("after", [None])[0]
        cure = "leave out conditions, or search by words."
        if kind.totals and kind.totals.event in params:
            cure = f"`{kind.totals.event}.within`, in place of `{kind.totals.event}`, also finds what its parts have; or {cure}"
        return self._records(answer, items, f"/{kind.plural}?{urlencode({n: t for n, t in params.items() if n != ORDER})}", cure, after)

    def _records(self, answer: RestAnswer, items: list[Any], address: str, cure: str, after: str | None = None) -> Pages:
        document = answer.document
        sources = document.get("sources") or {}

        def structured(items: Sequence[Any]) -> dict[str, Any]:
            claims = [claim for item in items for claim in (item["record"].get("claims") or {}).values()]
            return {**common(document, address), "data": list(items), "sources": cited_sources(claims, sources)}

        def lines(items: Sequence[Any]) -> list[str]:
            return [citations.record_line(self.by_list[item[LIST]], item["record"]) for item in items]

        head = [] if items else [NOTHING.format(cure=cure)]
        return Pages(items, structured, lines, [*head, *document.get("warnings", ())], next_page=after)

    async def _get(self, params: Params, start: Position) -> Pages:
        for name in (LIST, ID):
            if name not in params:
                raise BadArgument(f"{name}: is missing; a record is got by its `{LIST}` and its `{ID}`, as `search` returns them")
        known = (LIST, ID, *AT)
        for name in params:
            if name not in known:
                raise UnknownArgument(f"{shown(name)}: is not an argument of this tool; {suggestion(name, known)}")
        plural, id = params.pop(LIST), params.pop(ID)
        if plural in (CLAIMS, CLAIMS[:-1]):
            return self._claim(await self.requests.get((CLAIMS, id), start.parameters(params, AT)))
        kind = self._kind(plural, CLAIMS)
        asked = {**params, "words": LANGUAGE} if kind.quantities else params
        answer = await self.requests.get((kind.plural, id), start.parameters(asked, AT))
        if not isinstance(answer.document.get("data"), Mapping):  # As of `totals`, which is no id but an address.
            raise NotFound(f"there is no {kind.name} {shown(id)!r}")
        return self._record(kind, answer)

    def _record(self, kind: Kind, answer: RestAnswer) -> Pages:
        document = answer.document
        record, sources = document["data"], document.get("sources") or {}
        address = f"/{kind.plural}/{quote(record['id'])}"

        def structured(claims: Sequence[Any]) -> dict[str, Any]:
            shown = {**record, "claims": dict(claims)}
            return {**common(document, address), "data": shown, "sources": cited_sources([claim for _, claim in claims], sources)}

        head = [_sentence(citations.record_line(kind, record)), *cited(citations.sources_of(kind, record, sources), document, address)]
        return Pages([*(record.get("claims") or {}).items()], structured, lambda claims: [], [*head, *document.get("warnings", ())])

    def _claim(self, answer: RestAnswer) -> Pages:
        document, claim = answer.document, answer.document["data"]
        sources, address = document.get("sources") or {}, f"/v1/{CLAIMS}/{quote(claim['node_id'])}"
        kind = self.kinds[claim["kind"]]
        says = (
            phrase(citations.as_claimed(kind, {}, answer.spoken["data"]["says"]))
            if kind.quantities
            else f"what it says of {kind.name} {claim['record']['id']}"
        )
        head = [
            _sentence(citations.claim_line(claim, sources, says)),
            *cited(citations.printed([claim["source"]], sources), document, address),
        ]
        return Pages((), lambda _: {**common(document, address), "data": claim, "sources": sources}, lambda _: [], head)

    async def _total(self, params: Params, start: Position) -> Pages:
        asked = start.parameters({**params, "words": LANGUAGE}, AT)
        answer = await self.requests.get((self.summed.plural, "totals"), asked)
        document, address = (
            answer.document,
            f"/v1/{self.summed.plural}/totals?{urlencode({name: text for name, text in params.items() if name not in AT})}",
        )

        def structured(rows: Sequence[Any]) -> dict[str, Any]:
            return {**common(document, address), "rule": document["rule"], "data": list(rows), "left_out": document["left_out"]}

        left_out = citations.left_out_line(document["left_out"])
        head = [] if document["data"] else [NOTHING.format(cure=f"leave out conditions, or group by fewer keys (`{BY}`).")]
        foot = [*([left_out] if left_out else []), *document.get("warnings", ()), cite(document, address)]
        conditions = {name: text for name, text in params.items() if name not in (*AT, BY, *ALWAYS_KEYS)}

        def lines(rows: Sequence[Any]) -> list[str]:
            return [_sentence(citations.conditioned(citations.total_line(row), conditions)) for row in rows]

        return Pages(document["data"], structured, lines, head, foot)

    async def _check(self, params: Params, start: Position) -> Pages:
        answer = await self.requests.get(("check-claim",), start.parameters(params, AT))
        document, sources = answer.document, answer.document["sources"]
        address = f"/check-claim?{urlencode({name: text for name, text in params.items() if name not in AT})}"

        def structured(evidence: Sequence[Any]) -> dict[str, Any]:
            claims = [item["claim"] for item in evidence if item["claim"]]
            own = {name: document[name] for name in ("verdict", "holds_on", "superseded_in", "totals")}
            return {**common(document, address), **own, "evidence": list(evidence), "sources": cited_sources(claims, sources)}

        verdict, ended = document["verdict"], document["superseded_in"]
        rows = ((answer.spoken["totals"] or {}).get("rows")) or ()
        head = [f"Verdict: {verdict}{f' (in revision {ended})' if ended else ''}. {VERDICTS[verdict]}"]
        head += [f"The number holds on {dates.day(held)}: print it with this day."] if (held := document["holds_on"]) else []
        head += [f"- total of the recorded events: {citations.total_line(row)}" for row in rows]
        named = {claim["source"]: source_name(claim["source"], sources) for item in document["evidence"] if (claim := item["claim"])}
        titled = len({*named.values()}) < len(named)  # By the title, where two releases have one publisher.
        return Pages(
            document["evidence"], structured, lambda evidence: [self._testimony(item, sources, titled) for item in evidence],
            head, [*([MORE] if len(document["evidence"]) >= MAX_EVIDENCE else []), *document.get("warnings", ()), cite(document, address)],
        )  # fmt: skip

    def _testimony(self, item: Mapping[str, Any], sources: Mapping[str, Any], titled: bool) -> str:
        """A claim of the evidence, in a line."""
        record, claim = item[self.summed.name] or {}, item["claim"]
        says = citations.testimony(self.summed, record, claim)
        differs = f"; differs in: {', '.join(item['differs'])}" if item["differs"] else ""
        ended = f" in revision {item['superseded_in']}" if item["superseded_in"] else ""
        held = f"; holds on {dates.day(item['holds_on'])}" if item["holds_on"] else ""
        return f"- {item['status']}{ended}: {citations.claim_line(claim, sources, says, titled) if claim else says}{held}{differs}"

    def _kind(self, name: str, *others: str) -> Kind:
        if name not in self.by_list:
            raise BadArgument(f"{LIST}: there is no list {shown(name)!r}; {suggestion(name, [*self.kinds.by_plural, *others])}")
        return self.by_list[name]


def _limit(params: Params) -> int:
    """How many records one result may have. Raises BadArgument."""
    text = params.get(LIMIT, str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MAX_LIMIT:
        raise BadArgument(
            f"{LIMIT}: must be a whole number from 1 to {MAX_LIMIT}, not {shown(text)!r}; what is beyond it follows with `cursor`"
        )
    return int(text)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _result(pages: Pages, start: Position, call: str, size: int, site: str) -> ToolResult:
    """What fits of an answer, with the addresses of the site."""
    return _on_site(pages.result(start, pages.structured(())["revision"], call, size, 2 * len(site)), site)


def _on_site(result: ToolResult, site: str) -> ToolResult:
    """The result with the address of the server before its own."""
    address = result.structured["address"]
    return ToolResult(result.text.replace(address, f"{site}{address}"), {**result.structured, "address": f"{site}{address}"})


def _refusal(problem: Mapping[str, Any]) -> ToolResult:
    """Why a call is refused, and what to give instead."""
    return ToolResult(f"{problem['detail']} ({problem['code']}: {problem['title']})", dict(problem), refused=True)
