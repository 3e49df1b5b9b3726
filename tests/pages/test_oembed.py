"""oEmbed 1.0: what other sites paste for an address of ours, as they and their filters read it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

import httpx2
import micawber  # type: ignore[import-untyped]  # it has no types
import pytest

from api.pages import oembed
from api.pages.oembed import CardAddress, card_address, page_of

SITE = "https://facts.example"
ID = "aleppo-displacement-2024-displaced"
PAGE, CARD = f"/figures/{ID}", f"/embed/figures/{ID}"
FRAME = re.compile(r'<blockquote><a href="([^"]+)">([^<]+)</a></blockquote><iframe src="([^"]+)" title="([^"]+)" width="(\d+)" height="(\d+)" frameborder="0"></iframe>')  # fmt: skip


async def ask(client: httpx2.AsyncClient, url: str, **params: str | int) -> httpx2.Response:
    return await client.get("/oembed", params={"url": url, **params})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{SITE}{PAGE}", CARD), (f"{SITE}{CARD}", CARD), (f"{SITE}{PAGE}?revision=3", f"{CARD}?revision=3"), (f"{SITE}:443{PAGE}#best", CARD),
        (f"HTTPS://Facts.Example{PAGE}", CARD), (f"http://facts.example{PAGE}", CARD), (f"{SITE}{PAGE}?utm_source=x&notice=off", f"{CARD}?notice=off"),
        (f"{SITE}/events/a.b-c_d", "/embed/events/a.b-c_d"), (f"{SITE}/events/a%2Eb", "/embed/events/a.b"),
        (f"{SITE}/embed/totals?measure=killed&by=year", "/embed/totals?measure=killed&by=year"),
    ],
)  # fmt: skip
def test_an_address_of_this_site_is_that_of_a_card(url: str, expected: str) -> None:
    found = card_address(url, f"{SITE}/")
    assert found and (str(found[0]), found[1]) == (expected, SITE)


@pytest.mark.parametrize(
    "url",
    [
        "", "figures/a", "/figures/a", "//facts.example/figures/a", "https:/facts.example/figures/a", "https:facts.example/figures/a",
        "ftp://facts.example/figures/a", "javascript://facts.example/figures/a", "file:///figures/a", "data:text/html,figures/a",
        "https://evil.example/figures/a", "https://facts.example.evil.example/figures/a", "https://evilfacts.example/figures/a",
        "https://facts.example@evil.example/figures/a", "https://user@facts.example/figures/a", "https://user:pw@facts.example/figures/a",
        "https://evil.example\\@facts.example/figures/a", "https://facts.example\\.evil.example/figures/a", "https://facts.example%2eevil/figures/a",
        "https://facts.example:8443/figures/a", "https://facts.example:80/figures/a", "https://facts.example:x/figures/a",
        "https://facts.example:99999/figures/a", "https://fаcts.example/figures/a", "https://facts。example/figures/a", "https://facts.example./figures/a",
        "https://[::1]/figures/a", "https://[facts.example]/figures/a", "https://127.0.0.1/figures/a", "https://localhost/figures/a",
        "https://facts.example/figures/..", "https://facts.example/figures/../events/a", "https://facts.example//evil.example/figures/a",
        "https://facts.example/figures//a", "https://facts.example/figures/%2e%2e", "https://facts.example/figures/a%2fb", "https://facts.example/figures/a%00",
        "https://facts.example/figures/a\n", "https://facts.example/figures/a b", " https://facts.example/figures/a", "https://facts.example/figures/",
        "https://facts.example/sources/a", "https://facts.example/v1/figures/a", "https://facts.example/oembed?url=https://facts.example/figures/a",
        "https://facts.example/figures/\"><script>", f"https://facts.example/figures/a?{'x' * 2000}", "https://facts.example/embed/revisions",
    ],
)  # fmt: skip
def test_any_other_address_is_that_of_no_card(url: str) -> None:
    assert card_address(url, f"{SITE}/") is None


@pytest.mark.parametrize(
    ("origin", "url", "site"),
    [
        ("http://facts.example/", f"https://facts.example{PAGE}", "https://facts.example"),  # A proxy that takes https.
        ("http://facts.example/", f"http://facts.example:80{PAGE}", "http://facts.example"),
        ("http://127.0.0.1:8000/", f"http://127.0.0.1:8000{PAGE}", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/", f"http://127.0.0.1{PAGE}", None),
        ("http://127.0.0.1:8000/", f"http://127.0.0.1:8001{PAGE}", None),
        ("http://[::1]:8000/", f"http://[::1]:8000{PAGE}", "http://[::1]:8000"),
        ("http://a'&$(id);b/", f"http://a'&$(id);b{PAGE}", "http://a'&$(id);b"),
    ],
)
def test_the_site_is_the_one_that_was_asked(origin: str, url: str, site: str | None) -> None:
    found = card_address(url, origin)
    assert (found and found[1]) == site


def test_a_card_without_options_says_what_is_corrected_from_now_on() -> None:
    since = "2026-12-01T00:00:00Z"
    assert str(CardAddress(CARD).live(since)) == f"{CARD}?corrected_since=2026-12-01T00%3A00%3A00Z"
    for params in ((("revision", "3"),), (("corrected_since", "2020-01-01"),), (("notice", "off"),)):
        assert CardAddress(CARD, params).live(since).params == params
    assert page_of(CardAddress(CARD, (("revision", "3"), ("notice", "off")))) == f"{PAGE}?revision=3"


async def test_the_response_is_a_quotation_and_a_frame(client: httpx2.AsyncClient) -> None:
    response = await ask(client, f"http://test{PAGE}")
    found = response.json()
    assert {name: found[name] for name in ("type", "version", "provider_name", "provider_url", "width", "height")} == {
        "type": "rich", "version": "1.0", "provider_name": "Conflict Facts", "provider_url": "http://test/", "width": 600, "height": 200,
    }  # fmt: skip
    assert found["title"].startswith("More than 14,000 people displaced, according to United Nations OCHA")
    match = FRAME.fullmatch(found["html"])
    assert match and "<script" not in found["html"] and int(found["cache_age"]) > 0
    link, sentence, frame, title, width, height = map(html.unescape, match.groups())
    assert (link, sentence, title, width, height) == (f"http://test{PAGE}", found["title"], found["title"], "600", "200")
    assert frame.startswith(f"http://test{CARD}?corrected_since=20")
    assert (await client.get(frame)).status_code == 200
    frozen = (await ask(client, f"http://test{PAGE}?revision=1")).json()
    assert f'src="http://test{CARD}?revision=1"' in frozen["html"] and f'href="http://test{PAGE}?revision=1"' in frozen["html"]


async def test_xml_has_the_same(client: httpx2.AsyncClient) -> None:
    url = f"http://test{PAGE}"
    response = await ask(client, url, format="xml")
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(response.text)
    assert {child.tag: child.text for child in root} == {name: str(value) for name, value in (await ask(client, url)).json().items()}
    assert root.tag == "oembed"


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(300, 150, (300, 150)), (2000, 2000, (600, 200)), ("", "", (600, 200)), (0, 0, (600, 200))]
)
async def test_a_frame_is_no_larger_than_its_page_allows(
    client: httpx2.AsyncClient, width: int | str, height: int | str, expected: tuple[int, int]
) -> None:
    found = (await ask(client, f"http://test{PAGE}", maxwidth=width, maxheight=height, dnt=1)).json()
    assert (found["width"], found["height"]) == expected
    assert f'width="{expected[0]}" height="{expected[1]}"' in found["html"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"url": "http://test/figures/no-such-figure"}, 404), ({"url": "http://evil.example/figures/a"}, 404), ({"url": ""}, 404), ({}, 400),
        ({"url": f"http://test{PAGE}?as_of=2026-01-01"}, 404), ({"url": f"http://test{PAGE}?revision=99"}, 404), ({"url": f"http://test{PAGE}?revision=x"}, 404), ({"url": "http://test/sources/geonames"}, 404),
        ({"url": f"http://test{PAGE}", "format": "yaml"}, 501), ({"url": f"http://test{PAGE}", "maxwidth": "wide"}, 400),
    ],
)  # fmt: skip
async def test_what_cannot_be_embedded_has_the_status_of_the_specification(
    client: httpx2.AsyncClient, params: dict[str, str], status: int
) -> None:
    response = await client.get("/oembed", params=params)
    assert response.status_code == status, response.text
    assert "location" not in response.headers


async def test_text_from_sources_is_escaped_everywhere() -> None:
    sentence, site = 'a "b" <script>alert(1)</script> & c\x0b', "http://test"
    found = oembed.document(site, CardAddress(CARD, (("revision", '1"><script>'),)), PAGE, sentence, oembed.Sizes())
    assert "<script" not in str(found["html"])
    match = FRAME.fullmatch(str(found["html"]))
    assert match and html.unescape(match[2]) == html.unescape(match[4]) == sentence
    assert json.loads(oembed.as_json(found))["title"] == sentence
    assert ElementTree.fromstring(oembed.as_xml(found)).findtext("title") == sentence.replace("\x0b", "")


class Consumer(micawber.Provider):  # type: ignore[misc]  # it has no types
    """micawber, whose requests are answered by the application in this process."""

    def __init__(self, responses: Mapping[str, str]) -> None:
        super().__init__("http://test/oembed")
        self.responses = responses

    def fetch(self, url: str) -> str:
        return self.responses[url]


async def test_micawber_pastes_the_card(client: httpx2.AsyncClient) -> None:
    url, asked = f"http://test{PAGE}", f"http://test/oembed?{micawber.Provider('').encode_params(f'http://test{PAGE}', maxwidth=400)}"
    providers = micawber.ProviderRegistry()
    providers.register(r"http://test/(figures|events)/\S+", Consumer({asked: (await client.get(asked)).text}))
    pasted = providers.parse_text(url, maxwidth=400)
    assert FRAME.fullmatch(pasted.strip()) and 'width="400" height="200"' in pasted


@pytest.mark.parametrize(("page", "card"), [(PAGE, f"{CARD}?corrected_since=20"), (f"{PAGE}?revision=1", f"{CARD}?revision=1")])
async def test_a_page_leads_to_its_card_and_offers_it_to_copy(client: httpx2.AsyncClient, page: str, card: str) -> None:
    text = (await client.get(page, headers={"accept": "text/html"})).text
    links = dict(re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', text))
    assert set(links) == {oembed.JSON_TYPE, oembed.XML_TYPE}
    for link in map(html.unescape, links.values()):
        response = await client.get(link)
        assert response.status_code == 200 and html.unescape(response.text).count(f"http://test{card}")
    assert "<iframe" not in text, "the code is shown, not the card"
    codes = [html.unescape(code) for code in re.findall(r'<code id="card-\d">(.*?)</code>', text)]
    sources = re.findall(r'<iframe src="([^"]+)" title="[^"]+" width="100%" height="200" loading="lazy"></iframe>', " ".join(codes))
    assert len(sources) == len(codes) == (1 if "revision" in page else 2) and sources[0].startswith(f"http://test{card}")
    for address in map(html.unescape, sources):
        assert (await client.get(address)).status_code == 200
    for other in ("/sources/geonames", "/figures"):
        assert "json+oembed" not in (await client.get(other, headers={"accept": "text/html"})).text


# WordPress

ALLOWED = {
    "a": ("href",),
    "blockquote": (),
    "iframe": ("src", "width", "height", "frameborder", "marginwidth", "marginheight", "scrolling", "title"),
}
SECRET = "a1B2c3D4e5"


class Kses(HTMLParser):
    """Only the elements and attributes that WordPress leaves in the response of a provider that it does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ALLOWED:
            written = "".join(f' {name}="{html.escape(value or "")}"' for name, value in attrs if name in ALLOWED[tag])
            self.kept.append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in ALLOWED:
            self.kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.kept.append(html.escape(data, quote=False))


