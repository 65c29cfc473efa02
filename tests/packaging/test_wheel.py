"""The wheel holds everything the program reads, and runs without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.storage.encryption import Keyring
from tests.support.paths import ROOT
from tests.support.world import free_port

PACKAGES = ("bot", "cards", "manifest", "sandbox")
BUILD_INPUTS = ("pyproject.toml", "README.md", "LICENSE", "app.py", *PACKAGES)
NOT_SHIPPED = {
    "bot/language/messages.pot",  # the template for translators; the program reads the .po files
    "sandbox/playground/package.json",  # for scripts/playground, which is a tool of the checkout
}


@dataclass(frozen=True)
class Installation:
    """A virtual environment that has the wheel and shares the third-party libraries of this one."""

    wheel: Path
    python: Path
    program: Path
    folder: Path

    def run(self, *arguments: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run `teams-jira` from an empty folder."""
        return subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "COLUMNS": "100"},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("wheel")
    wheel = _build(folder)
    environment = folder / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    [site_packages] = (environment / "lib").glob("python*/site-packages")
    # A path line in a .pth file adds the folder but not its own .pth files, so the editable install stays out.
    (site_packages / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel])
    (folder / "work").mkdir()
    return Installation(wheel, python, environment / "bin" / "teams-jira", folder / "work")


def _build(folder: Path) -> Path:
    source = folder / "source"
    source.mkdir()
    litter = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in BUILD_INPUTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=litter)
        else:
            shutil.copy(ROOT / name, source / name)
    # The source distribution first and the wheel from it, as the release workflow does.
    _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", source])
    [wheel] = (folder / "dist").glob("*.whl")
    return wheel


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_tracked_file_of_the_packages_is_in_the_wheel(installation: Installation) -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--", "app.py", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = {name for name in listing.stdout.split("\0") if name and (ROOT / name).exists()}
    with zipfile.ZipFile(installation.wheel) as archive:
        assert tracked - NOT_SHIPPED - set(archive.namelist()) == set()


def test_the_program_comes_from_the_wheel(installation: Installation) -> None:
    asked = "import app, bot, sandbox; print(app.__file__, bot.__file__, sandbox.__file__)"
    done = subprocess.run(
        [installation.python, "-c", asked], cwd=installation.folder, capture_output=True, text=True, check=True
    )
    assert str(ROOT) not in done.stdout


def test_help_names_the_commands(installation: Installation) -> None:
    done = installation.run("--help")
    assert done.returncode == 0, done.stderr
    assert "manifest" in done.stdout


def test_keys_prints_one_usable_key(installation: Installation) -> None:
    done = installation.run("keys")
    assert done.returncode == 0, done.stderr
    [key] = done.stdout.splitlines()
    Keyring([key])


def test_a_start_without_settings_names_what_is_missing(installation: Installation) -> None:
    done = installation.run("serve")
    assert done.returncode == 78
    assert "PUBLIC_URL is missing" in done.stderr


def test_the_demo_names_the_extra_that_it_needs(installation: Installation) -> None:
    without = "import sys; sys.modules['trustme'] = None; import app; sys.exit(app.main(['demo', '--once']))"
    done = subprocess.run(
        [installation.python, "-c", without], cwd=installation.folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == "The demo needs trustme: pip install 'teams-jira-bridge[demo]'\n"


@pytest.mark.timeout(180)
def test_the_demo_plays_from_the_wheel(installation: Installation) -> None:
    done = installation.run("demo", "--once", "--port", str(free_port()), timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
