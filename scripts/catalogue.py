"""Brings the catalogues up to date with the code: `python -m scripts.catalogue`.

Reads every `tr`, `trn` and `mark` of the code (and of the templates of pages) and writes bot/language/messages.pot
and the .po file of each language beside it: new sentences come in untranslated, sentences that nobody says any
more are dropped, translations that are still good stay.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "bot" / "language"
KEYWORDS = {"tr": None, "trn": (1, 2), "mark": None}
_NOISE = re.compile(r'"(Project-Id|Report-|POT-|PO-Revision|Last-|Language-Team|Generated)|#(?![:.,])')


def sources() -> Iterator[tuple[Path, str]]:
    """Every file that may hold sentences, and how Babel reads it."""
    for top in ("bot", "cards", "manifest"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix == ".py" and path.parent != FOLDER:
                yield path, "python"
            elif path.suffix == ".html":
                yield path, "jinja2.ext:babel_extract"


def extracted() -> Catalog:
    """Extract the catalogue from the code, in an order that does not depend on the machine."""
    catalog = Catalog(project="teams-jira-bridge", charset="utf-8", fuzzy=False)
    for path, method in sources():
        with path.open("rb") as file:
            for _, message, comments, context in extract(method, file, KEYWORDS, ["i18n:"]):
                where = [(path.relative_to(ROOT).as_posix(), 0)]
                catalog.add(message, None, where, auto_comments=comments, context=context)
    return catalog


def written(catalog: Catalog) -> str:
    """As the file holds it: no dates, names or line numbers, so that only sentences make a difference."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, include_lineno=False, sort_output=True, ignore_obsolete=True)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not _NOISE.match(line))


def forms(message: str | Sequence[str] | None) -> Sequence[str]:
    """Return the forms of a message or of its translation: one, or one for each plural."""
    return [message or ""] if message is None or isinstance(message, str) else message


def main() -> None:
    """Write all of them; say what is not translated."""
    fresh = extracted()
    (FOLDER / "messages.pot").write_text(written(fresh), "utf-8")
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.stem)
        catalog.update(fresh, no_fuzzy_matching=True)
        path.write_text(written(catalog), "utf-8")
        missing = [m.id for m in catalog if m.id and not all(forms(m.string))]
        sys.stdout.write(f"{path.name}: {len(catalog)} sentences, {len(missing)} not translated\n")
        sys.stdout.writelines(f"  {message!r}\n" for message in missing)


if __name__ == "__main__":
    main()
