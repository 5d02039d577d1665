"""Archives: what is written comes back, and what is damaged is noticed."""

import itertools
import os

import numpy as np
import pytest

from sklearn_ann.persistence.archive import DamagedFile, read_archive, remove_unfinished, write_archive

DOCUMENT = {"numbers": [1, 0.1, float("inf")], "name": "größe", "nothing": None}
ARRAYS = {
    "a": np.arange(6.0).reshape(2, 3),
    "of_one": np.float32(3.5),
    "none": np.zeros((0, 4), dtype=np.int32),
    "bool": np.array(True),
    "words": np.array(["x", "yy"]),
}


def test_what_is_written_comes_back(tmp_path):
    write_archive(tmp_path / "a.zip", DOCUMENT, ARRAYS)
    document, arrays = read_archive(tmp_path / "a.zip")
    assert document == DOCUMENT and arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype and arrays[name].shape == array.shape
    assert os.listdir(tmp_path) == ["a.zip"]


def test_every_cut_and_every_flipped_byte_is_noticed(tmp_path):
    path = tmp_path / "a.zip"
    write_archive(path, DOCUMENT, {"a": ARRAYS["a"]})
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile):
            read_archive(path)
    for place, flip in itertools.product(range(len(whole)), [1, 8, 128, 255]):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        try:
            document, arrays = read_archive(path)
        except DamagedFile:
            continue
        assert document == DOCUMENT and arrays.keys() == {"a"}  # a byte of the date, say
        np.testing.assert_array_equal(arrays["a"], ARRAYS["a"])


def test_what_cannot_be_written_leaves_the_file_before(tmp_path):
    path = tmp_path / "a.zip"
    write_archive(path, DOCUMENT, {})
    with pytest.raises(ValueError, match="Object arrays"):
        write_archive(path, {}, {"objects": np.array([object()])})
    assert read_archive(path)[0] == DOCUMENT and os.listdir(tmp_path) == ["a.zip"]


def test_objects_of_python_are_not_read(tmp_path):
    np.savez(tmp_path / "b.zip.npz", document=np.array([{}], dtype=object))
    with pytest.raises(DamagedFile):
        read_archive(tmp_path / "b.zip.npz")


def test_what_killed_writers_left_is_removed(tmp_path):
    write_archive(tmp_path / "a.zip", DOCUMENT, {})
    (tmp_path / "a.zipabc.unfinished").touch()
    remove_unfinished(tmp_path)
    assert os.listdir(tmp_path) == ["a.zip"]
