"""The embedded engine, for one process: people's grants in TinyDB files, all else in one SQLite database."""

from bot.storage.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
