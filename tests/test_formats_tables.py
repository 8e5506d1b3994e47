"""`read_table`: metrics of other tools in our names; `load` of aum records and NumPy arrays."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto

GOLDEN = Path(__file__).with_name("golden")
TD_METRICS = """\
{"guid":"a\\/1","index":0,"threshold_closeness":0.25,"confidence":0.5,"variability":0.1,"correctness":2,"forgetfulness":1}
{"guid":"b","index":1,"threshold_closeness":0.09,"confidence":0.1,"variability":null,"correctness":0,"forgetfulness":1000}
"""
# sample 7: z[y] - max of the others = 2 - 0.5, then 0.5 - 1; sample 8: -1
RECORDS = """\
sample_id,num_measurements,target_logit,target_val,other_logit,other_val,margin,aum
7,1,1,2.0,0,0.5,1.5,1.5
7,2,1,0.5,2,1.0,-0.5,0.5
8,1,0,0.0,2,1.0,-1.0,-1.0
"""


def test_td_metrics_come_in_our_names(tmp_path: Path) -> None:
    (tmp_path / "td_metrics.jsonl").write_text(TD_METRICS)
    for source in (tmp_path, tmp_path / "td_metrics.jsonl"):
        found = carto.read_table(source)
        assert found.index.tolist() == ["a/1", "b"]
        assert found.index.name == "guid"
        assert "index" not in found
        assert found["threshold_closeness"].tolist() == [0.25, 0.09]
        assert found["correctness_count"].tolist() == [2, 0]
        assert found["forgetting_events"].tolist() == [1, 0]
        assert found["never_learned"].tolist() == [False, True]
        assert np.isnan(found["variability"]["b"])
        assert "correctness" not in found  # out of how many epochs is not known


def test_the_number_of_epochs_makes_a_fraction_of_the_count(tmp_path: Path) -> None:
    carto.save(GOLDEN / "one_epoch", tmp_path)
    text = TD_METRICS.replace('"correctness":2', '"correctness":1')
    (tmp_path / "td_metrics.jsonl").write_text(text)
    assert carto.read_table(tmp_path)["correctness"].tolist() == [1, 0]
    lines = ['{"guid":10000,"index":0,"confidence":0.9,"variability":0.1,"correctness":3}'] * 2
    lines[1] = lines[1].replace("10000", "10001").replace("3}", "6}")
    file = tmp_path / "winogrande_roberta_0_6_data_map_coordinates.jsonl"
    file.write_text("\n".join(lines))
    found = carto.read_table(file)
    assert found.index.tolist() == [10000, 10001]
    assert found["correctness"].tolist() == [0.5, 1]
    assert found["never_learned"].tolist() == [False, False]


def test_our_table_of_the_golden_run_is_theirs_read_by_us(tmp_path: Path) -> None:
    theirs = pd.read_csv(GOLDEN / "edge" / "expected.csv")
    columns = ["guid", "index", "confidence", "variability", "correctness", "forgetfulness"]
    for name in ("coordinates.csv", "coordinates.parquet"):
        write = theirs[columns].to_csv if name.endswith("csv") else theirs[columns].to_parquet
        write(tmp_path / name, index=False)
        found, ours = carto.read_table(tmp_path / name), carto.table(GOLDEN / "edge", "all")
        ours = ours.loc[found.index]
        for metric in ("confidence", "correctness_count", "forgetting_events", "never_learned"):
            np.testing.assert_allclose(
                found[metric].astype(float), ours[metric].astype(float), atol=1e-6
            )


def test_aum_values_are_a_table(tmp_path: Path) -> None:
    (tmp_path / "aum_values.csv").write_text("sample_id,aum\n007,1.5\n8,-1.0\n")
    for source in (tmp_path, tmp_path / "aum_values.csv"):
        assert carto.read_table(source)["aum"].to_dict() == {"007": 1.5, "8": -1.0}
    with pytest.raises(ValueError, match=r"metrics without training dynamics; carto\.read_table"):
        carto.load(tmp_path)


def swapped(records: str) -> str:
    """As earlier versions of the package named the columns."""
    names, rest = records.split("\n", 1)
    for a, b in (("target_logit", "target_val"), ("other_logit", "other_val")):
        names = names.replace(a, "?").replace(b, a).replace("?", b)
    return f"{names}\n{rest}"


@pytest.mark.parametrize("records", [RECORDS, swapped(RECORDS)])
def test_full_aum_records_are_training_dynamics(tmp_path: Path, records: str) -> None:
    (tmp_path / "full_aum_records.csv").write_text(records)
    dynamics = carto.load(tmp_path)
    assert (dynamics.guid.tolist(), dynamics.gold.tolist()) == ([7, 8], [1, 0])
    np.testing.assert_array_equal(dynamics.signals["margin"], [[1.5, -1], [-0.5, np.nan]])
    np.testing.assert_array_equal(dynamics.signals["prediction"], [[1, 2], [2, np.nan]])
    found = carto.table(dynamics)
    assert found["aum"].tolist() == [0.5, -1]
    assert found["forgetting_events"].tolist() == [1, 0]


def test_aum_records_that_contradict_themselves_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "full_aum_records.csv"
    for old, new, said in (
        ("-1.0,-1.0", "3.0,-1.0", "margin is neither target_val - other_val nor"),
        ("8,1,0", "7,1,0", "the gold label of guid 7 changes from 1 to 0"),
        ("8,1,0", "8,0,0", "num_measurements must count from 1"),
        ("8,1,0", "8,1.5,0", "'num_measurements' is double, expected whole numbers"),
        ("8,1,0", "8,1,-1", "a class below 0"),
        ("8,1,0", ",1,", "1 rows without 'target_logit'"),
    ):
        file.write_text(RECORDS.replace(old, new))
        with pytest.raises(ValueError, match=said):
            carto.load(file)


def test_probabilities_of_all_classes_are_training_dynamics(tmp_path: Path) -> None:
    p = np.array([[[0.75, 0.25], [0.5, 0.5]], [[0.125, 0.875], [0, 1]]])
    np.savez(tmp_path / "run.npz", pred_probs=p, gold=[0, 1], guid=["x", "y"], epochs=[3, 9])
    dynamics = carto.load(tmp_path / "run.npz")
    assert dynamics.guid.tolist() == ["x", "y"]
    assert dynamics.epochs.tolist() == [3, 9]
    np.testing.assert_allclose(dynamics.signals["gold_probability"], p[:, [0, 1], [0, 1]])
    np.save(tmp_path / "pred_probs.npy", p[0])  # one epoch, as cleanlab has them
    np.save(tmp_path / "labels.npy", [0, 1])
    assert carto.table(tmp_path)["confidence"].tolist() == pytest.approx([0.75, 0.5])


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"pred_probs": np.ones((1, 2, 2)) / 2}, r"no gold labels: add gold=\(N,\)"),
        ({"pred_probs": np.full((1, 2, 2), 3.0), "gold": [0, 1]}, "holds 3, expected probabilit"),
        ({"pred_probs": np.ones((1, 2, 1)), "gold": [0, 0]}, "logits of 1 class"),
        ({"logits": np.ones((1, 2, 2)), "gold": [0, 2]}, r"gold labels 0\.\.2 for 2 classes"),
        ({"logits": np.ones((1, 2, 2)), "gold": [0.5, 1]}, "gold is float64 .*, expected whole"),
        ({"logits": np.ones(4), "gold": [0]}, r"logits has shape \(4,\), expected"),
        ({"logits": np.ones((1, 2, 2)), "gold": [0]}, r"expected \(1, 1, C\)"),
        ({"loss": np.ones((1, 2)), "epochs": [2, 1]}, "epochs: expected 1 ascending"),
        ({"loss": np.array([["a"]])}, "loss is <U1, expected numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], said: str
) -> None:
    np.savez(tmp_path / "run.npz", **arrays)  # type: ignore[arg-type]  # names of arrays
    with pytest.raises(ValueError, match=rf"run\.npz: .*{said}"):
        carto.load(tmp_path / "run.npz")


def test_one_array_alone_says_what_is_missing(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.ones((1, 2, 2)))
    with pytest.raises(ValueError, match=r"without its gold labels.*np\.savez"):
        carto.load(tmp_path / "p.npy")


def test_statistics_of_example_forgetting_need_no_gold(tmp_path: Path) -> None:
    stats = {5: [[1.0, 0.1], [0, 1], [-1.0, 2.0]], 9: [[0.2, 3.0], [1, 0], [1.5, -2.0]]}
    loss, right, margin = np.array(list(stats.values()), float).transpose(1, 2, 0)
    np.savez(tmp_path / "stats.npz", guid=[*stats], loss=loss, is_correct=right, margin=margin)
    found = carto.table(tmp_path / "stats.npz")
    assert found.index.tolist() == [5, 9]
    assert found["forgetting_events"].tolist() == [0, 1]
    assert found["aum"].tolist() == [0.5, -0.25]
    order_of_theirs = {"indices": [9, 5], "forgetting counts": [0, 3]}
    np.savez(tmp_path / "order.npz", **order_of_theirs)  # type: ignore[arg-type]  # names of arrays
    order = carto.read_table(tmp_path / "order.npz")
    assert order["forgetting_count"].to_dict() == {9: 0, 5: 3}


def test_scores_of_data_diet(tmp_path: Path) -> None:
    for name, scores in (
        ("error_l2_norm_scores", [0.5, 1.0, 0.0]),
        ("forget_scores", [2.0, np.inf, 0.0]),
    ):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "ckpt_100.npy", scores)
    found = carto.read_table(tmp_path)
    assert found["el2n"].tolist() == [0.5, 1, 0]
    assert found["forgetting_events"].tolist() == [2, 0, 0]
    assert found["never_learned"].tolist() == [False, True, False]
    np.save(tmp_path / "forget_scores" / "ckpt_200.npy", [2.0, 1.0, 0.0])
    found = carto.read_table(tmp_path)
    assert {"el2n_100", "forgetting_events_200", "never_learned_100"} <= {*found}
    one = carto.read_table(tmp_path / "forget_scores" / "ckpt_200.npy")
    assert one["forgetting_events"].tolist() == [2, 1, 0]


def test_issues_of_datalab(tmp_path: Path) -> None:
    issues = pd.DataFrame(
        {
            "is_label_issue": [True, False],
            "label_score": [0.01, 0.9],
            "given_label": ["cat", "dog"],
            "predicted_label": ["dog", "dog"],
        }
    )
    for name in ("issues.csv", "issues.parquet"):
        write = issues.to_csv if name.endswith("csv") else issues.to_parquet
        write(tmp_path / name)
        found = carto.read_table(tmp_path / name)
        assert found.index.tolist() == [0, 1]
        assert found["gold"].tolist() == ["cat", "dog"]
        assert found["prediction"].tolist() == ["dog", "dog"]
        assert found["is_label_issue"].tolist() == [True, False]


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a pickle was opened",))


def test_pickles_are_refused_unopened(tmp_path: Path) -> None:
    (tmp_path / "stats_dict").write_bytes(pickle.dumps(Bomb()))
    (tmp_path / "old.pkl").write_bytes(pickle.dumps(Bomb(), protocol=0))
    for name in ("stats_dict", "old.pkl"):
        for read in (carto.load, carto.read_table):
            with pytest.raises(ValueError, match=r"a pickle, which is never opened[^}]*np\.savez"):
                read(tmp_path / name)
    np.savez(tmp_path / "objects.npz", loss=np.array([[Bomb()]], object))
    with pytest.raises(ValueError, match=r"loss\.npy holds pickled Python objects"):
        carto.load(tmp_path / "objects.npz")


def test_training_dynamics_are_no_table_and_nothing_is_neither(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"training dynamics; carto\.table\(path\) computes"):
        carto.read_table(GOLDEN / "edge")
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        carto.read_table(tmp_path / "none")
    with pytest.raises(ValueError, match=r"no table of metrics that can be read\. Known: the aum"):
        carto.read_table(tmp_path)


def test_doubled_guids_and_columns_are_named(tmp_path: Path) -> None:
    file = tmp_path / "aum_values.csv"
    file.write_text("sample_id,aum\n1,2\n1,3\n")
    with pytest.raises(ValueError, match="guids must be unique, these repeat: 1"):
        carto.read_table(file)
    file.write_text("sample_id,aum,aum\n1,2,3\n")
    with pytest.raises(ValueError, match="'aum' is there twice"):
        carto.read_table(file)
