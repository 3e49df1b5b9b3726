"""Renders pages from templates, with the headers that restrict a page to its own host."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from schema.model.claim import CLAIM_FIELDS
from schema.model.kinds import Kinds

from .. import __version__
from ..http.etags import has_response
from ..pauses import can_pause, paced
from ..sql import preference
from ..store.side_thread import beside
from ..words.dates import day
from .cite_markup import cite_box
from .edition import edition
from .markup import DISPUTED, code_spans, listed, markdown, related, row
from .static_files import Files

TEMPLATES = Path(__file__).parent / "templates"

# Nothing from another host and nothing inline; a page that needs more adds it.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True)
class Rule:
    """The rule that settles claims into facts, for templates."""

    name: str
    sentence: str


RULE = Rule(preference.RULE, preference.RULE_SENTENCE)

FIRST_ERROR = 400
SITE_PICTURE = "/cards/site.png"  # What other sites show beside a link to a page without a picture of its own.


class Renderer:
    """Renders the templates, which know the kinds and the static files."""

    def __init__(self, kinds: Kinds, files: Files) -> None:
        self.kinds, self.files = kinds, files
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            auto_reload=False,  # A page includes templates ten times, and the modification time of each would be looked up.
        )  # fmt: skip
        navigation = _navigation(kinds)
        self.environment.globals.update(
            static=files.address, kinds=kinds, version=__version__, zip=zip, navigation=navigation, disputed_tag=DISPUTED,
            site_picture=SITE_PICTURE, edition=edition, menu=partial(menu, {here: _menu(navigation, here) for here in ("", *dict(navigation))}),
        )  # fmt: skip
        self.environment.filters.update(
            label=self._label, grouped=grouped, date=day, sentence=sentence, code_spans=code_spans, listed=listed, row=row, markdown=markdown,
            related_sections=related, cite_box=cite_box, or_else=or_else, for_shell=shlex.quote,
        )  # fmt: skip

    def text(self, template: str) -> str:
        """The text of a file in the folder of templates, not rendered."""
        return (TEMPLATES / template).read_text("utf-8")

    def text_of(self, template: str, **values: object) -> str:
        """A template, rendered."""
        found = self.environment.get_template(template)
        return "".join(paced(found.generate(**values))) if can_pause() else found.render(**values)

    def render(self, request: Request, template: str, **values: object) -> str:
        """The text of a page."""
        base = str(request.base_url).rstrip("/")
        return self.text_of(template, **{"here": request.url.path, "origin": base, **values})

    def headers(self, policy: Mapping[str, str] | None = None) -> dict[str, str]:
        """The headers of every page. `policy` extends what it may load."""
        allowed = "; ".join(f"{name} {sources}" for name, sources in {**POLICY, **(policy or {})}.items())
        return {**HEADERS, "content-security-policy": allowed}

    @cached_property
    def edition(self) -> str:
        """A digest of the templates and of our own static files: pages change with them."""
        digest = hashlib.sha256()
        for path in sorted([*TEMPLATES.rglob("*"), *self.files.folder.iterdir()]):
            digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()

    async def page(
        self, request: Request, template: str, policy: Mapping[str, str] | None = None, status: int = 200, **values: object
    ) -> Response:
        """The page, or 304 if the client has it already. `policy` extends what the page may load. A page with a `nonce`, or of an error, is never cached."""
        text = await beside(self.render, request, template, **values)
        headers = {**self.headers(policy), "cache-control": "public, no-cache"}
        if "nonce" in values or status >= FIRST_ERROR:  # A nonce may be used once.
            headers["cache-control"] = "no-store"
        else:
            headers["etag"] = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
            if has_response(request.headers.getlist("if-none-match"), headers["etag"]):
                return Response(status_code=304, headers=headers)
        return Response(text, status, headers, "text/html")

    def _label(self, value: str | int, path: str) -> str:
        """The label of a code; `path` is `kind.field`, or the name of a field of claims."""
        kind, _, name = path.rpartition(".")
        field = self.kinds[kind].fields[name] if kind else CLAIM_FIELDS[name]
        if (vocabulary := field.type.vocabulary) is None:
            raise TypeError(f"{path} has no codes")
        return vocabulary.codes[vocabulary.by_graphql_name.get(str(value), str(value))].label


TOOLS = (("/graphql", "GraphQL"), ("/docs", "REST"), ("/dictionary", "Dictionary"), ("/problems", "Errors"))
BROWSED = ("event", "figure", "actor", "location", "source")  # The kinds whose lists every page links to, if there are such.


def _navigation(kinds: Kinds) -> list[tuple[str, str]]:
    """The addresses and the names of the links at the top of every page."""
    return [
        *((f"/{kinds[name].plural}", kinds[name].plural.capitalize()) for name in BROWSED if name in kinds),
        ("/collections", "Collections"),
        *TOOLS,
    ]


def _menu(navigation: list[tuple[str, str]], here: str) -> Markup:
    """The links at the top of the page at an address, on which the link to itself is marked."""
    current = ' aria-current="page"'
    items = (f'<li><a href="{href}"{current * (href == here)}>{name}</a></li>' for href, name in navigation)
    return Markup("\n".join(items))  # noqa: S704  # from the declarations


def menu(menus: Mapping[str, Markup], here: str) -> Markup:
    """The links at the top of a page; most pages have the same."""
    return menus.get(here) or menus[""]


def or_else(value: str | None, other: str) -> str:
    """The value, or the other if it is null or empty."""
    return value or other


def grouped(number: float) -> str:
    """14000 as 14,000."""
    return f"{number:,}"


def sentence(text: str) -> str:
    """The text with its first letter in upper case, and the rest unchanged; a name before a colon, as of a parameter, stays as it is."""
    return text if re.match(r"[\w.]+: ", text) else text[:1].upper() + text[1:]
