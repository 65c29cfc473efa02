"""Values are put into `.env` and read back as they are; lines of others stay."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.admin.setup.env_file import read_values, write_values
from bot.config.dotenv_file import EnvFileError

CHARACTERS = st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" #'\"\\$")
VALUES = st.text(CHARACTERS).filter(lambda text: "${" not in text)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["A", "B", "SECRET"]), VALUES), VALUES)
def test_any_value_is_read_back_as_it_was(values: dict[str, str], earlier: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        write_values(path, {"A": earlier})
        write_values(path, values)
        assert dotenv_values(path) == {"A": earlier, **values}


def test_lines_of_others_stay(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# first\n\nexport A = 'one' # why\nB=two")
    write_values(path, {"A": "one", "B": "three", "C": "four five"})
    assert path.read_text() == (
        "# first\n\nexport A = 'one' # why\nB=three\n\n# Written by teams-jira setup\nC='four five'\n"
    )


def test_only_the_owner_may_read_it_whatever_it_was_before(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(0o644)
    write_values(path, {"B": "2"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("before", "value"), [("", "a${PATH}b"), ("A='1\nB=2'\n", "3")])
def test_what_cannot_be_written_safely_is_left_alone(tmp_path: Path, before: str, value: str) -> None:
    path = tmp_path / ".env"
    path.write_text(before)
    with pytest.raises(EnvFileError, match="cannot be changed safely"):
        write_values(path, {"B": value})
    assert path.read_text() == before


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff")
    with pytest.raises(EnvFileError, match="not UTF-8"):
        read_values(tmp_path / ".env")
