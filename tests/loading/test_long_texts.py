"""Long texts are stored, or rejected by file, record and field: no text ends in an error of the database."""

from __future__ import annotations

import random

import pytest

from api.errors import LoadRefused
from api.loading.collections import load
from schema.kinds import KINDS
from schema.model.field import MAX_INDEXED_TEXT
from schema.model.parsers import MAX_TEXT

from ..conftest import Instance


def _noise(length: int) -> str:
    """Text that no compression makes short, of characters with three bytes."""
    return "".join(map(chr, random.Random(length).choices(range(0x4E00, 0x9000), k=length)))


async def test_the_longest_texts_are_stored_and_longer_ones_are_rejected(store: Instance) -> None:
    document = "source: {{id: s, title: {title}, kind: dataset}}\nclaims:\n  locations:\n    - {{id: p, name: {name}, kind: area, pcode: {code}}}\n"
    texts = {"title": _noise(MAX_TEXT), "name": _noise(MAX_TEXT), "code": _noise(MAX_INDEXED_TEXT)}
    store.write("a/a.yaml", document.format(**{**texts, "title": _noise(1_000_000), "code": texts["code"] + "x"}))
    with pytest.raises(LoadRefused) as refused:
        await load(KINDS, store.url, store.folder / "a")
    assert "a/a.yaml:1, title: is too long: 1000000 characters; at most 100000" in str(refused.value).replace(":1:1,", ":1,")
    assert "pcode: is too long: 501 characters; at most 500" in str(refused.value)
    store.write("a/a.yaml", document.format(**texts))
    await load(KINDS, store.url, store.folder / "a")
    assert [row[:] for row in await store.rows("select length(name), length(pcode) from location")] == [(MAX_TEXT, MAX_INDEXED_TEXT)]
