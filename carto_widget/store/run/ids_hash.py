"""The hash that ties a part to the ids it was written for."""

from __future__ import annotations

import hashlib

import numpy as np

from carto_widget.store.run.ids import Ids


def chained_hash(previous: str, ids: Ids) -> str:
    """SHA-256 (hex) of the hash of the ids before these, then samples, then guids.

    Samples and int guids enter as little-endian int64; str guids as their lengths in bytes
    (little-endian int64) and their UTF-8 bytes.
    """
    digest = hashlib.sha256(previous.encode())
    if ids.sample is not None:
        digest.update(ids.sample.astype("<i8").tobytes())
    if ids.guid.dtype == object:
        texts = [guid.encode() for guid in ids.guid.tolist()]
        digest.update(np.array([len(text) for text in texts], "<i8").tobytes())
        digest.update(b"".join(texts))
    else:
        digest.update(ids.guid.astype("<i8").tobytes())
    return digest.hexdigest()
