"""Checks of many sentences at once: NDJSON with one sentence on each line, or a JSON array, and a response of the same form with an answer for each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from schema.codelists.vocabularies import suggestion

from ..errors import ApiError, BadArgument, BadRequest, RateLimited, TooLarge, TooMuch, TooSlow, UnknownArgument, UnsupportedMedia, shown
from ..http.bodies import media_type, refuse_compressed
from ..http.query_string import only
from ..http.responses import COST_HEADER, REVISION_HEADER
from ..pauses import paced
from ..query.bindings import Values
from ..query.nodes import NOW
from ..store.plans import Plan
from ..store.side_thread import beside
from .claim_checks import NAMES, CheckEndpoint, checked

MEDIA_TYPE, ARRAY = "application/x-ndjson", "application/json"
ACCEPTED = (MEDIA_TYPE, "application/ndjson", "application/jsonl", ARRAY)
MAX_SENTENCES = 100
Sentence = tuple[Plan, Values] | ApiError  # What is to be run for a line, or what is wrong with it.
Read = Callable[[], object]  # Reads the JSON of a sentence; may raise BadRequest.


class Members(list[tuple[str, object]]):
    """The members of an object in their order, so that those that are there twice are seen."""


class CheckBatch:
    """Answers a batch: every sentence from the same revision, unless a line names another one. Each is paid for like a request of its own.

    All of them may take `seconds` together, with waiting for the database, and cost what one request may; that is computed before any is run.
    """

    def __init__(self, endpoint: CheckEndpoint, max_body: int, seconds: float) -> None:
        self.endpoint, self.store, self.max_body, self.seconds = endpoint, endpoint.store, max_body, seconds

    async def respond(self, request: Request) -> Response:
        """One sentence in the query string of a GET, or many in the body of a POST."""
        return await (self.check(request) if request.method == "POST" else self.endpoint.check(request))

    async def check(self, request: Request) -> Response:
        """An answer for each sentence, in their order, with the number of its line: the verdict with its evidence, or a problem. Raises what concerns all of them."""
        only(request, ())
        body = await self._body(request)
        is_array = media_type(request) == ARRAY and body.lstrip(" \t\r\n").startswith("[")
        texts = await beside(_of_array if is_array else _of_lines, body)
        if len(texts) > MAX_SENTENCES:
            raise TooMuch(f"the body has {len(texts)} sentences, and {MAX_SENTENCES} is the limit; split it into several requests")
        revision = await self.store.revision(NOW)
        sentences, cost = await beside(self._sentences, texts, revision)
        answers = await self._answers(sentences)
        withheld = self.endpoint.responder.cache_headers.withheld_headers((self.endpoint.kind,))
        headers = {REVISION_HEADER: str(revision), COST_HEADER: str(cost), "cache-control": "no-store", **withheld}
        if is_array:
            return Response(f"[{','.join(answer.rstrip() for answer in answers)}]", 200, headers, ARRAY)
        return Response("".join(answers), 200, headers, MEDIA_TYPE)

    def _sentences(self, texts: Mapping[int, Read], revision: int) -> tuple[dict[int, Sentence], int]:
        """What is to be run for each line, and what all of it costs. Raises TooMuch as soon as it costs too much."""
        sentences, cost, size = dict[int, Sentence](), 0, 0
        for number, text in paced(texts.items()):
            sentences[number] = sentence = self._sentence(number, text, revision)
            if not isinstance(sentence, ApiError):
                own = self.store.cost(*sentence)
                cost, size = cost + own.requested, size + own.size
            limits = (cost, self.store.limit.cost, "cost {:,}"), (size, self.store.limit.size, "have answers of {:,} bytes")
            for total, limit, what in limits:
                if total > limit:
                    first = f"the first {len(sentences)} sentences {what.format(total)}"
                    raise TooMuch(f"{first}, and {limit:,} is the limit; split them over several requests")
        return sentences, cost

    async def _body(self, request: Request) -> str:
        """The text of the body. Raises UnsupportedMedia, TooLarge or BadRequest."""
        refuse_compressed(request, "the lines")
        if media_type(request) not in ACCEPTED:
            raise UnsupportedMedia(
                f"send the sentences as content-type: {MEDIA_TYPE}, one JSON object on each line, or as {ARRAY}, an array of them"
            )
        body = await request.body()
        if len(body) > self.max_body:
            raise TooLarge(f"the body may have at most {self.max_body:,} bytes")
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadRequest("the body is not UTF-8") from error

    async def _answers(self, sentences: Mapping[int, Sentence]) -> list[str]:
        """The lines of the response. Raises TooSlow."""
        answers = list[str]()
        try:
            async with asyncio.timeout(self.seconds):
                for number, sentence in sentences.items():
                    answers.append(await self._line(number, sentence))
        except TimeoutError as error:
            raise TooSlow(
                f"{len(answers)} of {len(sentences)} sentences were checked within {self.seconds:g} seconds, which is the limit for all of them; send fewer at once"
            ) from error
        return answers

    def _sentence(self, number: int, read: Read, revision: int) -> Sentence:
        """What is to be run for a line."""
        try:
            params = dict(_arguments(number, read()))
            return self.endpoint.plan_of(params, revision)
        except RateLimited:
            raise
        except ApiError as error:
            return error

    async def _line(self, number: int, sentence: Sentence) -> str:
        if isinstance(sentence, ApiError):
            return f"{json.dumps({'line': number, 'problem': sentence.document()}, ensure_ascii=False)}\n"
        try:
            answer = await self.endpoint.answer(*sentence)
        except RateLimited:
            raise
        except ApiError as error:
            return await self._line(number, error)
        return f'{{"line":{number},{checked(answer, None)[1:]}\n'


def _of_lines(body: str) -> dict[int, Read]:
    """The sentences by the numbers of their lines. JSON allows other ends of lines, such as U+2028, inside a text."""
    return {
        number: partial(_json, text, f"line {number} is not valid JSON; give one object on each line")
        for number, text in enumerate(body.split("\n"), 1)
        if text.strip()
    }


def _of_array(body: str) -> dict[int, Read]:
    """The sentences of an array by their positions, from 1. Raises BadRequest if the body is not valid JSON."""
    items = _json(body, "the body is not valid JSON; give an array of objects")
    assert isinstance(items, list)
    return {number: partial(_same, item) for number, item in enumerate(items, 1)}


def _same(item: object) -> object:
    return item


def _json(text: str, problem: str) -> object:
    """JSON with numbers exactly as they are written. Raises BadRequest."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=Members)
    except (ValueError, RecursionError) as error:
        raise BadRequest(problem) from error


def _arguments(number: int, members: object) -> Iterator[tuple[str, str]]:
    """The arguments of a sentence, as texts. A null is left out. Raises BadRequest, UnknownArgument or BadArgument."""
    if not isinstance(members, Members):
        raise BadRequest(f'line {number} is not a JSON object, such as {{"measure": "killed", "value": 4, "event": "…"}}')
    seen = set[str]()
    for name, value in members:
        if name not in NAMES:
            raise UnknownArgument(f"{shown(name)}: is not an argument here; {suggestion(name, NAMES)}")
        if name in seen:
            raise BadArgument(f"{name}: is given twice; give it once")
        seen.add(name)
        if value is not None:
            if not isinstance(value, str):
                raise BadArgument(f"{name}: must be a text or a number")
            yield name, value
