"""What a team writes with SQLAlchemy over the same tables: GraphQL with Strawberry, REST with FastAPI. They run in the peers' environment."""
