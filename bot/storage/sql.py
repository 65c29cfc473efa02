"""SQL that lives in files: each query stands under a line `-- name --`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"^-- (\w+) --$", re.MULTILINE)


@cache
def queries(path: Path) -> Mapping[str, str]:
    """Read the queries of a file, by name."""
    _, *parts = _NAME.split(path.read_text("utf-8"))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}
