"""The commands that read: revisions, export, export-claims, explain."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from schema.kinds import KINDS

from ..errors import NotFound, UnknownArgument
from ..loading.export_claims import WRITERS, export_claims
from ..loading.receipts import revision_line, revision_lines
from ..query.nodes import At, Query, Revision, Revisions
from ..rest.export import listing_in
from ..rest.files import FORMATS, exports
from ..rest.parameters import Reader
from ..rest.revisions import ALL_COLUMNS, WITH_RECEIPT
from ..settings import settings
from ..store.pool import Pool
from ..store.store import Store
from .database import database, database_errors
from .explain import explained, parse_request


@click.command()
@click.argument("number", metavar="[REVISION]", type=click.IntRange(1, 2**63 - 1), required=False)
@click.option("--json", "as_json", is_flag=True, help="As one JSON list, or one JSON object with the receipt.")
def revisions(number: int | None, as_json: bool) -> None:
    """List the revisions, newest first; or tell of one, with its receipt."""
    asked = Revisions("data", ALL_COLUMNS, 1000) if number is None else Revision("data", WITH_RECEIPT, number)

    async def told(store: Store) -> None:
        answer = await store.answer(Query((asked,)))
        if answer.roots[0] is None:
            raise NotFound(f"there is no revision {number}; the newest is {answer.current}")
        found = json.loads(answer.roots[0])
        if as_json:
            click.echo(answer.roots[0])
        else:
            click.echo("\n".join(map(revision_line, found) if isinstance(found, list) else revision_lines(found)))

    _with_store(told)


class FormatName(click.ParamType[str]):
    """The suffix of a format in which complete lists are written; the kind decides whether it has that format."""

    name = "format"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(suffix for suffix, format in FORMATS.items() if format.streamed)}]"


@click.command()
@click.argument("plural", metavar="KIND", type=click.Choice(list(KINDS.by_plural)))
@click.option("--format", "suffix", type=FormatName(), default="csv", show_default=True, help="Kinds without a location have no geojson.")
@click.option("--revision", type=int, help="As of this revision; by default now.")
def export(plural: str, suffix: str, revision: int | None) -> None:
    """Write every record of a kind to standard output."""
    kind = KINDS.by_plural[plural]
    format = exports(kind).get(suffix)
    if format is None or format.write is None:
        raise UnknownArgument(f"--format {suffix}: {plural} have no such format; use one of {', '.join(exports(kind))}")
    write, listing = format.write, listing_in(format, Reader(KINDS, kind), [])

    async def print_records(store: Store) -> None:
        async with store.stream(listing.page, listing.selection, At(revision), None) as stream:
            async for text in write(kind, stream):
                sys.stdout.write(text)

    _with_store(print_records)


@click.command("export-claims")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "suffix", default="csv", type=click.Choice(list(WRITERS)), help="How the tables are written.")
def export_claims_command(folder: Path, suffix: str) -> None:
    """Write every live claim into a new FOLDER, one table a kind, with its sources, its collection and what the source's record held.

    `conflict-facts load FOLDER/*` makes the same facts of them in an empty database.
    """
    given = settings()
    with database(given) as addresses, database_errors(given):
        written = asyncio.run(export_claims(KINDS, addresses.read_url, folder, suffix))
    for name, count in written.files.items():
        click.echo(f"{folder / name}: {count} claims")
    click.echo(f"of revision {written.revision}")


@click.command("explain")
@click.argument("named", metavar="QUERY")
@click.option("--variables", help="The variables of the document: JSON, or @ and a file of JSON.")
@click.option("--operation", help="Which operation, where the document has several.")
@click.option("--analyze", is_flag=True, help="Run the statement, and tell how long each step took and what it read.")
def explain_command(named: str, variables: str | None, operation: str | None, analyze: bool) -> None:
    """Print the one statement that QUERY becomes, the values bound to it, and PostgreSQL's plan.

    QUERY is the file of a GraphQL document, or an address of REST as '/v1/events?country=SYR'.
    """
    given, asked = settings(), parse_request(named, variables, operation)  # What cannot be read is told before a database is started.
    with database(given) as addresses, database_errors(given):
        for revision_line in asyncio.run(explained(addresses.read_url, given, asked, analyze)).lines():
            click.echo(revision_line)


def _with_store(act: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    given = settings()

    async def run(read_url: str) -> None:
        database = Pool(read_url, given)
        await database.open()
        try:
            await act(Store(KINDS, database, given.max_cost))
        finally:
            await database.close()

    with database(given) as addresses, database_errors(given):
        asyncio.run(run(addresses.read_url))