def wordpress(text: str) -> str:
    """What WordPress prints for the `html` of a response, by its documented rules: a secret in the hash, a sandbox, and a hidden frame."""
    kses = Kses()
    kses.feed(text)
    match = re.search(r"(<blockquote>.*?</blockquote>)?.*(<iframe.*?></iframe>)", "".join(kses.kept), re.S)
    assert match, "WordPress prints nothing"
    quotation, frame = match[1] or "", match[2]
    frame = re.sub(r' src="(.*?)"', rf' src="\1#?secret={SECRET}" data-secret="{SECRET}"', frame)
    if quotation:
        quotation = quotation.replace("<blockquote", f'<blockquote class="wp-embedded-content" data-secret="{SECRET}"')
        frame = frame.replace("<iframe", '<iframe style="position: absolute; visibility: hidden;"')
    return quotation + frame.replace("<iframe", '<iframe class="wp-embedded-content" sandbox="allow-scripts" security="restricted"')


async def test_wordpress_leaves_the_quotation_and_the_frame(client: httpx2.AsyncClient) -> None:
    text = (await ask(client, f"http://test{PAGE}")).json()["html"]
    printed = wordpress(text)
    assert printed.count("<blockquote") == printed.count("<iframe") == printed.count("<a ") == 1
    assert f"#?secret={SECRET}" in printed and quote("corrected_since") in printed
