"""The collections of the project that contain files of publishers: only numbers, days, places and actors, as the originals have them, with their licences."""

from __future__ import annotations

import gzip
import json
import re
import runpy
from pathlib import Path

import pytest
import yaml

from schema.formats import FORMATS
from schema.kinds import KINDS

from ..conftest import ROOT, SAMPLES

FIXTURES = ROOT / "fixtures"
ORIGINALS = {
    "gaza-daily/casualties_daily.json": "palestine/casualties_daily.json",
    "ukraine-losses/russia_losses_personnel.json": "ukraine/russia_losses_personnel.json",
    "ukraine-losses/russia_losses_equipment.json": "ukraine/russia_losses_equipment.json",
    "car-ged/GEDEvent_v23_1.geojson": "ucdp/GEDEvent_v23_1.geojson",
}
LICENCES = {"gaza-daily": {"CC0-1.0"}, "ukraine-losses": {"MIT", "CC-BY-4.0"}, "car-ged": {"CC-BY-4.0"}}
LONGEST = 90  # Characters. The longest text is the name of two sides or of a place.


@pytest.mark.parametrize("file", ORIGINALS)
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="there are no samples")
def test_the_script_beside_a_file_writes_it(file: str) -> None:
    derived = runpy.run_path(str((FIXTURES / file).parent / "derive.py"))["derived"]
    assert derived((SAMPLES / ORIGINALS[file]).read_text("utf-8")) == (FIXTURES / file).read_text("utf-8")


@pytest.mark.parametrize("file", ORIGINALS)
def test_a_file_has_no_sentences(file: str) -> None:
    texts = {
        text
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', (FIXTURES / file).read_text("utf-8"))
        if len(text) > LONGEST or re.search(r"[.!?] [A-Z]", text)
    }
    assert texts == set()


def test_no_event_says_what_articles_say() -> None:
    features = json.loads((FIXTURES / "car-ged/GEDEvent_v23_1.geojson").read_text("utf-8"))["features"]
    texts = {
        name: {feature["properties"][name] for feature in features} for name in features[0]["properties"] if name.startswith("source_")
    }
    assert len(features) == 1848 and len(texts) == 5 and set().union(*texts.values()) == {""}


@pytest.mark.parametrize("name", LICENCES)
def test_a_collection_states_its_licence_and_attribution(name: str) -> None:
    sources = [yaml.safe_load(path.read_text("utf-8"))["source"] for path in sorted((FIXTURES / name).glob("*.yaml"))]
    assert {source["license"] for source in sources} == LICENCES[name]
    assert all(source["attribution"] and source["publisher"] and source["redistributable"] for source in sources)
    assert name in (ROOT / "LICENSE-DATA").read_text("utf-8") and (FIXTURES / name / "README.md").is_file()


def test_their_sources_are_what_loads_of_the_same_files_say() -> None:
    """Who had loaded the publisher's own file could load no collection of the project: the source would have contradicted itself."""
    formats, compared = {format.name: format for format in FORMATS}, 0
    for path in sorted(FIXTURES.glob("*/*.yaml")):
        document = yaml.safe_load(path.read_text("utf-8"))
        for file in document.get("files", []) if "source" in document else []:
            format = formats[file["format"]]
            if format.source and document["source"]["id"] == format.default_source:
                for field in KINDS["source"].told_apart:
                    assert document["source"].get(field.name) == format.source.get(field.name), f"{path}: {field.name}"
                compared += 1
    assert compared >= 3


def test_they_are_small() -> None:
    files = [path for name in LICENCES for path in Path(FIXTURES / name).iterdir()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files if path.is_file()) < 3_000_000
