"""The command line. A command is imported when it is run: a server need not read what loads need."""

from __future__ import annotations

import signal
from pkgutil import resolve_name
from typing import Any

import click

from .errors import ConflictFactsError
from .settings import MEANINGS

COMMANDS = {
    "check": "check:check",
    "explain": "read:explain_command",
    "export": "read:export",
    "export-claims": "read:export_claims_command",
    "formats": "check:formats_command",
    "load": "load:load_command",
    "retract": "load:retract_command",
    "revisions": "read:revisions",
    "serve": "serve:serve",
    "undo": "load:undo_command",
    "verify": "check:verify_command",
}


class Commands(click.Group):
    """Imports a command when it is asked for, and turns what a person must put right into one message and exit code 1, without a traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        for one in [name] if name in COMMANDS else COMMANDS:  # Who mistypes a name is told those that are like it.
            self.commands[one] = resolve_name(f"api.commands.{COMMANDS[one]}")
        return self.commands.get(name)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ConflictFactsError as error:
            raise click.ClickException(str(error)) from error


EPILOG = "Settings, by environment variable: " + "; ".join(f"{name.upper()}: {meaning}" for name, meaning in MEANINGS.items()) + "."


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="conflict-facts")
def main() -> None:
    """Conflict Facts: an open data API for the facts of armed conflict, with provenance on every field.

    Start with `conflict-facts serve`; it needs nothing else.
    """
    # Ended from outside or by a closed terminal as by Ctrl-C: the embedded database is stopped on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    main()
