"""Every condition means the same on both surfaces, and what a plain interpreter takes it to mean; nothing in it is ever run as SQL."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from api.query import conditions
from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

from ..conftest import Instance, source
from ..support.invented import (
    TEXTS,
    Cells,
    collection,
    fold,
    value,
)
from ..support.operators import PYTHON_OPERATORS, comparison_value
from ..support.properties import NIGHTLY

INVENTED = collection(KINDS, 40)
NEWER = "application/graphql-response+json"
ASKED = [
    pytest.param(kind, one, operator, id=f"{kind.name}.{one.name if one else 'id'}.{operator}")
    for kind in KINDS.values() for one in (None, *kind.fields.values()) for operator in conditions.operators(KINDS, one)
    if operator not in ("match", "within")
]  # fmt: skip
KINDS_LISTED = [pytest.param(kind, id=kind.name) for kind in KINDS.values()]


# A plain interpreter of conditions


def rows(kind: Kind) -> list[Cells]:
    return INVENTED[kind.plural]


def holds(kind: Kind, row: Cells, where: dict[str, Any]) -> bool:
    """Whether a filter object, in our own spelling, holds of a row."""
    return all(_holds(kind, row, name, asked) for name, asked in where.items())


def _holds(kind: Kind, row: Cells, name: str, asked: Any) -> bool:
    if name == "and":
        return all(holds(kind, row, one) for one in asked)
    if name == "or":
        return any(holds(kind, row, one) for one in asked)
    if name == "not":
        return not holds(kind, row, asked)
    if name in kind.columns:
        link, field = kind.columns[name].split(".")
        return holds(kind, row, {link: {"match": {field: asked}}})
    if name in kind.reverses:
        return _related(kind, row, name, asked)
    one = kind.fields.get(name)
    have = comparison_value(one, row.get(name))
    for operator, argument in asked.items():
        if operator == "match":
            assert one is not None and one.type.ref is not None
            target = KINDS[one.type.ref]
            found = have is not None and holds(target, next(row for row in rows(target) if row["id"] == have), argument)
        elif operator == "within":
            assert one is not None and one.type.ref is not None
            found = have in inside(KINDS[one.type.ref], argument)
        else:
            found = PYTHON_OPERATORS[operator](have, comparison_value(one, argument) if operator != "known" else argument)
        if not found:
            return False
    return True


def _related(kind: Kind, row: Cells, name: str, asked: dict[str, Any]) -> bool:
    reverse = kind.reverses[name]
    referring = [other for other in rows(reverse.kind) if other.get(reverse.field.name) == row["id"]]
    for how, than in asked.items():
        where = than.get("where", {}) if how == "count" else than
        number = sum(holds(reverse.kind, other, where) for other in referring)
        compared = {"some": {"gte": 1}, "none": {"eq": 0}}.get(how, than)
        if not all(PYTHON_OPERATORS[operator](number, limit) for operator, limit in compared.items() if operator != "where"):
            return False
    return True


def inside(kind: Kind, id: str) -> set[str]:
    nesting = KINDS.nesting_field(kind)
    assert nesting is not None
    found = {id} & {row["id"] for row in rows(kind)}
    while more := {row["id"] for row in rows(kind) if row.get(nesting.name) in found} - found:
        found |= more
    return found


def chosen(kind: Kind, where: dict[str, Any]) -> list[str]:
    return [row["id"] for row in rows(kind) if holds(kind, row, where)]


# How the surfaces spell it


def spelt(kind: Kind, where: dict[str, Any]) -> dict[str, Any]:
    """A filter object as the variables of GraphQL have it."""
    found: dict[str, Any] = {}
    for name, asked in where.items():
        one = kind.fields.get(name)
        if name in ("and", "or"):
            found[name] = [spelt(kind, one) for one in asked]
        elif name == "not":
            found[name] = spelt(kind, asked)
        elif name in kind.reverses:
            found[camel(name)] = {how: _spelt_list(kind.reverses[name].kind, how, value) for how, value in asked.items()}
        else:
            one = KINDS["event"].fields[name] if name in kind.columns else one
            found[camel(name)] = {camel(operator): _spelt(one, operator, argument) for operator, argument in asked.items()}
    return found


def _spelt(one: Field | None, operator: str, argument: Any) -> Any:
    if operator == "match":
        assert one is not None and one.type.ref is not None
        return spelt(KINDS[one.type.ref], argument)
    if one is not None and one.type.vocabulary and not one.type.levels and operator != "known":
        return [item.upper() for item in argument] if isinstance(argument, list) else argument.upper()
    if one is not None and one.type.name == "number" and operator != "known":
        return [float(item) for item in argument] if isinstance(argument, list) else float(argument)
    return argument


def _spelt_list(kind: Kind, how: str, value: dict[str, Any]) -> dict[str, Any]:
    if how != "count":
        return spelt(kind, value)
    return {operator: spelt(kind, than) if operator == "where" else than for operator, than in value.items()}


def literal(kind: Kind | None, one: Field | None, value: Any, name: str = "") -> str:
    """A value as it stands in a document; codes are names there."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal(kind, one, item, key)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(kind, one, item, name) for item in value) + "]"
    if one is not None and one.type.vocabulary and not one.type.levels and isinstance(value, str):
        return value
    return json.dumps(value)


