"""Say in plain sentences what each table and column contains."""

from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

# What is commented on, the names that share a comment, the comment before and after.
COMMENTS = (
    ('column', 'actor.claims actor_history.claims event.claims event_history.claims figure.claims figure_history.claims location.claims location_history.claims participation.claims participation_history.claims source.claims source_history.claims', 'How many live claims speak of the record.', 'How many live claims are about the record.'),
    ('column', 'actor.id actor_history.id event.id event_history.id figure.id figure_history.id location.id location_history.id participation.id participation_history.id source.id source_history.id', 'The id, chosen by the fixture and stable for ever.', 'The id, chosen by the fixture and never changed.'),
    ('column', 'actor.search actor_history.search', 'What `search` looks in: name, native_name, aliases, folded.', 'The folded text that `search` looks in: name, native_name, aliases.'),
    ('column', 'actor_claim_history.key actor_history.key event_claim_history.key event_history.key figure_claim_history.key figure_history.key location_claim_history.key location_history.key participation_claim_history.key participation_history.key source_claim_history.key source_history.key', 'The key of the row that stood.', 'The key that the row had.'),
    ('column', 'actor_claim_history.reason actor_history.reason event_claim_history.reason event_history.reason figure_claim_history.reason figure_history.reason location_claim_history.reason location_history.reason participation_claim_history.reason participation_history.reason source_claim_history.reason source_history.reason', 'Why. Codes: reason, Conflict Facts.', 'Why it was superseded or removed. Codes: reason, Conflict Facts.'),
    ('column', 'actor_withheld.collection event_withheld.collection figure_withheld.collection location_withheld.collection participation_withheld.collection source_withheld.collection', 'The collection that it was loaded from.', 'The collection of fixtures that it was loaded from.'),
    ('column', 'actor_withheld.removed_in event_withheld.removed_in figure_withheld.removed_in location_withheld.removed_in participation_withheld.removed_in source_withheld.removed_in', 'The revision that superseded, retracted or released it; null while it stands.', 'The revision that superseded, retracted or released it; null while it is live.'),
    ('column', 'event.packed_in', 'The revision in which the row was last told what hangs on it.', 'The revision in which the packed records of the row were last updated.'),
    ('column', 'event.search event_history.search', 'What `search` looks in: name, folded.', 'The folded text that `search` looks in: name.'),
    ('column', 'figure_overlap.loose', 'Whether it depends on one of another month or country; then it is in no sum.', 'Whether it depends on a record of another month or country; it is then in no sum of the rollup.'),
    ('column', 'figure_overlap.needed', 'Whether it is loose, or a loose one depends on it.', 'Whether it is loose, or a loose record depends on it.'),
    ('column', 'figure_total.apart', 'Added, or why not where populations are kept apart.', '`added`, or the reason for leaving it out where populations are kept apart.'),
    ('column', 'figure_total.mixed', 'Added, or why not where populations are added to each other.', '`added`, or the reason for leaving it out where populations are added to each other.'),
    ('column', 'figure_total.rough_month', 'The same, or days of more than one month.', 'How many of them have no exact day, or days of more than one month.'),
    ('column', 'figure_total.rough_year', 'The same, or days of more than one year.', 'How many of them have no exact day, or days of more than one year.'),
    ('column', 'location.search location_history.search', 'What `search` looks in: name, native_name, folded.', 'The folded text that `search` looks in: name, native_name.'),
    ('column', 'revision.counts', 'Claims added, changed, retracted and unchanged, by kind.', 'Claims added, changed, retracted and unchanged, and records, by kind.'),
    ('column', 'revision.id', '1, 2, 3, … without gaps.', '1, 2, 3, …: the coordinate of every answer.'),
    ('column', 'revision.kind', 'What sort of change: load, correction, retraction, undo.', 'What sort of change it was.'),
    ('column', 'revision.message', 'What the change is, in a sentence.', 'What changed, in a sentence.'),
    ('column', 'revision.receipt', 'What was read, merged, flagged and rejected, as it was told; null where none was kept.', 'What was read, merged, flagged and rejected; null where no receipt was kept.'),
    ('column', 'source.root source_history.root', 'Where following relays ends.', 'The record that following relays ends at.'),
    ('column', 'source.search source_history.search', 'What `search` looks in: title, publisher, folded.', 'The folded text that `search` looks in: title, publisher.'),
    ('column', 'withheld.kind', 'The kind of record.', 'The kind of record that the claims are about.'),
    ('column', 'withheld.records', 'How many of the records that they speak of are not shown at all.', 'How many of the records that these claims speak of are not shown at all, since nobody else speaks of them.'),
    ('column', 'withheld.source', 'The id of the source whose terms forbid passing on what it says.', 'The id of the source.'),
    ('table', 'actor_withheld', 'Claims about actors whose source forbids passing them on: never shown, and never settled from.', 'Claims about actors whose source forbids redistribution: never published, and never settled from.'),
    ('table', 'event_withheld', 'Claims about events whose source forbids passing them on: never shown, and never settled from.', 'Claims about events whose source forbids redistribution: never published, and never settled from.'),
    ('table', 'figure_total', 'Sums of figures, kept by every load; totals are answered from here where that gives the same.', 'Sums of figures, updated by every load; totals are read from here where the result is the same.'),
    ('table', 'figure_withheld', 'Claims about figures whose source forbids passing them on: never shown, and never settled from.', 'Claims about figures whose source forbids redistribution: never published, and never settled from.'),
    ('table', 'location_withheld', 'Claims about locations whose source forbids passing them on: never shown, and never settled from.', 'Claims about locations whose source forbids redistribution: never published, and never settled from.'),
    ('table', 'participation_withheld', 'Claims about participations whose source forbids passing them on: never shown, and never settled from.', 'Claims about participations whose source forbids redistribution: never published, and never settled from.'),
    ('table', 'source_withheld', 'Claims about sources whose source forbids passing them on: never shown, and never settled from.', 'Claims about sources whose source forbids redistribution: never published, and never settled from.'),
    ('table', 'withheld', 'How much is withheld; kept by every load.', 'How many claims and records are withheld; updated by every load.'),
)


def upgrade() -> None:
    for what, names, _, comment in COMMENTS:
        _comment(what, names, comment)


def downgrade() -> None:
    for what, names, comment, _ in COMMENTS:
        _comment(what, names, comment)


def _comment(what: str, names: str, comment: str) -> None:
    for name in names.split():
        quoted = comment.replace("'", "''").replace(":", r"\:")
        op.execute(f"comment on {what} {name} is '{quoted}'")
