"""Takes the pictures of charts and reports from the pages that the gallery of `headwater-charts` writes, light and dark.

    reports.py FOLDER_OF_THE_GALLERY FOLDER_OF_THE_PICTURES

Needs nothing but Python and chromium. `make images` runs it.
"""

import pathlib
import re
import struct
import sys
import zlib

from chromium import chromium

WIDTH = 1180
REPORTS = {"report-keys": "hot.html", "report-shape": "shape.html", "report-drift": "drift.html"}
# A chart brings its own background, so it looks the same on light and on dark.
CHARTS = {
    "chart-slot-loads": "hot-slot_loads.svg",
    "chart-top-keys": "hot-top_keys.svg",
    "chart-straggler-curve": "hot-straggler_curve.svg",
    "chart-heat-map": "burst-heat_map.svg",
}
# What chromium calls the preferred colour scheme.
THEMES = {"light": 1, "dark": 0}
MEASURE = "<script>addEventListener('load', () => { document.title = 'height=' + Math.ceil(document.body.getBoundingClientRect().bottom + 8) })</script>"


def squeeze(picture):
    """Packs a PNG again, as tightly as zlib can, without what is not needed to show it."""
    data = picture.read_bytes()
    chunks, at = [], 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        chunks.append((kind, data[at + 8 : at + 8 + size]))
        at += 12 + size
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    packed = zlib.compress(pixels, 9)
    out = data[:8]
    for kind, body in [(b"IHDR", chunks[0][1]), (b"IDAT", packed), (b"IEND", b"")]:
        out += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    if len(out) < len(data):
        picture.write_bytes(out)


def photograph(page, picture, *arguments):
    url = page.resolve().as_uri()
    title = re.search(r"<title>height=(\d+)", chromium(f"--window-size={WIDTH},800", "--dump-dom", *arguments, url))
    if title is None:
        sys.exit(f"{page} did not tell its height")
    chromium(f"--window-size={WIDTH},{title[1]}", f"--screenshot={picture.resolve()}", *arguments, url)
    squeeze(picture)
    print(f"   {picture}  {picture.stat().st_size // 1024} KB", flush=True)


def main():
    gallery, out = map(pathlib.Path, sys.argv[1:3])
    for name, file in REPORTS.items():
        html = (gallery / file).read_text()
        page = gallery / f"{name}-measured.html"
        page.write_text(html.replace("</head>", MEASURE + "</head>", 1))
        for theme, scheme in THEMES.items():
            photograph(page, out / f"{name}-{theme}.png", f"--blink-settings=preferredColorScheme={scheme}")
    for name, file in CHARTS.items():
        svg = (gallery / file).read_text()
        width, height = re.search(r'width="(\d+)" height="(\d+)"', svg).groups()
        picture = out / f"{name}.png"
        size = f"--window-size={width},{height}"
        chromium(size, "--force-device-scale-factor=1.5", f"--screenshot={picture.resolve()}", (gallery / file).resolve().as_uri())
        squeeze(picture)
        print(f"   {picture}  {picture.stat().st_size // 1024} KB", flush=True)


main()
