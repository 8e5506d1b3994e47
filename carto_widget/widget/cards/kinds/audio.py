"""Sound: (samples, rate), or WAV as a file or bytes; ten seconds of it, one channel."""

from __future__ import annotations

import io
import os
import wave
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.widget.cards.local import has_suffix, local_file
from carto_widget.widget.cards.part import Part

LONGEST = 10  # s
RATE = 22_050  # Hz
PEAKS = 64
_SUFFIXES = frozenset([".wav", ".wave"])
_FASTEST = 400_000  # Hz

Floats = NDArray[np.float32]


def fits(value: Any) -> bool:
    """Samples with their rate, or WAV."""
    if isinstance(value, (str, os.PathLike)):
        return has_suffix(value, _SUFFIXES)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value[:4]) == b"RIFF" and bytes(value[8:12]) == b"WAVE"
    if isinstance(value, Mapping):  # as Hugging Face keeps them
        return {"array", "sampling_rate"} <= set(value)
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    samples, rate = value
    return _is_number(rate) and len(getattr(samples, "shape", ())) in (1, 2)


def part(value: Any) -> Part:
    """WAV of 16 bits, and the peaks that draw it."""
    if isinstance(value, Mapping):
        value = (np.asarray(value["array"]), value["sampling_rate"])
    samples, rate, seconds = _of_samples(*value) if isinstance(value, tuple) else _of_wav(value)
    fewer = -(-rate // RATE)
    whole = samples[: len(samples) // fewer * fewer].reshape(-1, fewer).mean(1)
    header = {
        "kind": "audio",
        "type": "audio/wav",
        "seconds": round(seconds, 2),
        "peaks": _peaks(whole),
        **({"heard": LONGEST} if seconds > LONGEST else {}),
    }
    return Part(header, _wav(whole, rate // fewer))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _checked_rate(rate: Any) -> int:
    if not _is_number(rate) or not 100 <= rate <= _FASTEST:
        raise ValueError(f"a rate of {rate!r}: expected samples a second, 100 to {_FASTEST:,}")
    return int(rate)


def _of_samples(samples: Any, rate: Any) -> tuple[Floats, int, float]:
    """(S,) in -1..1; channels, the shorter axis, are mixed."""
    rate = _checked_rate(rate)
    if hasattr(samples, "detach"):
        samples = samples.detach().cpu()
    array = np.asarray(samples)
    if array.ndim == 2:
        array = array if array.shape[0] > array.shape[1] else array.T
    if array.ndim not in (1, 2) or not len(array) or array.dtype.kind not in "iuf":
        raise ValueError(f"samples of {array.dtype} {array.shape}: expected numbers (S,)")
    seconds = len(array) / rate
    heard = array[: LONGEST * rate]
    full = 1.0 if array.dtype.kind == "f" else float(np.iinfo(array.dtype).max)
    mixed = heard.astype(np.float32).reshape(len(heard), -1).mean(1) / np.float32(full)
    return np.nan_to_num(mixed), rate, seconds


def _of_wav(value: Any) -> tuple[Floats, int, float]:
    is_path = isinstance(value, (str, os.PathLike))
    source: Any = str(local_file(value, _SUFFIXES)) if is_path else io.BytesIO(value)
    try:
        with wave.open(source, "rb") as sound:
            channels, width, rate, frames = sound.getparams()[:4]
            rate = _checked_rate(rate)
            body = sound.readframes(min(frames, LONGEST * rate))
    except (wave.Error, EOFError) as error:
        raise ValueError(f"WAV that cannot be read: {error or 'it ends too early'}") from error
    numbers = _numbers(body, width)
    whole = numbers[: len(numbers) // channels * channels]
    mixed = np.asarray(whole.reshape(-1, channels).mean(1), np.float32)
    if not len(mixed):
        raise ValueError("a sound without a sample")
    return mixed, rate, frames / rate


def _numbers(body: bytes, width: int) -> Floats:
    """Samples of 1 to 4 bytes in -1..1."""
    if width == 1:
        return (np.frombuffer(body, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(
            128
        )
    body = body[: len(body) // width * width]
    if width == 3:
        wide = np.zeros((len(body) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(body, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
    numbers = np.frombuffer(body, f"<i{width}")
    scaled: Floats = numbers.astype(np.float32) / np.float32(2 ** (8 * width - 1))
    return scaled


def _peaks(samples: Floats) -> list[int]:
    """How loud each of PEAKS stretches gets, 0..100 of the loudest."""
    edges = np.linspace(0, len(samples), PEAKS + 1).astype(int)[:-1]
    loud = np.maximum.reduceat(np.abs(samples), np.minimum(edges, max(0, len(samples) - 1)))
    peaks: list[int] = (loud * (100 / max(float(loud.max()), 1e-9))).astype(int).tolist()
    return peaks


def _wav(samples: Floats, rate: int) -> bytes:
    body = io.BytesIO()
    with wave.open(body, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return body.getvalue()
