"""The command line: serve, load, retract, undo, check, verify, revisions, export, explain."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
import uvicorn

from schema.formats import FORMATS
from schema.formats.described import described
from schema.kinds import KINDS
from schema.vocabularies import REASON, nearest

from . import embedded, migrate
from .app import create_app, may_serve
from .bulk import FileReceipt, Task, load_files
from .claims import WRITERS, export_claims
from .db import Database, reach
from .errors import ConflictFactsError, NoDatabase, NotFound, UnknownArgument
from .explain import explained, question
from .export import formats
from .fixtures import collections, read
from .load import Cause, load, refuse, retract, user
from .parameters import Reader
from .progress import progress
from .query import At, Query, Revision, Revisions
from .receipts import Receipt, line, lines
from .rest import ALL_COLUMNS, WITH_RECEIPT
from .settings import MEANINGS, Settings, settings
from .store import Store
from .undo import undo
from .verify import verify
from .wire import Protocol

# `resettled` and `undone` are the loader's own words. `withheld` promises that nobody can read it any more, which history does not keep yet.
REASONS = [code for code in REASON.codes if code not in ("resettled", "undone", "withheld")]
ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"


def say(line: str) -> None:
    click.echo(line, err=True)


class Addresses:
    """Where the database is: that of DATABASE_URL, or the embedded one, which runs while these are held."""

    def __init__(self, url: str, read_url: str) -> None:
        self.url, self.read_url = url, read_url


@contextmanager
def database(given: Settings, migrated: bool = True) -> Iterator[Addresses]:
    """The database, reached, and migrated unless told not to. Raises NoDatabase with what to do."""
    if given.database_url:
        held: Any = nullcontext(Addresses(given.database_url, given.database_read_url or given.database_url))
    else:
        held = embedded_database(given)
    with held as addresses:
        if migrated:
            say("migrating: bringing the tables to the declared kinds")
            with translated(given):
                migrate.migrate(addresses.url)
        if addresses.read_url != addresses.url:
            with translated(given, "DATABASE_READ_URL"):
                asyncio.run(reach(addresses.read_url))
        yield addresses


@contextmanager
def embedded_database(given: Settings) -> Iterator[Addresses]:
    say(f"database: embedded PostgreSQL in {given.conflict_facts_home} (set DATABASE_URL to use another)")
    try:
        server = embedded.start(given.conflict_facts_home, say)
    except embedded.EmbeddedError as error:
        raise NoDatabase(str(error)) from error
    try:
        yield Addresses(server.address.url, server.address.read_url)
    finally:
        server.stop()


@contextmanager
def translated(given: Settings, address: str = "DATABASE_URL") -> Iterator[None]:
    """A database that cannot be reached or used is told in words, with what to do."""
    try:
        yield
    except (OSError, *migrate.FAILURES) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        cure = f"check {address} and that the server runs" if given.database_url else "see the log beside the data folder"
        raise NoDatabase(f"the database cannot be used: {reason}; {cure}") from error


class Shown(click.Group):
    """Turns what a person must put right into one message and exit code 1, without a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ConflictFactsError as error:
            raise click.ClickException(str(error)) from error


EPILOG = "Settings, by environment variable: " + "; ".join(f"{name.upper()}: {meaning}" for name, meaning in MEANINGS.items()) + "."


@click.group(cls=Shown, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="conflict-facts")
def main() -> None:
    """Conflict Facts: an open data API for the facts of armed conflict, with provenance on every field.

    Start with `conflict-facts serve`; it needs nothing else.
    """
    # Ended from outside or by a closed terminal as by Ctrl-C: the embedded database is stopped on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


@main.command()
@click.option("--host", help="The address to listen on; HOST, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on; PORT, or 8000.")
@click.option("--load/--no-load", "loads", default=True, help="Load fixtures/ first where the database lacks or differs from it.")
def serve(host: str | None, port: int | None, loads: bool) -> None:
    """Start the database if none is given, migrate it, load the fixtures, and serve."""
    given = settings(host=host, port=port)
    with database(given) as addresses:
        asyncio.run(_may_serve(given, addresses.read_url))  # Before a load withholds what is there.
        if loads:
            say(f"loading {FIXTURES.name}/")
            for line in asyncio.run(load(KINDS, addresses.url, FIXTURES, private=given.private)).lines():
                say(line)
        if given.private:
            say("PRIVATE: what may not be passed on is shown; let nobody but its operator reach this server")
        app = create_app(given, addresses.read_url)
        config = uvicorn.Config(
            app, given.host, given.port, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=5, http=Protocol
        )
        server = Announcing(config)
        try:
            server.run()
        except KeyboardInterrupt:
            say("stopping")
        except SystemExit:
            pass  # uvicorn has said that it cannot listen; what to do is said below.
    if not server.started:
        raise NoDatabase(f"could not listen on {given.host}:{given.port}; another program may hold it: try --port {given.port + 1}")