async def graphql(on: Instance, kind: Kind, where: dict[str, Any]) -> list[str]:
    question = (
        f"query ($where: {kind.graphql}Where) {{ list: {kind.plural}(first: 1000, where: $where) {{ nodes {{ id: slug }} totalCount }} }}"
    )
    page = (await on.graphql(question, where=spelt(kind, where)))["list"]
    assert page["totalCount"] == len(page["nodes"])
    return [one["id"] for one in page["nodes"]]


async def rest(on: Instance, kind: Kind, /, **parameters: str) -> list[str]:
    answer = await on.client.get(f"/v1/{kind.plural}", params={"limit": "1000", "fields": "id", **parameters})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


def text(argument: Any) -> str:
    if isinstance(argument, list):
        return ",".join(map(text, argument))
    return str(argument).lower() if isinstance(argument, bool) else str(argument)


def arguments(kind: Kind, one: Field | None, operator: str) -> Iterator[Any]:
    """What to ask of a field: values that stand in the data, and one that may not."""
    if operator == "known":
        yield from (True, False)
        return
    dice = random.Random(f"{kind.name}.{one and one.name}.{operator}")
    ids = [row["id"] for row in rows(KINDS[one.type.ref or ""])] if one and one.type.ref else [row["id"] for row in rows(kind)]
    there = [row.get(one.name if one else "id") for row in rows(kind)]
    known = [item for found in there if found is not None for item in (found if isinstance(found, list) else [found])]
    found = dice.sample(known, min(2, len(known)))
    found.append(value(dice, one, ids) if one else "nobody")
    found = [item[0] if isinstance(item, list) else item for item in found if item is not None]
    if one is not None and one.type.name == "number":
        found = [item for item in found if isinstance(item, (int, float))]  # A float of GraphQL does not hold more.
    if operator == "one_of":
        yield [item for item in found if "," not in str(item)]
        return
    yield from found
    if operator == "contains":
        yield from ("E", "é", "%", "_", "'", "احم")


@pytest.mark.sampled(12)
@pytest.mark.parametrize(("kind", "one", "operator"), ASKED)
async def test_a_condition_means_the_same_on_both_surfaces(invented: Instance, kind: Kind, one: Field | None, operator: str) -> None:
    name = one.name if one else "id"
    for argument in arguments(kind, one, operator):
        expected = chosen(kind, {name: {operator: argument}})
        assert await graphql(invented, kind, {name: {operator: argument}}) == expected, argument
        assert await rest(invented, kind, **{f"{name}.{operator}": text(argument)}) == expected, argument
        written = literal(kind, one, spelt(kind, {name: {operator: argument}}))
        question = f"{{ list: {kind.plural}(first: 1000, where: {written}) {{ nodes {{ id: slug }} }} }}"
        assert [row["id"] for row in (await invented.graphql(question))["list"]["nodes"]] == expected, question


