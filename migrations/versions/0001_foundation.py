"""Extensions, and the function that folds text for search and order."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.execute("create extension if not exists unaccent")
    # Case, accents, Arabic vowel signs, hamza and tatweel do not matter to somebody who looks for a name.
    # unaccent() is only stable because its rules file may change; with the file of the server it is a pure function.
    op.execute(
        r"""
        create function fold(text) returns text
        language sql immutable strict parallel safe
        return lower(regexp_replace(unaccent('unaccent'::regdictionary, normalize($1, NFKD)), '[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]', '', 'g'))
        """
    )
    op.execute("comment on function fold(text) is 'Text without case, accents, Arabic vowel signs, hamza and tatweel.'")


def downgrade() -> None:
    op.execute("drop function fold(text)")
