"""What REST answers, as components of OpenAPI: JSON Schema 2020-12 for every record, list, proof and code list."""

from __future__ import annotations

from ..codelists.vocabularies import Vocabulary
from ..model import withheld_counts
from ..model.claim import CLAIM_FIELDS, NEVER_NULL
from ..model.errors import BadDeclaration
from ..model.field import Field
from ..model.kind import Kind
from ..model.kinds import Kinds
from ..model.parsers import ID_PATTERN
from ..model.revisions import (
    OPTIONAL,
    RECEIPT,
    RECEIPT_SENTENCE,
    REVISION,
    REVISION_SENTENCE,
)
from ..model.totals import (
    ALWAYS_KEYS,
    COUNT_COLUMNS,
    DATE_KEYS,
    LEFT_OUT_REASON,
    SUM_COLUMNS,
    TOTALS_COLUMN,
    TOTALS_KEY,
    TOTALS_RULE_SENTENCE,
)
from ..model.types import Type
from .descriptions import short_description

Schema = dict[str, object]

LISTED = 40  # A vocabulary up to this size is spelt out in its description; longer ones only have labels.
NULL: Schema = {"type": "null"}
TEXT: Schema = {"type": "string"}
MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "string", "pattern": f"^{ID_PATTERN}$"}
ADDRESS: Schema = {"type": ["string", "null"], "format": "uri-reference", "description": "The address of the next page; null on the last."}


def components(kinds: Kinds) -> dict[str, Schema]:
    """What REST answers, by name of component, in JSON Schema 2020-12. References lead to `#/components/schemas/`."""
    return _Components(kinds).made


def value(type: Type) -> Schema:
    """One value of a type as REST has it: an item of a list, the id of a reference, a code by its vocabulary's component."""
    if type.ref is not None:
        return ID
    if type.vocabulary is not None:
        return ref(type.vocabulary.graphql)
    return dict(TEXT if type.many else type.json)


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    choices = schema.get("anyOf")
    if isinstance(choices, list):
        return {**schema, "anyOf": [*choices, NULL]}
    return {"anyOf": [schema, NULL]} if "$ref" in schema else {**schema, "type": [schema["type"], "null"]}


def vocabulary(of: Vocabulary, levels: bool) -> Schema:
    """A code list as an enumeration, its labels beside it."""
    entries = of.codes.values()
    described = f"{of.description} Origin: {of.origin}"
    if len(entries) <= LISTED:
        described += "\n\n" + "\n".join(f"* `{one.code}`: {one.label}. {one.definition}" for one in entries)
    codes: list[object] = [int(one.code) if levels else one.code for one in entries]
    labels = [one.label for one in entries]
    return {"type": "integer" if levels else "string", "enum": codes, "x-enum-descriptions": labels, "description": described}


