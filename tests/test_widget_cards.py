"""What a page is told of single samples, and what it can never make Python do."""

from __future__ import annotations

import io
import math
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from test_widget_training import tracked, trained
from widget_page import GUID, SAMPLES, dynamics, until

import carto_widget as carto
from carto_widget.widget.cards import deck as deck_file
from carto_widget.widget.cards.curves import Curves
from carto_widget.widget.cards.deck import Deck
from carto_widget.widget.cards.kinds import image as image_file
from carto_widget.widget.cards.own import Renderers
from carto_widget.widget.cards.part import all_kinds
from carto_widget.widget.opened import source_of

Part = dict[str, Any]


def deck_of(samples: pd.DataFrame, **renderers: Callable[[Any], Any]) -> Deck:
    """A deck that has all the time it needs."""
    source = source_of(dynamics(), samples=samples, split="train", mode=None, task=None)
    own = Renderers(lambda: None)
    own.update(renderers)
    return Deck(source, own)


def column(*values: Any, name: Any = "it") -> pd.DataFrame:
    """Four samples, of which the last values stand for the others."""
    cells = pd.Series([None] * 4, dtype=object)
    for i in range(4):
        cells[i] = values[min(i, len(values) - 1)]
    return pd.DataFrame({name: cells.to_list()}, index=GUID, dtype=object)


def only(samples: pd.DataFrame, row: int = 0, **renderers: Any) -> tuple[Part, bytes]:
    """The only part of a card, and its bytes."""
    header, buffers = deck_of(samples, **renderers).page([row])
    (part,) = header["cards"][0]["parts"]
    return part, bytes(buffers[part["buffer"]]) if "buffer" in part else b""


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    body = io.BytesIO()
    image.save(body, kind, **options)
    return body.getvalue()


def shown(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


RED = Image.new("RGB", (40, 30), (255, 0, 0))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck_file, "SECONDS", 1e3)


# ---- the page ----


def test_a_card_has_guid_labels_curve_and_what_the_samples_say() -> None:
    samples = pd.DataFrame({"text": ["w", "x", "y", "z"], "stars": [1, 2, 3, 4]}, index=GUID)
    header, buffers = deck_of(samples).page([2, 3])
    assert header["curve"] == {"name": "gold_probability", "epochs": [0, 1], "note": ""}
    first, second = header["cards"]
    assert first == {
        "row": 2,
        "guid": "c",
        "gold": "no",
        "prediction": "no",  # 0.6 - 0.5 and 0.8 - 0.5 are margins above 0
        "parts": [
            {"column": "text", "kind": "text", "text": "y"},
            {"column": "", "kind": "row", "facts": [["stars", "3"]]},
        ],
        "values": [pytest.approx(0.6, abs=1e-3), pytest.approx(0.8, abs=1e-3)],
        "right": [True, True],
    }
    assert (second["guid"], second["gold"], second["prediction"]) == ("d", "yes", None)
    assert (second["values"], second["right"]) == ([None, None], [None, None])
    assert buffers == []


