"""The commands that change facts: load, retract, undo."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from schema.codelists.vocabularies import REASON
from schema.kinds import KINDS

from ..errors import UnknownArgument
from ..loading.change import Change, current_user
from ..loading.collections import load, retract
from ..loading.file_receipt import FileReceipt
from ..loading.files import LoadOptions, load_files
from ..loading.fixtures import collection_folders
from ..loading.progress import show_progress
from ..loading.receipts import Receipt
from ..loading.undo import undo
from ..settings import Settings, settings
from . import FIXTURES
from .database import database, database_errors

# `resettled` and `undone` are the loader's own words. `withheld` promises that nobody can read it any more, which history does not keep yet.
REASONS = [code for code in REASON.codes if code not in ("resettled", "undone", "withheld")]


@click.command("load")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-m", "--message", default="", help="What changes, in a sentence; it is kept with the revision.")
@click.option("--author", default=current_user, help="Who makes the change; by default who is logged in.")
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
    given, cause = settings(), Change(message, author, reason)
    if any(path.is_file() for path in paths):
        receipt: Receipt = _load_files(given, paths, cause, **options)
    else:
        receipt = _load_folder(given, paths, cause, options)
    if as_json and isinstance(receipt, FileReceipt):
        click.echo(json.dumps(receipt.summary(), ensure_ascii=False))
        return
    for told in receipt.lines():
        click.echo(told)


def _load_folder(given: Settings, paths: tuple[Path, ...], cause: Change, options: dict[str, Any]) -> Receipt:
    for name, value in options.items():
        if value:
            raise UnknownArgument(
                f"--{name.replace('_', '-')} is for files of the field's formats, and {paths[0] if paths else FIXTURES} is a folder of fixtures"
            )
    if len(paths) > 1:
        raise UnknownArgument("name one folder: a collection, or the folder of several")
    folder = paths[0] if paths else FIXTURES
    collection_folders(folder)  # A folder that is none is told before a database is started.
    with database(given) as addresses, database_errors(given):
        return asyncio.run(load(KINDS, addresses.url, folder, cause, private=given.private))


def _load_files(
    given: Settings, paths: tuple[Path, ...], cause: Change, source: str, named: str, replace: str, dry_run: bool, reject_to: Path | None
) -> FileReceipt:
    if source and replace and source != replace:
        raise UnknownArgument(f"--source {source} and --replace {replace} name different sources; name one")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise UnknownArgument(f"{', '.join(missing)}: no such file")
    task = LoadOptions(source or replace, named, bool(replace), dry_run, given.private, reject_to, cause)
    with database(given) as addresses, database_errors(given), show_progress() as tell:
        return asyncio.run(load_files(KINDS, addresses.url, paths, dataclasses.replace(task, tell=tell)))


@click.command("retract")
@click.argument("collection")
@click.option("-m", "--message", required=True, help="Why, in a sentence; it is kept with the revision.")
@click.option("--author", default=current_user, help="Who makes the change; by default who is logged in.")
def retract_command(collection: str, message: str, author: str) -> None:
    """Retract every claim of a collection, as one revision; for a folder that was removed or renamed."""
    given = settings()
    with database(given) as addresses, database_errors(given):
        receipt = asyncio.run(retract(KINDS, addresses.url, collection, Change(message, author), private=given.private))
        for line in receipt.lines():
            click.echo(line)


@click.command("undo")
@click.argument("number", metavar="REVISION", type=int)
@click.option("-m", "--message", default="", help="Why, in a sentence; it is kept with the new revision.")
@click.option("--author", default=current_user, help="Who makes the change; by default who is logged in.")
def undo_command(number: int, message: str, author: str) -> None:
    """Take a revision back, as a new revision: what it claimed goes, and what it changed or retracted stands again.

    Nothing is forgotten: answers as of earlier revisions stay as they are, and an undo can be undone. Where later revisions rest on
    this one, it is refused, and those to undo first are named.
    """
    given = settings()
    with database(given) as addresses, database_errors(given):
        for line in asyncio.run(undo(KINDS, addresses.url, number, Change(message, author), private=given.private)).lines():
            click.echo(line)
