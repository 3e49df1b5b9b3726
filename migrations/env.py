"""Alembic's environment: connects to the address that it is handed, and compares CHECK constraints by name as well."""

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
    autogen: AutogenContext, modify: ops.ModifyTableOps, schema: str | None, name: str, found: sa.Table | None, declared: sa.Table | None
) -> None:
    """Alembic does not look at CHECKs of tables that exist. Their names carry a digest of their condition, so names tell."""
    if found is None or declared is None or autogen.inspector is None:
        return
    there = {str(one["name"]): one["sqltext"] for one in autogen.inspector.get_check_constraints(str(name), schema=schema)}
    wanted = {str(one.name): one for one in declared.constraints if isinstance(one, sa.CheckConstraint)}
    # This file runs once a command, and each run registers this comparison again: what is in the list stays as it is.
    done = {one.constraint_name for one in modify.ops if isinstance(one, (ops.DropConstraintOp, ops.CreateCheckConstraintOp))}
    for gone in sorted(there.keys() - wanted.keys() - done):
        was = sa.CheckConstraint(there[gone], name=gone, table=found)
        modify.ops.append(ops.DropConstraintOp.from_constraint(was))
    for new in sorted(wanted.keys() - there.keys() - done):
        modify.ops.append(ops.CreateCheckConstraintOp(new, str(name), str(wanted[new].sqltext), schema=schema))


def know_rows() -> None:
    """Rows of tables are types of columns too; SQLAlchemy knows only those that it is told of."""
    metadata = config.attributes.get("target_metadata")
    for table in metadata.tables.values() if metadata is not None else ():
        for type in (column.type for column in table.columns if isinstance(column.type, sa.types.UserDefinedType)):
            of: Any = type
            ischema_names[of.kind] = functools.partial(of.__class__, of.kind)  # type: ignore[assignment]  # called as a type is


def run(connection: sa.Connection) -> None:
    know_rows()
    context.configure(
        connection=connection, target_metadata=config.attributes.get("target_metadata"), compare_type=True, transaction_per_migration=False
    )
    with context.begin_transaction():
        # Two processes may start at once on one database: the second waits here, and finds nothing left to do.
        connection.execute(sa.text("select pg_advisory_xact_lock(7201)"))
        context.run_migrations()


async def main() -> None:
    async def connect() -> Any:
        try:
            return await asyncpg.connect(config.attributes["url"])
        except ValueError as error:  # of an address whose port is no number, for one
            raise asyncpg.InterfaceError(str(error)) from error

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    except sa.exc.DBAPIError as error:
        # SQLAlchemy wraps what asyncpg says twice; who calls us knows asyncpg.
        raise (error.orig and error.orig.__cause__) or error from None
    finally:
        await engine.dispose()


asyncio.run(main())
