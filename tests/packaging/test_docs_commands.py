"""Every shell command of the documentation is run, or says why it is not.

A block of shell code is run in a folder with a copy of the docs and a sandbox as its surroundings. A comment above
it, `<!-- not run: why -->`, keeps it from that; then the files of this repository that it names must exist. `make`
lines must name a target; the targets themselves are what CI runs.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.storage.encryption import Keyring, check_keys, new_key
from bot.storage.factory import open_store
from sandbox.server import Sandbox
from tests.support.paths import ROOT
from tests.support.world import free_port

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(
    r"(?P<reason><!-- not run: (?P<why>[^\n]+) -->\n)?(?P<indent> *)```sh\n(?P<code>.*?)\n(?P=indent)```",
    re.DOTALL,
)
INDENTED = re.compile(r"\n\n {4}(?:\w+=\S+ )*(?:\.venv/bin/|python|teams-jira|make|docker|kubectl)[^\n]*")
OUR_FILE = re.compile(r"\b(?:deploy|docs|scripts|tests|benchmarks)/[\w./-]+")
MAX_SECONDS = 150
CHECKOUT = (
    *("pyproject.toml", "README.md", "LICENSE", "app.py", "scripts"),
    *("bot", "cards", "manifest", "sandbox", "tests"),
)


@dataclass(frozen=True)
class Block:
    """Shell code of one page."""

    page: str
    line: int
    code: str
    why_not: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text()
        for match in FENCE.finditer(text):
            code = "\n".join(line.removeprefix(match["indent"]) for line in match["code"].split("\n"))
            line = text.count("\n", 0, match.start("code")) + 1
            found.append(Block(str(page.relative_to(ROOT)), line, code, match["why"] or ""))
    return found


BLOCKS = blocks()
RUN = [block for block in BLOCKS if not block.why_not and not block.code.startswith("make ")]


@pytest.fixture
async def environment(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """Make an empty folder, with the program on the path and settings that point at a sandbox."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, before in {"teams-jira": f' "{ROOT / "app.py"}"', "python": ""}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{before} "$@"\n')
        program.chmod(0o755)
    port, key, url = free_port(), new_key(), f"tinydb://{tmp_path}/store"
    await _make_store(url, key)
    async with Sandbox(webhook_url=f"http://127.0.0.1:{port}/jira/webhooks") as sandbox:
        yield {
            **sandbox.settings(),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "BOT_AUTH": "off",
            "STORE_URL": url,
            "ENCRYPTION_KEYS": key,
        }


async def _make_store(url: str, key: str) -> None:
    """Make an empty store, as the first start of the bridge does."""
    store = open_store(url)
    await store.open()
    await check_keys(store, Keyring([key]))
    await store.close()


@pytest.mark.timeout(MAX_SECONDS + 30)
@pytest.mark.parametrize("block", RUN, ids=str)
async def test_the_command_runs(block: Block, environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "work"
    shutil.copytree(ROOT / "docs", folder / "docs")  # a command may rewrite pages
    for name in CHECKOUT:
        (folder / name).symlink_to(ROOT / name)
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", block.code),
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), MAX_SECONDS)
    assert process.returncode == 0, output.decode()


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.code.startswith("make ")], ids=str)
def test_the_make_target_exists(block: Block) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {line.split()[1] for line in block.code.splitlines()} <= targets


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.why_not], ids=str)
def test_files_named_by_a_command_that_is_not_run_exist(block: Block) -> None:
    missing = [name for name in OUR_FILE.findall(block.code) if not list(ROOT.glob(name)) and "/." not in name]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_command_hides_in_a_block_without_a_language(page: Path) -> None:
    assert INDENTED.findall(page.read_text()) == []
