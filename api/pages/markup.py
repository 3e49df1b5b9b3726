"""The parts of pages of which there are hundreds, as HTML: values, and the claims about them.

They are written here and not in a template, because Jinja makes an object of each text that it escapes, which took most of the time of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from typing import NamedTuple

from markupsafe import Markup

from .page_provenance import AboutClaim, ClaimView, FieldView, Named
from .values import Shown


@lru_cache(maxsize=1024)  # The same descriptions stand on every page.
def code_spans(text: str) -> Markup:
    """A description as HTML, with text between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S704  # escaped just here


MARKED = re.compile(r"[\\`*_\[\]<>|~]|&(?=[#\w]+;)")  # What Markdown takes for markup anywhere in a line.


def markdown(text: str) -> str:
    """A text of a source inside a line of Markdown, where it is neither markup nor another line."""
    return MARKED.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def listed(values: Iterable[Shown], at: str = "") -> Markup:
    """Values with the pages that they lead to; `at` is what the links of a page as of a revision end in."""
    return Markup(", ".join(_value(one, at) for one in values))  # noqa: S704  # escaped by the function


def plain(values: Iterable[Shown]) -> Markup:
    """Values without links."""
    return Markup(", ".join(f"<bdi{_lang(one.lang)}>{escape(one.text)}</bdi>" for one in values))  # noqa: S704  # escaped just here


def named(source: Named, at: str = "") -> str:
    """A source with a link to its page."""
    return f'<a href="{escape(source.href + at)}"><bdi{_lang(source.lang)}>{escape(source.name)}</bdi></a>'


DISPUTED = Markup('<strong class="tag disputed"><span aria-hidden="true">⚠ </span>Disputed</strong>')


class Row(NamedTuple):
    """A record in a list."""

    text: str
    href: str
    about: str
    disputed: str  # The other values, in words; empty if it is not disputed.
    source: str = ""
    left_out: str = ""  # Why totals do not add it; empty if they do.


def row(one: Row, at: str = "", kind: str = "") -> Markup:
    """A record as an item of a list."""
    tag = f'<span class="tag">{escape(kind)}</span> ' if kind else ""
    link = f'<a href="{escape(one.href + at)}"><bdi>{escape(one.text)}</bdi></a>{" " + DISPUTED if one.disputed else ""}'
    sentence = "; ".join(
        part for part in (one.about, f"according to {one.source}" if one.source else "", one.disputed, one.left_out) if part
    )
    aside = f'<p class="aside">{escape(sentence[:1].upper() + sentence[1:])}</p>' if sentence else ""
    return Markup(f"<li>{tag}{link}{aside}</li>")  # noqa: S704  # escaped just here


class Related(NamedTuple):
    """The records of one sort that refer to a record."""

    title: str
    rows: tuple[Row, ...]
    href: str  # The list of all of them.
    more: bool
    summed: bool  # Whether they are numbers, one of which may include another.


def related(sections: Iterable[Related], at: str = "") -> Markup:
    """The sections of a page with the records that refer to its own."""
    return Markup("\n".join(_related(number, one, at) for number, one in enumerate(sections, 1)))  # noqa: S704  # escaped by the function


def _related(number: int, one: Related, at: str) -> str:
    title, href = escape(one.title), escape(one.href)
    note = f"{NOT_ADDED.format(href=href)}\n" if one.summed else ""
    end = (
        f'<p><a href="{href}">{"All" if one.more else "As a list"}<span class="unseen">: {title}</span></a></p>' if "?" in one.href
        else f'<p class="aside">These are the first {len(one.rows)}.</p>' if one.more else ""
    )  # fmt: skip
    rows = "\n".join(row(line, at) for line in one.rows)
    return (
        f'<section aria-labelledby="related-{number}">\n<h2 id="related-{number}">{title}</h2>\n{note}'
        f'<ul class="records">\n{rows}\n</ul>\n{end}\n</section>'
    )


NOT_ADDED = '<p class="aside">Do not add these numbers yourself: one may include another. <a href="{href}">The list</a> has a file with the rows that count.</p>'