@pytest.mark.parametrize("kind", KINDS_LISTED)
async def test_a_parameter_without_an_operator_means_eq(invented: Instance, kind: Kind) -> None:
    for one in kind.fields.values():
        operator = "eq" if "eq" in one.type.operators else "has"
        for argument in arguments(kind, one, operator):
            assert await rest(invented, kind, **{one.name: text(argument)}) == chosen(kind, {one.name: {operator: argument}})


@pytest.mark.parametrize("name", ["location", "event", "actor"])
async def test_within_reaches_every_depth(invented: Instance, name: str) -> None:
    nesting = KINDS.nesting_field(KINDS[name])
    assert nesting is not None
    ids = [row["id"] for row in rows(KINDS[name])]
    widest = max(ids, key=lambda id: len(inside(KINDS[name], id)))
    assert len(inside(KINDS[name], widest)) > 4
    for kind in KINDS.values():
        for one in kind.links:
            if one.type.ref != name:
                continue
            for id in [widest, ids[0], ids[-1], "nowhere"]:
                expected = chosen(kind, {one.name: {"within": id}})
                assert await graphql(invented, kind, {one.name: {"within": id}}) == expected
                assert await rest(invented, kind, **{f"{one.name}.within": id}) == expected


def tree(dice: random.Random, kind: Kind, depth: int) -> dict[str, Any]:
    """A filter object by chance: conditions on one or two fields, and perhaps combinations of them."""
    found: dict[str, Any] = {}
    for one in dice.sample(list(kind.fields.values()), dice.choice([1, 1, 1, 2])):
        operators = [operator for operator in KINDS.operators(one) if operator not in ("match", "within")]
        conditions: dict[str, Any] = {}
        for operator in dice.sample(operators, dice.choice([1, 1, 1, 2]) if len(operators) > 1 else 1):
            choice = list(arguments(kind, one, operator)) or list(arguments(kind, one, operator := "known"))
            conditions[operator] = dice.choice(choice)
        if one.type.ref and not one.type.many and depth:
            conditions["match"] = tree(dice, KINDS[one.type.ref], depth - 1)
        found[one.name] = conditions
    if depth:
        for how in dice.sample(["and", "or", "not"], dice.choice([0, 1, 2])):
            parts = [tree(dice, kind, depth - 1) for _ in range(dice.choice([1, 2, 3]))]
            found[how] = tree(dice, kind, depth - 1) if how == "not" else parts
    return found


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", KINDS_LISTED)
async def test_and_or_and_not_combine_conditions(invented: Instance, kind: Kind) -> None:
    dice = random.Random(kind.name)
    sizes = set()
    for _ in range(40 if NIGHTLY else 20):
        where = tree(dice, kind, 2)
        expected = chosen(kind, where)
        sizes.add(len(expected))
        assert await graphql(invented, kind, where) == expected, json.dumps(spelt(kind, where), ensure_ascii=False)
    assert len(sizes) > 5


def related(dice: random.Random, kind: Kind, depth: int) -> dict[str, Any]:
    """Conditions on the records that refer to a record, by chance."""
    name = dice.choice([*kind.reverses])
    target = kind.reverses[name].kind
    found: dict[str, Any] = {}
    for how in dice.sample(["some", "none", "count"], dice.choice([1, 1, 2])):
        inner = {**tree(dice, target, depth - 1), **(related(dice, target, depth - 1) if target.reverses and depth > 1 else {})}
        if how == "count":
            operators = dice.sample(["eq", "ne", "gt", "gte", "lt", "lte"], dice.choice([1, 2]))
            found[how] = {operator: dice.choice([0, 1, 1, 2, 3]) for operator in operators} | (
                {"where": inner} if dice.random() < 0.5 else {}
            )
        else:
            found[how] = inner
    return {name: found}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("kind", [one for one in KINDS_LISTED if one.values[0].reverses])  # type: ignore[union-attr]  # each is a kind
