"""Alembic's environment: connects to the URL in its configuration, and also compares CHECK constraints, by name."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import context
from alembic.autogenerate import comparators
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine

config = context.config


@comparators.dispatch_for("table")
def compare_checks(
    autogen: AutogenContext, modify: ops.ModifyTableOps, schema: str | None, name: str, current: sa.Table | None, declared: sa.Table | None
) -> None:
    """Compare CHECK constraints, which Alembic ignores in existing tables. Their names contain a digest of their condition, so names suffice."""
    if current is None or declared is None or autogen.inspector is None:
        return
    existing = {str(check["name"]): check["sqltext"] for check in autogen.inspector.get_check_constraints(str(name), schema=schema)}
    wanted = {str(check.name): check for check in declared.constraints if isinstance(check, sa.CheckConstraint)}
    # This file runs once per command, and each run registers this comparison again: skip constraints that are already in the list.
    done = {
        operation.constraint_name for operation in modify.ops if isinstance(operation, (ops.DropConstraintOp, ops.CreateCheckConstraintOp))
    }
    for removed in sorted(existing.keys() - wanted.keys() - done):
        check = sa.CheckConstraint(existing[removed], name=removed, table=current)
        modify.ops.append(ops.DropConstraintOp.from_constraint(check))
    for new in sorted(wanted.keys() - existing.keys() - done):
        modify.ops.append(ops.CreateCheckConstraintOp(new, str(name), str(wanted[new].sqltext), schema=schema))


def register_row_types() -> None:
    """Register the row types of our tables, which are also types of columns, with SQLAlchemy, which knows only its own types."""
    metadata = config.attributes.get("target_metadata")
    for table in metadata.tables.values() if metadata is not None else ():
        for type in (column.type for column in table.columns if isinstance(column.type, sa.types.UserDefinedType)):
            row_type: Any = type
            ischema_names[row_type.kind] = functools.partial(row_type.__class__, row_type.kind)  # type: ignore[assignment]  # Called like a type.


def run(connection: sa.Connection) -> None:
    register_row_types()
    context.configure(
        connection=connection, target_metadata=config.attributes.get("target_metadata"), compare_type=True, transaction_per_migration=False
    )
    with context.begin_transaction():
        # If two processes start at once on one database, the second waits here, and then finds nothing to do.
        connection.execute(sa.text("select pg_advisory_xact_lock(7201)"))
        context.run_migrations()
        for statement in config.attributes.get("afterwards", ()):  # Privileges, in the transaction that may have added tables.
            connection.exec_driver_sql(statement)
        if (fill := config.attributes.get("fill")) is not None:  # A backup is restored in the transaction that makes its tables.
            adapted: Any = connection.connection.dbapi_connection
            adapted.run_async(fill)


async def main() -> None:
    async def connect() -> Any:
        try:
            return await asyncpg.connect(config.attributes["url"])
        except ValueError as error:  # For example, a port in the URL that is not a number.
            raise asyncpg.InterfaceError(str(error)) from error

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    except sa.exc.DBAPIError as error:
        # SQLAlchemy wraps errors of asyncpg twice; callers expect those of asyncpg.
        raise (error.orig and error.orig.__cause__) or error from None
    finally:
        await engine.dispose()


asyncio.run(main())
