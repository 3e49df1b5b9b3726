"""The cells of a file in one spelling: without surrounding white space, numbers and dates in one form, null if nothing is stated. Text; no I/O.

This is the one place where spellings are made equal. What a cell had before is kept in `untouched`, from which `original` takes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from schema.codelists.vocabularies import Vocabulary
from schema.formats.spellings import Spellings
from schema.model.parsers import MIDNIGHT_PATTERN

from ..text import quote_identifier, quote_literal
from .types import SQL_WHITE_SPACE, code, degrees, rounded, shortest

# What a column is read as: a count, degrees, a whole number, another number, a date, an id, a code of a vocabulary, or (not listed) a text.
COUNT, DEGREES, WHOLE, NUMBER, DATE, ID = USES = ("count", "degrees", "whole", "number", "date", "id")
NUMERIC_USES = (COUNT, DEGREES, WHOLE, NUMBER)
Use = str | Vocabulary
PLAIN_NUMBER = quote_literal("0|-?[1-9][0-9]{0,8}")
EPOCH_MILLISECONDS = quote_literal("-?[0-9]{1,14}")
DATE_WITHOUT_HYPHENS = quote_literal("(1[0-9]|20|21)[0-9]{6}")  # Nobody can tell whether 20240301 is a day, so it is neither.


def trimmed(value: str) -> str:
    """A text without surrounding white space, null if nothing is left.

    A text that begins and ends with a visible ASCII character needs no trimming, which takes seven times as long as this check.
    """
    visible = f"unicode({value}) between 33 and 126 and unicode(right({value}, 1)) between 33 and 126"
    return f"case when {visible} then {value} else nullif(trim({value}, {SQL_WHITE_SPACE}), '') end"


def canonical(text: str, use: Use, spellings: Spellings) -> str:
    """A trimmed text in the one spelling of its use; null if it stands for no value. What is not a value of that use is left unchanged."""
    if isinstance(use, Vocabulary):
        return f"coalesce({code(use, text)}, {text})"
    if use == ID:  # 900001.0, as a data frame writes it. What else an id may be is not known here.
        return f"case when regexp_full_match({text}, '[0-9]{{1,18}}[.]0') then left({text}, length({text}) - 2) else {text} end"
    spelled = _date(text, spellings) if use == DATE else _number(text, use, spellings)
    if not spellings.null_words:
        return spelled
    return f"case when lower({text}) in ({_listed(spellings.null_words)}) then null else {spelled} end"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(quote_literal, words))


def _number(text: str, use: Use, spellings: Spellings) -> str:
    if spellings.thousands:
        mark = "[.]" if spellings.thousands == "." else spellings.thousands
        grouped = quote_literal(f"[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+([.,][0-9]+)?")
        text = (
            f"case when regexp_full_match({text}, {grouped}) then replace({text}, {quote_literal(spellings.thousands)}, '') else {text} end"
        )
    others = f"regexp_replace(({degrees(text)})::varchar, '[.]0$', ''), " if use == DEGREES else ""
    one = shortest(text) if use == DEGREES else rounded(text)
    return f"case when regexp_full_match({text}, {PLAIN_NUMBER}) then {text} else coalesce({one}, {others}{text}) end"


def _date(text: str, spellings: Spellings) -> str:
    midnight = f"when regexp_full_match({text}, {quote_literal(MIDNIGHT_PATTERN)}) then substr({text}, 1, 10)"
    if not spellings.epoch_dates:
        return f"case when length({text}) = 10 then {text} {midnight} else {text} end"
    number = f"regexp_full_match({text}, {EPOCH_MILLISECONDS}) and not regexp_full_match({text}, {DATE_WITHOUT_HYPHENS})"
    time = f"make_timestamp(try_cast({text} as bigint) * 1000)"
    # Not by strftime, whose years have fewer than four digits before 1000.
    epoch = f"when {number} then regexp_replace(({time})::varchar, ' 00:00:00$', '')"
    return f"case when length({text}) = 10 and {text}[5] = '-' then {text} {midnight} {epoch} else {text} end"


def _without_sentinels(cell: str, use: Use, spellings: Spellings) -> str:
    return f"case when {cell} not in ({_listed(spellings.sentinels)}) then {cell} end" if use == COUNT and spellings.sentinels else cell


def _differs(n: int, cell: str, use: Use | None, spellings: Spellings) -> str:
    """Whether a column will not have what the file's cell has."""
    if use is None:
        return f"nullif({cell}, '') is distinct from {trimmed(cell)}"
    differs = f"nullif(raw_{n}, '') is distinct from {cell}"
    return f"{differs} or {cell} in ({_listed(spellings.sentinels)})" if use == COUNT and spellings.sentinels else differs


def is_sentinel(raw: str, spellings: Spellings) -> str:
    """Whether a cell as the file has it stands for an unknown number."""
    text = f"trim({raw}, {SQL_WHITE_SPACE})"
    return f"coalesce({shortest(text)}, {text}) in ({_listed(spellings.sentinels)})"


def untouched(name: str) -> str:
    """The cell of a column as the file has it; null where its text is the column's value unchanged."""
    path = '$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"json_extract_string(untouched, {quote_literal(path)})"


def in_one_spelling(
    records: str, columns: Sequence[str], uses: Mapping[str, Use], spellings: Spellings, has_raw_record: bool, unstored: Sequence[str]
) -> str:
    """A select of the records with every cell in one spelling, and `untouched`, an object of the cells that had another; null without any.

    `unstored`: the columns whose values may be stored nowhere.
    """
    numbered = [(name, quote_identifier(name), n) for n, name in enumerate(columns, 1)]
    whole = ", whole" if has_raw_record else ""
    # Texts are trimmed at the end, in one step: each step needs memory for its columns.
    trim = ", ".join(f"{cell} as raw_{n}, {trimmed(cell)} as trimmed_{n}" if name in uses else cell for name, cell, n in numbered)
    spell = ", ".join(
        f"raw_{n}, {canonical(f'trimmed_{n}', uses[name], spellings)} as {cell}" if name in uses else cell for name, cell, n in numbered
    )
    cells = ", ".join(
        f"{_without_sentinels(cell, uses[name], spellings) if name in uses else trimmed(cell)} as {cell}" for name, cell, _ in numbered
    )
    differing = ", ".join(
        f"case when {_differs(n, cell, uses.get(name), spellings)} then {quote_literal(json.dumps(name, ensure_ascii=False) + ':')} || "
        f"to_json({f'raw_{n}' if name in uses else cell})::varchar end"
        for name, cell, n in numbered if name not in unstored
    )  # fmt: skip
    return f"""
select record{whole}, {cells}, nullif('{{' || concat_ws(',', {differing or "null"}) || '}}', '{{}}') as untouched
from (select record{whole}, {spell} from (select record{whole}, {trim} from (
{records}
) raw) trimmed) spelled"""
