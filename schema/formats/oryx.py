"""Losses of equipment documented by pictures, after Oryx: one row per vehicle, with the address of the picture.

The file says when a loss was recorded, not when it happened. The events therefore have no date; the day of recording stays in `original`.
"""

from __future__ import annotations

from .expressions import Coded, Constant, Identifier, Remainder, column, concat, digest
from .format import FileFormat, RecordMapping
from .russian_losses import FORCES, WAR, around, forces

ID = concat("oryx-", Identifier(column("matID"), "[0-9]+(-[0-9]+)*", "7-3174"))
URL = column("url")
PICTURE = digest("oryx-picture-", URL)
UKRAINE = "armed-forces-of-ukraine"
NAME = concat(column("system"), ", ", column("status"))

ORYX = FileFormat(
    "oryx", "Visually confirmed losses of equipment, after Oryx",
    "One row per vehicle: an event without a date, the loss of one piece of equipment, its owner, and the picture as a source.",
    needs=tuple(map(column, ("matID", "country", "system", "status", "url", "date_recorded"))),
    entry=concat("matID ", column("matID")),
    records=(
        RecordMapping("event", ID, {"name": NAME, "kind": Constant("other"), "part_of": Constant(WAR), "quoted_from": PICTURE, "original": Remainder()}),
        RecordMapping("figure", concat(ID, "-lost"), {
            "event": ID, "measure": Constant("equipment_lost"), "best": Constant("1"), "unit": Constant("items"), "basis": Constant("flow"),
            "actor": Coded(column("country"), {"Russia": FORCES, "Ukraine": UKRAINE}), "quoted_from": PICTURE, "origin": Constant("reported"),
        }),
        RecordMapping("source", PICTURE, {"title": concat("Picture of ", URL), "kind": Constant("image"), "url": URL}, shared=True, when=URL),
        *around(), forces(UKRAINE, "Armed Forces of Ukraine", "state_forces", "UKR"),
    ),
    source={
        "kind": "dataset", "publisher": "Oryx", "license": "CC-BY-4.0", "url": "https://www.oryxspioenkop.com/2022/02/attack-on-europe-documenting-equipment.html",
        "attribution": "Oryx, Attack On Europe: Documenting Russian Equipment Losses During The Russian Invasion Of Ukraine",
    },
    default_source="oryx",
)  # fmt: skip
