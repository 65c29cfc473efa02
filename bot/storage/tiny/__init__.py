"""The embedded engine: TinyDB files for one process, each small, replaced whole, and made durable before use."""

from bot.storage.tiny.store import TinyStore

__all__ = ["TinyStore"]
