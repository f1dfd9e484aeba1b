"""Pictures of every kind users have: what comes out of each, and a reason for each that cannot be used."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from common.data.decode import PictureError, decode, looks_like_html, to_channels


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def colours(seed: int = 0, shape=(6, 5, 3)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "WEBP"])
def test_lossless_colour_comes_out_as_it_went_in(kind):
    pixels = colours()
    options = {"lossless": True} if kind == "WEBP" else {}
    np.testing.assert_array_equal(np.asarray(decode(encoded(Image.fromarray(pixels), kind, **options), 3)), pixels)


def test_grey_to_colour_repeats_and_colour_to_grey_is_the_luma():
    grey = colours(1, (4, 4))
    colour = np.asarray(decode(encoded(Image.fromarray(grey)), 3))
    np.testing.assert_array_equal(colour, np.repeat(grey[..., None], 3, axis=2))
    pixels = colours(2)
    luma = np.asarray(decode(encoded(Image.fromarray(pixels)), 1)).astype(float)
    assert np.abs(luma - pixels @ np.array([0.299, 0.587, 0.114])).max() <= 1


def test_transparent_parts_lie_on_white():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (10, 20, 30, 255)
    pixels[1, 1] = (0, 0, 0, 51)  # a fifth black over white: 204
    result = np.asarray(decode(encoded(Image.fromarray(pixels)), 3))
    assert result[0, 0].tolist() == [10, 20, 30]
    assert result[0, 1].tolist() == [255, 255, 255]
    assert result[1, 1].tolist() == [204, 204, 204]


def test_palette_with_and_without_transparency():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putdata([0, 1])
    assert np.asarray(decode(encoded(image), 3)).tolist() == [[[255, 0, 0], [0, 255, 0]]]
    transparent = encoded(image, transparency=1)
    assert np.asarray(decode(transparent, 3)).tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_sixteen_bit_grey_is_scaled_not_clipped():
    wide = np.array([[0, 257, 32768, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        assert np.asarray(decode(encoded(Image.fromarray(wide), kind), 1)).tolist() == [[0, 1, 128, 255]]


def test_cmyk_becomes_colour():
    red = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    result = np.asarray(decode(encoded(red, "JPEG", quality=100), 3)).astype(int)
    assert (np.abs(result - [255, 0, 0]) <= 3).all()


def test_only_the_first_frame_of_an_animation_is_used():
    frames = [Image.new("RGB", (3, 3), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (np.asarray(decode(data, 3)) == (255, 0, 0)).all()


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_exif_rotation_is_applied(orientation, turns):
    pixels = colours(3, (4, 6, 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = np.asarray(decode(encoded(Image.fromarray(pixels), "PNG", exif=exif), 3))
    np.testing.assert_array_equal(result, np.rot90(pixels, turns))


def _bomb() -> bytes:
    """A PNG that announces 60,000 x 60,000 pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello", "no picture of a kind that is read here"),
        (b"<!DOCTYPE html><title>Quota</title>", "web page"),
        (encoded(Image.fromarray(colours()), "JPEG")[:-40], "cut off"),
        (encoded(Image.fromarray(colours(shape=(50, 50, 3))))[:200], "cut off"),
        (_bomb(), "more than 64,000,000"),
        (encoded(Image.fromarray(np.ones((2, 2), np.float32)), "TIFF"), "floating-point"),
    ],
)
def test_unusable_pictures_have_a_reason(data, reason):
    with pytest.raises(PictureError, match=reason):
        decode(data, 3)


_SEEDS = [
    encoded(Image.fromarray(colours(shape=(20, 20, 3))), kind)
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8),
    st.integers(0, 10_000),
)
@pytest.mark.filterwarnings("ignore")
def test_flipped_and_cut_pictures_never_cause_another_error(data, flips, cut):
    damaged = bytearray(data)
    for place, value in flips:
        damaged[place % len(damaged)] = value
    try:
        image = decode(bytes(damaged[: max(1, cut % (len(damaged) + 1))]), 3)
    except PictureError:
        return
    assert image.mode == "RGB"


def test_decoded_arrays_get_the_wanted_channels():
    grey, colour = colours(1, (3, 3)), colours(2, (3, 3, 3))
    assert to_channels(grey, 1).shape == (3, 3)
    assert to_channels(grey[..., None], 1).shape == (3, 3)
    np.testing.assert_array_equal(to_channels(grey, 3), np.repeat(grey[..., None], 3, axis=2))
    np.testing.assert_array_equal(to_channels(colour, 3), colour)
    assert to_channels(colour, 1).shape == (3, 3)


def test_html_is_recognised():
    assert looks_like_html(b"\xef\xbb\xbf \r\n<!DOCTYPE HTML>")
    assert not looks_like_html(b"\x89PNG")
