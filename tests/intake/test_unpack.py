"""A small file that would become a large one: it is refused before it takes the disk, the memory or the time of the machine."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from api.errors import LoadRefused
from api.intake import unpack
from api.intake.unpack import UnpackedFile

from ..support.mapped_claims import claims


def packed(path: Path, content: bytes, times: int = 1) -> UnpackedFile:
    """A file with this content in a zip, or in several, one inside the other."""
    inner = content
    for n in range(times):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{n}.csv", inner)
        inner = path.read_bytes()
    return UnpackedFile(path, path.name)


def test_an_archive_that_becomes_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MIN_UNPACKED_BYTES", 1 << 20)
    (work := tmp_path / "work").mkdir()
    zeros = bytes(3 << 20)
    for file in (packed(tmp_path / "a.zip", zeros), packed(tmp_path / "b.zip", zeros, times=2)):
        with pytest.raises(LoadRefused, match="is larger than 1 MB and than 100 times its archive, as no table is; unpack it"):
            unpack.unpack(file, work)
    (tmp_path / "c.gz").write_bytes(gzip.compress(zeros))
    with pytest.raises(LoadRefused, match="100 times its archive"):
        unpack.unpack(UnpackedFile(tmp_path / "c.gz", "c.gz"), work)
    assert max(path.stat().st_size for path in work.iterdir()) <= 1 << 20


def test_a_table_that_is_large_or_compresses_well_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (work := tmp_path / "work").mkdir()
    assert unpack.unpack(packed(tmp_path / "a.zip", bytes(3 << 20)), work).path.stat().st_size == 3 << 20
    monkeypatch.setattr(unpack, "MIN_UNPACKED_BYTES", 0)
    text = "".join(f"{n},2024-03-01,Gao,{n % 7}\n" for n in range(50_000)).encode()
    assert unpack.unpack(packed(tmp_path / "b.zip", text), work).path.read_bytes() == text


def test_json_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    geometry: dict[str, object] = {"type": "Point", "coordinates": [1, 2]}
    for _ in range(400):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {"#event+name": "A", "#affected+killed": 3, "#date": "2024-03-01"}}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    with pytest.raises(LoadRefused, match="nested too deeply"):
        claims(tmp_path / "a.geojson", tmp_path)