def test_a_page_answers_what_its_browser_asks(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    page.say({"kind": "ask", "id": "one", "what": "page", "rows": [1]})
    until(lambda: "answer" in page.kinds())
    answer, _ = page.last("answer")
    assert (answer["ask"], answer["error"]) == ("one", None)
    assert [card["guid"] for card in answer["cards"]] == ["b"]
    datamap.renderers["text"] = str.upper
    until(lambda: "cards" in page.kinds())  # what the browser keeps is old now
    page.say({"kind": "ask", "id": "two", "what": "page", "rows": [1]})
    until(lambda: page.last("answer")[0]["ask"] == "two")
    assert page.last("answer")[0]["cards"][0]["parts"][0]["text"] == "X"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([0, 4], "a page of row 4: expected rows 0 to 3"),
        ([-1], "row -1"),
        ([0.0], "row 0.0"),
        (["../../etc/passwd"], "row '../../etc/passwd'"),
        ([True], "row True"),
        ([0] * 60, "a page of 60 rows: expected a list of at most 50"),
        ("all", "a page of 'all'"),
    ],
)
def test_rows_that_cannot_be_are_refused(rows: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        deck_of(SAMPLES).page(rows)


def test_a_page_ends_where_its_bytes_or_its_time_end(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    deck = deck_of(column(noise))
    monkeypatch.setattr(deck_file, "BYTES", 30_000)  # 64 x 64 x 3 = 12,288 that PNG cannot press
    assert len(deck.page([0, 1, 2, 3])[0]["cards"]) == 2
    monkeypatch.setattr(deck_file, "SECONDS", 0)
    assert len(deck.page([2, 3])[0]["cards"]) == 1  # always on


def test_a_card_that_would_be_too_large_leaves_parts_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck_file, "BYTES", 400)
    part, _ = only(column("x" * 1000))
    assert part == {"column": "it", "kind": "error", "text": "left out: this card is full"}


def test_every_kind_has_its_one_file() -> None:
    assert sorted(all_kinds()) == ["audio", "image", "text", "tokens"]
    for kind in all_kinds().values():
        for stranger in (None, 1, 2.5, object(), [], {}, b"", "", float("nan"), ()):
            assert kind.fits(stranger) is False


# ---- curves ----


def test_epochs_are_read_one_at_a_time_where_there_is_no_time() -> None:
    source = source_of(dynamics(), samples=None, split="train", mode=None, task=None)
    curves = Curves(source)
    assert not curves.is_read(until=0)
    assert curves.is_read(until=0)
    assert curves.of(0)["right"] == [False, False]


def test_a_long_run_has_every_so_manyth_epoch_and_the_last() -> None:
    probability = np.linspace(0.1, 0.9, 300, dtype=np.float32)[:, None]
    long = carto.TrainingDynamics.from_arrays(gold=[0], gold_probability=probability)
    curves = Curves(source_of(long, samples=None, split="train", mode=None, task=None))
    assert curves.is_read(until=math.inf)
    header = curves.header()
    assert header is not None
    assert header["epochs"] == [*range(0, 300, 4), 299]
    assert curves.of(0)["values"][-1] == pytest.approx(0.9, abs=1e-3)
    assert curves.of(0)["right"] == [None] * 76  # there are no margins


def test_a_live_curve_grows_with_each_sealed_epoch(shown: Any) -> None:
    recorder, loader = tracked()
    _, page = shown(recorder)

    def asked(n: int) -> list[int]:
        page.say({"kind": "ask", "id": f"{n}", "what": "page", "rows": [0]})
        until(lambda: "answer" in page.kinds() and page.last("answer")[0]["ask"] == f"{n}")
        curve = page.last("answer")[0]["curve"]
        return [] if curve is None else curve["epochs"]

    until(lambda: "status" in page.kinds())
    trained(recorder, loader, epochs=1)
    until(lambda: page.last("status")[0]["epoch"] == 0)
    assert asked(1) in ([], [0])
    trained(recorder, loader, epochs=1)
    recorder.close()
    until(lambda: page.last("status")[0]["word"] == "ended")
    assert asked(2) == [0, 1]


def test_a_map_of_a_table_has_no_curves() -> None:
    table = SAMPLES.assign(u=1.0)
    source = source_of(table, samples=None, split="train", mode=None, task=None)
    header, _ = Deck(source, Renderers(lambda: None)).page([0])
    assert header["curve"] is None
    (card,) = header["cards"]
    assert (card["gold"], card["prediction"]) == (None, None)
    assert "values" not in card


# ---- texts and plain values ----


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(1)>", "מה שלומך", "👩‍👩‍👧 ok", "a\0b", "line\nline", ""],
)
def test_a_text_comes_as_it_is(text: str) -> None:
    part, _ = only(column(text, "long enough to be a text " * 4, name="text"))
    assert (part["kind"], part["text"]) == ("text", text)


def test_a_text_of_a_megabyte_is_cut_and_says_so() -> None:
    part, _ = only(column("é" * 1_000_000))
    assert (len(part["text"]), part["of"]) == (20_000, 1_000_000)


def test_what_utf8_cannot_carry_is_replaced() -> None:
    part, _ = only(column("half a pair \ud800 " * 9))
    assert part["text"].startswith("half a pair ? ")


