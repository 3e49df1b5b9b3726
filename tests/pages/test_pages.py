"""The pages, over HTTP and in Chromium: they load nothing from another host, log no error, and explain what is missing."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect

from api.app import create_app
from api.errors import ApiError, Unavailable, catalogue
from api.pages import assets
from api.pages.markup import code_spans
from api.pages.static_files import FOLDER, Files
from api.store.store import Store
from schema.model.kinds import Kinds

from ..conftest import COLLECTIONS, Instance

HTML = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
DRAWN = {"/docs": ".opblock", "/graphql": ".graphiql-query-editor"}  # What the script of a page draws last.
FACTS = [
    "/figures/ucdp-ged-48761-total",
    "/events/aleppo-offensive-2024",
    "/actors/hayat-tahrir-al-sham",
    "/locations/syria",
    "/sources/geonames",
    "/figures",
    "/events?country=SYR",
    "/search?text=aleppo",
    "/collections/aleppo-2024",
]
PAGES = [*FACTS, "/", "/graphql", "/docs", "/dictionary", "/problems", *(f"/problems/{error.code}" for error in catalogue()[:2])]

with_assets = pytest.mark.skipif(not assets.installed(), reason="run `make assets`")


# Without a browser


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_may_load_nothing_from_elsewhere(client: httpx2.AsyncClient, address: str) -> None:
    response = await client.get(address, headers=HTML)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert not re.findall(r"<(?:script(?![^>]* src=)(?! type=.application/ld)|style)|\son[a-z]+=|\sstyle=", response.text), (
        "nothing is written into the page"
    )
    assert not re.findall(r"""<(?!a )\w+ (?!rel="(?:canonical|alternate)")[^>]*(?:src|href)=["'](?:[a-z]+:)?//""", response.text), (
        "only links lead elsewhere"
    )
    assert '<html lang="en">' in response.text and response.text.count("<h1") == 1


