"""A folder of saved models as rows: cards are read, arrays are not, and damage stops no list."""

import datetime
import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_ann import PerceptronClassifier, list_models, load
from tests.estimators.problems import LABELS, REAL, X, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs show enough


def write_document(path, document):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("document.json", json.dumps({"document": document, "arrays": []}))


def document_in(path):
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("document.json"))["document"]


def test_rows_tell_what_was_saved_and_load_takes_their_names(tmp_path):
    models = {
        "a.zip": classifier(early_stopping=True).fit(X, LABELS),
        "b.zip": regressor(solver="lbfgs").fit(X, REAL),
        "c.zip": PerceptronClassifier(penalty="l2").fit(X, LABELS),
    }
    for name, model in models.items():
        model.save(tmp_path / name)
    models["a.zip"].save_weights(tmp_path / "weights of a.zip")
    (tmp_path / "README.txt").write_text("not listed")
    (tmp_path / "folder.zip").mkdir()
    rows = list_models(tmp_path)
    assert [row["name"] for row in rows] == ["a.zip", "b.zip", "c.zip", "weights of a.zip"]
    assert [row["weights_only"] for row in rows] == [False, False, False, True]
    for row, model in zip(rows, [*models.values(), models["a.zip"]], strict=True):
        assert row["estimator"] == type(model).__name__
        assert row["data_shape"] == (60, 5)
        assert row["scores"]["n_iter"] == model.n_iter_
        assert row["versions"]["numpy"] == np.__version__
        assert row["error"] is None
        age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(row["date"])
        assert abs(age) < datetime.timedelta(minutes=10)
        assert "alpha" not in row["parameters"]  # a default
    assert rows[0]["scores"]["best_validation_score"] == models["a.zip"].best_validation_score_
    assert rows[1]["parameters"]["solver"] == "'lbfgs'"
    assert rows[2]["parameters"] == {"penalty": "'l2'"}
    for row in rows[:3]:
        np.testing.assert_array_equal(load(tmp_path / row["name"]).predict(X), models[row["name"]].predict(X))
    assert list(pd.json_normalize(rows)["scores.n_iter"]) == [row["scores"]["n_iter"] for row in rows]


def test_an_empty_folder_has_no_rows_and_a_missing_one_is_an_error(tmp_path):
    assert list_models(str(tmp_path)) == []
    with pytest.raises(FileNotFoundError):
        list_models(tmp_path / "nothing")


def test_links_that_lead_nowhere_stop_no_list(tmp_path):
    classifier().fit(X, LABELS).save(tmp_path / "whole.zip")
    for name, target in {"link": "whole.zip", "missing": "nothing", "loop": "loop.zip", "refused": "x" * 300}.items():
        (tmp_path / f"{name}.zip").symlink_to(target)
    assert [row["name"] for row in list_models(tmp_path)] == ["link.zip", "whole.zip"]


def test_files_of_protocol_1_are_listed():
    rows = list_models(Path(__file__).parent / "saved_models")
    assert [(row["estimator"], row["error"], row["date"]) for row in rows] == [
        ("MLPClassifierTF", None, None),
        ("PerceptronClassifier", None, None),
        ("MLPRegressorTF", None, None),
    ]


def test_a_file_that_cannot_be_read_is_a_row_that_says_why(tmp_path):
    classifier().fit(X, LABELS).save(tmp_path / "whole.zip")
    document, whole = document_in(tmp_path / "whole.zip"), (tmp_path / "whole.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:3000])
    (tmp_path / "empty.zip").touch()
    write_document(tmp_path / "later.zip", document | {"protocol": 2})
    write_document(tmp_path / "no card.zip", {"protocol": 1, "estimator": "MLPClassifierTF"})
    write_document(tmp_path / "no object.zip", [1])
    wrong = {
        "data_shape": "large",
        "scores": {"loss": [1]},
        "versions": {"numpy": 2},
        "parameters": {"alpha": 1},
        "date": 3,
    }
    for name, value in wrong.items():
        write_document(tmp_path / f"wrong {name}.zip", document | {"card": document["card"] | {name: value}})
    write_document(tmp_path / "wrong estimator.zip", document | {"estimator": 1})
    rows = {row["name"]: row for row in list_models(tmp_path)}
    assert len(rows) == 12
    assert rows.pop("whole.zip")["error"] is None
    assert all(row["estimator"] is None and row["scores"] is None for row in rows.values())
    assert "protocols up to 1" in rows["later.zip"]["error"]
    assert "damaged" in rows["cut.zip"]["error"] and "damaged" in rows["empty.zip"]["error"]
    assert "KeyError: 'card'" in rows["no card.zip"]["error"]
    for name in (*wrong, "estimator"):
        assert f"{name} is of <class" in rows[f"wrong {name}.zip"]["error"]


def test_reading_cards_takes_no_memory_for_arrays_or_large_documents(tmp_path):
    model = regressor(hidden_layer_sizes=(1000, 1000), max_iter=1).fit(X, REAL)
    model.save(tmp_path / "large.zip")
    assert (tmp_path / "large.zip").stat().st_size > 2**24
    write_document(tmp_path / "long.zip", {"protocol": 1, "card": "x" * 2**23})
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", compression=zipfile.ZIP_DEFLATED) as file:
        file.writestr("document.json", " " * 2**25)
    tracemalloc.start()
    try:
        rows = {row["name"]: row for row in list_models(tmp_path)}
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()
    assert rows["large.zip"]["estimator"] == "MLPRegressorTF"
    assert "a member is compressed" in rows["bomb.zip"]["error"]
    assert "its document has 83886" in rows["long.zip"]["error"]
