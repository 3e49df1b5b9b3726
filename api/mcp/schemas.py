"""The tools as clients list them: names, descriptions, and JSON Schemas of arguments and results, derived from the declared kinds."""

from __future__ import annotations

from typing import Any

from schema.codelists.vocabularies import Vocabulary
from schema.model.claim_checks import ARGUMENTS, CHECK_SENTENCE, COUNTRY, EVENT, FROM, HOLDS_ON_SENTENCE, REQUIRED, TO, VALUE, VERDICTS
from schema.model.field import Field
from schema.model.kinds import Kinds
from schema.model.search import TEXT_SENTENCE
from schema.model.totals import SPAN_SENTENCES, TOTALS_KEY, TOTALS_RULE_SENTENCE

from .arguments import DEFAULT_BYTES, MAX_BYTES, MIN_BYTES, PAGING

Schema = dict[str, Any]
LIST, ID, TEXT, LIMIT, ORDER, BY = "list", "id", "text", "limit", "order", "by"
CLAIMS = "claims"  # A list of which only single records can be had.
AT = ("revision", "as_of")
MANY_CODES = 40  # More are not listed, because every model would read them all.
INSTRUCTIONS = (
    "Facts of armed conflict, with the source of every value. First `search` for the record, then `get` it, or `search` a list with conditions; never add "
    "figures yourself, ask `total`; before you repeat a number from elsewhere, `check_claim` it. The text of a result is the sentence to print, who "
    "says so, and the address to cite; the structured part has the values with their provenance. Null is unknown, not zero. A result without records "
    "says so: it means that nothing is recorded, not that nothing happened. An error says which argument is wrong, and what to give instead."
)
AT_SCHEMAS: Schema = {
    "revision": {"type": "integer", "minimum": 1, "description": "The facts as of this revision, such as the one that an earlier result names."},
    "as_of": {"type": "string", "description": "The facts as of the last revision recorded by this time, in ISO 8601. Not together with `revision`."},
}  # fmt: skip
PAGING_SCHEMAS: Schema = {
    PAGING[0]: {"type": "string", "description": "`next_cursor` of the result before; with the same other arguments, it continues that result."},
    PAGING[1]: {
        "type": "integer", "minimum": MIN_BYTES, "maximum": MAX_BYTES, "default": DEFAULT_BYTES,
        "description": "The most bytes that a result may have; what does not fit follows with `cursor`.",
    },
}  # fmt: skip
RESULT: Schema = {
    "revision": {"type": "integer", "description": "The revision that the facts are of. To cite them, add it to the address."},
    "address": {"type": "string", "description": "Where this can be seen, as it was in this revision."},
    "sources": {"type": "object", "description": "The sources of the claims, by id: `attribution` is what to print.", "additionalProperties": {"type": "object"}},
    "next_cursor": {"type": ["string", "null"], "description": "The argument `cursor` of the call that continues; null if this is all."},
    "warnings": {"type": "array", "items": {"type": "string"}, "description": "What is probably wrong with the question, such as an id that no record has."},
}  # fmt: skip
RECORD: Schema = {"type": "object", "description": "Its fields; null is unknown. References have the id and the name of their record."}


