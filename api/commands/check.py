"""The commands that check: check, verify, formats."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import click

from schema.codelists.vocabularies import suggestion
from schema.fixtures.other_things import other_things
from schema.fixtures.uncounted import uncounted
from schema.formats import FORMATS
from schema.formats.describe import describe
from schema.kinds import KINDS

from ..errors import BadFixtures, NoDatabase, UnknownArgument
from ..loading.data_files import check_data_files
from ..loading.fixture_files import collection_folders
from ..loading.fixtures import clickable, read_collections
from ..loading.progress import show_progress
from ..loading.receipts import flag_lines, plural, uncounted_lines
from ..loading.stages import Stages
from ..loading.verify import verify
from ..postgres.migrate import rule_in_force
from ..settings import settings
from . import echo_err
from .database import database_errors, database_to_read

MAX_CONTRADICTIONS_LISTED = 50
ONLY_THESE = (
    "check knows only the collections that it is given: if another collection describes a record that is missing here, check the folder of both, "
    "or try `conflict-facts load --dry-run`, which also knows what the database has"
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
def check(folder: Path | None) -> None:
    """Check collections without a database.

    FOLDER is a collection or a folder of collections; by default, those of FIXTURES. Every problem is listed as
    `path:line:column: field: what is wrong`, which terminals and editors open on a click; the column only where it is known.
    """
    folders = collection_folders(folder or settings().fixtures)
    collections = read_collections(KINDS, folders)
    checked, files = collections[0].checked, [file.file for collection in collections for file in collection.files]
    flags, in_data_files = Counter(problem.flag for problem in checked.flagged), ""
    if not checked.problems and (found := asyncio.run(check_data_files(KINDS, collections))):
        flags.update(found.flags)
        for file in found.files:
            for warning in file.warnings:
                echo_err(f"warning: {file.file}: {warning}")
        in_data_files = f", {plural(found.sum('read'), 'record')} in {plural(len(found.files), 'data file')}"
    lacks_records = any(not item.lacks for item in checked.unresolved)
    checked.settle_references({})
    for problem in checked.flagged:
        echo_err(f"{clickable(problem, folders, files)} ({problem.flag})")
    for line in flag_lines(flags):
        echo_err(line)
    claims = [claim for collection in collections for claim in collection.checked.claims]
    for problem in other_things(KINDS, claims):
        echo_err(f"{clickable(problem, folders, files)} (another thing)")
    for name in (name for collection in collections for name in collection.not_named):
        echo_err(f"not read: {name}; to load it, name it under `files` in the document of its source")
    problems = sorted(set(checked.problems))
    for problem in problems:
        echo_err(clickable(problem, folders, files))
    if lacks_records:
        echo_err(ONLY_THESE)
    if problems:
        raise BadFixtures(f"{plural(len(problems), 'problem')} in {plural(len({problem.place.file for problem in problems}), 'file')}")
    for line in uncounted_lines({kind.name: uncounted(kind, claims) for kind in KINDS.values() if kind.totals}):
        echo_err(line)
    count = len(claims)
    click.echo(f"{plural(count, 'claim')} in {plural(len(collections), 'collection')}{in_data_files}: no problems")


@click.command("verify")
@click.option(
    "--since", type=click.IntRange(min=1), default=1, metavar="N", help="Verify the past from revision N on; by default, all of it."
)
def verify_command(since: int) -> None:
    """Verify the database against its claims, today's facts and those of every revision.

    Proves that every published value has a live claim, that settling the claims again gives the same values, today and as of each
    revision, that every reference leads to a record, and that claims and revisions are as they were recorded. Each proof is listed
    when it is done. With --since, earlier revisions are not proved again; today's facts always are. Nothing is changed: tables of an earlier
    version are refused, and so is a database in which nothing has been loaded.
    """
    config = settings()
    with database_to_read(config, loading=True) as urls, database_errors(config), show_progress(as_lines=False) as on_stage:
        if asyncio.run(rule_in_force(urls.url)) is None:
            raise NoDatabase("there is nothing to verify: nothing has been loaded yet")
        contradictions = asyncio.run(_verify(urls.url, since, on_stage))
    if contradictions:
        raise click.ClickException(
            "1 row contradicts its claims" if contradictions == 1 else f"{contradictions} rows contradict their claims"
        )


async def _verify(url: str, since: int, on_stage: Stages) -> int:
    """Print each proof with its first contradictions, and return the number of all contradictions."""
    count = 0
    async for proof in verify(KINDS, url, since, on_stage):
        click.echo(f"{'no' if proof.contradictions else 'ok'}  {proof.number:>3} of {proof.total}  {proof.name}")
        for contradiction in proof.contradictions[:MAX_CONTRADICTIONS_LISTED]:
            click.echo(f"      {contradiction}")
        count += len(proof.contradictions)
    return count


@click.command("formats")
@click.argument("name", required=False)
def formats_command(name: str | None) -> None:
    """List the file formats that `load` reads.

    With the NAME of a format: show which columns it is recognized by, and which column becomes which field.
    """
    by_name = {format.name: format for format in FORMATS}
    if name is None:
        for format in FORMATS:
            click.echo(f"{format.name}: {format.title}\n  {format.sentence}")
    elif name in by_name:
        for line in describe(by_name[name]):
            click.echo(line)
    else:
        raise UnknownArgument(f"there is no format {name}; {suggestion(name, by_name)}")
