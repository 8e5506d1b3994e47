"""A Jupyter server on this machine alone, with files, settings and runtime in its own folder."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120.0  # seconds: a page opens in 5 on a quiet machine, in many times that on a busy one
_START = {"lab": ("jupyterlab", "LabApp"), "notebook": ("notebook", "JupyterNotebookApp")}


@dataclass(frozen=True)
class Address:
    """Where a server answers.

    Attributes:
        root: the folder whose notebooks it serves.
        app: "lab" or "notebook".
        base: the address without a path.
        token: what it wants to be shown.
    """

    root: Path
    app: str
    base: str
    token: str


@contextlib.contextmanager
def jupyter(
    root: Path,
    *,
    home: Path,
    token: str,
    app: str = "lab",
    settings: Mapping[str, Mapping[str, object]] | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Address]:
    """Run a server until the block is left.

    Args:
        root: The folder whose notebooks it serves.
        home: An own folder for configuration, settings and logs.
        token: What a page must show.
        app: "lab" (JupyterLab) or "notebook" (Notebook 7).
        settings: The application's user settings, by plugin id.
        env: More environment variables for the server and its kernels.

    Raises:
        RuntimeError: It did not start; the end of its log says why.
    """
    _write_settings(home / "user-settings", settings or {})
    log = home / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            _command(root, _free_port(), token, app),
            env=os.environ | _folders(home) | dict(env or {}),
            cwd=root,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        port = _port_of(process, home / "runtime", log)
        yield Address(root, app, f"http://127.0.0.1:{port}", token)
    finally:
        _end(process)


def _command(root: Path, port: int, token: str, app: str) -> list[str]:
    module, class_name = _START[app]
    return [
        *(sys.executable, "-m", module, "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={token}",
        f"--{class_name}.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]


def _folders(home: Path) -> dict[str, str]:
    return {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _write_settings(folder: Path, settings: Mapping[str, Mapping[str, object]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for plugin, values in settings.items():
        package, name = plugin.split(":")
        file = folder / package / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
    return port


def _port_of(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> int:
    """Where it listens, once it does: on another port where its own was taken meanwhile."""
    told, end = runtime / f"jpserver-{process.pid}.json", time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError, ValueError):  # not there, or not yet all of it
            port: int = json.loads(told.read_bytes())["port"]
            return port
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the Jupyter server did not start:\n{log.read_text()[-4000:]}")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels: politely, then not."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
