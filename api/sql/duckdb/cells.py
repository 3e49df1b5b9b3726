"""The cells of a file in one spelling: without surrounding white space, line breaks, numbers and dates in one form, null if nothing is stated. Text; no I/O.

This is the one place where spellings are made equal. What a cell had before is kept in `untouched`, from which `original` takes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from schema.codelists.vocabularies import Vocabulary
from schema.formats.spellings import NUMBER_MARK, UNSEEN, Spellings, alike
from schema.model.parsers import MIDNIGHT_PATTERN

from ..text import literals, quote_identifier, quote_literal
from .types import SQL_WHITE_SPACE, code, degrees, rounded, shortest, with_line_feeds

# What a column is read as: a count, degrees, a whole number, another number, a date, an id, a name, a code of a vocabulary, or a text.
COUNT, DEGREES, WHOLE, NUMBER, DATE, ID, NAME = USES = ("count", "degrees", "whole", "number", "date", "id", "name")
TEXT = ""
NUMERIC_USES = (COUNT, DEGREES, WHOLE, NUMBER)
Use = str | Vocabulary
UNSEEN_CLASS = "[" + "".join(rf"\x{{{ord(first):x}}}-\x{{{ord(last):x}}}" for first, last in UNSEEN) + "]"
# What is seen as one space: those of all widths, and several of them.
OTHER_SPACES = r"\x{a0}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"
SPACES = f"[ {OTHER_SPACES}]"
PLAIN_NUMBER = quote_literal("0|-?[1-9][0-9]{0,8}")
EPOCH_MILLISECONDS = quote_literal("-?[0-9]{1,14}")
DATE_WITHOUT_HYPHENS = quote_literal("(1[0-9]|20|21)[0-9]{6}")  # Nobody can tell whether 20240301 is a day, so it is neither.


def trimmed(value: str) -> str:
    """A text without surrounding white space, with line feeds for line breaks, null if nothing is left.

    A text that begins and ends with a visible ASCII character needs no trimming, which takes seven times as long as this check.
    """
    visible = f"unicode({value}) between 33 and 126 and unicode(right({value}, 1)) between 33 and 126 and not contains({value}, chr(13))"
    return f"case when {visible} then {value} else nullif({with_line_feeds(f'trim({value}, {SQL_WHITE_SPACE})')}, '') end"


def canonical(text: str, use: Use, spellings: Spellings, codes: frozenset[str] = frozenset()) -> str:
    """A trimmed text in the one spelling of its use; null if it stands for no value. What is not a value of that use is left unchanged.

    `codes`: in small letters, what is a code of the column although it looks like a word for none.
    """
    as_text = use in (TEXT, ID, NAME) or isinstance(use, Vocabulary)
    words = [word for word in (spellings.text_null_words if as_text else spellings.null_words) if word not in codes]
    as_stored, text = text, without_mark(text, spellings)
    spelled = _number(text, use, spellings, as_stored) if use in NUMERIC_USES else _canonical(text, use, spellings)
    if not words:
        return spelled
    return f"case when length({text}) <= {max(map(len, words))} and lower({text}) in ({literals(words)}) then null else {spelled} end"


def _canonical(text: str, use: Use, spellings: Spellings) -> str:
    if isinstance(use, Vocabulary):
        return f"coalesce({code(use, text)}, {text})"
    name = text if spellings.exact_names else as_seen(text)
    if use == ID:  # 900001.0, as a data frame writes it. What else an id may be is not known here.
        return f"case when regexp_full_match({text}, '[0-9]{{1,18}}[.]0') then left({text}, length({text}) - 2) else {name} end"
    if use == NAME:
        return name if spellings.exact_names else f"case when not ({is_several(text)}) then {name} end"
    if use == TEXT:
        return text
    return _date(text, spellings)


def is_several(text: str) -> str:
    """Whether a text is a list or an object, which JSON and Parquet can have in a cell: several values are no name."""
    return f"left({text}, 1) in ('[', '{{') and json_valid({text})"


def as_seen(text: str) -> str:
    """A name in the one spelling of all that look the same: composed letters (NFC), one space between words, nothing unseen."""
    composed = f"regexp_replace(nfc_normalize({text}), '{UNSEEN_CLASS}+', '', 'g')"
    spaced = f"nullif(trim(regexp_replace({composed}, '{SPACES}+', ' ', 'g')), '')"
    return f"case when strlen({text}) = length({text}) and not contains({text}, '  ') then {text} else {spaced} end"


def without_mark(text: str, spellings: Spellings) -> str:
    """A cell without the mark of numbers that a file stores as numbers."""
    return f"rtrim({text}, {quote_literal(NUMBER_MARK)})" if spellings.marks_numbers else text


def _number(text: str, use: Use, spellings: Spellings, as_stored: str) -> str:
    """A number; `as_stored`: with the mark of those that the file stores as numbers, in which nothing stands between thousands."""
    if spellings.thousands and use != DEGREES:
        mark = f"[{alike(spellings.thousands)}]"
        decimal = "[.,]".replace(spellings.thousands, "")  # 1,234,56 is no number: a digit is missing, or too many.
        grouped = quote_literal(f"[+-]?[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+({decimal}[0-9]+)?")
        plain = f"regexp_replace({text}, {quote_literal(mark)}, '', 'g')"
        text = f"case when regexp_full_match({as_stored}, {grouped}) then {plain} else {text} end"
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
    utc = f"regexp_replace(({time})::varchar, ' 00:00:00$', '')"
    epoch = f"when {number} then {utc} || case when length({utc}) > 10 then 'Z' else '' end"
    return f"case when length({text}) = 10 and {text}[5] = '-' then {text} {midnight} {epoch} else {text} end"


def is_sentinel(raw: str, spellings: Spellings) -> str:
    """Whether a cell as the file has it stands for an unknown number."""
    text = f"trim({raw}, {SQL_WHITE_SPACE})"
    return f"coalesce({shortest(text)}, {text}) in ({literals(spellings.sentinels)})"


def untouched(name: str) -> str:
    """The cell of a column as the file has it; null where its text is the column's value unchanged."""
    return f"json_extract_string(untouched, {quote_literal(path_in_untouched(name))})"


