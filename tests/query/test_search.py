"""Search in lists and across kinds, on both surfaces, against a plain model: names, what records refer to, codes, ids and dates."""

from __future__ import annotations

import pytest

from schema.kinds import KINDS
from schema.model.kind import Kind

from ..conftest import Instance
from ..support.invented import Cells, collection, fold

INVENTED = collection(KINDS, 40)
BY_ID = {kind.name: {row["id"]: row for row in INVENTED[kind.plural]} for kind in KINDS.values()}
FOUND = [kind for kind in KINDS.values() if kind.finds]
PLACE, EVENT = (next(row for row in INVENTED[plural] if " " not in row["name"].strip()) for plural in ("locations", "events"))
SEARCHES = [
    "e",
    "a b",
    "killed",
    "killed a",
    "women e",
    PLACE["name"],
    EVENT["name"],
    f"killed {EVENT['name']}",
    "nothing-has-this",
    "a e i o",
    "%",
    "injured killed",
]


def has_word(kind: Kind, row: Cells, word: str) -> bool:
    names = [row.get(one.name) for one in kind.searched]
    if names and fold(word) in fold(" ".join(" ".join(one) if isinstance(one, list) else one for one in names if one is not None)):
        return True
    for name in kind.finds:
        field, value = kind.fields[name], row.get(name)
        if value is None:
            continue
        if field.type.ref and has_word(KINDS[field.type.ref], BY_ID[field.type.ref][value], word):
            return True
        if field.type.vocabulary and value in field.type.vocabulary.codes_with(word):
            return True
    return False


@pytest.mark.parametrize("kind", FOUND, ids=lambda kind: kind.name)
@pytest.mark.parametrize("text", SEARCHES)
async def test_a_list_is_searched_in_names_codes_and_what_it_refers_to(invented: Instance, kind: Kind, text: str) -> None:
    expected = [row["id"] for row in INVENTED[kind.plural] if all(has_word(kind, row, word) for word in text.split())]
    listed = await invented.client.get(f"/v1/{kind.plural}", params={"search": text, "limit": "1000", "fields": "id", "count": "exact"})
    assert ([one["id"] for one in listed.json()["data"]], listed.json()["count"]) == (sorted(expected), len(expected))
    document = f"query ($text: String, $after: String) {{ page: {kind.plural}(search: $text, first: 7, after: $after) {{ totalCount nodes {{ slug }} pageInfo {{ endCursor hasNextPage }} }} }}"
    walked: list[str] = []
    after = None
    while True:
        page = (await invented.graphql(document, text=text, after=after))["page"]
        walked += [one["slug"] for one in page["nodes"]]
        assert page["totalCount"] == len(expected)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert walked == sorted(expected)
    past = await invented.get(f"/v1/{kind.plural}?revision=0&search=e")
    assert past["data"] == []
    table = await invented.client.get(f"/v1/{kind.plural}.csv", params={"search": text, "fields": "id"})
    assert table.text.split()[1:] == sorted(expected)


async def test_an_event_is_found_by_its_place_and_a_figure_by_both(aleppo: Instance) -> None:
    found = {one["id"] for one in (await aleppo.get("/v1/figures?search=displaced+Aleppo&limit=1000"))["data"]}
    assert found == {"aleppo-displacement-2024-displaced", "aleppo-flight-to-idlib-2024-displaced"}
    (there,) = (await aleppo.get("/v1/events?search=wan+hka&fields=name,location.name"))["data"]
    assert there["id"] == "ucdp-ged-48761" and there["location"]["name"] == "Wan Hka area" and "Wan Hka" not in there["name"]
    assert (await aleppo.get("/v1/figures?search=killed+wan+hka&population=all"))["data"][0]["id"] == "ucdp-ged-48761-total"