def test_plain_values_are_told_in_lines_whatever_they_are() -> None:
    class Angry:
        def __str__(self) -> str:
            raise RuntimeError("no")

    samples = pd.DataFrame(
        {
            "text": ["to read", "x", "y", "z"],
            "__proto__": ["short", "x", "y", "z"],
            7: [1.23456789, np.nan, 0, 0],
            "day": pd.to_datetime(["2024-05-01"] * 4),
            "is": [True, False, True, True],
            "list": [{1, 2}] * 4,
            "angry": [Angry()] * 4,
            "thing": [object()] * 4,
        },
        index=GUID,
    )
    text, part = deck_of(samples).page([0])[0]["cards"][0]["parts"]
    assert (text["column"], text["text"]) == ("text", "to read")
    assert part["facts"] == [
        ["__proto__", "short"],
        ["7", "1.23457"],
        ["day", "2024-05-01"],
        ["is", "true"],
        ["list", "set of 2"],
        ["angry", "RuntimeError: no"],
        ["thing", "object"],
    ]
    facts = deck_of(samples).page([1])[0]["cards"][0]["parts"][1]["facts"]
    assert ["7", None] in facts


# ---- images ----


def test_an_image_of_any_sort_becomes_a_small_one(tmp_path: Path) -> None:
    RED.save(tmp_path / "red.png")
    array = np.asarray(RED)
    sorts: list[Any] = [
        str(tmp_path / "red.png"),
        tmp_path / "red.png",
        encoded(RED),
        encoded(RED, "JPEG", quality=100),
        RED,
        RED.convert("P"),
        RED.convert("CMYK"),
        array,
        array / 255.0,
        np.moveaxis(array, -1, 0),
        {"bytes": encoded(RED), "path": None},
    ]
    for sort in sorts:
        part, body = only(column(sort))
        assert (part["kind"], part["type"], part["size"]) == ("image", "image/png", [40, 30])
        pixel = shown(body).convert("RGB").getpixel((20, 15))
        assert np.allclose(pixel, (255, 0, 0), atol=3), sort  # type: ignore[arg-type]


