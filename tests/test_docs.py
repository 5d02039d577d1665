"""Every Python block of README.md and docs/ runs: a file's blocks in order, in one namespace, none left out.

What the public docstrings must have by numpydoc's rules is checked too, and that the site leaves nothing public out.
"""

import re
from pathlib import Path

import pytest

from docs.blocks import pictures_of, python_blocks, run_blocks

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]


@pytest.mark.parametrize("path", [each for each in PAGES if any(python_blocks(each))], ids=lambda path: path.name)
def test_code_blocks_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what a block writes to disk lands here
    run_blocks(path)
    missing = [name for name in pictures_of(path) if not (tmp_path / name).is_file()]
    assert not missing, f"{path.name} shows pictures that none of its blocks draws"


def test_no_code_block_escapes():
    """A fence that is indented or spelt otherwise would be skipped silently."""
    for path in PAGES:
        fences = re.findall(r"^\s*```\s*(?:python|py|pycon)\b", path.read_text(), re.MULTILINE)
        assert len(fences) == len(list(python_blocks(path))), path


def test_pictures_are_in_the_repository():
    shown = {name for path in PAGES for name in pictures_of(path)}
    assert shown == {path.name for path in (ROOT / "docs" / "images").iterdir()}


def test_every_parameter_has_a_topic():
    from sklearn_ann import MLPClassifierTF, MLPRegressorTF

    table = (ROOT / "docs" / "parameters_by_topic.rst").read_text()
    listed = re.findall(r"``(\w+)``", table)
    public = set(MLPClassifierTF().get_params(deep=False)) | set(MLPRegressorTF().get_params(deep=False))
    assert sorted(listed) == sorted(public)


def test_every_example_is_in_the_gallery():
    from docs.gallery_order import ORDER

    others = {"datasets.py", "demo.py", "same_results.py"}  # ``ignore_pattern`` in docs/conf.py
    assert sorted(ORDER) == sorted({path.name for path in ROOT.glob("examples/*.py")} - others)