async def _may_serve(given: Settings, read_url: str) -> None:
    database = Database(read_url, given)
    await database.open()
    try:
        await may_serve(database, KINDS)
    finally:
        await database.close()


class Announcing(uvicorn.Server):
    """Says where to go once the addresses answer, and not before."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        gc.freeze()  # What is there now stays: to look through all of it for garbage, as Python does at times, holds everybody up for 0.1 s.
        base = f"http://{self.config.host}:{self.config.port}"
        say("\nready. Open:")
        for path, what in (
            ("/", "what this is"),
            ("/graphql", "GraphQL, to explore"),
            ("/docs", "REST, to try"),
            ("/v1/events", "the events as JSON"),
        ):
            say(f"  {base + path:<36} {what}")
        say("Ctrl-C stops the server and the database.")


@main.command("load")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-m", "--message", default="", help="What changes, in a sentence; it is kept with the revision.")
@click.option("--author", default=user, help="Who makes the change; by default who is logged in.")
@click.option("--reason", type=click.Choice(REASONS), default="source_revised", help="Why what is changed or gone no longer stands.")
@click.option("--source", default="", help="Of files: the id of the source that claims what they hold; by default that of the dataset.")
@click.option("--format", "named", default="", help="Of files: their format, where it cannot be told from their content; see `formats`.")
@click.option(
    "--replace", default="", metavar="SOURCE", help="Of files: they are all that this source claims; what they lack is retracted."
)
@click.option("--dry-run", is_flag=True, help="Of files: do everything but write; the receipt shows each field that would change.")
@click.option(
    "--reject-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of files: load what is right, and write refused records here, as JSON with reasons.",
)
@click.option("--json", "as_json", is_flag=True, help="Of files: end with the receipt as one JSON object on one line.")
def load_command(paths: tuple[Path, ...], message: str, author: str, reason: str, as_json: bool, **options: Any) -> None:
    """Load a collection of fixtures, a folder of collections, or files of the field's formats: all or nothing, as one revision.

    A collection is loaded as the whole of what it claims: what its folder no longer claims is retracted and kept in history.
    Of a file, records that are not in it stay as they are, unless it is to --replace what its source claims.
    Loading the same again changes nothing.
    """
    given, cause = settings(), Cause(message, author, reason)
    if any(path.is_file() for path in paths):
        receipt: Receipt = _load_files(given, paths, cause, **options)
    else:
        receipt = _load_folder(given, paths, cause, options)
    if as_json and isinstance(receipt, FileReceipt):
        click.echo(json.dumps(receipt.summary(), ensure_ascii=False))
        return
    for told in receipt.lines():
        click.echo(told)


def _load_folder(given: Settings, paths: tuple[Path, ...], cause: Cause, options: dict[str, Any]) -> Receipt:
    for name, value in options.items():
        if value:
            raise UnknownArgument(
                f"--{name.replace('_', '-')} is for files of the field's formats, and {paths[0] if paths else FIXTURES} is a folder of fixtures"
            )
    if len(paths) > 1:
        raise UnknownArgument("name one folder: a collection, or the folder of several")
    folder = paths[0] if paths else FIXTURES
    collections(folder)  # A folder that is none is told before a database is started.
    with database(given) as addresses, translated(given):
        return asyncio.run(load(KINDS, addresses.url, folder, cause, private=given.private))


def _load_files(
    given: Settings, paths: tuple[Path, ...], cause: Cause, source: str, named: str, replace: str, dry_run: bool, reject_to: Path | None
) -> FileReceipt:
    if source and replace and source != replace:
        raise UnknownArgument(f"--source {source} and --replace {replace} name different sources; name one")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise UnknownArgument(f"{', '.join(missing)}: no such file")
    task = Task(source or replace, named, bool(replace), dry_run, given.private, reject_to, cause)
    with database(given) as addresses, translated(given), progress() as tell:
        return asyncio.run(load_files(KINDS, addresses.url, paths, dataclasses.replace(task, tell=tell)))


@main.command("formats")
@click.argument("name", required=False)
def formats_command(name: str | None) -> None:
    """List the formats that `load` knows; with a NAME, what each field is made of, and what is kept aside."""
    by_name = {one.name: one for one in FORMATS}
    if name is None:
        for one in FORMATS:
            click.echo(f"{one.name}: {one.title}\n  {one.sentence}")
    elif name in by_name:
        for line in described(by_name[name]):
            click.echo(line)
    else:
        raise UnknownArgument(f"there is no format {name}; {nearest(name, by_name)}")


@main.command("retract")
@click.argument("collection")
@click.option("-m", "--message", required=True, help="Why, in a sentence; it is kept with the revision.")
@click.option("--author", default=user, help="Who makes the change; by default who is logged in.")
def retract_command(collection: str, message: str, author: str) -> None:
    """Retract every claim of a collection, as one revision; for a folder that was removed or renamed."""
    given = settings()
    with database(given) as addresses, translated(given):
        receipt = asyncio.run(retract(KINDS, addresses.url, collection, Cause(message, author), private=given.private))
        for line in receipt.lines():
            click.echo(line)


@main.command("undo")
@click.argument("number", metavar="REVISION", type=int)
@click.option("-m", "--message", default="", help="Why, in a sentence; it is kept with the new revision.")
@click.option("--author", default=user, help="Who makes the change; by default who is logged in.")
def undo_command(number: int, message: str, author: str) -> None:
    """Take a revision back, as a new revision: what it claimed goes, and what it changed or retracted stands again.

    Nothing is forgotten: answers as of earlier revisions stay as they are, and an undo can be undone. Where later revisions rest on
    this one, it is refused, and those to undo first are named.
    """
    given = settings()
    with database(given) as addresses, translated(given):
        for line in asyncio.run(undo(KINDS, addresses.url, number, Cause(message, author), private=given.private)).lines():
            click.echo(line)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=FIXTURES)
def check(folder: Path) -> None:
    """Check collections without a database; every problem is listed as `file:line, field: what is wrong`."""
    found = read(KINDS, collections(folder))
    checked = found[0].checked
    for oddity in checked.oddities:
        say(f"odd, and kept: {oddity}")
    checked.settle_references({})
    refuse(checked.problems)
    count = sum(len(one.checked.claims) for one in found)
    click.echo(f"{count} claims in {len(found)} collection{'s' if len(found) > 1 else ''}: no problems")


@main.command("verify")
def verify_command() -> None:
    """Prove that every value has a live claim, that settling again gives the same rows, and that no reference dangles."""
    given = settings()
    with database(given) as addresses, translated(given):
        failed = asyncio.run(_verify(addresses.url))
    if failed:
        raise click.ClickException(f"{failed} rows are not as their claims say")


async def _verify(url: str) -> int:
    failed = 0
    async for proof in verify(KINDS, url):
        click.echo(f"{'no' if proof.contradictions else 'ok'}  {proof.name}")
        for one in proof.contradictions[:50]:
            click.echo(f"      {one}")
        failed += len(proof.contradictions)
    return failed


@main.command()
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
            click.echo("\n".join(map(line, found) if isinstance(found, list) else lines(found)))

    _with_store(told)


@main.command()
@click.argument("plural", metavar="KIND", type=click.Choice(list(KINDS.by_plural)))
@click.option("--format", "suffix", default="csv", help="csv, ndjson, or geojson for what has a place.")
@click.option("--revision", type=int, help="As of this revision; by default now.")
def export(plural: str, suffix: str, revision: int | None) -> None:
    """Write every record of a kind to standard output, as CSV, NDJSON or GeoJSON."""
    kind = KINDS.by_plural[plural]
    known = formats(kind)
    if suffix not in known:
        raise UnknownArgument(f"--format {suffix}: {plural} have no such format; use one of {', '.join(known)}")
    format = known[suffix]
    asked = Reader(KINDS, kind).listing([], format.selection(kind) if format.selection else None)
    selection = format.wrap(asked.selection) if format.wrap else asked.selection

    async def write(store: Store) -> None:
        async with store.stream(asked.page, selection, At(revision), None) as stream:
            async for text in format.write(kind, stream):
                sys.stdout.write(text)

    _with_store(write)


@main.command("export-claims")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "suffix", default="csv", type=click.Choice(list(WRITERS)), help="How the tables are written.")
def export_claims_command(folder: Path, suffix: str) -> None:
    """Write every live claim into a new FOLDER, one table a kind, with its sources, its collection and what the source's record held.

    `conflict-facts load FOLDER/*` makes the same facts of them in an empty database.
    """
    given = settings()
    with database(given) as addresses, translated(given):
        written = asyncio.run(export_claims(KINDS, addresses.read_url, folder, suffix))
    for name, count in written.files.items():
        click.echo(f"{folder / name}: {count} claims")
    click.echo(f"of revision {written.revision}")


@main.command("explain")
@click.argument("named", metavar="QUERY")
@click.option("--variables", help="The variables of the document: JSON, or @ and a file of JSON.")
@click.option("--operation", help="Which operation, where the document has several.")
@click.option("--analyze", is_flag=True, help="Run the statement, and tell how long each step took and what it read.")
def explain_command(named: str, variables: str | None, operation: str | None, analyze: bool) -> None:
    """Print the one statement that QUERY becomes, the values bound to it, and PostgreSQL's plan.

    QUERY is the file of a GraphQL document, or an address of REST as '/v1/events?country=SYR'.
    """
    given, asked = settings(), question(named, variables, operation)  # What cannot be read is told before a database is started.
    with database(given) as addresses, translated(given):
        for line in asyncio.run(explained(addresses.read_url, given, asked, analyze)).lines():
            click.echo(line)


def _with_store(act: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    given = settings()

    async def run(read_url: str) -> None:
        database = Database(read_url, given)
        await database.open()
        try:
            await act(Store(KINDS, database, given.max_cost))
        finally:
            await database.close()

    with database(given) as addresses, translated(given):
        asyncio.run(run(addresses.read_url))


if __name__ == "__main__":
    main()
