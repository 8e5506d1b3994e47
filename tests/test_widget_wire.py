"""The codes, chunks and bits that the browser reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from carto_widget.views.frame import Column, Frame, Word
from carto_widget.widget.wire import (
    BLOCK,
    CHUNK,
    EncodedFrame,
    bits_of,
    color_codes,
    encode,
    mask_of,
    position_codes,
)


def column(values: object, domain: tuple[float, float] = (0.0, 1.0), **more: object) -> Column:
    array: NDArray[np.float32] = np.asarray(values, np.float32)
    return Column("c", "c", more.pop("kind", "continuous"), domain, array, **more)  # type: ignore[arg-type]  # keywords of one test


def test_positions_lie_on_the_codes_of_their_domain() -> None:
    # 65533 steps over 0..0.5: the middle 0.25 is 32766.5, rounded up
    codes = position_codes(column([0.0, 0.25, 0.5, np.nan], (0.0, 0.5)), "x")
    assert codes.dtype == np.dtype("<u2")
    assert codes.tolist() == [0, 32767, 65533, 65535]


def test_numbers_outside_of_the_domain_stand_at_its_edge() -> None:
    assert position_codes(column([-3, 7, np.inf, -np.inf], (-1, 1)), "x").tolist() == [
        0,
        65533,
        65533,
        0,
    ]


def test_a_decoded_position_is_within_half_a_code() -> None:
    values = np.random.default_rng(0).uniform(-2, 5, 100_001).astype(np.float32)
    codes = position_codes(column(values, (-2, 5)), "x")
    decoded = -2 + codes / 65533 * 7
    assert np.abs(decoded - values).max() <= 0.51 * 7 / 65533


def test_a_sample_seen_too_seldom_is_not_defined_yet() -> None:
    waiting = np.array([True, False])
    assert position_codes(column([0.0, 0.0], waiting=waiting), "x").tolist() == [65534, 0]
    assert color_codes(column([0.0, 0.0], waiting=waiting)).tolist() == [255, 0]


def test_colours_are_steps_shades_or_categories() -> None:
    eleven = column([0, 0.04, 0.5, 1, np.nan], kind="steps", steps=11)
    assert color_codes(eleven).tolist() == [0, 0, 5, 10, 255]
    assert color_codes(column([0, 0.5, 1, np.nan])).tolist() == [0, 127, 254, 255]
    classes = column([0, 2, 254, 300, np.nan], (0, 2), kind="category")
    assert color_codes(classes).tolist() == [0, 2, 254, 254, 255]


def frame(n: int) -> Frame:
    ramp = np.linspace(0, 1, n, dtype=np.float32)
    steps = Column("correctness", "correctness", "steps", (0.0, 1.0), ramp, steps=11)
    return Frame(
        {"x": column(ramp), "y": column(ramp[::-1]), "color": steps},
        epoch=3,
        live=True,
        words=(Word("hard", 0.1, 0.2),),
        n_unseen=1,
    )


def test_one_chunk_holds_a_small_frame_whole() -> None:
    ((header, buffers),) = encode(frame(3), 7).chunks()
    assert {k: header[k] for k in ("protocol", "kind", "frame", "epoch", "live", "rows")} == {
        "protocol": 1,
        "kind": "frame",
        "frame": 7,
        "epoch": 3,
        "live": True,
        "rows": 3,
    }
    assert (header["chunk"], header["chunks"], header["unseen"]) == (0, 1, 1)
    assert header["words"] == [{"text": "hard", "x": 0.1, "y": 0.2}]
    assert [c["role"] for c in header["columns"]] == ["x", "y", "color"]
    assert header["columns"][2]["steps"] == 11
    assert [
        np.frombuffer(b, d).tolist() for b, d in zip(buffers, ("<u2", "<u2", "u1"), strict=True)
    ] == [
        [0, 32767, 65533],
        [65533, 32767, 0],
        [0, 5, 10],
    ]


def test_chunk_k_of_a_large_frame_holds_the_kth_block_of_rows() -> None:
    encoded = encode(frame(450_001), 1)
    chunks = list(encoded.chunks())
    assert len(chunks) == 3  # 450,001 rows of 5 bytes
    assert all(sum(memoryview(b).nbytes for b in buffers) <= CHUNK for _, buffers in chunks)
    assert [header["chunk"] for header, _ in chunks] == [0, 1, 2]
    blocks = [np.frombuffer(buffers[0], "<u2") for _, buffers in chunks]
    assert [len(block) for block in blocks] == [150_001, 150_001, 149_999]
    assert (np.concatenate(blocks) == encoded.codes[0]).all()


def test_a_frame_counts_what_waits_and_what_is_missing() -> None:
    x = column([0.1, np.nan, 0.2], waiting=np.array([True, False, False]), waiting_word="one")
    ((header, _),) = encode(Frame({"x": x, "y": column([0, 0, np.nan])}), 1).chunks()
    first, second = header["columns"]
    assert (first["n_waiting"], first["n_missing"], first["waiting"]) == (1, 1, "one")
    assert (second["n_waiting"], second["n_missing"]) == (0, 1)


def test_an_empty_frame_is_one_empty_chunk() -> None:
    ((header, buffers),) = encode(frame(0), 1).chunks()
    assert header["rows"] == 0
    assert [memoryview(b).nbytes for b in buffers] == [0, 0, 0]


def view(x: object, y: object, color: object, names: str = "a b c") -> Frame:
    made = zip(names.split(), (x, y, color), strict=True)
    columns = [replace(column(values), name=name) for name, values in made]
    return Frame(dict(zip(("x", "y", "color"), columns, strict=True)))


def test_another_colour_travels_alone() -> None:
    first = encode(view([0, 1, 0.5], [1, 0, 1], [0, 0, 1]), 7)
    second = encode(view([0, 1, 0.5], [1, 0, 1], [1, 1, 1], "a b d"), 8).since(first)
    ((header, buffers),) = second.chunks()
    assert header["base"] == 7
    assert [c.get("same") for c in header["columns"]] == ["x", "y", None]
    assert [bytes(one) for one in buffers] == [bytes([254, 254, 254])]
    assert second.n_bytes == 3


def test_axes_change_places_for_nothing() -> None:
    first = encode(view([0, 1], [1, 0.5], [0, 1]), 1)
    second = encode(view([1, 0.5], [0, 1], [0, 1], "b a c"), 2).since(first)
    assert list(second.chunks()) == [(second.header | {"chunk": 0, "chunks": 1}, [])]
    assert [c["same"] for c in second.header["columns"]] == ["y", "x", "color"]


def test_one_column_on_two_channels_has_codes_of_its_own_on_each() -> None:
    first = encode(view([0, 1], [1, 0.5], [0, 1], "a a c"), 1)
    second = encode(view([0, 1], [1, 0.5], [1, 1], "a a c"), 2).since(first)
    assert [c.get("same") for c in second.header["columns"]] == ["x", "y", None]


def test_what_is_other_only_at_the_end_travels() -> None:
    rows = np.zeros(BLOCK + 1)
    first = encode(view(rows, rows, rows), 1)
    other = rows.copy()
    other[-1] = 1
    second = encode(view(rows, other, rows), 2).since(first)
    assert [c.get("same") for c in second.header["columns"]] == ["x", None, "color"]


@pytest.mark.parametrize(
    "base",
    [
        None,
        encode(view([0, 1, 1], [1, 0, 1], [0, 1, 1]), 1),  # fewer rows since
        encode(view([1, 0], [0, 1], [1, 0]), 1),  # nothing alike
        encode(view([0, 1], [1, 0], [0, 1], "d e f"), 1),  # other columns with the same codes
    ],
)
def test_a_page_that_has_nothing_of_it_gets_all(base: EncodedFrame | None) -> None:
    frame = encode(view([0, 1], [1, 0], [0, 1]), 2)
    assert frame.since(base) is frame


def test_bits_count_from_the_lowest() -> None:
    mask = np.zeros(10, bool)
    mask[[0, 2, 9]] = True
    assert bits_of(mask) == bytes([0b101, 0b10])
    assert (mask_of(bits_of(mask), 10) == mask).all()


def test_bits_of_a_shorter_split_leave_new_rows_out() -> None:
    assert mask_of(bytes([0b11]), 12).tolist() == [True, True] + [False] * 10


def test_bits_beyond_the_last_row_are_refused() -> None:
    with pytest.raises(ValueError, match="row 9 of 9 rows"):
        mask_of(bytes([0, 0b10]), 9)