async def test_conditions_on_related_records_find_what_they_say(invented: Instance, kind: Kind) -> None:
    dice = random.Random(f"related {kind.name}")
    sizes = set()
    for _ in range(40 if NIGHTLY else 20):
        where = related(dice, kind, 2)
        if dice.random() < 0.3:
            where = {dice.choice(["and", "or"]): [where, related(dice, kind, 1), tree(dice, kind, 0)]}
        expected = chosen(kind, where)
        sizes.add(len(expected))
        assert await graphql(invented, kind, where) == expected, json.dumps(spelt(kind, where), ensure_ascii=False)
        question = (
            f"query ($where: {kind.graphql}Where) {{ snapshot(revision: 0) {{ list: {kind.plural}(where: $where) {{ totalCount }} }} }}"
        )
        assert (await invented.graphql(question, where=spelt(kind, where)))["snapshot"]["list"]["totalCount"] == 0
    assert len(sizes) > 4


def _apart(figure: Cells) -> bool:
    """Whether an event has a figure of this measure, and another with this number, but none with both."""
    measure, best = figure.get("measure"), figure.get("best")
    if measure is None or not isinstance(best, (int, float)):
        return False
    both: dict[str, Any] = {"measure": {"eq": measure}, "best": {"gte": best}}
    apart = {"and": [{"figures": {"some": {name: asked}}} for name, asked in both.items()]}
    return chosen(KINDS["event"], apart) != chosen(KINDS["event"], {"figures": {"some": both}})


async def test_rest_conditions_on_one_list_are_about_the_same_record(invented: Instance) -> None:
    event, actor, location, participation = (KINDS[name] for name in ("event", "actor", "location", "participation"))
    measure, best = next((row["measure"], row["best"]) for row in rows(KINDS["figure"]) if _apart(row))
    both = {"measure": {"eq": measure}, "best": {"gte": best}}
    asked = {"some.measure": measure, "some.best.gte": str(best)}
    counted = {"figures": {"count": {"gte": 1, "lt": 3, "where": {"best": {"gte": best}}}}}
    same = {"participations": {"some": {"event": {"match": {"country": {"eq": "SYR"}}}, "role": {"eq": "side_a"}}}}
    for kind, parameters, where in (
        (event, {f"figures.{name}": than for name, than in asked.items()}, {"figures": {"some": both}}),
        (event, {"figures.none.measure": measure}, {"figures": {"none": {"measure": {"eq": measure}}}}),
        (event, {"figures.count": "1"}, {"figures": {"count": {"eq": 1}}}),
        (event, {"figures.count.gte": "1", "figures.count.lt": "3", "figures.count.where.best.gte": str(best)}, counted),
        (actor, {"participations.some.event.country": "SYR", "participations.some.role": "side_a"}, same),
        (location, {f"events.some.figures.{name}": than for name, than in asked.items()}, {"events": {"some": {"figures": {"some": both}}}}),
        (participation, {f"event.figures.{name}": than for name, than in asked.items()}, {"event": {"match": {"figures": {"some": both}}}}),
    ):  # fmt: skip
        assert await rest(invented, kind, **parameters) == chosen(kind, where), parameters
    summed = await invented.get(
        "/v1/figures/totals?event.figures.some.best.gte=1&event.figures.none.measure=injured&event.figures.count.gte=1"
    )
    assert len(summed["data"]) <= len((await invented.get("/v1/figures/totals"))["data"])


