"""The states that one record has been in since a revision, as an SQL expression that yields their JSON text.

A state begins with each revision that changed the record or the claims about it. Cards compare states to tell what has changed since somebody
quoted a value.
"""

from __future__ import annotations

from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.storage.columns import claim_names, live_names

from ...query.nodes import RecordStates
from ..columns import column_list
from ..preference import covered
from ..revision import LAST_WITHDRAWAL
from .disputes import group_disputed, live_claim
from .graphql_provenance import group_value
from .json import array, obj, pair, scalar, string
from .records import SOURCE
from .revisions import REVISION_COLUMNS
from .scope import Scope

MAX_STATES = 500  # The first of them, and the last: each compares all claims about the record.
OF_REVISION = ("recorded_at", "kind", "message")


def states(scope: Scope, node: RecordStates) -> str:
    """The states of a record, oldest first: that as of `since`, if the record or a claim about it existed by then, and every later one."""
    kind, state = node.kind, scope.alias("state")
    since, newest = scope.as_of(node.since).revision, scope.revision
    groups = dict.fromkeys(field.group_name for field in node.fields)
    record = obj(pair(field.name, _value(scope, field, f"v.{field.name}")) for field in node.fields)
    document = obj([
        pair("revision", f"{state}.number::text"),
        *(pair(name, f"coalesce({REVISION_COLUMNS[name]}, 'null')") for name in OF_REVISION),
        pair("reasons", f"to_json(array(select reason from versions_ where removed_in = {state}.number))::text"),
        pair("record", f"case when v.key is null then 'null' else {record} end"),
        pair("groups", obj(pair(group, _group(scope, kind, group, state, group in node.cited)) for group in groups)),
        pair("redacted", f"case when {state}.number = {since} then {_redacted(scope, node, state)} else 'null' end"),
    ])  # fmt: skip
    moments = [(table, column) for table in ("versions_", "claims_") for column in ("added_in", "removed_in")]
    begun = " union ".join(f"select {column} from {table} where {column} is not null" for table, column in moments)
    all_numbers = f"select distinct greatest(number, {since}) as number from ({begun}) b(number) where number <= {newest}"
    numbered = f"select number, row_number() over (order by number) as nth, count(*) over () as last from ({all_numbers}) n"
    numbers = f"select number from ({numbered}) n where nth < {MAX_STATES} or nth = last"
    return (
        f"(with versions_ as ({_versions(scope, node)}), claims_ as ({_claims(kind)}) select {array(document, f'{state}.number')} from ({numbers}) {state} "
        f"left join revision r on r.id = {state}.number left join versions_ v on {_current('v', state)} "
        f"left join versions_ before_ on {_ended_before('before_', state)})"
    )


def _versions(scope: Scope, node: RecordStates) -> str:
    """Every version of the record, in the live table or in history."""
    columns, id = column_list(["key", *live_names(node.kind)]), scope.bind(node.id, "text")
    live = f"select {columns}, null::bigint as removed_in, null::text as reason from {node.kind.name} where id = {id}"
    return f"{live} union all select {columns}, removed_in, reason from {node.kind.name}_history where id = {id}"


def _claims(kind: Kind) -> str:
    """Every version of the claims about the record."""
    columns, about = column_list(["key", *claim_names(kind)]), "record = any (array(select key from versions_))"
    live = f"select {columns}, null::bigint as removed_in, null::text as reason from {kind.name}_claim where {about}"
    return f"{live} union all select {columns}, removed_in, reason from {kind.name}_claim_history where {about}"


def _current(row: str, state: str) -> str:
    """A condition: a version stood in a state."""
    return f"{row}.added_in <= {state}.number and ({row}.removed_in is null or {row}.removed_in > {state}.number)"


def _ended_before(row: str, state: str) -> str:
    """A condition: a version stood until a state began, or still does."""
    return f"{row}.added_in < {state}.number and ({row}.removed_in is null or {row}.removed_in >= {state}.number)"


def _redacted(scope: Scope, node: RecordStates, state: str) -> str:
    """The revision that withheld claims about the record which were public in a state, if there is one: then the state is not what it was."""
    columns = {"revision": "id", **{name: name for name in OF_REVISION}}
    document = obj(pair(name, f"coalesce({REVISION_COLUMNS[column]}, 'null')") for name, column in columns.items())
    withdrawn = f"withdrawn_since('{node.kind.name}', {scope.bind(node.id, 'text')}, {state}.number)"
    found = f"select {document} from revision r where r.id = {withdrawn}"
    return f"case when {LAST_WITHDRAWAL} > {state}.number then coalesce(({found}), 'null') else 'null' end"


def _group(scope: Scope, kind: Kind, group: str, state: str, cited: bool) -> str:
    """Of a group of fields in a state: why the claims ended that it was taken from before and, if it is cited, who says what since then."""
    fields, claim = kind.groups[group], scope.alias("claim")
    ended = f"select distinct reason from claims_ {claim} where {claim}.removed_in = {state}.number and {covered(fields, claim)} and {claim}.key"
    own = pair("own", f"to_json(array({ended} = before_.{group}_claim order by reason))::text")
    if not cited:
        return obj([own])
    live, said = f"claims_ {claim} where {_current(claim, state)}", group_value(claim, fields)
    told = f"{live} and {claim}.rank <> 'deprecated' and {covered(fields, claim)}"
    credited = [pair(SOURCE.name, _id(scope, SOURCE, f"{claim}.{SOURCE.name}"))]
    credited += [pair(name, _value(scope, field, f"{claim}.{name}")) for name, field in CLAIM_FIELDS.items() if name in CREDITS]
    chosen = f"select {obj(credited)} from {live} and {claim}.key = v.{group}_claim limit 1"
    published = f"select own_.* from claims_ own_ where {_current('own_', state)} and own_.key = v.{group}_claim limit 1"
    differs = " or ".join(
        f"{claim}.{field.name} is not null and {claim}.{field.name} is distinct from own_.{field.name}" for field in kind.compared(group)
    )
    rivals = (
        f"select md5(string_agg(said, ' ' order by said)) from (select distinct concat_ws(' ', ({said})::text, {claim}.source, {claim}.attributed_to) as said "
        f"from {told} and (select {differs} from ({published}) own_)) others_"
    )
    return obj([
        own,
        pair("other", f"to_json(array({ended} is distinct from before_.{group}_claim order by reason))::text"),
        pair("disputed", f"(select {group_disputed(kind, group, claim, live_claim(claim))} from {live})::text"),
        pair("from", f"coalesce(({chosen}), 'null')"),
        pair("rivals", f"coalesce(to_json(({rivals}))::text, 'null')"),
    ])  # fmt: skip


CREDITS = ("quoted_from", "attributed_to", "credibility")


def _value(scope: Scope, field: Field, column: str) -> str:
    if field.type.ref is None:
        return scalar(scope, field, column)
    if not field.type.many:
        return f"coalesce({_id(scope, field, column)}, 'null')"
    item = scope.alias("item")
    listed = array(_id(scope, field, f"{item}.key"), f"{item}.n")
    return f"(select {listed} from unnest({column}) with ordinality {item}(key, n))"


def _id(scope: Scope, field: Field, key: str) -> str:
    """The id of the record with a key, which may be gone by now."""
    kind, found = scope.kinds[field.type.ref or ""], scope.alias("referred")
    tables = " union all ".join(f"select id from {table} where key = {key}" for table in (kind.name, f"{kind.name}_history"))
    return f"(select {string(f'{found}.id')} from ({tables} limit 1) {found})"
