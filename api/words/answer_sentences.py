"""Words in answers: what a query reads to say a record or a row of totals, and the answer with the sentences in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import ALWAYS_KEYS, PARTIAL, SPANNED, TOTALS_COLUMN, TOTALS_KEY

from ..pauses import pause
from ..query.nodes import (
    Constant,
    Evidence,
    EvidenceClaims,
    EvidenceSources,
    Id,
    Link,
    Node,
    TotalsRecord,
    TotalsValue,
    Value,
    Words,
)
from ..query.totals import record_kinds
from . import CITED, figure_sentence
from .exact_numbers import DECODER
from .languages import speaking
from .totals_rows import sentence

MARK, ROW = "\x00words", "\x00row"  # Keys of an object that is said; no text of PostgreSQL has this character.
SAID = '{"\\u0000words":"'  # How such an object begins. Inside a text, its quotation marks would be escaped.
READ = {  # The fields of records that sentences name; of a figure, all.
    "event": "name started_on ended_on date_precision country place_precision location".split(),
    "location": "name native_name kind country".split(),
    "actor": "name native_name".split(),
    "source": "title publisher".split(),
}


def figure_words(kinds: Kinds, kind: Kind, key: str, language: str) -> Words:
    """The node of the words of a record with quantities, in a language."""
    source = kinds["source"]
    named = tuple(Value(name, source.fields[name]) for name in READ["source"])
    evidence = (Evidence("provenance", CITED), EvidenceClaims("claims"), EvidenceSources("sources", named))
    return Words(key, (Constant(MARK, language), *_read(kinds, kind), *evidence))


def totals_words(kinds: Kinds, kind: Kind, key: str, language: str, by: Sequence[str]) -> Words:
    """The node of the words of a row of totals by some keys, in a language."""
    records = record_kinds(kinds, kind)
    names = [*(name for name in TOTALS_KEY.codes if name in (*by, *ALWAYS_KEYS)), *TOTALS_COLUMN.codes, PARTIAL, SPANNED]
    cells = (
        TotalsRecord(name, name, records[name], tuple(_read(kinds, records[name]))) if name in records else TotalsValue(name, name)
        for name in names
    )
    return Words(key, (Constant(MARK, language), Constant(ROW, ""), *cells))


def _read(kinds: Kinds, kind: Kind) -> Iterator[Node]:
    """What a sentence needs of a record, and of the records that it names."""
    yield Id("id")
    for name in READ.get(kind.name) or kind.fields:
        field = kind.fields[name]
        if field.type.ref is None:
            yield Value(name, field)
        elif field.type.ref in READ:
            yield Link(name, field, tuple(_read(kinds, kinds[field.type.ref])))


def spoken(text: str) -> str:
    """The JSON of an answer, with a sentence in the place of each object that is to be said."""
    parts, end = [], 0
    while (start := text.find(SAID, end)) >= 0:
        pause()
        document, stop = DECODER.raw_decode(text, start)
        parts += [text[end:start], json.dumps(_said(document), ensure_ascii=False)]
        end = stop
    return "".join([*parts, text[end:]]) if parts else text


def _said(document: Mapping[str, Any]) -> str:
    with speaking(document[MARK]):
        return sentence(document) if ROW in document else figure_sentence(document, document["sources"])
