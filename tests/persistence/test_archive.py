"""Archives: what is written comes back, and what is damaged is noticed."""

import io
import itertools
import json
import os
import stat
import tracemalloc
import zipfile

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
    "columns_first": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "days": np.array(["2020-02-29"], dtype="M8[D]"),
}


def test_what_is_written_comes_back(tmp_path):
    write_archive(tmp_path / "a.zip", DOCUMENT, ARRAYS)
    document, arrays = read_archive(tmp_path / "a.zip")
    assert document == DOCUMENT and arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype and arrays[name].shape == array.shape
        assert arrays[name].flags.writeable and arrays[name].flags.aligned
    assert arrays["columns_first"].flags.f_contiguous
    assert os.listdir(tmp_path) == ["a.zip"]


def test_arrays_of_another_byte_order_come_back_in_that_of_the_processor(tmp_path):
    for array in (ARRAYS["a"], ARRAYS["words"], ARRAYS["days"]):
        write_archive(tmp_path / "a.zip", {}, {"a": array.astype(array.dtype.newbyteorder())})
        back = read_archive(tmp_path / "a.zip")[1]["a"]
        np.testing.assert_array_equal(back, array)
        assert back.dtype == array.dtype and back.dtype.isnative


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


def test_a_full_disk_is_named(tmp_path):
    resource = pytest.importorskip("resource")
    path, limits = tmp_path / "a.zip", resource.getrlimit(resource.RLIMIT_FSIZE)
    write_archive(path, DOCUMENT, {})
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match=r"a\.zip"):
            write_archive(path, {}, ARRAYS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
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


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"must exist, got '.*a\.zip'; create '.*missing' first"):
        write_archive(tmp_path / "missing" / "a.zip", DOCUMENT, {})


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    write_archive(tmp_path / "a.zip", DOCUMENT, {})
    (tmp_path / "other").touch()
    assert stat.S_IMODE(os.stat(tmp_path / "a.zip").st_mode) == stat.S_IMODE(os.stat(tmp_path / "other").st_mode)


def test_an_existing_file_keeps_its_permissions_and_a_link_what_it_points_to(tmp_path):
    """As when it is opened to be written."""
    path, link = tmp_path / "a.zip", tmp_path / "link.zip"
    path.touch(mode=0o600)
    link.symlink_to("a.zip")
    write_archive(link, DOCUMENT, ARRAYS)
    assert link.is_symlink() and read_archive(path)[0] == DOCUMENT
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_no_folder_and_no_pipe_is_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "folder", tmp_path / "pipe"):
        with pytest.raises(OSError, match=f"cannot replace a folder or a device, got '{path}'; choose another name"):
            write_archive(path, DOCUMENT, {})
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"] and not (tmp_path / "pipe").is_file()


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    write_archive(tmp_path / ("ö" * 127), DOCUMENT, {})
    assert os.listdir(tmp_path) == ["ö" * 127]


# ------------------------------------------------------------------------------------------ files made to do harm


def npy(shape, descr="<f8", data=b""):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": descr, "fortran_order": False, "shape": shape})
    return buffer.getvalue() + data


def document(*arrays):
    return json.dumps({"document": {}, "arrays": list(arrays)})


HOSTILE = {
    "an array that claims to be large": {"a.npy": npy((10**12,))},
    "one that claims to be larger than numbers go": {"a.npy": npy((2**62, 2**62, 8))},
    "one of negative size": {"a.npy": npy((-1, -8), data=bytes(64))},
    "one of numbers without length": {"a.npy": npy((10**12,), "<U0")},
    "one with bytes left over": {"a.npy": npy((2,), data=bytes(24))},
    "one of Python objects": {"a.npy": npy((1,), "|O", b"cos\nsystem\n(S'true'\ntR.")},
    "one of structures": {"a.npy": npy((1,), [("x", "<f8")], bytes(8))},
    "no array": {"a.npy": b"x"},
    "one whose header is long": {"a.npy": npy((1,) * 6000)},
    "one whose header has no end": {"a.npy": npy((1,), data=bytes(8)).replace(b"}", b"(")},
    "a member that is not listed": {"a.npy": npy((1,), data=bytes(8)), "b.npy": npy((1,), data=bytes(8))},
    "a member elsewhere": {"a.npy": npy((1,), data=bytes(8)), "../b.npy": b""},
    "a missing member": {},
    "a document without an end": {"document.json": "[" * 100_000},
    "a document that lists no names": {"document.json": '{"document": {}, "arrays": 1}'},
}


def assert_refused_before_memory_is_taken(path):
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFile, match=r"\A[^\n]*\Z"):
            read_archive(path)
        assert tracemalloc.get_traced_memory()[1] < 20 * path.stat().st_size + 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_hostile_members_are_refused(tmp_path, members):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in ({"document.json": document("a")} | members).items():
            archive.writestr(name, content)
    assert_refused_before_memory_is_taken(path)


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("document.json", document("a"))
        archive.writestr("a.npy", npy((2**22,), data=bytes(2**25)))
    assert_refused_before_memory_is_taken(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compressed_member_is_refused_however_small(tmp_path, method):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", compression=method) as archive:
        archive.comment = bytes(60_000)  # of which the members are small beside
        archive.writestr("document.json", document("a"))
        archive.writestr("a.npy", npy((2,), data=bytes(16)))
    with pytest.raises(DamagedFile, match="compressed"):
        read_archive(path)


def test_members_that_lie_over_each_other_are_refused(tmp_path):
    """Listing the same bytes many times is a zip bomb without compression."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("document.json", document("a"))
        archive.writestr("a.npy", npy((2**10,), data=bytes(2**13)))
        archive.filelist.extend([archive.getinfo("a.npy")] * 1000)
    with pytest.raises(DamagedFile, match="larger than the file"):
        read_archive(path)


@pytest.mark.parametrize("doubled", ["document.json", "a.npy"])
def test_a_member_that_is_there_twice_is_refused(tmp_path, doubled):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("document.json", document("a"))
        archive.writestr("a.npy", npy((1,), data=bytes(8)))
        archive.filelist.append(archive.getinfo(doubled))
    with pytest.raises(DamagedFile):
        read_archive(path)


def test_a_message_does_not_quote_a_long_name_of_a_member(tmp_path):
    path = tmp_path / "a.zip"
    write_archive(path, {"text": "x" * 60_000}, {})
    data = bytearray(path.read_bytes())
    data[26:28] = (50_000).to_bytes(2, "little")  # length of the first name, beside the member
    path.write_bytes(data)
    with pytest.raises(DamagedFile, match="File name in directory") as refused:
        read_archive(path)
    assert len(str(refused.value)) < 300
