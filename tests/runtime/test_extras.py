"""Packages of extras: what is said where one is missing."""

import sys

import pytest

from sklearn_ann import inspection
from sklearn_ann.runtime.extras import check_installed


def test_a_package_that_is_there_passes():
    check_installed("sklearn", extra="plots", subject="It")
    check_installed("os.path", extra="plots", subject="It")


def test_a_folder_is_not_a_package(tmp_path, monkeypatch):
    (tmp_path / "eventfiles").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    __import__("eventfiles")  # Python imports it all the same
    for package in ("eventfiles", "not_there"):
        with pytest.raises(ImportError) as caught:
            check_installed(package, extra="tensorboard", subject="The callback TensorBoard")
        assert str(caught.value) == (
            f"The callback TensorBoard needs the package {package}, which is not installed; run "
            "pip install 'sklearn-ann-tf[tensorboard]'."
        )


@pytest.mark.parametrize("name", inspection.__all__)
def test_displays_need_matplotlib(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    display = getattr(inspection, name)
    with pytest.raises(ImportError, match=rf"{name}\.plot needs the package matplotlib, .*\[plots\]'\."):
        display.__new__(display).plot()
