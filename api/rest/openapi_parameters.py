"""The parameters of the OpenAPI document: components, and the references that operations make to them."""

from __future__ import annotations

from collections.abc import Iterable

from schema.codelists.vocabularies import LANGUAGE
from schema.model.completeness import complete
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import TOTALS_KEY
from schema.model.types import DATE
from schema.model.words import WORDS
from schema.surfaces.openapi.parts import (
    Schema,
    ref,
)

from ..http import min_revision
from ..query.nodes import MAX_FIRST
from .list_formats import FORMATS, SEPARATOR, ListFormat
from .ogc import BBOX, DATETIME
from .openapi_conditions import Declared, linked, lists, own, related
from .parameters import AS_OF, COST, EXPLAIN, LIST_PARAMETERS, RECORD_PARAMETERS, applies
from .totals import TOTALS_PARAMETERS

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
REVISION: Schema = {**NUMBER, "maximum": min_revision.MAX_REVISION}
LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_FIRST}
IF_NONE_MATCH = "If-None-Match"
OF_FACTS = (min_revision.PARAMETER, min_revision.HEADER, IF_NONE_MATCH)  # What every request for facts takes, whatever it asks for.
FILE_LIMIT = "whole"  # The component of a file's `limit`, which has no default.

# The schemas of the parameters that are the same for every kind; those of the others name the fields of a kind. None has a default or an example,
# because forms such as Swagger UI would send it.
SHARED: dict[str, Schema] = {
    "fields": {"type": "array", "items": TEXT},
    "revision": NUMBER,
    "as_of": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
    "limit": LIMIT,
    "after": TEXT,
    "count": {"enum": ["exact"]},
    "search": TEXT,
    BBOX: {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
    DATETIME: {**TEXT, "pattern": r"^(\.\.|[0-9]{4}-[0-9TZtz:.+-]*)?(/(\.\.|[0-9]{4}-[0-9TZtz:.+-]*)?)?$", "minLength": 3},
    WORDS: ref(LANGUAGE.graphql),
    EXPLAIN: {"enum": [COST]},
}
OF_A_KIND = ("order", "provenance")
OF_TOTALS: dict[str, Schema] = {
    "by": {"type": "array", "items": ref(TOTALS_KEY.graphql)},
    "since": dict(DATE.json),
    "until": dict(DATE.json),
}
DESCRIPTIONS = {**RECORD_PARAMETERS, **LIST_PARAMETERS}
complete("the schemas of REST parameters", [*SHARED, *OF_A_KIND], DESCRIPTIONS)
complete("the schemas of parameters of totals", [*OF_TOTALS, *(TOTALS_PARAMETERS.keys() & SHARED.keys())], TOTALS_PARAMETERS)


def components(kinds: Kinds) -> dict[str, Schema]:
    """Every parameter by component name; those of a kind start with its name: `event.order`, `event.started_on.gte`."""
    by_name = {name: parameter(name, DESCRIPTIONS[name], schema) for name, schema in SHARED.items()}
    by_name[FILE_LIMIT] = parameter("limit", f"The maximum number of records: 1 to {MAX_FIRST:,}; all by default.", LIMIT)
    by_name[IF_NONE_MATCH] = {**parameter(IF_NONE_MATCH, "An ETag; the response is 304 if it is still current.", TEXT), "in": "header"}
    by_name[min_revision.PARAMETER] = parameter(min_revision.PARAMETER, min_revision.SENTENCE, REVISION)
    by_name[min_revision.HEADER] = {
        **parameter(min_revision.HEADER, f"The same as `{min_revision.PARAMETER}`, which caches do not see.", REVISION),
        "in": "header",
    }
    for name, schema in OF_TOTALS.items():
        by_name[f"totals.{name}"] = parameter(name, TOTALS_PARAMETERS[name], schema)
    for suffix, format in FORMATS.items():
        for name, option in format.options.items():
            by_name[f"{suffix}.{name}"] = parameter(name, option.sentence, {"enum": [*option.values]})
    for kind in kinds.values():
        for name, schema in _of_kind(kind).items():
            by_name[f"{kind.name}.{name}"] = parameter(name, DESCRIPTIONS[name], schema)
        for one in (*own(kinds, kind), *linked(kinds, kind), *related(kinds, kind), *lists(kind)):
            further = {"x-operators": list(one.operators)} if one.operators else {}
            by_name[f"{kind.name}.{one.name}"] = {**parameter(one.name, one.description, one.schema), **further}
    return by_name


def parameter(name: str, description: str, schema: Schema) -> Schema:
    """A parameter of the query string. A list is one parameter whose items are separated by commas."""
    separated = {"style": "form", "explode": False} if schema.get("type") == "array" else {}
    return {"name": name, "in": "query", "description": description, **separated, "schema": schema}


def parameter_ref(component: str) -> Schema:
    return {"$ref": f"#/components/parameters/{component}"}


# What each sort of operation takes


def record(kind: Kind) -> list[Schema]:
    """The parameters of one record."""
    names = [name for name in RECORD_PARAMETERS if name != WORDS or kind.quantities]
    return [*_references(kind, [*names, *OF_FACTS]), *_filters(kind, lists(kind))]


def listing(kinds: Kinds, kind: Kind) -> list[Schema]:
    """The parameters of a page of a list, those first that are used most."""
    return _in_order(kinds, kind, [name for name in (*LIST_PARAMETERS, *RECORD_PARAMETERS) if applies(kinds, kind, name)], [], True)


def file(kinds: Kinds, kind: Kind, format: ListFormat) -> list[Schema]:
    """The parameters of a list as a file: it has no limit on its cost, and some formats have a fixed set of columns."""
    left_out = ("count", EXPLAIN, WORDS, *(("fields", "provenance") if format.selection else ()))
    names = [name for name in (*LIST_PARAMETERS, *RECORD_PARAMETERS) if applies(kinds, kind, name) and name not in left_out]
    return _in_order(
        kinds,
        kind,
        [FILE_LIMIT if name == "limit" else name for name in names],
        [f"{format.suffix}.{name}" for name in format.options],
        with_lists=format.table is None,
    )


def _in_order(kinds: Kinds, kind: Kind, names: list[str], options: list[str], with_lists: bool) -> list[Schema]:
    """The parameters of a list: what is looked for, how it is returned, what it refers to, and the rest."""
    first, last = ("search",), (*AS_OF, EXPLAIN)
    middle = [name for name in names if name not in (*first, *last)]
    return [
        *_references(kind, [name for name in names if name in first]),
        *_filters(kind, own(kinds, kind)),
        *_references(kind, middle),
        *map(parameter_ref, options),
        *_filters(kind, linked(kinds, kind)),
        *_filters(kind, related(kinds, kind)),
        *_filters(kind, lists(kind) if with_lists else ()),
        *_references(kind, [*(name for name in names if name in last), *OF_FACTS]),
    ]


def totals(kinds: Kinds, kind: Kind) -> list[Schema]:
    """The parameters of totals."""
    names = (f"totals.{name}" if name in OF_TOTALS else name for name in (*TOTALS_PARAMETERS, *OF_FACTS))
    return [*map(parameter_ref, names), *_filters(kind, own(kinds, kind)), *_filters(kind, linked(kinds, kind))]


def totals_file(kinds: Kinds, kind: Kind) -> list[Schema]:
    """The parameters of totals as a file; the options of a format are those of lists, of which only that of every table is named."""
    taken = [one for one in totals(kinds, kind) if not str(one["$ref"]).endswith((f"/{EXPLAIN}", f"/{WORDS}"))]
    return [*taken, parameter_ref(f"csv.{SEPARATOR}")]


def _references(kind: Kind, names: Iterable[str]) -> list[Schema]:
    return [parameter_ref(f"{kind.name}.{name}" if name in OF_A_KIND else name) for name in names]


def _filters(kind: Kind, declared: Iterable[Declared]) -> list[Schema]:
    return [parameter_ref(f"{kind.name}.{one.name}") for one in declared]


def _of_kind(kind: Kind) -> dict[str, Schema]:
    """The schemas of the parameters whose values are fields of the kind."""
    orderable = ["id", *(field.name for field in kind.fields.values() if field.orderable)]
    terms = [*orderable, *(f"-{name}" for name in orderable)]
    return {
        "order": {"type": "array", "items": {"enum": terms}, "minItems": 1},
        "provenance": {"type": "array", "items": {"enum": ["*", "none", *kind.fields]}, "minItems": 1},
    }
