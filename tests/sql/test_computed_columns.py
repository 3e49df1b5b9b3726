"""The columns of a file's table in DuckDB that are computed once: they cost memory, of which a load may use little, and each needs those before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.sql.duckdb.claims import ClaimStatements
from api.sql.duckdb.computed_columns import NAME, ComputedColumns
from schema.formats.ucdp_ged import COLUMNS, UCDP_GED
from schema.kinds import KINDS

from ..support.ged_rows import row, table, take_in
from ..support.properties import cases


def test_a_select_uses_only_columns_of_those_before_it() -> None:
    columns = ComputedColumns()
    day = columns.once("substr(d, 1, 10)")
    spans = columns.join("lookup_names", day)
    found = columns.once(f"{spans}[1]")
    columns.once(f"lower({found})")
    assert [([*layer.values()], joined.count("left join")) for joined, layer in columns.layers()] == [
        (["substr(d, 1, 10)"], 0), (["spans_1[1]"], 1), (["lower(kept_2)"], 0),
    ]  # fmt: skip


def test_once_the_table_is_made_no_column_is_added() -> None:
    columns = ComputedColumns()
    columns.once("a + 1")
    columns.is_complete = True
    assert (columns.once("a + 1"), columns.once("a + 2")) == ("kept_1", "a + 2")


def test_a_wide_file_has_few_more_columns_than_it_needs() -> None:
    """Of what is being written, DuckDB has a block of each column in memory, once for each thread. With 99 columns, GED of 40 MB did not load any more."""
    statements = ClaimStatements(KINDS, UCDP_GED, COLUMNS, "ged", 0)
    computed = statements.expressions.computed
    assert len(COLUMNS) + len(computed.names) <= 80
    for _, layer in computed.layers():
        assert not {*layer} & {used for sql in layer.values() for used in NAME.findall(sql)}


@pytest.mark.parametrize("lacking", cases(["source_article", "where_description", "adm_1"], ["source_article"]))
def test_a_column_that_a_file_lacks_says_nothing(lacking: str, tmp_path: Path) -> None:
    """Whatever is made of it: a value, or a list of items."""
    (path := tmp_path / "ged.csv").write_text(table([row(1)], [name for name in COLUMNS if name != lacking]), "utf-8")
    intake, claims = take_in(path)
    assert intake.problems == 0 and len(claims["event"]) == 1