class ToolSchemas:
    """The four tools, for some kinds of records."""

    def __init__(self, kinds: Kinds) -> None:
        (self.kind,) = kinds.summed[:1]
        self.kinds, roles = kinds, self.kind.totals
        assert roles is not None
        event = kinds.linked_kind(self.kind, roles.event)
        self.country, self.whole = f"{roles.event}.{roles.country}", f"{roles.event}.within"
        self.conditions: Schema = {
            roles.event: {"type": "string", "description": f"Of {self.kind.plural}: the id of their {event.name}."},
            self.whole: {"type": "string", "description": f"Of {self.kind.plural}: the id of an {event.name}; finds those of its parts, too."},
            self.country: {"type": "string", "pattern": "^[A-Z]{3}$", "description": "Of figures: the country of their event, ISO 3166-1 alpha-3, such as SYR."},
            **{name: _field(self.kind.fields[name]) for name in (roles.measure, roles.population, roles.actor, roles.unit)},
        }  # fmt: skip
        self.plurals = [kind.plural for kind in kinds.values()]

    def listed(self) -> list[Schema]:
        """Name, title, description, input schema and output schema of each tool."""
        return [self._search(), self._get(), self._total(), self._check()]

    def _search(self) -> Schema:
        conditions = f"Other conditions have the names of fields: `field` or `field.operator`, such as `started_on.gte`, and references with dots, such as `{self.country}`."
        return _tool(
            "search", "Find records",
            "Finds records by words (`text`), or lists one sort of them by conditions (`list`), or both. Without `list`, it searches all of them, and takes only "
            f"`text`. To find the numbers of an event, use `list={self.kind.plural}` with the id of the event: `{self.whole}` for it and its parts. {conditions}",
            {
                TEXT: {"type": "string", "description": TEXT_SENTENCE},
                LIST: {"type": "string", "enum": self.plurals, "description": "Which records; without it, all that match `text`."},
                **self.conditions,
                ORDER: {"type": "string", "description": "With `list`: the fields to order by, separated by commas; a leading `-` is descending."},
                LIMIT: {"type": "integer", "minimum": 1, "maximum": 100, "default": 20, "description": "The most records to look at in one call."},
            },
            (), {"data": {"type": "array", "items": {"type": "object", "properties": {LIST: {"type": "string"}, "record": RECORD, "match": {"type": "string"}}, "required": [LIST, "record"]}}},
            ("data", "sources", "next_cursor"),
        )  # fmt: skip

    def _get(self) -> Schema:
        return _tool(
            "get", "Get a record with its provenance",
            "Returns one record by its id, with the claims and sources of every field: `provenance` says which claim was chosen, and whether claims differ.",
            {
                LIST: {"type": "string", "enum": [*self.plurals, CLAIMS], "description": "Which sort of record it is."},
                ID: {"type": "string", "description": "Its id, as `search` returns it; of a claim, its `node_id`."},
            },
            (LIST, ID), {"data": RECORD}, ("data", "sources", "next_cursor"), open=False,
        )  # fmt: skip

    def _total(self) -> Schema:
        return _tool(
            "total", "Add up what may be added",
            f"Add up {self.kind.plural}, counting nobody twice. {TOTALS_RULE_SENTENCE}",
            {
                **self.conditions,
                BY: {"type": "array", "items": {"type": "string", "enum": [*TOTALS_KEY.codes]}, "description": "What to group by; each row is of one measure, unit and basis."},
                **{name: {"type": "string", "format": "date", "description": text} for name, text in SPAN_SENTENCES.items()},
            },
            (), {
                "rule": {"type": "string"}, "data": {"type": "array", "items": {"type": "object"}},
                "left_out": {"type": "array", "items": {"type": "object"}, "description": "How many were not added, by reason."},
            },
            ("data", "left_out", "next_cursor"),
        )  # fmt: skip

    def _check(self) -> Schema:
        roles = self.kind.totals
        assert roles is not None
        own = {**self.conditions, **{name: _field(self.kind.fields[name]) for name in (roles.quantifier, roles.basis, roles.place)}}
        properties = {name: {**own.get(name, {"type": "string"}), "description": text} for name, text in ARGUMENTS.items()}
        properties[VALUE] = {"type": ["number", "string"], "description": ARGUMENTS[VALUE]}
        properties[COUNTRY] = {**self.conditions[self.country], "description": f"{ARGUMENTS[COUNTRY]} ISO 3166-1 alpha-3, such as SYR."}
        for name in (FROM, TO):
            properties[name]["format"] = "date"
        return _tool(
            "check_claim", "Check a number in a sentence",
            f"{CHECK_SENTENCE} Give either `{EVENT}` or `{COUNTRY}`. Only the verdict `supported` confirms a sentence.",
            properties, REQUIRED, {
                "verdict": {"type": "string", "enum": [*VERDICTS]},
                "holds_on": {"type": ["string", "null"], "description": HOLDS_ON_SENTENCE},
                "superseded_in": {"type": ["integer", "null"]},
                "totals": {"type": ["object", "null"], "description": "Of a country: the total that the sentence was compared with."},
                "evidence": {"type": "array", "items": {"type": "object"}, "description": "The claims that the verdict rests on."},
            },
            ("verdict", "evidence", "sources", "next_cursor"), open=False,
        )  # fmt: skip


def _tool(
    name: str, title: str, description: str, arguments: Schema, required: tuple[str, ...], result: Schema, always: tuple[str, ...], open: bool = True
) -> Schema:  # fmt: skip
    """A tool; `open`: whether it takes further arguments, which are conditions."""
    properties = {**arguments, **AT_SCHEMAS, **PAGING_SCHEMAS}
    return {
        "name": name, "title": title, "description": description,
        "input": {"type": "object", "properties": properties, "required": [*required], "additionalProperties": open},
        "output": {"type": "object", "properties": {**RESULT, **result}, "required": ["revision", "address", *always]},
    }  # fmt: skip


def _field(field: Field) -> Schema:
    vocabulary: Vocabulary | None = field.type.vocabulary
    codes = {"enum": [*vocabulary.codes]} if vocabulary and len(vocabulary.codes) <= MANY_CODES else {}
    return {"type": "string", **codes, "description": field.description}
