"""Temporary files in memory: there the syncs that each write of a store waits for cost nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
"""Linux keeps it in memory. A container may give it little room, and let no program be run from it."""
MIN_BYTES = 2**30


def keep_temporary_files_in_memory() -> None:
    """Let this process have its temporary folders in memory where that works."""
    if not MEMORY.is_dir():
        return
    system = os.statvfs(MEMORY)
    if system.f_bavail * system.f_frsize >= MIN_BYTES and not system.f_flag & os.ST_NOEXEC:
        tempfile.tempdir = str(MEMORY)
