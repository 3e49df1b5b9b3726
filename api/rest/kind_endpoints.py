"""The endpoints of one kind: its list, its records, its files and its totals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.parsers import ID_PATTERN

from ..errors import BadArgument, NotAcceptable, NotFound, WithheldError, shown
from ..http.query_string import parameters
from ..http.responses import CacheHeaders, withheld_message
from ..query import conditions
from ..query.bindings import Guard, Parameter, RequestValues, ValuePath, Values, Variable
from ..query.node_ids import parse_id_of
from ..query.nodes import At, Id, Node, Query, RecordNode, SourcesNode
from ..store.plans import Plan
from ..store.store import Answer, Store
from . import long_requests
from .export import Exporter, listing_in
from .export_files import ExportFiles
from .list_formats import FORMATS, PAGED, ListFormat, exports, formats, negotiated
from .next_page import page_of
from .parameters import ParameterReader, Parameters, explains_cost
from .responder import Responder, cost_response, data, requested
from .totals import TotalsReader
from .totals_files import TotalsExporter

ID: ValuePath = ("{id}",)  # Where the id in a path is kept among the values of a request.


class KindEndpoints:
    """The list, the records, the files and the totals of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store, cache_headers: CacheHeaders, files: ExportFiles) -> None:
        self.kind, self.store = kind, store
        self.reader, self.totals_reader = ParameterReader(kinds, kind), TotalsReader(kinds, kind)
        self.totals_files = TotalsExporter(self.totals_reader, store, cache_headers)
        self.responder, self.exporter = Responder(store, cache_headers), Exporter(self.reader, store, cache_headers, files)

    async def list(self, request: Request) -> Response:
        """A page of the list; with the suffix of a format, the list as a file."""
        format = self._format(request)
        if format.write is not None:
            return await self.exporter.respond(request, format, format.write)
        if explains_cost(parameters(request)):
            return await self._explained(request, self._list_query)
        plan, values = await long_requests.read(request, self._plan, "list", request, {}, self._list_query)
        return await self.responder.respond(request, plan, values, page_of(request), (self.kind,))

    async def record(self, request: Request) -> Response:
        """One record by its id, after which `.json` may stand; with the suffix of another format, a file of this record."""
        id = self._id(request)
        if (file := await self._record_file(request, *id.rpartition(".")[::2])) is not None:
            return file
        if explains_cost(parameters(request)):
            if not re.fullmatch(ID_PATTERN, id):
                raise NotFound(f"no {self.kind.name} can have the id {shown(id)!r}")
            return await self._explained(request, self._record_query)
        plan, values = await long_requests.read(request, self.plan_record, request)
        at = requested(plan, values)

        async def answer() -> Answer:
            answer = await self.store.run(plan, values)
            if answer.roots[0] is None and id.endswith(".json"):  # The id itself may end in ".json".
                answer = await self.store.run(plan, {**values, ID: id})
            if answer.roots[0] is None:
                await self._refuse_withheld(id, at)
                when = "" if at.now else f" in revision {answer.revision}"
                raise NotFound(f"there is no {self.kind.name} {shown(id)!r}{when}")
            return answer

        return await self.responder.respond(request, plan, values, data, answer=answer)

    async def _record_file(self, request: Request, id: str, suffix: str) -> Response | None:
        """A file of one record; None if the suffix is no format, or if there is no record, since an id may end like a format."""
        format = exports(self.kind).get(suffix)
        if format is None or format.write is None or not re.fullmatch(ID_PATTERN, id):
            return None
        at = listing_in(format, self.reader, parameters(request)).at
        answer = await self.store.answer(Query((RecordNode("data", self.kind, id, (Id("id"),)),), at))
        return await self.exporter.respond(request, format, format.write, id) if answer.roots[0] is not None else None

    async def totals_file(self, request: Request) -> Response:
        """The rows of totals as a table; with `.json`, the same as without a suffix."""
        suffix, available = request.path_params["suffix"], {suffix: format for suffix, format in FORMATS.items() if format.of_totals}
        if suffix == PAGED:
            return await self.totals(request)
        format = available.get(suffix)
        if format is None or format.write is None:
            raise NotAcceptable(f".{shown(suffix)}: totals have no such format; use one of {', '.join((PAGED, *available))}")
        return await self.totals_files.respond(request, format, format.write)

    async def totals(self, request: Request) -> Response:
        """Sums over the records of a kind."""
        if explains_cost(parameters(request)):
            return await self._explained(request, self._totals_query)
        plan, values = await long_requests.read(request, self.plan_totals, request)

        def body(answer: Answer, _: object) -> str:
            return f'{{"revision":{answer.revision},{(answer.roots[0] or "")[1:]}'

        return await self.responder.respond(request, plan, values, body, (self.kind,))

    async def _explained(self, request: Request, query: Callable[[Parameters], Query]) -> Response:
        """What a request would cost."""
        return cost_response(await self.store.explained_cost(await long_requests.read(request, query, parameters(request))))

    def plan_list(self, request: Request) -> tuple[Plan, Values] | None:
        return None if self._format(request).streamed else self._plan("list", request, {}, self._list_query)

    def plan_record(self, request: Request) -> tuple[Plan, Values]:
        return self._plan("record", request, {ID: self._id(request).removesuffix(".json")}, self._record_query)

    def _id(self, request: Request) -> str:
        """The id in the path, where the global id of a record works like its slug. Raises BadArgument for one of another kind or of a revision."""
        text: str = request.path_params["id"]
        parts = parse_id_of(self.kind.name, text, "id")
        if parts.revision is not None:
            raise BadArgument(f"id: {shown(text)!r} names a revision; leave out @{parts.revision}, and add revision={parts.revision}")
        return parts.id or text  # A text that is no id is repeated in the error.

    def plan_totals(self, request: Request) -> tuple[Plan, Values]:
        return self._plan("totals", request, {}, self._totals_query)

    def _plan(
        self, operation: str, request: Request, path_values: Mapping[ValuePath, str], query: Callable[[Parameters], Query]
    ) -> tuple[Plan, Values]:
        """The plan of a request, cached or newly compiled, and the values to run it with."""
        params = parameters(request)
        values = RequestValues({**{(name, n): text for n, (name, text) in enumerate(params)}, **path_values})

        def compile() -> tuple[Query, list[Guard]]:
            guards: list[Guard] = []
            return query([(name, Variable((name, n), text, guards)) for n, (name, text) in enumerate(params)]), guards

        return self.store.cached_plan((operation, self.kind.name), values, compile), values

    def _format(self, request: Request) -> ListFormat:
        """The format that the suffix of the path names. Raises NotAcceptable."""
        suffix = request.path_params.get("suffix")
        if suffix is None:
            wanted = negotiated(",".join(request.headers.getlist("accept")))
            suffix = wanted if wanted in formats(self.kind) else PAGED
        format = formats(self.kind).get(suffix)
        if format is None:
            raise NotAcceptable(f".{shown(suffix)}: {self.kind.plural} have no such format; use one of {', '.join(formats(self.kind))}")
        return format

    async def _refuse_withheld(self, id: str, at: At) -> None:
        for candidate in dict.fromkeys((id.removesuffix(".json"), id)):
            if source := await self.store.withholding_source(self.kind, candidate, at):
                raise WithheldError(withheld_message(self.kind, candidate, source), source)

    def _list_query(self, params: Parameters) -> Query:
        listing = self.reader.listing(params)
        after = listing.page.cursor
        return Query((listing.page,), At(after.revision, walk=not after.named) if after else listing.at)

    def _record_query(self, params: Parameters) -> Query:
        record = self.reader.record(params)
        id = Parameter(lambda values: conditions.parse_record_id(values[ID]), "")
        roots: tuple[Node, ...] = (RecordNode("data", self.kind, id, record.selection),)
        if record.proven:
            roots += (SourcesNode("sources", self.kind, id, record.proven, self.reader.selector.sources()),)
        return Query(roots, record.at)

    def _totals_query(self, params: Parameters) -> Query:
        node, at = self.totals_reader.totals(params)
        return Query((node,), at)
