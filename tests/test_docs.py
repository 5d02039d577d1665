"""Every Python block of README.md and docs/ runs: a file's blocks in order, in one namespace, none left out.

What the public docstrings must have by numpydoc's rules is checked too, and that the site leaves nothing public out.
"""

import inspect
import re
from pathlib import Path

import pytest
from sklearn.utils._testing import assert_docstring_consistency

from docs.blocks import pictures_of, python_blocks, run_blocks
from docs.gallery_order import ORDER
from docs.public_api import PUBLIC_MODULES, public_members
from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from sklearn_ann.model_selection import HyperbandSearchCV, SuccessiveHalvingSearchCV

ROOT = Path(__file__).resolve().parents[1]
# The page with worker processes last: the next file uses them too (see conftest.py).
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")], key=lambda path: (path.name == "backends.md", path))


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
    table = (ROOT / "docs" / "parameters_by_topic.rst").read_text()
    listed = re.findall(r"``(\w+)``", table)
    public = set(MLPClassifierTF().get_params(deep=False)) | set(MLPRegressorTF().get_params(deep=False))
    assert sorted(listed) == sorted(public)


def test_every_example_is_in_the_gallery():
    others = {"datasets.py", "demo.py", "same_results.py"}  # ``ignore_pattern`` in docs/conf.py
    assert sorted(ORDER) == sorted({path.name for path in ROOT.glob("examples/*.py")} - others)


# numpydoc's checks for every public class and function, and the methods of estimators and displays, but for these.
UNCHECKED = {
    "ES01": "many a summary says all there is to say",
    "SA01": "a See Also section is for what a reader may confuse or miss",
    "RT02": "methods name what they return, as in scikit-learn: 'self : object'",
    "SS05": "takes any first word that ends in s for a verb",
}
# Made by the package, not by its users, so that their parameters are not for them.
MADE_FOR_USERS = {"FitContext", "Batch", "ScheduleFunction"}


def public_names():
    """Names of what the API reference shows, methods of estimators and displays included."""
    for _, module in PUBLIC_MODULES:
        for name, member in public_members(module).items():
            yield f"{module}.{name}"
            if module in ("sklearn_ann", "sklearn_ann.inspection"):
                methods = inspect.getmembers(member, callable)
                yield from (
                    f"{module}.{name}.{each}"
                    for each, method in methods
                    if not each.startswith("_") and (method.__module__ or "").startswith("sklearn_ann")
                )


def is_method(name):
    """Whether it is shown on the page of a class, whose example is enough."""
    return name.rpartition(".")[0] not in {module for _, module in PUBLIC_MODULES}


def test_docstrings_follow_numpydoc():
    validate = pytest.importorskip("numpydoc.validate", reason="numpydoc is in the extra 'test'").validate
    checked = set(public_names())
    assert len(checked) > 100  # a public name that was lost would pass silently
    faults = [
        f"{name}: {code} {message}"
        for name in sorted(checked)
        for code, message in validate(name)["errors"]
        if code not in UNCHECKED
        and not (code == "PR01" and name.rpartition(".")[2] in MADE_FOR_USERS)
        and not (code == "EX01" and is_method(name))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("sisters", "own"),
    [
        ((MLPClassifierTF, MLPRegressorTF), {"loss", "loss_weights", "scoring"}),
        ((HyperbandSearchCV, SuccessiveHalvingSearchCV), set()),
    ],
    ids=["multilayer perceptrons", "searches"],
)
@pytest.mark.filterwarnings("ignore:Checking was skipped")  # of what only one of the two has
def test_sisters_describe_what_they_share_alike(sisters, own):
    """Docstrings are whole, so that a page has all of a class; scikit-learn's check keeps them from drifting apart."""
    pytest.importorskip("numpydoc", reason="numpydoc is in the extra 'test'")
    assert_docstring_consistency(sisters, include_params=True, exclude_params=own)
    assert_docstring_consistency(sisters, include_attrs=True)


@pytest.mark.parametrize(
    "model",
    [
        *(each((1,), max_iter=1, learning_rate="cosine") for each in (MLPClassifierTF, MLPRegressorTF)),
        PerceptronClassifier(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_fitted_attributes_are_described(model):
    model.fit([[0.0], [1.0]], [0, 1])
    fitted = {name for name in vars(model) if name.endswith("_") and not name.startswith("_")}
    assert fitted <= set(re.findall(r"^(\w+_) : ", inspect.getdoc(type(model)), re.MULTILINE))