def test_a_large_image_is_bounded_and_stands_upright() -> None:
    photo = Image.new("RGB", (1200, 800), (0, 0, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    part, body = only(column(encoded(photo, "JPEG", exif=exif)))
    assert (part["type"], part["size"]) == ("image/webp", [1200, 800])
    assert shown(body).size == (171, 256)
    assert len(body) < 5_000


def test_the_users_own_image_is_left_as_it_is() -> None:
    photo = Image.new("P", (1200, 800))
    only(column(photo))
    assert (photo.mode, photo.size) == ("P", (1200, 800))


def test_numbers_that_are_no_bytes_are_stretched_and_it_is_said() -> None:
    digit = np.array([[0.0, 16.0], [8.0, 4.0]])
    part, body = only(column(digit))
    assert part["note"] == "0 is black, 16 white"
    assert list(np.asarray(shown(body)).ravel()) == [0, 255, 128, 64]
    deep = Image.fromarray(np.array([[0, 40_000], [20_000, 10_000]], np.uint16))
    assert only(column(deep))[0]["note"] == "0 is black, 4e+04 white"


def test_a_huge_array_is_thinned_before_it_is_looked_at() -> None:
    huge = np.broadcast_to(np.float64(0.5), (100_000, 100_000))  # 80 GB, if it were copied
    part, body = only(column(huge))
    assert part["size"] == [100_000, 100_000]
    assert max(shown(body).size) <= 256


def test_a_bomb_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "MOST", 1_000)
    part, _ = only(column(encoded(RED)))
    assert part["kind"] == "error"
    assert part["text"] == "an image of 40 x 30 pixels: more than 1,000 are not decoded"
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert "1200 pixels" in only(column(encoded(RED)))[0]["text"]


def test_what_is_no_image_is_a_line_in_its_own_card_alone(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG nothing")
    cut = encoded(RED)[:60]
    samples = column(encoded(RED), cut, str(tmp_path / "broken.png"), "no/such.png")
    header, buffers = deck_of(samples).page([0, 1, 2, 3])
    parts = [card["parts"][0] for card in header["cards"]]
    assert [part["kind"] for part in parts] == ["image", "error", "error", "error"]
    assert "broken.png: not an image that can be read" in parts[2]["text"]
    assert "there is no file no/such.png in " in parts[3]["text"]
    assert len(buffers) == 1


@pytest.mark.parametrize(
    "path",
    ["https://example.org/a.png", "file:///etc/a.png", "\\\\host\\share\\a.png", "//host/a.png"],
)
def test_what_lies_elsewhere_is_not_fetched(path: str) -> None:
    part, _ = only(column(path))
    assert part["text"] == f"{path} is not on this machine; it is not fetched"


def test_files_that_are_no_images_are_never_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "folder.png").mkdir()
    secret = str(tmp_path / "secret.txt")
    samples = column("a.png", "b.png", "c.png", secret)
    part = deck_of(samples).page([3])[0]["cards"][0]["parts"][0]
    assert part["kind"] == "error"
    assert "expected one of .bmp" in part["text"]
    assert "there is no file" in only(column(str(tmp_path / "folder.png")))[0]["text"]
    svg = tmp_path / "a.png"
    svg.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert "not an image" in only(column(str(svg)))[0]["text"]


# ---- sounds ----


def heard(body: bytes) -> tuple[int, int, int, int]:
    """Channels, bytes a sample, rate, samples."""
    with wave.open(io.BytesIO(body)) as sound:
        params = sound.getparams()
    return params.nchannels, params.sampwidth, params.framerate, params.nframes


def wav(samples: Any, rate: int, channels: int = 1, width: int = 2) -> bytes:
    body = io.BytesIO()
    with wave.open(body, "wb") as sound:
        sound.setparams((channels, width, rate, 0, "NONE", ""))
        sound.writeframes(np.asarray(samples).tobytes())
    return body.getvalue()


def test_samples_with_their_rate_become_a_short_wav() -> None:
    loud = np.concatenate([np.zeros(44_100), np.ones(44_100)]).astype(np.float32)
    part, body = only(column((loud, 44_100)))
    assert (part["kind"], part["type"], part["seconds"]) == ("audio", "audio/wav", 2.0)
    assert heard(body) == (1, 2, 22_050, 44_100)
    assert part["peaks"] == [0] * 32 + [100] * 32
    stereo = np.zeros((2, 8_000 * 12), np.int16)
    part, body = only(column((stereo, 8_000)))
    assert (part["seconds"], part["heard"]) == (12.0, 10)
    assert heard(body) == (1, 2, 8_000, 80_000)


@pytest.mark.parametrize(("width", "dtype"), [(1, "u1"), (2, "<i2"), (4, "<i4")])
def test_a_wav_of_any_width_is_read(width: int, dtype: str, tmp_path: Path) -> None:
    full = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max] * 800, dtype)
    (tmp_path / "a.wav").write_bytes(wav(full, 8_000, channels=2, width=width))
    for value in (str(tmp_path / "a.wav"), (tmp_path / "a.wav").read_bytes()):
        part, body = only(column(value))
        assert (part["kind"], heard(body)) == ("audio", (1, 2, 8_000, 800))


@pytest.mark.parametrize(
    "value",
    [
        b"RIFF\0\0\0\0WAVEnothing",
        (np.zeros(0), 8_000),
        (np.zeros(9), 1e12),
        (np.zeros(9), -1),
        (np.zeros(9, complex), 8_000),
        "no/such.wav",
    ],
)
def test_what_cannot_be_heard_is_a_line(value: Any) -> None:
    assert only(column(value))[0]["kind"] == "error"


# ---- tokens ----


def test_tokens_carry_the_numbers_of_the_column_beside_them() -> None:
    samples = column(["So", "sad", "<b>"])
    samples["token_loss"] = pd.Series([[0.5, 2.0, math.nan]] * 4, index=GUID)
    part, _ = only(samples)
    assert (part["tokens"], part["weights"]) == (["So", "sad", "<b>"], [0.5, 2.0, None])
    pairs = column([("So", 1), ("sad", None)])
    assert only(pairs)[0]["weights"] == [1.0, None]
    assert only(column(["a"]))[0]["weights"] == [None]
    many, _ = only(column(["x"] * 5_000))
    assert (len(many["tokens"]), many["of"]) == (512, 5_000)


