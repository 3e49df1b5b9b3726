"""The commands that tell what is right: check, verify, formats."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from schema.codelists.vocabularies import suggestion
from schema.formats import FORMATS
from schema.formats.describe import describe
from schema.kinds import KINDS

from ..errors import UnknownArgument
from ..loading.collections import refuse
from ..loading.fixtures import collection_folders, read_collections
from ..loading.verify import verify
from ..settings import settings
from . import FIXTURES, echo_err
from .database import database, database_errors


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=FIXTURES)
def check(folder: Path) -> None:
    """Check collections without a database; every problem is listed as `file:line, field: what is wrong`."""
    found = read_collections(KINDS, collection_folders(folder))
    checked = found[0].checked
    for oddity in checked.oddities:
        echo_err(f"odd, and kept: {oddity}")
    checked.settle_references({})
    refuse(checked.problems)
    count = sum(len(one.checked.claims) for one in found)
    click.echo(f"{count} claims in {len(found)} collection{'s' if len(found) > 1 else ''}: no problems")


@click.command("verify")
def verify_command() -> None:
    """Prove that every value has a live claim, that settling again gives the same rows, and that no reference dangles."""
    given = settings()
    with database(given) as addresses, database_errors(given):
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


@click.command("formats")
@click.argument("name", required=False)
def formats_command(name: str | None) -> None:
    """List the formats that `load` knows; with a NAME, what each field is made of, and what is kept aside."""
    by_name = {one.name: one for one in FORMATS}
    if name is None:
        for one in FORMATS:
            click.echo(f"{one.name}: {one.title}\n  {one.sentence}")
    elif name in by_name:
        for line in describe(by_name[name]):
            click.echo(line)
    else:
        raise UnknownArgument(f"there is no format {name}; {suggestion(name, by_name)}")
