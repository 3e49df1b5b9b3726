"""Translates what is requested by an id: a record by its slug or its global id; a claim, or any record or revision, by its global id."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from schema.surfaces.graphql.root_types import MAX_NODES, SNAPSHOT

from ..errors import BadArgument, TooMuch, shown
from ..query.bindings import Parameter, bind, specialise
from ..query.node_ids import NUMBER, REVISION_KIND, NodeIdParts, parse_claim_id, parse_id_of, parse_node_id, without_revision
from ..query.nodes import NOW, At, ClaimNode, NamedIds, Node, NodeList, RecordNode, Revision
from .translate import SelectedField, Translator, kind_of

REVISION_TYPE = "Revision"
ParseId = Callable[[str], NodeIdParts]
Alike = list[tuple[int, NodeIdParts]]  # The ids in a list that name one kind, and one revision or none, with their places in it.


def record(translator: Translator, selected: SelectedField) -> RecordNode:
    """A record of one kind by its slug or its global id. Raises BadArgument for the global id of another kind."""
    kind, text = kind_of(selected), selected.arguments["id"]
    selection = translator.selection(selected)

    def parse(raw: str) -> NodeIdParts:
        return _in_root(parse_id_of(kind.name, raw, "id"), raw, "id", selected)

    return RecordNode(selected.key, kind, bind(text, lambda raw: parse(raw).id), selection, _named_at(text, parse))


def any_node(translator: Translator, selected: SelectedField) -> Node:
    """A record, a claim or a revision by its global id. Raises BadArgument if there is no such kind."""
    text = selected.arguments["id"]
    parse = _parser(translator, selected, "id")
    return _node(translator, selected, specialise(text, lambda raw: _type_of(parse(raw))), text, parse, _named_at(text, parse))


def claim(translator: Translator, selected: SelectedField) -> ClaimNode:
    """A claim by its id. Raises BadArgument for any other id."""
    text = selected.arguments["id"]

    def parse(raw: str) -> NodeIdParts:
        return _in_root(parse_claim_id(raw, "id", translator.surface.kinds), raw, "id", selected)

    return _claim(translator, selected, specialise(text, lambda raw: parse(raw).kind), text, parse, _named_at(text, parse))


def node_list(translator: Translator, selected: SelectedField) -> NodeList:
    """What each id of a list stands for, as `any_node` reads it. Raises TooMuch for a list that is too long."""
    texts = selected.arguments["ids"]
    parse = _parser(translator, selected, "ids")

    def alike(raw: list[str]) -> list[Alike]:
        if len(raw) > MAX_NODES:
            raise _too_many(len(raw))
        groups: dict[object, Alike] = {}
        for place, parts in enumerate(map(parse, raw)):
            groups.setdefault((_type_of(parts), parts.revision), []).append((place, parts))
        return [*groups.values()]

    def shape_of(raw: list[str]) -> tuple[int, list[tuple[tuple[str, bool], bool]]]:
        firsts = [group[0][1] for group in alike(raw)]
        return len(raw), [(_type_of(parts), parts.revision is not None) for parts in firsts]

    count, shape = specialise(texts, shape_of)
    translator.nodes += count
    if translator.nodes > MAX_NODES:
        raise _too_many(translator.nodes)
    groups, nodes, named = bind(texts, alike), [], []
    for number, (type, has_revision) in enumerate(shape):
        group = bind(groups, _item(number))
        at = At(bind(group, lambda group: _first(group).revision)) if has_revision else NOW
        nodes.append(_node(translator, selected, type, group, _first, at))
        named.append(_named_ids(type, group))
    return NodeList(selected.key, tuple(nodes), tuple(named))


def _item(number: int) -> Callable[[list[Alike]], Alike]:
    return lambda groups: groups[number]


def _first(group: Alike) -> NodeIdParts:
    return group[0][1]


def _named_ids(type: tuple[str, bool], group: Any) -> NamedIds:
    """The ids of a group, by the columns with which its node finds what they name."""
    kind_name, is_claim = type
    ids = bind(group, lambda group: [parts.id for _, parts in group])
    if kind_name == REVISION_KIND:
        columns = {"number": bind(ids, lambda ids: [*map(_number, ids)])}
    elif is_claim:
        columns = {"record": ids, "digest": bind(group, lambda group: [parts.digest for _, parts in group])}
    else:
        columns = {"id": ids}
    return NamedIds(bind(group, lambda group: [place for place, _ in group]), columns, bind(group, len))


def _too_many(count: int) -> TooMuch:
    return TooMuch(f"ids: the document has {count:,} ids, and {MAX_NODES} is the limit; split them over several requests")


def _type_of(parts: NodeIdParts) -> tuple[str, bool]:
    """What the SQL depends on: the kind of record, and whether a claim about it is requested."""
    return parts.kind, bool(parts.digest)


def _claim(
    translator: Translator, selected: SelectedField, kind_name: str, value: Any, parse: Callable[[Any], NodeIdParts], at: At
) -> ClaimNode:
    kind = translator.surface.kinds[kind_name]
    record, digest = (bind(value, lambda raw: parse(raw).id), bind(value, lambda raw: parse(raw).digest))
    selection = translator.selection_of(selected, f"{kind.graphql}Claim")
    return ClaimNode(selected.key, kind, record, digest, selection, at)


def _node(
    translator: Translator, selected: SelectedField, type: tuple[str, bool], value: Any, parse: Callable[[Any], NodeIdParts], at: At
) -> Node:
    """One node of a type, whose global id `parse` finds in a value of the request, and which names `at`."""
    kind_name, is_claim = type
    if is_claim:
        return _claim(translator, selected, kind_name, value, parse, at)
    if kind_name == REVISION_KIND:
        return Revision(selected.key, translator.selection_of(selected, REVISION_TYPE), bind(value, lambda raw: _number(parse(raw).id)))
    kind = translator.surface.kinds[kind_name]
    selection = translator.selection_of(selected, kind.graphql)
    return RecordNode(selected.key, kind, bind(value, lambda raw: parse(raw).id), selection, at)


def _parser(translator: Translator, selected: SelectedField, name: str) -> ParseId:
    def parse(raw: str) -> NodeIdParts:
        parts = parse_node_id(raw, name, translator.surface.kinds)
        if parts.kind == REVISION_KIND:
            without_revision(parts, raw, name)
        return _in_root(parts, raw, name, selected)

    return parse


def _in_root(parts: NodeIdParts, raw: str, name: str, selected: SelectedField) -> NodeIdParts:
    """The parts of an id. Raises BadArgument if it names a revision inside a snapshot, which is of a revision itself."""
    if parts.revision is not None and selected.parent_type == SNAPSHOT:
        raise BadArgument(
            f"{name}: {shown(raw)!r} names a revision, and so does the snapshot; leave out @{parts.revision}, or the snapshot"
        )
    return parts


def _named_at(value: Any, parse: Callable[[Any], NodeIdParts]) -> At:
    """The revision that an id names."""
    named = specialise(value, lambda raw: parse(raw).revision is not None)
    return At(bind(value, lambda raw: parse(raw).revision)) if named else NOW


def revision_number(selected: SelectedField) -> int | Parameter | None:
    """The revision that is requested; None for that of the response. Raises BadArgument."""
    text = selected.arguments.get("id")
    if text is None:
        return None
    number: int | Parameter = bind(text, lambda raw: _number(without_revision(parse_id_of(REVISION_KIND, raw, "id"), raw, "id")))
    return number


def _number(id: str) -> int:
    """The number in the id of a revision; 0, which no revision has, if it is none."""
    return int(id) if re.fullmatch(NUMBER, id) else 0
