"""Exit statuses of the command line, with the numbers of sysexits.h."""

from __future__ import annotations

EX_USAGE = 2
"""An option is no good (the number is argparse's)."""
EX_UNAVAILABLE = 69
"""A service is not available, or a part is not installed."""
EX_OSERR = 71
"""The operating system refuses something, such as writing to a full disk."""
EX_CANTCREAT = 73
"""A file cannot be written."""
EX_TEMPFAIL = 75
"""Another process holds the store."""
EX_CONFIG = 78
"""The settings are invalid."""
EX_INTERRUPTED = 130
"""Ended with Ctrl+C (128 and the number of SIGINT)."""
