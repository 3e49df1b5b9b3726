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
from ..loading.changes import changes_of
from ..loading.export_claims import WRITERS, export_claims
from ..loading.receipts import plural, revision_line, revision_lines
from ..query.nodes import At, Nodes, Query, Revision, RevisionList
from ..rest.export import listing_in
from ..rest.list_formats import FORMATS, exports
from ..rest.parameters import ParameterReader
from ..rest.revisions import ALL_COLUMNS, WITH_RECEIPT
from ..settings import settings
from ..sql.answering.statement import NO_TIMEOUT
from ..store.pool import Pool
from ..store.store import Store
from .database import database_errors, database_to_read, read_setting
from .explain import explained, parse_request

MAX_REVISIONS_LISTED = 1000


@click.command()
@click.argument("number", metavar="[REVISION]", type=click.IntRange(1, 2**63 - 1), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list, or one object with the receipt.")
def revisions(number: int | None, as_json: bool) -> None:
    """List the revisions, newest first.

    With the number of a REVISION: show that one, with its receipt.
    """
    node = (
        RevisionList("data", (Nodes("data", ALL_COLUMNS),), MAX_REVISIONS_LISTED)
        if number is None
        else Revision("data", WITH_RECEIPT, number)
    )

    async def print_revisions(store: Store) -> None:
        answer = await store.answer(Query((node,)))
        if answer.roots[0] is None:
            raise NotFound(f"there is no revision {number}; the newest is {answer.current}")
        value = json.loads(answer.roots[0])
        if number is None:
            listed = value["data"]
            click.echo(json.dumps(listed, ensure_ascii=False) if as_json else "\n".join(map(revision_line, listed)))
            return
        async with store.pool.connection() as connection, connection.transaction():
            await connection.execute(NO_TIMEOUT)
            changes = await changes_of(KINDS, connection, value["id"], *(value["counts"].get(name, {}) for name in ("records", "claims")))
        click.echo(
            json.dumps({**value, **changes.json()}, ensure_ascii=False) if as_json else "\n".join(revision_lines(KINDS, value, changes))
        )

    _with_store(print_revisions)


class FormatName(click.ParamType[str]):
    """The suffix of a format of complete lists. Whether a kind has that format is checked by the command."""

    name = "format"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(suffix for suffix, format in FORMATS.items() if format.streamed)}]"


@click.command()
@click.argument("plural", metavar="KIND", type=click.Choice(list(KINDS.by_plural)))
@click.option(
    "--format",
    "suffix",
    type=FormatName(),
    default="csv",
    show_default=True,
    help="The format of the list; only kinds with a location have geojson.",
)
@click.option("--revision", type=int, help="The facts as of this revision; by default the newest.")
def export(plural: str, suffix: str, revision: int | None) -> None:
    """Write every record of a kind to standard output."""
    kind = KINDS.by_plural[plural]
    format = exports(kind).get(suffix)
    if format is None or format.write is None:
        raise UnknownArgument(f"--format {suffix}: {plural} have no such format; use one of {', '.join(exports(kind))}")
    write, listing = format.write, listing_in(format, ParameterReader(KINDS, kind), [])

    async def print_records(store: Store) -> None:
        async with store.stream(listing.page, listing.selection, At(revision), None) as stream:
            async for piece in write(kind, stream):
                sys.stdout.buffer.write(piece.encode() if isinstance(piece, str) else piece)

    _with_store(print_records)


@click.command("export-claims")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "suffix", default="csv", show_default=True, type=click.Choice(list(WRITERS)), help="The format of the tables.")
def export_claims_command(folder: Path, suffix: str) -> None:
    """Write every live claim to a new folder.

    FOLDER gets one table for each kind, with the source and collection of each claim, and the record that the source published.
    In an empty database, `conflict-facts load FOLDER/*` restores the same facts.
    """
    config = settings()
    with database_to_read(config) as urls, database_errors(config, read_setting(config)):
        written = asyncio.run(export_claims(KINDS, urls.read_url, folder, suffix))
    for name, count in written.files.items():
        click.echo(f"{folder / name}: {plural(count, 'claim')}")
    click.echo(f"as of revision {written.revision}")


@click.command("explain")
@click.argument("query", metavar="QUERY")
@click.option("--variables", help="The variables of the document: JSON, or @ and the name of a file with JSON.")
@click.option("--operation", help="The operation to explain, if the document has several.")
@click.option("--analyze", is_flag=True, help="Run the statement, and show the time of each step and what it read.")
def explain_command(query: str, variables: str | None, operation: str | None, analyze: bool) -> None:
    """Show the SQL of a query, and PostgreSQL's plan.

    QUERY is a file with a GraphQL document, or the URL of a REST list, record or totals, such as '/v1/events?country=SYR'. Prints the
    one SQL statement that answers it, the values bound to it, and the plan that PostgreSQL chooses.
    """
    config, request = settings(), parse_request(query, variables, operation)  # Refuses an unreadable file before a database is started.
    with database_to_read(config) as urls, database_errors(config, read_setting(config)):
        for line in asyncio.run(explained(urls.read_url, config, request, analyze)).lines():
            click.echo(line)


def _with_store(run: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine on the store of the configured database."""
    config = settings()

    async def run_on(read_url: str) -> None:
        pool = Pool(read_url, config)
        await pool.open()
        try:
            await run(Store(KINDS, pool, config.max_cost))
        finally:
            await pool.close()

    with database_to_read(config) as urls, database_errors(config, read_setting(config)):
        asyncio.run(run_on(urls.read_url))
