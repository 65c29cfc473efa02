"""Packages of npm that tests run, installed once into build/ from a package.json beside the test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.support.paths import BUILD

INSTALL_SECONDS = 120
INSTALL = (
    "npm",
    "install",
    "--ignore-scripts",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=0",
)


def installed(package_json: Path) -> Path:
    """Where the one package that a package.json asks for is, or will be, with its `node_modules`."""
    [(name, version)] = json.loads(package_json.read_text())["devDependencies"].items()
    return BUILD / f"{name.rpartition('/')[2]}-{version}"


def missing(package_json: Path) -> str:
    """Why the package cannot be had here; empty when it is installed. Blocking."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "no npm here: apt-get install nodejs npm (Node.js 20 or newer)"
    folder = installed(package_json)
    if folder.is_dir():
        return ""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="npm.") as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        shutil.copy(package_json, fresh)
        process = subprocess.Popen(INSTALL, cwd=fresh, stderr=subprocess.PIPE, text=True, start_new_session=True)
        try:
            _, said = process.communicate(timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate()
            return f"npm could not install {folder.name} in time"
        if process.returncode:
            return f"npm could not install {folder.name}: {said[:300]}"
        fresh.rename(folder)
    return ""
