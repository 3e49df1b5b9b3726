"""The process that draws pictures: reads a request from its input, writes the picture to its output, and ends when its input does.

It is run by its path, imports nothing of ours, and opens no address: a Vega-Lite specification that names one fails. Its first argument is the processor time
in seconds after which a picture ends it, by SIGPROF: no code of a library can refuse that. The second, if there is one, is FOR_CHARTS.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import time
from collections.abc import Mapping
from typing import Any, BinaryIO

HEAD = struct.Struct(">I")  # Of a request: its length.
REPLY = struct.Struct(">BId")  # The head of a reply: whether it is an error, its length, and the seconds of processor time that it took.
FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic")  # Packages, so that a machine without fonts draws letters.
FAMILY = "Noto Sans"
SHAPES = "<!--shapes-->"  # Stands in an SVG for the shapes of countries.
FOR_CHARTS = "charts"  # It will draw a chart as soon as it has begun.
VEGA_LITE = "5.21"  # Named, so that a new version of the package draws the same.


# Drawn before the first chart, which is not charged for what the library does once.
FIRST_SPEC = {"data": {"values": [{"x": 1}]}, "mark": "bar", "encoding": {"x": {"field": "x", "type": "quantitative"}}}


def main() -> None:
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a library prints must not get between replies.
    draw, limit, has_drawn_chart = painter(), float(sys.argv[1]), FOR_CHARTS in sys.argv[2:]
    if has_drawn_chart:
        draw({"spec": FIRST_SPEC, "format": "svg"})
    while head := requests.read(HEAD.size):
        (length,) = HEAD.unpack(head)
        request = json.loads(requests.read(length))
        if "spec" in request and not has_drawn_chart:
            draw({"spec": FIRST_SPEC, "format": "svg"})
            has_drawn_chart = True
        reply(replies, draw, request, limit)


def reply(replies: BinaryIO, draw: Any, request: Mapping[str, Any], limit: float) -> None:
    started = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        failed, body = False, draw(request)
    except Exception as error:  # Whatever it is, the other side tells.
        failed, body = True, str(error).encode()
    signal.setitimer(signal.ITIMER_PROF, 0)
    replies.write(REPLY.pack(failed, len(body), time.process_time() - started) + body)
    replies.flush()


def painter() -> Any:
    """A function that draws a request: a specification, as SVG or as PNG at a scale."""
    import importlib  # noqa: PLC0415  # The parent imports this module for HEAD.
    import runpy  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    import resvg_py  # noqa: PLC0415
    import vl_convert  # noqa: PLC0415

    folders = [Path(importlib.import_module(name).__file__ or "").parent / "files" for name in FONTS]
    files = sorted(str(path) for folder in folders for path in folder.glob("*.ttf"))
    for folder in folders:
        vl_convert.register_font_directory(str(folder))

    shapes, charts = (runpy.run_path(str(Path(__file__).with_name(name)))["drawn"] for name in ("shapes.py", "placeholder_texts.py"))

    def chart(spec: Mapping[str, Any]) -> str:
        svg: str = vl_convert.vegalite_to_svg(dict(spec), vl_version=VEGA_LITE, allowed_base_urls=[])
        return svg

    def draw(request: Mapping[str, Any]) -> bytes:
        svg: str = request.get("svg") or charts(request["spec"], chart)
        if "shapes" in request:
            svg = svg.replace(SHAPES, shapes(request["shapes"]), 1)
        if request["format"] == "svg":
            return svg.encode()
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                zoom=request["scale"],
                skip_system_fonts=True,
                font_files=files,
                font_family=FAMILY,
                sans_serif_family=FAMILY,
            )
        )

    return draw


if __name__ == "__main__":
    main()
