"""The engine for several replicas: PostgreSQL, through psycopg. Imported only when `STORE_URL` asks for it."""

from bot.storage.postgres.migrate import migrate
from bot.storage.postgres.store import PostgresStore

__all__ = ["PostgresStore", "migrate"]
