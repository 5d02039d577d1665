"""Where results go: JSON into ``benchmarks/results/``, Markdown between markers of ``docs/benchmarks.md``."""

import json
import re

from .machine import REPOSITORY

__all__ = ["as_table", "machine_line", "save_json", "write_section"]

_RESULTS = REPOSITORY / "benchmarks" / "results"
_PAGE = REPOSITORY / "docs" / "benchmarks.md"


def as_table(header, rows):
    """Return a Markdown table; the first column is left-aligned, the others right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def machine_line(machine):
    """Return ``machine.describe()`` as one sentence for under a table."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"Commit {machine['commit']}, {machine['date']}, {machine['processor']}, {machine['cores']} cores, "
        f"Python {machine['python']}, {versions}."
    )


def save_json(name, results):
    """Write ``results`` to ``benchmarks/results/<name>.json`` and return the path."""
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"{name}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    return path


def write_section(name, text):
    """Replace what stands between the markers ``<!-- name: begin -->`` and ``<!-- name: end -->`` of the page."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    page = _PAGE.read_text()
    if begin not in page or end not in page:
        raise ValueError(f"{_PAGE} has no markers {begin} and {end}.")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    _PAGE.write_text(pattern.sub(lambda _: f"{begin}\n{text}\n{end}", page))
