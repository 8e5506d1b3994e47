"""Images: files, bytes, Pillow's own, arrays and tensors; small ones are sent as they are."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from carto_widget.widget.cards.local import has_suffix, local_file
from carto_widget.widget.cards.part import Part

SIDE = 256  # pixels of a thumbnail's longer side
MOST = 40_000_000  # pixels of what is decoded
_TINY = 64  # pixels of what is kept sharp
_SUFFIXES = frozenset(
    [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"]
)
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")


def fits(value: Any) -> bool:
    """A path with an image's suffix, an image's bytes, an image, an array of its shape."""
    if isinstance(value, (str, os.PathLike)):
        return has_suffix(value, _SUFFIXES)
    if isinstance(value, Mapping):  # as Hugging Face keeps them
        return set(value) == {"bytes", "path"} and any(map(fits, value.values()))
    return isinstance(value, Image.Image) or _is_encoded(value) or _is_array(value)


def part(value: Any) -> Part:
    """A thumbnail as PNG or WebP; ``size`` is the whole image's, ``note`` what was done to it."""
    image, size, note = thumbnail(value)
    return _encoded(image, {"size": list(size), **({"note": note} if note else {})})


def thumbnail(value: Any) -> tuple[Image.Image, tuple[int, int], str]:
    """At most SIDE pixels a side, the whole image's size, and how its numbers were stretched.

    Raises:
        ValueError, OSError: It cannot be shown; the words are for the user.
    """
    if not _is_array(value):
        image = value if isinstance(value, Image.Image) else _opened(value)
        size = image.size
        if size[0] * size[1] > MOST:
            raise ValueError(
                f"an image of {size[0]:,} x {size[1]:,} pixels: more than {MOST:,} are not decoded"
            )
        if image.mode[0] not in "IF":  # more than a byte a pixel
            return _thumbnail(image, is_ours=image is not value), size, ""
        value = np.asarray(image)
    image, size, note = _of_array(value)
    image.thumbnail((SIDE, SIDE))
    return image, size, note


def _is_encoded(value: Any) -> bool:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        return False
    start = bytes(value[:12])
    return start.startswith(_BEGINNINGS) or (start[:4] == b"RIFF" and start[8:] == b"WEBP")


def _is_array(value: Any) -> bool:
    shape = getattr(value, "shape", None)
    if isinstance(value, Image.Image) or not isinstance(shape, tuple) or 0 in shape:
        return False
    if len(shape) == 2:
        return bool(min(shape) > 1)
    return len(shape) == 3 and (shape[-1] in (1, 3, 4) or shape[0] in (1, 3, 4))


def _opened(value: Any) -> Image.Image:
    if isinstance(value, Mapping):
        return _opened(value["bytes"] if value["bytes"] is not None else value["path"])
    is_path = isinstance(value, (str, os.PathLike))
    source: Any = local_file(value, _SUFFIXES) if is_path else io.BytesIO(value)
    try:
        return Image.open(source, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from error
    except OSError as error:
        what = os.fspath(value) if is_path else f"{len(value):,} bytes"
        raise ValueError(f"{what}: not an image that can be read") from error


def _thumbnail(image: Image.Image, *, is_ours: bool) -> Image.Image:
    """At most SIDE pixels, upright; the user's own image stays as it is."""
    if is_ours:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
    else:
        image = image.reduce(_step(image.size))
    if image.mode not in ("1", "L", "LA", "RGB", "RGBA"):
        is_clear = image.mode in ("PA", "La", "RGBa") or "transparency" in image.info
        image = image.convert("RGBA" if is_clear else "RGB")
    image.thumbnail((SIDE, SIDE))
    return ImageOps.exif_transpose(image)


def _step(size: tuple[int, int]) -> int:
    return max(1, max(size) // (2 * SIDE))


def _of_array(value: Any) -> tuple[Image.Image, tuple[int, int], str]:
    """The array as an image no larger than needed, its size, and how its numbers were stretched."""
    if hasattr(value, "detach"):  # a tensor, perhaps of a gradient or on an accelerator
        value = value.detach().cpu()
    array = np.asarray(value)
    if array.ndim == 3 and array.shape[-1] not in (1, 3, 4):
        array = np.moveaxis(array, 0, -1)
    height, width = array.shape[:2]
    step = _step((width, height))
    pixels, note = _as_bytes(array[::step, ::step])
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    return Image.fromarray(np.ascontiguousarray(pixels)), (width, height), note


def _as_bytes(array: NDArray[Any]) -> tuple[NDArray[np.uint8], str]:
    if array.dtype == np.uint8:
        return array, ""
    if array.dtype.kind not in "biuf":
        raise ValueError(f"an array of {array.dtype}: expected numbers")
    numbers = np.nan_to_num(array.astype(np.float32), posinf=0, neginf=0)
    low, high = float(numbers.min()), float(numbers.max())
    if array.dtype.kind in "bf" and low >= 0 and high <= 1:
        return (numbers * 255 + 0.5).astype(np.uint8), ""
    if array.dtype.kind in "iu" and low >= 0 and 1 < high <= 255 and high > 32:
        return numbers.astype(np.uint8), ""
    stretched = (numbers - low) * (255 / max(high - low, 1e-12))
    return (stretched + 0.5).astype(np.uint8), f"{low:.3g} is black, {high:.3g} white"


def _encoded(image: Image.Image, header: dict[str, Any]) -> Part:
    """PNG where every pixel is to be seen, else WebP."""
    body, header = io.BytesIO(), {"kind": "image"} | header
    if max(image.size) <= _TINY:
        image.save(body, "PNG")
        return Part(header | {"type": "image/png"}, body.getvalue())
    image.save(body, "WEBP", quality=80, method=2)
    return Part(header | {"type": "image/webp"}, body.getvalue())