class ProofMarkup:
    """The values of one record with their proofs. What is the same of a claim for each of its fields is written once."""

    def __init__(self, claims: Mapping[str, AboutClaim], at: str, more: str) -> None:
        self.at, self.more = at, escape(more)
        self.about = {digest: self._about(claim) for digest, claim in claims.items()}

    def values(self, views: Iterable[FieldView]) -> Markup:
        """Each value, which opens what is known of it."""
        return Markup("\n".join(self._field(view) for view in views))  # noqa: S704  # escaped by the functions

    def _field(self, view: FieldView) -> str:
        shown = f"{plain(view.values)}{f' {escape(view.unit)}' if view.unit else ''}" if view.values else "unknown"
        marked, tag = (' class="is-disputed"', f" {DISPUTED}") if view.disputed else ("", "")
        links = f"<p>{listed(view.values, self.at)}</p>\n" if view.linked else ""
        return (
            f'<div id="{view.name}"{marked}><dt>{escape(view.title)}</dt><dd><details><summary><span class="shown">{shown}</span>{tag}</summary>\n'
            f"{links}{self._proof(view)}\n</details></dd></div>"
        )

    def _proof(self, view: FieldView) -> str:
        """What is below a value when it is opened; `more` is the address of all claims."""
        parts = ['<div class="proof"><p>', code_spans(view.description), self._support(view), self._since(view), "</p>"]
        if view.claims:
            parts += ['<ol class="claims">', *(self._claim(one) for one in view.claims), "</ol>"]
        if view.more:
            parts.append(f'<p><a href="{self.more}">{view.more:,} more claim{"s" if view.more != 1 else ""}, as JSON</a></p>')
        return "".join([*parts, "</div>"])

    def _support(self, view: FieldView) -> str:
        return f" {view.origins} independent {'origin supports' if view.origins == 1 else 'origins support'} it." if view.claims else ""

    def _since(self, view: FieldView) -> str:
        if not (since := view.since):
            return ""
        before = f"; before that, it was {listed(view.before) or 'unknown'}" if since.before else ""
        return f" It has applied since {'at least ' * since.earlier}{_revision(since.revision)}{before}."

    def _claim(self, one: ClaimView) -> str:
        said = escape(one.number[:1].upper() + one.number[1:]) or listed(one.values, self.at) or "No value"
        field = _row("This field", listed(one.values, self.at)) if one.number and one.values else ""
        return (
            f'<li class="{one.role.replace(" ", "-")}"><p class="value">{said} <span class="tag">{one.role.capitalize()}</span></p>'
            f"<dl>{field}{self.about[one.digest]}</dl></li>"
        )

    def _about(self, claim: AboutClaim) -> str:
        quoted = "; ".join(named(source, self.at) for source in claim.quoted)
        source = named(claim.source, self.at)
        rows = [_row("Claimed by", quoted), _row("Reported by", source)] if quoted else [_row("Claimed by", source)]
        rows += [_row(escape(title), f"<bdi>{escape(text)}</bdi>") for title, text in claim.details]
        rows += [_row("Note", f"<bdi>{escape(claim.note)}</bdi>")] if claim.note else []
        return "".join([*rows, _row("Added in", _revision(claim.added_in))])


def _value(one: Shown, at: str) -> str:
    if one.href.startswith("/"):
        return f'<a href="{escape(one.href + at)}"><bdi>{escape(one.text)}</bdi></a>'
    if one.href:
        return f'<a href="{escape(one.href)}" rel="noopener nofollow">{escape(one.text)}</a>'
    if one.date:
        return f'<time datetime="{escape(one.date)}">{escape(one.text)}</time>'
    return f"<bdi{_lang(one.lang)}>{escape(one.text)}</bdi>"


def _lang(tag: str) -> str:
    return f' lang="{escape(tag)}"' if tag else ""


def _row(title: str, text: str) -> str:
    return f"<div><dt>{title}</dt><dd>{text}</dd></div>"


def _revision(number: int) -> str:
    return f'<a href="/revisions/{number}">revision {number}</a>'