@pytest.mark.parametrize("name", ["figure", "participation"])
async def test_records_take_conditions_on_the_country_and_the_dates_of_their_event(invented: Instance, name: str) -> None:
    kind, countries = KINDS[name], [row["country"] for row in INVENTED["events"] if row.get("country")]
    for where in (
        {"country": {"eq": countries[0]}}, {"country": {"known": False}}, {"started_on": {"gte": "2010-01-01"}, "country": {"ne": countries[0]}},
        {"not": {"ended_on": {"known": True}}}, {"or": [{"country": {"one_of": countries[:3]}}, {"started_on": {"lt": "1990-01-01"}}]},
    ):  # fmt: skip
        assert await graphql(invented, kind, where) == chosen(kind, where)
    parameters = {"country": countries[0], "started_on.gte": "1900-01-01"}
    expected = chosen(kind, {"country": {"eq": countries[0]}, "started_on": {"gte": "1900-01-01"}})
    assert await rest(invented, kind, **parameters) == expected
    assert await rest(invented, KINDS["event"], **{f"{kind.plural}.some.country": countries[0]}) == chosen(
        KINDS["event"], {kind.plural: {"some": {"country": {"eq": countries[0]}}}}
    )


@pytest.mark.parametrize(("asked", "message"), [
    ("figures=killed", "figures.some.event"), ("figures.measure=killed", "figures.some.measure"), ("figures.some=killed", "add a field"),
    ("figures.count.where.measure=killed", "figures.count.gte"), ("figures.count.contains=1", "use one of"), ("figures.count.gte=many", "whole number"),
    ("figures.some.mesure=killed", "did you mean measure"), ("figures.count.where=killed", "add a field"), ("figures.several.measure=killed", "`figures.some`"),
])  # fmt: skip
async def test_a_condition_on_related_records_is_explained(invented: Instance, asked: str, message: str) -> None:
    answer = await invented.client.get(f"/v1/events?{asked}")
    assert answer.status_code == 400 and message in answer.json()["detail"], answer.text


@pytest.mark.parametrize(("where", "message"), [
    ("{figures: {}}", "is empty"), ("{figures: {some: {}}}", "count: {gte: 1}"), ("{figures: {count: {}}}", "is empty"), ("{figures: null}", "is null"),
    ("{figures: {count: {where: {best: {gte: 1}}}}}", "compares the number with nothing"), ("{figures: {count: {gte: -1}}}", "below zero"),
    ("{figures: {count: {gte: null}}}", "is null"), ("{figures: {count: {gte: 1, where: null}}}", "is null"),
])  # fmt: skip
async def test_an_empty_condition_on_related_records_is_refused(invented: Instance, where: str, message: str) -> None:
    answer = await invented.client.post(
        "/graphql", json={"query": f"{{ events(where: {where}) {{ totalCount }} }}"}, headers={"accept": NEWER}
    )
    assert answer.status_code == 400 and message in answer.json()["errors"][0]["message"], answer.text


async def test_a_dotted_parameter_filters_by_the_referenced_record(invented: Instance) -> None:
    figure = KINDS["figure"]
    where = {"event": {"match": {"location": {"match": {"part_of": {"match": {"name": {"contains": "a"}}}}}, "kind": {"ne": "battle"}}}}
    parameters = {"event.location.part_of.name.contains": "a", "event.kind.ne": "battle"}
    assert await rest(invented, figure, **parameters) == chosen(figure, where) != []
    assert await rest(invented, figure, **{"event.id": "event-0003"}) == chosen(figure, {"event": {"eq": "event-0003"}})
    assert await rest(invented, figure, **{"actor.id.one_of": "actor-0003,actor-0005"}) == chosen(
        figure, {"actor": {"one_of": ["actor-0003", "actor-0005"]}}
    )


