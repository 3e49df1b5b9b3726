"""Global ids: the kind of a record, a colon and its id; as of an earlier revision, also @ and the number of that.

Neither a kind nor an id contains ":" or "@". A revision has the kind `revision`, and its number as its id. The id of a claim is `claim:`, the global
id of its record, a colon and a digest; what the claim says about a field has the name of the field behind it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from schema.codelists.vocabularies import suggestion
from schema.model.claim import CLAIM_DIGEST_LENGTH
from schema.model.kinds import Kinds
from schema.model.parsers import ID_PATTERN

from ..errors import BadArgument, shown

REVISION_KIND = "revision"
NUMBER = r"[1-9][0-9]{0,17}"
PATTERN = re.compile(rf"(?:([a-z_]+):)?({ID_PATTERN})(?:@({NUMBER}))?")
CLAIM_KIND = "claim"
CLAIM_PATTERN = re.compile(
    rf"(?:{CLAIM_KIND}:)?([a-z_]+):({ID_PATTERN}):([0-9a-f]{{{CLAIM_DIGEST_LENGTH}}})(?:\.([a-z_]+))?(?:@({NUMBER}))?"
)


class NodeIdParts(NamedTuple):
    """The parts of a global id.

    `kind` is empty if a text is only the id of a record, `revision` is None if it names none, and `digest` is that of a claim about the record;
    `field` is the name of the field that the claim is read for, or empty.
    """

    kind: str
    id: str
    revision: int | None
    digest: str = ""
    field: str = ""


def parse_node_id(text: str, name: str, kinds: Kinds) -> NodeIdParts:
    """A global id of a record, a claim or a revision. Raises BadArgument, which names the argument, for any other text."""
    parts = _claim_parts(text) if text.startswith(f"{CLAIM_KIND}:") else _parts(text)
    if parts is None or not parts.kind:
        raise BadArgument(
            f"{name}: must be a global id such as event:battle-of-x, or event:battle-of-x@12 as of revision 12, not {shown(text)!r}"
        )
    if parts.digest:
        return parse_claim_id(text, name, kinds)
    if parts.kind not in (names := (*kinds, REVISION_KIND)):
        raise BadArgument(f"{name}: there is no kind {shown(parts.kind)!r}; {suggestion(parts.kind, names)}")
    return parts


def parse_claim_id(text: str, name: str, kinds: Kinds) -> NodeIdParts:
    """The id of a claim about a record of one of some kinds. Raises BadArgument, which names the argument, for any other text."""
    parts = _claim_parts(text)
    if parts is None or parts.kind not in kinds:
        raise BadArgument(f"{name}: must be the id of a claim, not {shown(text)!r}; copy one from the `claims` of a record")
    if parts.field and parts.field not in (fields := kinds[parts.kind].fields):
        raise BadArgument(f"{name}: {kinds[parts.kind].plural} have no field {shown(parts.field)!r}; {suggestion(parts.field, fields)}")
    return parts


def parse_id_of(kind: str, text: str, name: str) -> NodeIdParts:
    """The id of a record of a kind, or its global id; a text that no record can have as its id becomes the empty id.

    Raises BadArgument, which names the argument, for the global id of another kind, and for a text that looks like one but is none: an answer as
    if there were no such record would hide the mistake.
    """
    parts = _parts(text)
    if parts is None and (":" in text or "@" in text):
        wanted = f"a slug or a global id such as {kind}:some-slug, or {kind}:some-slug@12 as of revision 12"
        wanted = "the number of a revision or its global id, such as revision:12" if kind == REVISION_KIND else wanted
        raise BadArgument(f"{name}: must be {wanted}, not {shown(text)!r}")
    if parts is None:
        return NodeIdParts("", "", None)
    if parts.kind not in ("", kind):
        raise BadArgument(f"{name}: {shown(text)!r} is the id of a record of kind {parts.kind}, and this is about kind {kind}")
    return parts


def without_revision(parts: NodeIdParts, text: str, name: str) -> str:
    """The id of a record, where the revision is decided elsewhere. Raises BadArgument for a global id that names one."""
    if parts.revision is not None:
        raise BadArgument(f"{name}: {shown(text)!r} names a revision, which is not possible here; leave out @{parts.revision}")
    return parts.id


def _parts(text: str) -> NodeIdParts | None:
    match = PATTERN.fullmatch(text)
    return None if match is None else NodeIdParts(match[1] or "", match[2], int(match[3]) if match[3] else None)


def _claim_parts(text: str) -> NodeIdParts | None:
    match = CLAIM_PATTERN.fullmatch(text)
    return None if match is None else NodeIdParts(match[1], match[2], int(match[5]) if match[5] else None, match[3], match[4] or "")