# ---- the user's own ----


def test_a_renderer_is_one_line_and_may_give_anything() -> None:
    given: list[tuple[Any, str]] = [
        ("a.png is only a text", "text"),
        (RED, "image"),
        (np.zeros((5, 5)), "image"),
        ((np.zeros(100), 8_000), "audio"),
        ([("so", 0.5)], "tokens"),
    ]
    for result, kind in given:
        part, _ = only(column(1), it=lambda value, result=result: result)
        assert (part["column"], part["kind"]) == ("it", kind)
    assert deck_of(column(1), it=lambda value: None).page([0])[0]["cards"][0]["parts"] == []
    several = deck_of(column(1), it=lambda value: {"word": "x", "mask": RED})
    parts = several.page([0])[0]["cards"][0]["parts"]
    assert [(part["column"], part["kind"]) for part in parts] == [
        ("word", "text"),
        ("mask", "image"),
    ]


def test_a_renderer_that_fails_says_so_in_its_card_and_hurts_nothing_else() -> None:
    def broken(value: Any) -> Any:
        raise KeyError(value)

    def leaves(value: Any) -> Any:
        raise SystemExit(3)

    part, _ = only(column(1), it=broken)
    assert part == {
        "column": "it", "kind": "error", "text": "renderer of 'it', broken: KeyError: 1",
    }  # fmt: skip
    assert "SystemExit: 3" in only(column(1), it=leaves)[0]["text"]
    nonsense, _ = only(column(1), it=lambda value: object())
    assert nonsense["text"].startswith("renderer of 'it': TypeError: it gave object; expected a")


def test_a_slow_renderer_cuts_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: list[float] = []

    def slow(value: Any) -> str:
        clock.append(0.03)
        return "done"

    deck = deck_of(column(1), it=slow)
    monkeypatch.setattr(time, "perf_counter", lambda: sum(clock))
    monkeypatch.setattr(deck_file, "SECONDS", 0.02)
    while deck.page([])[0]["curve"]["epochs"] != [0, 1]:
        pass
    assert len(deck.page([0, 1, 2])[0]["cards"]) == 1


def test_what_is_no_renderer_is_refused(shown: Any) -> None:
    datamap, _ = shown(dynamics())
    with pytest.raises(TypeError, match="expected the name of a column and a function"):
        datamap.renderers["it"] = "path"
    with pytest.raises(TypeError, match="expected the name of a column"):
        datamap.renderers[3] = str
    datamap.renderers["it"] = str
    del datamap.renderers["it"]
    assert len(datamap.renderers) == 0
    with pytest.raises(KeyError):
        del datamap.renderers["it"]


def test_the_datasets_items_are_never_drawn_for_a_card(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, loader = tracked()
    trained(recorder, loader, epochs=1)
    _, page = shown(recorder)

    def drawn(self: Any, row: int) -> Any:
        raise AssertionError(f"item {row} was drawn")

    monkeypatch.setattr(type(loader.dataset), "__getitem__", drawn)
    page.say({"kind": "ask", "id": "one", "what": "page", "rows": [0, 1]})
    until(lambda: "answer" in page.kinds())
    answer, _ = page.last("answer")
    assert answer["error"] is None
    assert len(answer["cards"]) == 2


def test_the_column_of_the_gold_label_is_said_once() -> None:
    frame = pd.DataFrame(
        {
            "label": ["no", "yes", "no", "yes"],
            "class": [0, 1, 0, 1],
            "asked": ["no", "yes", "no", "no"],
            "n": [4, 5, 6, 7],
        },
        index=GUID,
    )
    header, _ = deck_of(frame).page([1])
    (card,) = header["cards"]
    assert card["gold"] == "yes"
    facts = [fact for part in card["parts"] for fact in part.get("facts", [])]
    told = {part["column"] for part in card["parts"]} | {name for name, _ in facts}
    assert told - {""} == {"asked", "n"}
    header, _ = deck_of(frame, label=str.upper).page([1])
    assert "YES" in [part.get("text") for part in header["cards"][0]["parts"]]
