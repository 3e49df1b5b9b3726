"""The command that drafts a map of a table."""

from __future__ import annotations

from pathlib import Path

import click

from ..intake.draft_map import draft_map


@click.command("map")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def map_command(path: Path) -> None:
    """Print the first draft of a map of a table of your own.

    A map says what the columns of FILE become. The draft shows some values of each column, and guesses what it becomes by its name. Write it to
    a file, correct it, and load the table with `load FILE --map MAP`. docs/own-tables.md walks through an example.
    """
    click.echo(draft_map(path), nl=False)