async def test_a_name_is_found_in_any_spelling(instance: Instance) -> None:
    names = {"ahmad": "أحمد", "muhammad": "مُحَمَّد", "idlib": "إدلب", "alep": "Álepo", "strasse": "Straße", "hay": "Hay'at Tahrir al-Sham",
             "percent": "50% of", "under": "a_b", "back": "c\\d", "quote": 'the "Tiger" Forces', "wide": "９９％", "two": "Deir ez-Zor"}  # fmt: skip
    listed = "".join(
        f"    - {{id: {id}, name: {json.dumps(name)}, kind: state, aliases: [{json.dumps('x' + id)}]}}\n" for id, name in names.items()
    )
    await instance.load(paper=source() + "claims:\n  actors:\n" + listed)
    for search, expected in {
        "احمد": ["ahmad"], "أحمد": ["ahmad"], "أَحْمَد": ["ahmad"], "محمد": ["muhammad"], "محـــمد": ["muhammad"], "ادلب": ["idlib"],
        "alepo": ["alep"], "ÁLEPO": ["alep"], "STRASSE": ["strasse"], "straße": ["strasse"], "hay'at sham": ["hay"], "sham hay": ["hay"],
        "%": ["percent", "wide"], "50%": ["percent"], "％": ["percent", "wide"], "0%o": [], "_": ["under"], "a_b": ["under"], "＿": ["under"], "a.b": [],
        "\\": ["back"], "＼": ["back"], "c\\d": ["back"], '"tiger': ["quote"], "99": ["wide"], "ez-zor deir": ["two"], "xstrasse": ["strasse"],
        "ahmad": ["ahmad"], "nobody": [], "' or 1=1 --": [],
    }.items():  # fmt: skip
        assert await rest(instance, KINDS["actor"], search=search, order="id") == sorted(expected), search
        page = await instance.graphql(
            "query ($search: String!) { actors(search: $search) { nodes { id: slug } totalCount } }", search=search
        )
        assert [one["id"] for one in page["actors"]["nodes"]] == sorted(expected), search
        assert page["actors"]["totalCount"] == len(expected)


REFUSED_SEARCHES = ["", " ", "\u00a0", "a\x00b", " ".join("abcdefghijk")]


@pytest.mark.parametrize("search", REFUSED_SEARCHES)
async def test_a_search_without_words_or_with_too_many_is_refused(invented: Instance, search: str) -> None:
    answer = await invented.client.get("/v1/actors", params={"search": search})
    assert answer.status_code == 400 and answer.json()["detail"].startswith("search: ")
    body = {"query": "query ($search: String) { actors(search: $search) { totalCount } }", "variables": {"search": search}}
    answer = await invented.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert answer.status_code == 400 and answer.json()["errors"][0]["message"].startswith("search: ")


# What is refused


