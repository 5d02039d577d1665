"""Every Python block of README.md and docs/ runs: a file's blocks in order, in one namespace, none left out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def python_blocks(path):
    """Yield each block as source, padded with empty lines so that a traceback names the line of the document."""
    text = path.read_text()
    for match in BLOCK.finditer(text):
        yield "\n" * text.count("\n", 0, match.start(1)) + match.group(1)


DOCUMENTS = [path for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))] if any(python_blocks(path))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_blocks_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what a block writes to disk lands here
    namespace = {"__name__": "__main__"}
    for source in python_blocks(path):
        exec(compile(source, str(path), "exec"), namespace)


def test_no_code_block_escapes():
    """A fence that is indented or spelt otherwise would be skipped silently."""
    for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        fences = re.findall(r"^\s*```\s*(?:python|py|pycon)\b", path.read_text(), re.MULTILINE)
        assert len(fences) == len(list(python_blocks(path))), path
