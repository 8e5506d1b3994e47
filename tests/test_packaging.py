"""What is shipped, and that what the README shows runs."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from numpy.typing import NDArray

import carto_widget as carto

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = {
    "carto_widget/py.typed",
    "carto_widget/static/widget.js",
    "carto_widget/static/widget.css",
    "carto_widget/static/more.js",
    "carto_widget/static/more.css",
    "carto_widget/demo/NOTICE",
    "carto_widget/demo/amazon_snippets.parquet",
}


TEXT = 200_000  # bytes: it travels to the page once a map, and into a saved notebook
GZIP = {"widget": 60_000, "more": 45_000}


@pytest.mark.parametrize("part", GZIP)
def test_the_front_end_stays_small(part: str) -> None:
    static = ROOT / "carto_widget" / "static"
    text = b"".join((static / f"{part}{kind}").read_bytes() for kind in (".js", ".css"))
    small = len(gzip.compress(text, 9))
    print(f"{part}: {len(text):,} bytes, gzip {small:,}")
    assert len(text) <= TEXT
    assert small <= GZIP[part]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the sdist that it was built from."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.mark.slow
def test_the_wheel_ships_all_that_a_user_needs(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= SHIPPED | {"carto_widget/demo/quickstart.ipynb"}
    top = {name.split("/")[0] for name in names}
    assert top == {"carto_widget", f"carto_widget-{carto.__version__}.dist-info"}


@pytest.mark.slow
def test_the_wheel_asks_for_the_core_dependencies_alone(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    metadata = zipfile.ZipFile(wheel).read(f"carto_widget-{carto.__version__}.dist-info/METADATA")
    asked = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata.decode(), flags=re.MULTILINE)
    assert sorted(asked) == [
        "anywidget",
        "bokeh",
        "click",
        "fsspec",
        "numpy",
        "pandas",
        "pillow",
        "pyarrow",
    ]


@pytest.mark.slow
def test_the_sdist_builds_without_a_clone(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    sources = {"examples/quickstart.ipynb", "hatch_build.py", "js/build.mjs", "package-lock.json"}
    assert names >= SHIPPED | sources | {"README.md", "LICENSE", "pyproject.toml"}


def readme_blocks() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_the_blocks_of_the_readme_run_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader brings a frame, a model and a loader; everything else stands in the blocks."""
    monkeypatch.chdir(tmp_path)
    namespace = reader_brings(n=24)
    for block in readme_blocks():
        exec(compile(block, "README.md", "exec"), namespace)
        if "training" in namespace:
            namespace["training"].wait()
    assert len(namespace["table"]) == 24
    assert namespace["recorder"].dynamics.epochs.tolist() == list(range(10))
    assert "worst_entropy" in carto.list_metrics().index


def reader_brings(n: int) -> dict[str, Any]:
    torch.manual_seed(0)
    x, label = torch.randn(n, 4), torch.arange(n) % 3
    model = torch.nn.Linear(4, 3)

    def train(
        data: pd.DataFrame, seed: int, recorder: carto.Recorder | None = None
    ) -> Callable[[torch.Tensor], NDArray[Any]]:
        torch.manual_seed(seed)
        weights = torch.randn(4, 3)
        if recorder:
            recorder.log(x @ weights, torch.tensor(data["label"]), guid=data.index)
            recorder.end_epoch()
        return lambda inputs: (inputs @ weights).argmax(1).numpy()

    return {
        "__name__": "__main__",
        "torch": torch,
        "frame": pd.DataFrame({"text": [f"sample {i}" for i in range(n)], "label": label.numpy()}),
        "loader": torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(x, label), batch_size=8, shuffle=True
        ),
        "model": model,
        "cross_entropy": torch.nn.functional.cross_entropy,
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
        "train": train,
        "test": (x, label.numpy()),
    }
