"""The commands that change facts: load, retract, undo."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from schema.codelists.vocabularies import REASON
from schema.kinds import KINDS

from ..errors import BadFixtures, LoadRefused, UnknownArgument
from ..intake.map_files import map_format
from ..intake.result import SAME_ROWS
from ..loading.change import Change, current_user
from ..loading.collections import load, retract
from ..loading.file_receipt import FileReceipt
from ..loading.files import LoadOptions, load_files
from ..loading.fixture_files import collection_folders, missing_path
from ..loading.problems_found import ProblemsFound
from ..loading.progress import show_progress
from ..loading.receipts import Receipt
from ..loading.stages import LAST_STAGE, Stages
from ..loading.undo import undo
from ..settings import Settings, settings
from . import echo_err
from .database import database, database_errors

# The loader itself sets `resettled` and `undone`. `withheld` promises that nobody can read a claim any more, but history still has it.
REASONS = [code for code in REASON.codes if code not in ("resettled", "undone", "withheld")]
DRY_RUN = click.option("--dry-run", is_flag=True, help="Write nothing; print the receipt, with what would change.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the receipt as one line of JSON instead of text.")
AUTHOR = click.option("--author", default=current_user, help="The author of the change; by default the current user.")


@click.command("load")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-m", "--message", default="", help="What changes, in a sentence; it is stored with the revision.")
@AUTHOR
@click.option("--reason", type=click.Choice(REASONS), default="source_revised", help="Why claims are changed or retracted.")
@click.option("--source", default="", help="Files only: the id of the source that makes their claims; by default that of the dataset.")
@click.option(
    "--revises",
    default="",
    metavar="SOURCE",
    help="Files only: the earlier release that this source revises, whose claims it is preferred to.",
)
@click.option("--format", "format_name", default="", help="Files only: their format, if it cannot be recognized; see `formats`.")
@click.option(
    "--map",
    "map_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Files only: read tables of your own by this map, which says what their columns become; `map FILE` writes a first draft.",
)
@click.option(
    "--same-rows",
    type=click.Choice(SAME_ROWS),
    default=None,
    help="Files only: whether rows without an id that are the same in every cell are all counted (keep) or once; by default they are rejected.",
)
@click.option(
    "--replace",
    default="",
    metavar="SOURCE",
    help="Files only: replace the claims of this source; those that the files lack are retracted. Refused if a record is rejected.",
)
@DRY_RUN
@click.option(
    "--reject-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Files only: load the valid records, and write the others to this file, as JSON with reasons.",
)
@AS_JSON
def load_command(paths: tuple[Path, ...], message: str, author: str, reason: str, as_json: bool, **options: Any) -> None:
    """Load a collection or files, as one revision.

    PATHS are one collection of fixtures, one folder of collections, or files in the formats listed by `formats`. If anything is
    invalid, nothing is written.

    A collection replaces what it claimed before: claims that are no longer in its folder are retracted, and kept in history. A file
    only adds and changes records, unless it is loaded with --replace. Loading the same data again changes nothing.
    """
    config, change = settings(), Change(message, author, reason)
    if missing := [path for path in paths if not path.exists()]:
        raise UnknownArgument("\n".join(map(missing_path, missing)))
    if repeated := [str(path) for number, path in enumerate(paths) if path.resolve() in [other.resolve() for other in paths[:number]]]:
        raise UnknownArgument(f"{', '.join(repeated)}: is named twice; name it once")
    if odd := [str(path) for path in paths if not path.is_file() and not path.is_dir()]:
        raise UnknownArgument(f"{', '.join(odd)}: is neither a file nor a folder; save the data as a file first")
    if any(path.is_file() for path in paths):
        receipt: Receipt = _load_files(config, paths, change, **options)
    else:
        receipt = _load_folder(config, paths, change, **options)
    _print(receipt, as_json)


def _print(receipt: Receipt, as_json: bool) -> None:
    click.echo(json.dumps(receipt.summary(), ensure_ascii=False) if as_json else "\n".join(receipt.lines()))


@contextmanager
def interruptions(stages: Stages) -> Iterator[None]:
    """Say after Ctrl-C whether anything was written."""
    try:
        yield
    except KeyboardInterrupt:
        if stages.stage == LAST_STAGE:
            echo_err("interrupted while the revision was written; `conflict-facts revisions` shows whether it was recorded")
        else:
            echo_err("interrupted; nothing was written")
        raise


def _load_folder(config: Settings, paths: tuple[Path, ...], change: Change, dry_run: bool, **files_only: Any) -> Receipt:
    for name, value in files_only.items():
        if value:
            option = {"format_name": "format", "map_path": "map"}.get(name, name).replace("_", "-")
            raise UnknownArgument(
                f"--{option} is only for files, and {paths[0] if paths else config.fixtures} is a folder; leave the option out"
            )
    if len(paths) > 1:
        raise UnknownArgument(f"{', '.join(map(str, paths))}: name one folder only, a collection or a folder of collections")
    folder = paths[0] if paths else config.fixtures
    folders = collection_folders(folder)  # Refuses a folder without collections before a database is started.
    with database(config, dry_run) as urls, database_errors(config), show_progress() as on_stage, interruptions(on_stage):
        try:
            receipt = asyncio.run(load(KINDS, urls.url, folder, change, private=config.private, dry_run=dry_run, on_stage=on_stage))
        except ProblemsFound as error:
            raise LoadRefused(error.clickable(folders)) from None
    receipt.other_collections = [name for name in receipt.other_collections if name not in _collections_of(config.fixtures)]
    return receipt


def _collections_of(fixtures: Path) -> set[str]:
    """The names of the collections that are still in the folder of FIXTURES, from which servers load: no other folder need have them."""
    with suppress(BadFixtures):
        return {path.name for path in collection_folders(fixtures)}
    return set()


def _load_files(
    config: Settings,
    paths: tuple[Path, ...],
    change: Change,
    source: str,
    revises: str,
    format_name: str,
    map_path: Path | None,
    same_rows: str | None,
    replace: str,
    dry_run: bool,
    reject_to: Path | None,
) -> FileReceipt:
    if source and replace and source != replace:
        raise UnknownArgument(f"--source {source} and --replace {replace} name different sources; name one")
    if folders := [str(path) for path in paths if not path.is_file()]:
        raise UnknownArgument(f"{', '.join(folders)}: is not a file; load folders and files separately")
    if reject_to and reject_to.resolve() in [path.resolve() for path in paths]:
        raise UnknownArgument(f"--reject-to {reject_to}: would overwrite the file that is loaded; name another file")
    if reject_to and not reject_to.absolute().parent.is_dir():
        raise UnknownArgument(f"--reject-to {reject_to}: {missing_path(reject_to.parent)}")
    if format_name and map_path:
        raise UnknownArgument(f"--format {format_name} and --map {map_path} both say how to read the files; name one")
    options = LoadOptions(
        source=source or replace, revises=revises, format=format_name, map=map_format(KINDS, map_path) if map_path else None,
        same_rows=same_rows or "", snapshot=bool(replace), dry_run=dry_run, private=config.private, reject_to=reject_to, change=change,
    )  # fmt: skip
    with database(config, dry_run) as urls, database_errors(config), show_progress() as on_stage, interruptions(on_stage):
        return asyncio.run(load_files(KINDS, urls.url, paths, dataclasses.replace(options, on_stage=on_stage)))


@click.command("retract")
@click.argument("collection")
@click.option("-m", "--message", required=True, help="Why, in a sentence; it is stored with the revision.")
@AUTHOR
@DRY_RUN
@AS_JSON
def retract_command(collection: str, message: str, author: str, dry_run: bool, as_json: bool) -> None:
    """Retract every claim of a collection, as one revision.

    Use it for a COLLECTION whose folder was removed or renamed.
    """
    config = settings()
    with database(config, dry_run) as urls, database_errors(config), show_progress() as on_stage, interruptions(on_stage):
        change = Change(message, author)
        receipt = asyncio.run(retract(KINDS, urls.url, collection, change, private=config.private, dry_run=dry_run, on_stage=on_stage))
    _print(receipt, as_json)


@click.command("undo")
@click.argument("number", metavar="REVISION", type=int)
@click.option("-m", "--message", default="", help="Why, in a sentence; it is stored with the new revision.")
@AUTHOR
@DRY_RUN
@AS_JSON
def undo_command(number: int, message: str, author: str, dry_run: bool, as_json: bool) -> None:
    """Undo a revision, as a new revision.

    Claims that REVISION added are retracted, and claims that it changed or retracted are restored. History is kept: queries as of
    an earlier revision return the same as before, and an undo can be undone. If later revisions depend on this one, the undo is
    refused, and the message names the revisions to undo first.
    """
    config = settings()
    with database(config, dry_run) as urls, database_errors(config), show_progress() as on_stage, interruptions(on_stage):
        change = Change(message, author)
        receipt = asyncio.run(undo(KINDS, urls.url, number, change, private=config.private, dry_run=dry_run, on_stage=on_stage))
    _print(receipt, as_json)
