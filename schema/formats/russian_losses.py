"""Russian losses as claimed by the General Staff of Ukraine: one record per day, with running totals since the invasion.

These are claims of one side, as `attributed_to` says. No field of ours holds a type of equipment, so the losses of each type are an event
of their own that is part of the war.
"""

from __future__ import annotations

from collections.abc import Iterator

from .expressions import Coded, Constant, Expression, FirstKnown, OnlyIf, Remainder, column, concat
from .format import FileFormat, RecordMapping
from .spellings import NULL_WORDS, Spellings

DATE, BEGAN = column("date"), "2022-02-24"
WAR, FORCES = "russian-invasion-of-ukraine-2022", "armed-forces-of-russia"
EQUIPMENT = {
    "personnel": "personnel", "aircraft": "aircraft", "helicopter": "helicopters", "tank": "tanks", "APC": "armoured personnel carriers",
    "field artillery": "artillery systems", "MRL": "multiple rocket launchers", "military auto": "military vehicles", "fuel tank": "fuel tankers",
    "vehicles and fuel tanks": "vehicles and fuel tankers", "drone": "drones", "naval ship": "ships and boats", "submarines": "submarines",
    "anti-aircraft warfare": "air defence systems", "special equipment": "special equipment", "mobile SRBM system": "mobile short-range ballistic missile systems",
    "cruise missiles": "cruise missiles", "ground robotic systems": "ground robotic systems",
}  # fmt: skip
# Series that ended in April 2022, and those that continue them with what they had counted, as the publisher's page says.
VEHICLES, MISSILES = "vehicles and fuel tanks", "cruise missiles"
MERGED = {"military auto": VEHICLES, "fuel tank": VEHICLES, "mobile SRBM system": MISSILES}


def _event(name: str) -> str:
    return f"russian-losses-{name.lower().replace(' ', '-')}"


def figure(key: str, name: str, event: str, before: tuple[str, ...], **fields: Expression) -> RecordMapping:
    """A running total of Russia's losses. The first one that a record has keeps the original record; `before` are those that precede it."""
    original: Expression = OnlyIf(Remainder(), FirstKnown(tuple(column(earlier) for earlier in before)), (None,)) if before else Remainder()
    shared: dict[str, Expression] = {
        "event": Constant(event), "actor": Constant(FORCES), "basis": Constant("cumulative"), "period_start": Constant(BEGAN), "period_end": DATE,
        "origin": Constant("reported"), "attributed_to": Constant("General Staff of the Armed Forces of Ukraine"), "original": original,
    }  # fmt: skip
    value = column(name)
    return RecordMapping("figure", concat(key, DATE, f"-{name.lower().replace(' ', '-')}"), {"best": value, **shared, **fields}, when=value)


def around() -> Iterator[RecordMapping]:
    """The war, and Russia's forces."""
    yield RecordMapping(
        "event", Constant(WAR),
        {"name": Constant("Russian invasion of Ukraine"), "kind": Constant("war"), "started_on": Constant(BEGAN), "date_precision": Constant("1"),
         "country": Constant("UKR")}, shared=True,
    )  # fmt: skip
    yield forces(FORCES, "Armed Forces of Russia", "external_forces", "RUS")


def forces(id: str, name: str, kind: str, country: str) -> RecordMapping:
    return RecordMapping("actor", Constant(id), {"name": Constant(name), "kind": Constant(kind), "country": Constant(country)}, shared=True)


def losses(name: str) -> RecordMapping:
    """The event for the losses of one type of equipment or personnel."""
    whole = _event(MERGED[name]) if name in MERGED else WAR
    fields = {"name": f"Russian losses of {EQUIPMENT[name]}", "kind": "other", "part_of": whole, "country": "UKR"}
    continued = [old for old, new in MERGED.items() if new == name]
    counted = FirstKnown(tuple(map(column, (name, *continued)))) if continued else column(name)
    return RecordMapping(
        "event", Constant(_event(name)), {field: Constant(value) for field, value in fields.items()}, shared=True, when=counted
    )


ORIGIN = {
    "kind": "dataset", "publisher": "Petro Ivaniuk", "license": "MIT", "url": "https://github.com/PetroIvaniuk/2022-Ukraine-Russia-War-Dataset",
    "attribution": "2022 Ukraine Russia War Dataset, after the General Staff of the Armed Forces of Ukraine",
}  # fmt: skip


def _equipment() -> Iterator[RecordMapping]:
    names = tuple(name for name in EQUIPMENT if name != "personnel")
    lost: dict[str, Expression] = {"measure": Constant("equipment_lost"), "unit": Constant("items")}
    for n, name in enumerate(names):
        yield figure("russian-equipment-", name, _event(name), names[:n], **lost)
    yield from map(losses, names)
    yield from around()


RUSSIAN_EQUIPMENT = FileFormat(
    "russian-equipment", "Russian losses of equipment, as claimed by Ukraine's General Staff",
    "One record per day: running totals of equipment lost, by type. Each type becomes an event that is part of the war.",
    needs=(DATE, column("day"), column("tank"), column("APC"), column("field artillery"), column("MRL")),
    key=concat("russian-equipment-", DATE), entry=concat("date ", DATE), container="json", records=tuple(_equipment()),
    source=ORIGIN, default_source="russian-losses-equipment", spellings=Spellings(NULL_WORDS),
)  # fmt: skip

PEOPLE: dict[str, Expression] = {"population": Constant("combatants"), "unit": Constant("people")}
QUALIFIER = column("personnel*")
RUSSIAN_PERSONNEL = FileFormat(
    "russian-personnel", "Russian losses of personnel, as claimed by Ukraine's General Staff",
    "One record per day: running totals of casualties, approximate or as a lower bound, and of prisoners of war.",
    needs=(DATE, column("day"), column("personnel"), QUALIFIER),
    key=concat("russian-personnel-", DATE), entry=concat("date ", DATE), container="json",
    records=(
        figure("russian-personnel-", "personnel", _event("personnel"), (), measure=Constant("casualties"), **PEOPLE,
               best=OnlyIf(column("personnel"), QUALIFIER, ("about", None)), low=OnlyIf(column("personnel"), QUALIFIER, ("more",)),
               quantifier=Coded(QUALIFIER, {"about": "approximately", "more": "more_than"})),
        figure("russian-personnel-", "POW", _event("personnel"), ("personnel",), measure=Constant("detained"), **PEOPLE),
        losses("personnel"), *around(),
    ),
    source=ORIGIN, default_source="russian-losses-personnel", spellings=Spellings(NULL_WORDS),
)  # fmt: skip
