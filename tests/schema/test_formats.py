"""The declarations of file formats are checked on import: a wrong field or code does not wait for the first record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schema.codelists.vocabularies import MEASURE
from schema.formats import FORMATS
from schema.formats.declarations import check_codes, problems
from schema.formats.describe import describe
from schema.formats.expressions import Coded, Constant, Expression, FirstKnown, IfKnown, column
from schema.formats.format import FileFormat, RecordMapping
from schema.formats.header_words import said_by
from schema.kinds import KINDS
from schema.model.declaration_error import BadDeclaration

EXAMPLE = FileFormat("example", "An example", "Nothing.", needs=(column("a"),), records=())


def of(expression: Expression, name: str = "measure") -> FileFormat:
    """The example, with one expression for a field of figures."""
    return replace(EXAMPLE, records=(RecordMapping("figure", column("a"), {name: expression}),))


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
def test_a_declared_format_has_no_problems_and_a_description(format: FileFormat) -> None:
    assert not list(problems(KINDS, format))
    assert next(describe(format)) == f"{format.name}: {format.title}"


@pytest.mark.parametrize(
    "expression",
    [
        Constant("slain"),
        Coded(column("a"), {"1": "killed", "2": "slain"}),
        Coded(column("a"), {"1": None}, otherwise="slain"),
        FirstKnown((column("a"), Constant("slain"))),
        IfKnown(Constant("slain"), column("a")),
    ],
)
def test_an_invalid_code_is_found(expression: Expression) -> None:
    (problem,) = problems(KINDS, of(expression))
    assert problem.startswith("format example, figure: measure 'slain' is not in the vocabulary measure")


def test_an_unknown_field_is_found() -> None:
    with pytest.raises(BadDeclaration, match="gives figure a field colour, which it does not have"):
        list(problems(KINDS, of(Constant("red"), "colour")))
    assert list(problems(KINDS, replace(EXAMPLE, source={"colour": "red"}))) == ["format example: sources have no field colour"]


def test_a_table_of_codes_must_be_in_its_vocabulary() -> None:
    check_codes("CODES", ["killed"], MEASURE)
    with pytest.raises(BadDeclaration, match="CODES has slain, which the vocabulary measure lacks"):
        check_codes("CODES", ["killed", "slain"], MEASURE)


MEANT = {
    "thousands": "IDPs '000|killed_000|Deaths (1000s)|погибших, тыс.|Milliers de déplacés", "millions": "IDPs (millions)|млн человек",
    "shares": "% killed|caseFatalityRate|Killed per 100,000|Mean killed|% of thousands", "running totals": "Killed (cumulative)|cumKilled|Killed to date",
    "": "Killed|Total killed|Killed in 2000|Aged 65,000|Killed 10.000|Killed (M)|Cumbria killed|Demonstrations|Corporate killed",
}  # fmt: skip


def test_the_name_of_a_column_says_what_its_numbers_are() -> None:
    assert {name: said_by(name) for names in MEANT.values() for name in names.split("|")} == {
        name: meaning for meaning, names in MEANT.items() for name in names.split("|")
    }