@pytest.mark.parametrize(("parameters", "code", "detail"), [
    ({"nam": "x"}, "unknown-argument", "nam: events have no field 'nam'; did you mean name"),
    ({"limt": "1"}, "unknown-argument", "limt: events have no field 'limt'; did you mean limit"),
    ({"started_on.gteq": "2024-01-01"}, "unknown-argument", "started_on.gteq: started_on has no operator 'gteq'; did you mean gte"),
    ({"startedOn": "2024-01-01"}, "unknown-argument", "startedOn: events have no field 'startedOn'; did you mean started_on"),
    ({"location.nam": "x"}, "unknown-argument", "location.nam: location has no operator or field 'nam'; did you mean name"),
    ({"location.name.contain": "x"}, "unknown-argument", "location.name.contain: name has no operator 'contain'; did you mean contains"),
    ({"name.gt": "x"}, "unknown-argument", "name.gt: name has no operator 'gt'; use one of eq, ne, one_of, contains, known"),
    ({"name.eq.eq": "x"}, "unknown-argument", "name.eq.eq: name has no operator 'eq.eq'; did you mean eq"),
    ({"location.events": "x"}, "unknown-argument", "location.events: say how many of the events"),
    ({"figures.sme.measure": "x"}, "unknown-argument", "figures.sme.measure: figures have no field 'sme'; did you mean some"),
    ({"figures.cuont.gte": "1"}, "unknown-argument", "figures.cuont.gte: figures have no field 'cuont'; did you mean count"),
    ({"figures.wehre.measure": "x"}, "unknown-argument", "figures.wehre.measure: figures have no field 'wehre'; did you mean where"),
    ({"figures.mesure": "killed"}, "unknown-argument", "figures.mesure: figures have no field 'mesure'; did you mean measure"),
    ({"location.events.limmit": "1"}, "unknown-argument", "location.events.limmit: events have no field 'limmit'; did you mean limit"),
    ({"figures.xyzzy": "x"}, "unknown-argument", "figures.xyzzy: figures have no field 'xyzzy'; use `figures.some`, `figures.none`, `figures.count`, `figures.where`, `figures.order` or `figures.limit`"),
    ({"": "x"}, "unknown-argument", ": events have no field ''"),
    ({"kind": "batle"}, "bad-argument", "kind: 'batle' is not in the vocabulary event_kind; did you mean battle"),
    ({"kind": "BATTLES"}, "bad-argument", "kind: 'BATTLES' is not in the vocabulary event_kind"),
    ({"started_on": "27.11.2024"}, "bad-argument", "started_on: must be a date such as 2024-11-27"),
    ({"date_precision": "6"}, "bad-argument", "date_precision: 6 is not on the scale"),
    ({"name": ""}, "bad-argument", "name: is empty"),
    ({"name": "a\x00b"}, "bad-argument", "name: contains a NUL character"),
    ({"location": "a b"}, "bad-argument", "location: must be an id"),
    ({"country.known": "perhaps"}, "bad-argument", "country.known: must be true or false"),
    ({"id.one_of": ",".join(["x"] * 1001)}, "too-much", "id.one_of: 1001 values, and 1000 is the limit"),
    ({"search": " ".join(["x"] * 11)}, "too-much", "search: 11 words, and 10 is the limit"),
    ({"search": "y " + "x" * 201}, "too-much", "search: a word has 201 characters, and 200 is the limit"),
    ({".".join(["part_of"] * 40) + ".name": "x"}, "too-much", "part_of.part_of"),
])  # fmt: skip
async def test_rest_errors_name_the_parameter_and_the_fix(invented: Instance, parameters: dict[str, str], code: str, detail: str) -> None:
    answer = await invented.client.get("/v1/events", params=parameters)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, code)
    assert problem["detail"].startswith(detail), problem["detail"]


@pytest.mark.parametrize(("name", "values", "cure"), [
    ("country", ["SYR", "IRQ"], "use country.one_of=SYR,IRQ"), ("country.eq", ["SYR", "IRQ"], "use country.one_of=SYR,IRQ"),
    ("started_on.gte", ["2024-01-01", "2024-02-01"], "give it once"), ("limit", ["1", "2"], "give it once"), ("revision", ["1", "1"], "give it once"),
])  # fmt: skip
async def test_a_repeated_parameter_is_refused(invented: Instance, name: str, values: list[str], cure: str) -> None:
    answer = await invented.client.get("/v1/events", params=[(name, value) for value in values])
    assert (answer.status_code, answer.json()["detail"]) == (400, f"{name}: is given 2 times; {cure}")
    assert await rest(invented, KINDS["event"], **{"country.one_of": "SYR,IRQ"}) == await rest(
        invented, KINDS["event"], **{"country.one_of": "IRQ,SYR"}
    )


@pytest.mark.parametrize(("where", "message"), [
    ("{nam: {eq: \"x\"}}", "Did you mean 'name'"),
    ("{startedOn: {gteq: \"2024-01-01\"}}", "Did you mean 'gte'"),
    ("{started_on: {gte: \"2024-01-01\"}}", "Did you mean 'startedOn'"),
    ("{kind: {eq: BATLE}}", "Did you mean the enum value 'BATTLE'"),
    ("{kind: {eq: \"battle\"}}", "Did you mean the enum value 'BATTLE'"),
    ("{startedOn: {eq: \"27.11.2024\"}}", "where.startedOn.eq: must be a date such as 2024-11-27"),
    ("{startedOn: {eq: 2024}}", "must be text"),
    ("{datePrecision: {lte: 9}}", "where.datePrecision.lte: 9 is not on the scale"),
    ("{name: {eq: \"\"}}", "where.name.eq: is empty"),
    ("{location: {eq: \"a b\"}}", "where.location.eq: must be an id"),
    ("{name: \"x\"}", "EventWhere"),
])  # fmt: skip
async def test_graphql_errors_name_the_argument_and_the_fix(invented: Instance, where: str, message: str) -> None:
    body = {"query": f"{{ events(where: {where}) {{ totalCount }} }}"}
    answer = await invented.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert answer.status_code == 400
    assert message.replace("EventWhere", "TextFilter") in answer.json()["errors"][0]["message"], answer.text