@pytest.mark.parametrize("address", [address for address in PAGES if address != "/graphql"])
async def test_an_unchanged_page_is_not_sent_again(client: httpx2.AsyncClient, address: str) -> None:
    first = await client.get(address, headers=HTML)
    again = await client.get(address, headers=HTML | {"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_start_page_counts_the_records_of_every_kind(client: httpx2.AsyncClient, kinds: Kinds) -> None:
    page = await client.get("/", headers=HTML)
    held = (await client.get("/ready")).json()["revision"]
    assert page.headers["conflict-facts-revision"] == str(held)
    for kind in kinds.values():
        answer = await client.post("/graphql", json={"query": f"{{ {kind.plural} {{ totalCount }} }}"})
        count = answer.json()["data"][kind.plural]["totalCount"]
        assert f'<a href="/{kind.plural}">{kind.plural.capitalize()}</a></dt><dd>{count:,}</dd>' in page.text
    assert f'<a href="/revisions">Revision</a></dt><dd>{held}</dd>' in page.text


@pytest.mark.parametrize("host", ["localhost:8000", "[::1]:8000", "a'&$(id);b", "a;b", "$(id)", "a*", "-oX", "~", "a!b"])
async def test_the_command_of_the_start_page_is_one_for_every_host(client: httpx2.AsyncClient, host: str) -> None:
    """Anybody can choose the Host, and a cache may send the page to others."""
    page = html.unescape((await client.get("/", headers=HTML | {"host": host})).text)
    command = page.partition("<code>curl ")[2].partition("</code>")[0]
    words = shlex.split(command.replace("\\\n", " "), comments=True)
    assert words[0] == f"http://{host}/graphql" and words[1:4:2] == ["-H", "-d"]
    assert ("'" in command.partition(" ")[0]) == bool(re.search(r"[^\w.:/-]", host))


async def test_the_start_page_shows_conflicting_claims_with_their_sources(client: httpx2.AsyncClient) -> None:
    text = " ".join((await client.get("/", headers=HTML)).text.split())
    assert "Disputed" in text and "1 independent origin supports" in text
    cards = re.findall(r'<li class="(?:chosen|rival)"> <p class="value">(\d+) <span class="tag">(\w+)</span></p> <dl>(.*?)</dl>', text)
    assert {(number, tag) for number, tag, _ in cards} in ({("40", "Published"), ("79", "Rival")}, {("79", "Published"), ("40", "Rival")})
    assert {number: "release 19.1" in about for number, _, about in cards} == {"40": True, "79": False}
    assert all("id 48761" in about and "Uppsala Conflict Data Program" in about for _, _, about in cards)
    assert "ucdp-ged-48761-total" in text
    printed = re.findall(r"<blockquote> <p>(.*?)</p>", text)[0]
    assert printed.startswith("79 (40 to 79) people killed") and "disputed: 40 (40 to 79) according to" in printed
    assert '<p class="number">79 (40 to 79) people</p>' in text, "no number is without the bounds that its source gives"


CLAIM = """
source: {id: SOURCE, title: Another, kind: article, publisher: PUBLISHER}
claims:
  figures:
    - {id: ucdp-ged-48761-total, event: ucdp-ged-48761, measure: killed, population: all, unit: people, NUMBER}
"""


async def test_the_start_page_says_which_claims_agree(instance: Instance) -> None:
    """A claim agrees if it gives the published number with its qualifier; one that gives no best estimate is shown too."""
    numbers = {
        "chosen": "rank: preferred, best: 1000",
        "same": "best: 1000",
        "exactly": "best: 1000, quantifier: exact",
        "other": "low: 900, quantifier: more_than",
    }
    shutil.copytree(COLLECTIONS, instance.folder, dirs_exist_ok=True)
    await instance.load(
        **{id: CLAIM.replace("SOURCE", id).replace("PUBLISHER", id).replace("NUMBER", text) for id, text in numbers.items()}
    )
    text = " ".join((await instance.client.get("/", headers=HTML)).text.split())
    cards = set(re.findall(r'<li class="\w+"> <p class="value">(.*?)</p>', text))
    assert cards == {
        f'{number} <span class="tag">{tag}</span>'
        for number, tag in (
            ("1,000", "Published"),
            ("1,000", "Agrees"),
            ("Exactly 1,000", "Rival"),
            ("40", "Rival"),
            ("79", "Rival"),
            ("No best estimate", "Rival"),
        )
    }


async def test_every_link_of_the_start_page_works(client: httpx2.AsyncClient) -> None:
    text = (await client.get("/", headers=HTML)).text
    links = {link.replace("&amp;", "&") for link in re.findall(r'(?:href|src)="(/[^"]*)"', text)}
    assert {"/graphql", "/docs", "/openapi.json", "/dictionary", "/problems"} <= links
    for link in links:
        response = await client.get(link, headers=HTML)
        assert response.status_code == 200, link
        _, _, anchor = link.partition("#")
        assert not anchor or f'id="{anchor}"' in response.text, link


async def test_the_start_page_shows_the_newest_revision(instance: Instance) -> None:
    empty = await instance.client.get("/", headers=HTML)
    assert empty.status_code == 200 and "Nothing is loaded yet" in empty.text
    await instance.load(paper="source: {id: paper, title: A paper, kind: article}\n")
    loaded = await instance.client.get("/", headers=HTML)
    assert loaded.headers["conflict-facts-revision"] == "1"
    assert '<a href="/sources">Sources</a></dt><dd>1</dd>' in loaded.text
    assert "One number, two claims" not in loaded.text, "a collection without the example shows none"


async def test_the_start_page_explains_that_the_database_is_unavailable(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise Unavailable

    monkeypatch.setattr(Store, "revision", away)
    response = await client.get("/", headers=HTML)
    assert response.status_code == 503 and response.headers["retry-after"] == "1"
    assert response.headers["cache-control"] == "no-store" and "etag" not in response.headers
    assert "cannot be reached right now" in response.text and "/docs" in response.text


@pytest.mark.parametrize(
    ("accept", "query", "html"),
    [
        (HTML["accept"], "", True),
        ("text/html", "", True),
        (HTML["accept"], "?query={__typename}", False),
        ("*/*", "?query={__typename}", False),
        ("application/json", "?query={__typename}", False),
        ("application/graphql-response+json, text/html;q=0", "?query={__typename}", False),
    ],
)
async def test_a_browser_gets_graphiql_and_other_clients_get_json(client: httpx2.AsyncClient, accept: str, query: str, html: bool) -> None:
    response = await client.get(f"/graphql{query}", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html") is html
    assert "accept" in response.headers["vary"].lower(), "a cache must not give one for the other"


async def test_a_client_that_sends_no_query_gets_an_error(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"accept": "text/html;q=0, application/json"})
    assert response.status_code == 400 and "query" in response.text


async def test_a_style_nonce_is_used_once(client: httpx2.AsyncClient) -> None:
    first, second = [await client.get("/graphql", headers=HTML) for _ in range(2)]
    assert first.headers["content-security-policy"] != second.headers["content-security-policy"]
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("error", catalogue(), ids=lambda error: error.code)
async def test_every_error_has_a_page_with_advice(client: httpx2.AsyncClient, error: type[ApiError]) -> None:
    for address in ("/problems", f"/problems/{error.code}"):
        text = (await client.get(address, headers=HTML)).text
        section = re.search(rf'<section aria-labelledby="{error.code}">.*?</section>', text, re.S)
        assert section and error.sentence() in section[0] and "What to do" in section[0]
        assert "`" not in section[0] and "&lt;code" not in section[0], "names in the advice are printed as code"


async def test_a_problem_document_links_to_its_page(client: httpx2.AsyncClient) -> None:
    problem = (await client.get("/v1/events?coutnry=SYR")).json()
    page = await client.get(problem["type"], headers=HTML)
    assert page.status_code == 200 and problem["title"] in page.text
    missing = await client.get("/problems/no-such-code")
    assert (missing.status_code, missing.json()["code"]) == (404, "no-such-address")


async def test_the_dictionary_has_every_kind_field_and_code(client: httpx2.AsyncClient, kinds: Kinds) -> None:
    text = (await client.get("/dictionary", headers=HTML)).text
    for kind in kinds.values():
        for field in kind.fields.values():
            assert f'id="{kind.name}.{field.name}"' in text
            assert str(code_spans(field.description)) in text
            for code in field.type.vocabulary.codes if field.type.vocabulary else ():
                assert f"<code>{code}</code>" in text
    links, ids = set(re.findall(r'href="#([^"]+)"', text)), re.findall(r'\sid="([^"]+)"', text)
    assert links <= set(ids) and len(ids) == len(set(ids))


@pytest.mark.parametrize(("address", "link"), [("/graphql", "/graphql?query="), ("/docs", "/openapi.json")])
async def test_without_assets_a_page_says_how_to_install_them(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, address: str, link: str
) -> None:
    monkeypatch.setattr(Files, "of", lambda *_: [])
    response = await client.get(address, headers=HTML)
    assert response.status_code == 200
    assert "make assets" in response.text and "<script" not in response.text
    for found in re.findall(rf'href="({re.escape(link)}[^"]*)"', response.text):
        assert (await client.get(found.replace("&amp;", "&"), headers=HTML)).status_code == 200
    assert link in response.text


async def test_a_file_with_its_version_in_the_url_is_cached_forever(client: httpx2.AsyncClient) -> None:
    address = re.findall(r'href="(/static/site\.css\?v=\w+)"', (await client.get("/", headers=HTML)).text)[0]
    named = await client.get(address)
    assert "immutable" in named.headers["cache-control"] and named.headers["etag"]
    for other in ("/static/site.css", "/static/site.css?v=0"):
        assert (await client.get(other)).headers["cache-control"] == "public, no-cache"
    assert (await client.get(address, headers={"if-none-match": named.headers["etag"]})).status_code == 304
    icon = await client.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path", ["../__init__.py", "%2e%2e/__init__.py", "..%2f__init__.py", "vendor/../../__init__.py", "/etc/passwd", "", "vendor"]
)
async def test_only_static_files_are_served(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.get(httpx2.URL(f"http://test/static/{path}"))
    assert response.status_code == 404 and response.json()["code"] == "no-such-address"


def test_the_lock_pins_every_package_by_hash_and_names_no_host() -> None:
    folder = Path(assets.__file__).parent
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    text = (folder / "package-lock.json").read_text()
    locked = {path.removeprefix("node_modules/"): one for path, one in json.loads(text)["packages"].items() if path}
    assert {name: one["version"] for name, one in locked.items()} == wanted and set(wanted) == set(assets.FILES)
    assert all(one["integrity"].startswith("sha512-") for one in locked.values())
    assert "http" not in text and "resolved" not in text


@with_assets
def test_an_incomplete_installation_is_detected(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    shutil.copytree(FOLDER / "vendor", vendor)
    assert assets.installed(vendor)
    (tmp_path / assets.names("graphiql")[0]).unlink()
    assert not assets.installed(vendor)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(scheme: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1."""
    blocks = re.findall(r":root \{(.*?)\}", (FOLDER / "site.css").read_text(), re.S)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in blocks)
    colours = light | (dark if scheme == "dark" else {})
    pairs = [(ink, paper) for ink in ("ink", "soft", "blue", "green") for paper in ("paper", "card", "code")]
    for ink, paper in [*pairs, ("blue-ink", "blue"), ("amber", "amber-paper"), ("ink", "amber-paper"), ("blue", "amber-paper")]:
        high, low = sorted((_luminance(colours[ink]), _luminance(colours[paper])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, paper)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# In a browser


@with_assets
@pytest.mark.nightly
async def test_graphiql_runs_its_example_query(page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 1400})  # Its editor draws only the lines that are seen.
    await page.goto("/graphql")
    await page.get_by_role("button", name=re.compile("Execute query")).click()
    for part in ("Government of Myanmar (Burma) - KNU", "Wan Hka area", "ucdp-ged-48761-total"):
        await expect(page.get_by_label("Result Window")).to_contain_text(part)
    await expect(page.locator(".CodeMirror-lint-mark-error")).to_have_count(0)


@with_assets
@pytest.mark.nightly
async def test_graphiql_loads_nothing_from_another_host(page: Page) -> None:
    await page.goto("/graphql")
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(page.locator(".graphiql-doc-explorer")).to_contain_text("ParticipationConnection")
    await page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await expect(page.locator(".graphiql-explorer-root")).to_contain_text("participations")
    await page.get_by_role("button", name="Open settings dialog").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


@with_assets
@pytest.mark.nightly
async def test_a_query_can_be_shared_as_a_url(page: Page) -> None:
    await page.goto("/graphql#query=%7B%20sources%20%7B%20totalCount%20%7D%20%7D")
    await page.get_by_role("button", name=re.compile("Execute query")).click()
    await expect(page.locator(".result-window")).to_contain_text("totalCount")


@with_assets
@pytest.mark.nightly
async def test_swagger_ui_lists_every_path_and_runs_one(page: Page, client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    await page.goto("/docs")
    await expect(page.locator(".opblock").first).to_be_visible()
    listed = {await path.get_attribute("data-path") for path in await page.locator(".opblock-summary-path").all()}
    assert listed == set(document["paths"])
    block = page.locator(".opblock").filter(has=page.locator('[data-path="/v1/events"]'))
    await block.locator(".opblock-summary-control").first.click()
    await expect(block.get_by_role("button", name="Try it out")).to_be_visible()  # In 5 s; Swagger UI's own resolver takes 13.
    await block.get_by_role("button", name="Try it out").click()
    await block.get_by_role("button", name="Execute").click()
    await expect(block.locator(".live-responses-table")).to_contain_text("aleppo-offensive-2024")


@pytest.mark.nightly
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("address", PAGES)
async def test_a_page_fits_its_window_and_logs_no_error(page: Page, address: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 740})
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    if address in DRAWN and assets.installed():
        await expect(page.locator(DRAWN[address]).last).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await expect(page.get_by_role("heading", level=1).first).to_be_attached()
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Skip to the content")


@pytest.mark.nightly
async def test_the_start_page_needs_no_script(browser: Browser, server: str) -> None:
    context = await browser.new_context(java_script_enabled=False, base_url=server, color_scheme="dark")
    page = await context.new_page()
    await page.goto("/")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("who says so")
    await expect(page.locator(".claims > li")).to_have_count(2)
    await expect(page.locator(".counts .revision dd")).to_have_text("1")
    await context.close()


async def test_a_search_says_which_collections_are_not_loaded_yet(aleppo: Instance) -> None:
    """A reader who finds nothing in the first minutes must not take it for an answer."""
    waiting = SimpleNamespace(unfinished=[SimpleNamespace(name="car-ged", state="waiting", words="")])
    app = create_app(aleppo.settings, aleppo.read_url, aleppo.kinds, waiting)  # type: ignore[arg-type]  # It has what the pages read.
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        page = (await client.get("/search?text=Bangui")).text
    assert "Not loaded yet: car-ged." in page
    assert "Not loaded yet" not in (await aleppo.client.get("/search?text=Bangui")).text
