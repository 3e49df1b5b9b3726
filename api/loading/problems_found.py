"""The error of a load of fixtures that have problems, with all of them and their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from schema.model.claim import Problem

from ..errors import LoadRefused
from .fixture_files import fixture_files
from .fixtures import clickable
from .receipts import plural


class ProblemsFound(LoadRefused):
    """A load was refused because of its files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(self._listed(map(str, self.problems)))

    def clickable(self, folders: Sequence[Path]) -> str:
        """The message with paths that terminals and editors open; `folders` are those of the collections."""
        files = [str(Path(folder.name) / path.relative_to(folder)) for folder in folders for path in fixture_files(folder)]
        return self._listed(clickable(problem, folders, files) for problem in self.problems)

    def _listed(self, lines: Iterable[str]) -> str:
        return "\n".join([*lines, f"load refused: {plural(len(self.problems), 'problem')}; nothing was written"])


def refuse(problems: Iterable[Problem]) -> None:
    """Raise ProblemsFound with every problem, if there is any."""
    if found := [*problems]:
        raise ProblemsFound(found)