@pytest.mark.parametrize("argument", ["frst: 1", "orderby: []", "limit: 1", "offset: 1"])
async def test_an_unknown_argument_of_graphql_is_refused(invented: Instance, argument: str) -> None:
    body = {"query": f"{{ events({argument}) {{ totalCount }} }}"}
    answer = await invented.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert answer.status_code == 400
    assert f"Unknown argument '{argument.partition(':')[0]}' on field 'Query.events'" in answer.json()["errors"][0]["message"]


# Injection


PUNCTUATION = "!\"#%&'()*,-./:;?@[\\]_{}"  # A search passes over that around words.
INJECTIONS = [
    "'; drop table actor; --", "' or '1'='1", "\\'; select pg_sleep(9); --", "$1", "%s", "{value}", "{0}", "{alias}", "{column}", "actor_1.key", "/*", "--",
    "\"; drop table actor; --", "$$; drop table actor; $$", "a' || (select current_user) || '", "\u02bc; drop table actor", "%' or true --",
]  # fmt: skip


@pytest.mark.sampled(5)
@pytest.mark.parametrize("text", INJECTIONS)
async def test_no_value_is_run_as_sql(invented: Instance, text: str) -> None:
    for kind in (KINDS["actor"], KINDS["source"]):
        label = kind.label or ""
        for name in (label, f"{label}.contains", "search"):
            assert await rest(invented, kind, **{name: text}) == [
                row["id"]
                for row in rows(kind)
                if (name == label and row[label] == text) or (name != label and _found(kind, row, name, text))
            ]
        assert await graphql(invented, kind, {label: {"eq": text}}) == chosen(kind, {label: {"eq": text}})
        for name in ("order", "fields", "provenance", "revision", "as_of", "limit", "after", "kind", text):
            answer = await invented.client.get(f"/v1/{kind.plural}", params={name: text})
            assert answer.status_code == 400, (name, answer.text)
        answer = await invented.client.get(f"/v1/{kind.plural}/{text.replace('/', '%2F').replace('%', '%25')}")
        assert answer.status_code == 404
    question = "query ($id: ID!, $after: String) { actor(id: $id) { id: slug } actors(after: $after) { totalCount } }"
    assert (await invented.graphql(question, id=text))["actor"] is None
    body = {"query": question, "variables": {"id": text, "after": text}}
    answer = await invented.client.post("/graphql", json=body, headers={"accept": NEWER})
    assert answer.json()["errors"][0]["extensions"]["problem"] == "bad-cursor"
    assert len(await invented.rows("select key from actor")) == 40


def _found(kind: Kind, row: Cells, name: str, text: str) -> bool:
    if name != "search":
        return fold(text.strip()) in fold(row[kind.label or ""])
    searched = [row.get(one.name) for one in kind.searched]
    whole = fold(" ".join(" ".join(one) if isinstance(one, list) else one for one in searched if one is not None))
    words = [word for word in (word.strip(PUNCTUATION) for word in text.split()) if word] or text.split()
    return all(fold(word) in whole for word in words)


async def test_values_come_back_as_they_went_in(invented: Instance) -> None:
    names = {row["name"] for row in rows(KINDS["actor"])}
    assert {one["name"] for one in (await invented.get("/v1/actors?limit=1000"))["data"]} == {name.strip() for name in names}
    assert len(names & set(TEXTS)) > 15
