"""Rows for the device: aligned, padded, dense only in bounded blocks."""

import numpy as np
import pytest
from scipy import sparse

from sklearn_ann.data.rows import (
    BLOCK_BYTES,
    aligned_zeros,
    check_index_range,
    dense_rows,
    must_stream,
    padded,
    row_bucket,
)
from sklearn_ann.engines.tensorflow.plan import batch_bucket


@pytest.mark.parametrize("shape", [(3,), (5, 7), (0, 4), (1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_aligned_arrays(shape, dtype):
    array = aligned_zeros(shape, dtype)
    assert (array.shape, array.dtype) == (shape, np.dtype(dtype))
    assert array.size == 0 or array.ctypes.data % 64 == 0
    array[...] = 1


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_padding_and_taking_rows(make):
    X = np.arange(12.0).reshape(4, 3)
    below = padded(make(X), 6, np.float32)
    assert below.dtype == np.float32
    np.testing.assert_array_equal(below, np.vstack([X, np.zeros((2, 3))]))
    np.testing.assert_array_equal(dense_rows(make(X), np.array([2, 0, 2]), np.float64), X[[2, 0, 2]])


def test_a_sparse_matrix_is_streamed_once_its_dense_copy_exceeds_a_block():
    n_columns = 1000
    n_rows = BLOCK_BYTES // (8 * n_columns)
    small, large = sparse.csr_matrix((n_rows, n_columns)), sparse.csr_matrix((n_rows + 1, n_columns))
    assert not must_stream(small, np.float64)
    assert must_stream(large, np.float64)
    assert not must_stream(large, np.float32)
    assert not must_stream(np.zeros((2, 2)), np.float64)


@pytest.mark.parametrize(("bucket", "most"), [(row_bucket, 1.07), (batch_bucket, 1.25)])
def test_buckets_hold_the_rows_grow_with_them_and_waste_little(bucket, most):
    sizes = [*range(1, 3000), *range(3000, 400_000, 997)]
    buckets = [bucket(n) for n in sizes]
    assert all(b >= n for b, n in zip(buckets, sizes, strict=True))
    assert buckets == sorted(buckets)
    assert max(b / n for b, n in zip(buckets, sizes, strict=True) if n > 8192 or (n > 16 and most > 1.07)) <= most
    assert len(set(buckets)) < 140


def test_columns_that_32_bits_cannot_number_are_refused():
    largest = 2**31 - 1
    entries = (np.ones(2), (np.array([0, 1]), np.array([0, largest - 1])))
    check_index_range(sparse.csr_array(entries, shape=(2, largest)))
    check_index_range(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="at most 2147483647 columns and stored entries, got 2147483648 columns and 2"):
        check_index_range(sparse.csr_array(entries, shape=(2, largest + 1)))
