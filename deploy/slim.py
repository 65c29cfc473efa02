"""Remove from the image's virtual environment what a running bridge never reads.

Run `python slim.py` with the environment's own Python; `strip` (binutils) must be there.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

UNUSED = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "psycopg_binary", "psycopg_binary.libs")
KEPT_LEXERS = ("__init__", "_mapping", "python", "special")


def main() -> None:
    """Run inside the environment that is to shrink."""
    packages = Path(sysconfig.get_path("purelib"))
    for name in UNUSED:
        for folder in [packages / name, *packages.glob(f"{name}-*.dist-info")]:
            shutil.rmtree(folder, ignore_errors=True)
    for tests in [*packages.glob("*/tests")]:
        shutil.rmtree(tests)
    for source in [
        *packages.rglob("*.pyx"),
        *packages.rglob("*.pxd"),
        *packages.rglob("*.pyi"),
        *packages.rglob("*.c"),
    ]:
        source.unlink()
    (packages / "distutils-precedence.pth").unlink(missing_ok=True)
    _keep_spoken_locales(packages)
    _keep_lexers_of_tracebacks(packages)
    _strip_debug_symbols(packages)


def _keep_spoken_locales(packages: Path) -> None:
    """Keep Babel's data for languages that have a catalogue; people with any other are answered in English."""
    spoken = {"root", "en", *(catalogue.stem for catalogue in (packages / "bot" / "language").glob("*.po"))}
    for file in (packages / "babel" / "locale-data").glob("*.dat"):
        if file.stem.partition("_")[0] not in spoken:
            file.unlink()


def _keep_lexers_of_tracebacks(packages: Path) -> None:
    """Keep the lexers that rich needs: it colours tracebacks, and they are in Python."""
    for file in (packages / "pygments" / "lexers").rglob("*.py*"):
        module = file.name.partition(".")[0]
        if module not in KEPT_LEXERS:
            file.unlink()


def _strip_debug_symbols(packages: Path) -> None:
    """Strip extension modules. Libraries that auditwheel bundled (`*.libs`) are patched and stay as they are."""
    modules = [file for file in packages.rglob("*.so") if not file.parent.name.endswith(".libs")]
    subprocess.run(["strip", "--strip-unneeded", *modules], check=True)  # noqa: S603, S607 - in a build stage


if __name__ == "__main__":
    main()
