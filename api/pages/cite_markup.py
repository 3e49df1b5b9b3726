"""The box of a page with what it offers to copy, as HTML: every page has one. It is written here and not in a template for the reason of `markup.py`."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from markupsafe import Markup

from .citing import Citing, Copied, Licence
from .markup import code_spans


def cite_box(cite: Citing, at: str = "") -> Markup:
    """The box; `at` is what the links of a page as of a revision end in."""
    parts = ['<section class="cite" aria-labelledby="cite">\n<h2 id="cite">Use it and cite it</h2>', *_downloads(cite)]
    note = f", with the address that always shows revision {cite.revision}" if "revision=" in cite.pinned else ""
    parts.append(_copied("citation", Copied(f"Citation{note}", cite.citation)))
    parts += [_copied(f"card-{number}", card) for number, card in enumerate(cite.cards, 1)]
    return Markup("\n".join([*parts, *_addresses(cite), *_licences(cite, at), "</section>"]))  # noqa: S704  # escaped by the functions


def _downloads(cite: Citing) -> Iterator[str]:
    if not cite.downloads:
        return
    yield '<ul class="downloads">'
    for number, (one, *others) in enumerate(cite.downloads):
        links = [f'<a class="button{" quiet" if number else ""}" href="{escape(one.href)}" download>{escape(one.name)}</a>']
        links += [f'<a href="{escape(other.href)}" download>{escape(other.name)}</a>' for other in others]
        note = f' <span class="aside">{code_spans(one.note)}</span>' if one.note else ""
        yield f"<li>{' '.join(links)}{note}</li>"
    yield "</ul>"


def _addresses(cite: Citing) -> Iterator[str]:
    names = [one.name for one in cite.addresses] + (["GraphQL"] if cite.graphql else [])
    yield f"<details>\n<summary>Addresses of the data: {escape(', '.join(names))}</summary>"
    for number, one in enumerate(cite.addresses, 1):
        yield _copied(f"address-{number}", one)
    if cite.graphql:
        yield _copied("graphql", Copied("GraphQL", cite.graphql, href=cite.graphiql))
    yield "</details>"


def _copied(id: str, one: Copied) -> str:
    """A text with a button that copies it; the button appears if scripts run."""
    name = escape(one.name)
    title = f'<a href="{escape(one.href)}">{name}</a>' if one.href else name
    note = f' <span class="aside">{escape(one.note)}</span>' if one.note else ""
    return (
        f'<div class="copied">\n<p class="label" id="{id}-label">{title}{note}</p>\n'
        f'<pre tabindex="0" aria-labelledby="{id}-label"><code id="{id}">{escape(one.text)}</code></pre>\n'
        f'<button type="button" class="copy" data-copy="{id}" hidden>Copy<span class="unseen"> {name}</span></button>\n</div>'
    )


def _licences(cite: Citing, at: str) -> Iterator[str]:
    if not cite.licences:
        return
    title = "Sources of the records on this page" if cite.some else "Sources"
    yield f'<h3>{title}, their licences and what to print beside them</h3>\n<ul class="licences">'
    yield from (_licence(one, at) for one in cite.licences)
    yield "</ul>"


def _licence(one: Licence, at: str) -> str:
    lang = f' lang="{escape(one.lang)}"' if one.lang else ""
    terms = escape(one.terms)
    terms = f'<a href="{escape(one.terms_href)}" rel="license noopener">{terms}</a>' if one.terms_href else terms
    attribution = f"<bdi>{escape(one.attribution)}</bdi> " if one.attribution else ""
    name = f'<a href="{escape(one.href + at)}"><bdi{lang}>{escape(one.name)}</bdi></a>'
    return f'<li>{name}: {attribution}<span class="aside">Terms: {terms}</span></li>'