def _object(description: str, properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """An object; without `required`, all of its properties are always there."""
    always = list(properties) if required is None else required
    return {"type": "object", "description": description, "required": always, "properties": properties}


class _Components:
    """The components in the making. Two different ones cannot have one name."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.made: dict[str, Schema] = {}
        for kind in kinds.values():
            self._record(kind)
            self._envelopes(kind)
            if kind.point:
                self._features(kind)
        self._claim()
        for kind in kinds.values():
            proofs = {one.name: {"description": short_description(one), **self._proof(one)} for one in kind.fields.values()}
            told = f"Who says so, for the fields of a {kind.name} that were asked for."
            self._define(f"{kind.graphql}Provenance", _object(told, proofs, []))
        for kind in kinds.summed:
            self._totals(kind)
        self._revision()
        self._withheld()

    def _define(self, name: str, schema: Schema) -> Schema:
        if self.made.setdefault(name, schema) != schema:
            raise BadDeclaration(f"two different components would be named {name}; rename the kind or the vocabulary")
        return ref(name)

    # Records

    def _record(self, kind: Kind) -> None:
        properties: dict[str, Schema] = {"id": {**ID, "description": "The id, chosen by the collection and stable for ever."}}
        for one in kind.fields.values():
            shown = self._shown(one)
            properties[one.name] = {**(shown if one.required else nullable(shown)), "description": short_description(one)}
        for reverse in kind.reverses.values():
            told = f"The {reverse.kind.plural} whose {reverse.field.name} this {kind.name} is; only where `fields` names them."
            properties[reverse.name] = {**self._page(reverse.kind), "description": told}
        came = "The revision that this version of the record came with; only where `fields` names it."
        properties["added_in"] = {"type": "integer", "minimum": 1, "description": came}
        properties["provenance"] = {**ref(f"{kind.graphql}Provenance"), "description": "Who says so, field by field."}
        # Only the id is always there: `fields` may leave out any other. By default no field is missing.
        whole = f"{kind.description} Every field is there, null where unknown, unless `fields` asks for fewer."
        self._define(kind.graphql, _object(whole, properties, ["id"]))

    def _shown(self, one: Field) -> Schema:
        """A field as a record shows it."""
        if one.type.ref is not None:
            item: Schema = {"anyOf": [self._reference(self.kinds[one.type.ref]), ref(self.kinds[one.type.ref].graphql)]}
        else:
            item = self._value(one.type)
        return {"type": "array", "items": item} if one.type.many else item

    def _value(self, type: Type) -> Schema:
        if type.vocabulary is not None:
            self._define(type.vocabulary.graphql, vocabulary(type.vocabulary, type.levels))
        return value(type)

    def _reference(self, kind: Kind) -> Schema:
        """A record in short. Where `fields` asks for more, it is the record itself."""
        properties: dict[str, Schema] = {"id": {**ID, "description": f"The id of the {kind.name}."}}
        if kind.label:
            label = kind.fields[kind.label]
            shown = self._shown(label)
            properties[label.name] = {**(shown if label.required else nullable(shown)), "description": label.description}
        return self._define(f"{kind.graphql}Reference", _object(f"A {kind.name} in short.", properties))

    # Envelopes

    def _envelopes(self, kind: Kind) -> None:
        record, name = ref(kind.graphql), kind.graphql
        revision: Schema = {**COUNT, "description": "The revision that the answer is of."}
        data: Schema = {"type": "array", "items": record}
        self._define(f"{name}Answer", _object(f"One {kind.name}.", {"revision": revision, "data": record}))
        self._define(f"{name}List", _object(f"A page of {kind.plural}.", {"revision": revision, "data": data, "next": ADDRESS}))

    def _page(self, kind: Kind) -> Schema:
        told = f"The first {kind.plural} that refer to a record, and where the others are."
        data: Schema = {"type": "array", "items": ref(kind.graphql)}
        return self._define(f"{kind.graphql}Page", _object(told, {"data": data, "next": ADDRESS}))

    def _features(self, kind: Kind) -> None:
        numbers: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
        point = _object("A point, longitude first (RFC 7946).", {"type": {"const": "Point"}, "coordinates": numbers})
        feature: dict[str, Schema] = {
            "type": {"const": "Feature"}, "id": ID, "geometry": nullable(self._define("Point", point)), "properties": ref(kind.graphql),
        }  # fmt: skip
        told = f"One {kind.name} on a map; the geometry is null where no place is known."
        features: Schema = {"type": "array", "items": self._define(f"{kind.graphql}Feature", _object(told, feature))}
        collection: dict[str, Schema] = {"type": {"const": "FeatureCollection"}, "revision": COUNT, "features": features}
        self._define(f"{kind.graphql}FeatureCollection", _object(f"{kind.plural.capitalize()} on a map (RFC 7946).", collection))

    def _totals(self, kind: Kind) -> None:
        self._define(TOTALS_KEY.graphql, vocabulary(TOTALS_KEY, levels=False))
        reason = self._define(LEFT_OUT_REASON.graphql, vocabulary(LEFT_OUT_REASON, levels=False))
        entries = {**TOTALS_KEY.codes, **TOTALS_COLUMN.codes}
        row = {name: {**self._total(kind, name), "description": entry.definition} for name, entry in entries.items()}
        rows = self._define("TotalsRow", _object("One sum, of one measure, unit and basis. Keys that were not asked for are null.", row))
        left = _object("How many figures were not added, for one reason.", {"reason": reason, COUNT_COLUMNS[0]: COUNT})
        lists: dict[str, Schema] = {
            "revision": {**COUNT, "description": "The revision that the answer is of."},
            "data": {"type": "array", "items": rows, "maxItems": 10_000},
            "left_out": {
                "type": "array",
                "items": self._define("LeftOut", left),
                "description": f"What was not added. {TOTALS_RULE_SENTENCE}",
            },
        }
        self._define("Totals", _object(f"Sums of {kind.plural} that may be added, and what was left out of them.", lists))

    def _total(self, kind: Kind, name: str) -> Schema:
        """A column of totals."""
        assert kind.totals is not None
        if name in COUNT_COLUMNS:
            return COUNT
        if name in SUM_COLUMNS:
            return {"type": "number"} if name == SUM_COLUMNS[0] else nullable({"type": "number"})
        event = self.kinds[kind.fields[kind.totals.event].type.ref or ""]
        one = {**event.fields, **kind.fields}.get(getattr(kind.totals, name, ""))
        if one is None:
            return nullable(MONTH if name == DATE_KEYS[0] else {"type": "integer"})
        shown = self._reference(self.kinds[one.type.ref]) if one.type.ref else self._shown(one)
        return shown if name in ALWAYS_KEYS else nullable(shown)

    def _revision(self) -> None:
        one = self._define("Revision", _object(REVISION_SENTENCE, REVISION))
        receipt = self._define("Receipt", _object(RECEIPT_SENTENCE, RECEIPT, [name for name in RECEIPT if name not in OPTIONAL]))
        whole = self._define("RevisionWithReceipt", _object("One revision, with its receipt.", {**REVISION, "receipt": nullable(receipt)}))
        newest: Schema = {**COUNT, "description": "The newest revision."}
        self._define("RevisionAnswer", _object("One revision.", {"revision": newest, "data": whole}))
        self._define("RevisionList", _object("Revisions, newest first.", {"revision": newest, "data": {"type": "array", "items": one}}))

    def _withheld(self) -> None:
        told = {
            name: {**(COUNT if name in withheld_counts.COUNTS else {"type": "string"}), "description": text}
            for name, text in withheld_counts.COLUMNS.items()
        }
        fields = self.kinds["source"].fields
        told |= {name: {**nullable({"type": "string"}), "description": fields[name].description} for name in withheld_counts.SOURCE_FIELDS}
        one = self._define("Withheld", _object("How much is withheld of what one source says about one kind of record.", told))
        newest: Schema = {**COUNT, "description": "The newest revision."}
        self._define("WithheldList", _object(withheld_counts.SENTENCE, {"revision": newest, "data": {"type": "array", "items": one}}))

    # Provenance

    def _claim(self) -> None:
        source = ref(self.kinds["source"].graphql)
        properties: dict[str, Schema] = {
            "chosen": {"type": "boolean", "description": "Whether the published value is settled from this claim."},
            "source": {**source, "description": "The source that makes the claim."},
        }
        for one in CLAIM_FIELDS.values():
            shown: Schema = {"type": "array", "items": source} if one.type.ref else self._shown(one)
            properties[one.name] = {**(shown if one.name in NEVER_NULL else nullable(shown)), "description": short_description(one)}
        properties["added_in"] = {"type": "integer", "minimum": 1, "description": "The revision that this version of the claim came with."}
        self._define("Claim", _object("What one source says of one field of a record; the value is beside it.", properties))

    def _proof(self, one: Field) -> Schema:
        """The provenance of a field; fields of one type share it."""
        word = self._word(one.type)
        shown = self._reference(self.kinds[one.type.ref]) if one.type.ref else self._value(one.type)
        if one.type.many:
            shown = {"type": "array", "items": shown}
        told = "What the source says; null where it gives only other fields of the group."
        valued = _object("The value that the source gives.", {"value": {**nullable(shown), "description": told}})
        claim = self._define(f"{word}ValueClaim", {"allOf": [ref("Claim"), valued], "description": f"A claim of the type {word}."})
        proof: dict[str, Schema] = {
            "disputed": {"type": "boolean", "description": "Whether live claims give different values."},
            "origins": {**COUNT, "description": "How many independent origins back the published value: who repeats another is none."},
            "claims": {"type": "array", "items": claim, "description": "Every live claim that speaks of the field."},
        }
        return self._define(f"{word}Provenance", _object(f"Who says so, for a field of the type {word}.", proof))

    def _word(self, type: Type) -> str:
        if type.ref is not None:
            return self.kinds[type.ref].graphql + ("References" if type.many else "Reference")
        return type.vocabulary.graphql if type.vocabulary else type.name.capitalize()