def path_in_untouched(name: str) -> str:
    """The path of a column's cell in `untouched`."""
    return '$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _spelled(cell: str, use: Use, spellings: Spellings, codes: frozenset[str]) -> str:
    """A trimmed cell in the one spelling of its use, null if it stands for no value."""
    spelled = canonical(cell, use, spellings, codes)
    if use != COUNT or not spellings.sentinels:
        return spelled
    return f"case when ({spelled}) not in ({literals(spellings.sentinels)}) then {spelled} end"


def in_one_spelling(
    records: str, columns: Sequence[str], uses: Mapping[str, Use], codes: Mapping[str, frozenset[str]], spellings: Spellings,
    has_raw_record: bool, unstored: Sequence[str],
) -> str:  # fmt: skip
    """A select of the records with every cell in one spelling, and `untouched`, an object of the cells that had another; null without any.

    `codes`: by column, the codes that do not mean an empty cell. `unstored`: the columns whose values must not be stored anywhere.

    The cells of one use are spelled by one expression over a list of them: DuckDB takes longer to plan an expression for each column than to read a
    small file, and evaluates both equally fast.
    """
    record = f"record{', whole' if has_raw_record else ''}"
    numbers = range(1, len(columns) + 1)
    words = frozenset(spellings.text_null_words)
    uses_of = {n: (uses.get(name, TEXT), codes.get(name, frozenset()) & words) for n, name in zip(numbers, columns, strict=True)}
    if not words:
        uses_of = {n: use for n, use in uses_of.items() if use[0] != TEXT}
    groups = [(use, [n for n in uses_of if uses_of[n] == use]) for use in dict.fromkeys(uses_of.values())]
    lists = "".join(
        f",\n  list_transform([{', '.join(f'trimmed[{n}]' for n in group)}], lambda cell: {_spelled('cell', use, spellings, listed)}) as spelled_{g}"
        for g, ((use, listed), group) in enumerate(groups)
    )
    spelled = {n: f"spelled_{g}[{place}]" for g, (_, group) in enumerate(groups) for place, n in enumerate(group, 1)}
    keys = ", ".join("null" if name in unstored else quote_literal(json.dumps(name, ensure_ascii=False) + ":") for name in columns)
    changed = f"case when nullif(cell, '') is distinct from cells[n] then ([{keys}])[n] || to_json(cell)::varchar end"
    cells = f"[{', '.join(map(quote_identifier, columns))}]"
    raw = f"list_transform({cells}, lambda cell: {without_mark('cell', spellings)})" if spellings.marks_numbers else cells
    return f"""
select {record}, {", ".join(f"cells[{n}] as {quote_identifier(name)}" for n, name in zip(numbers, columns, strict=True))},
  nullif('{{' || array_to_string(list_transform(raw, lambda cell, n: {changed}), ',') || '}}', '{{}}') as untouched
from (select {record}, raw, [{", ".join(spelled.get(n, f"trimmed[{n}]") for n in numbers)}] as cells
from (select {record}, raw, trimmed{lists}
from (select {record}, raw, list_transform(stored, lambda cell: {trimmed("cell")}) as trimmed
from (select {record}, {raw} as raw, {cells} as stored from (
{records}
) records) listed) shortened) spelled) cells"""
