"""What is kept in version control holds no addresses of registries and no places of one machine."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from lantian.web import assets

ROOT = Path(__file__).resolve().parents[2]
# In pieces, so that this file does not find itself.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "debian" + ".org/debian"]
PLACES = ["/" + "work/", "/" + "root/", "/opt/" + "pypi", "/" + "home/"]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("name", ["main", "test"])
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text).strip())

    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+", entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]


def test_both_locks_agree_where_they_name_the_same_package() -> None:
    pins = [
        dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / "requirements" / f"{n}.txt").read_text()))
        for n in ("main", "test")
    ]

    assert {name: pins[0][name] for name in pins[0].keys() & pins[1].keys()} == {
        name: pins[1][name] for name in pins[0].keys() & pins[1].keys()
    }


def test_the_npm_lock_has_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert len(packages) >= 5
    assert [] == [name for name, entry in packages.items() if "resolved" in entry]
    assert [] == [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")]


def test_every_file_that_is_copied_belongs_to_a_pinned_package() -> None:
    wanted = set(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"])

    owners = {"/".join(source.split("/")[: 2 if source.startswith("@") else 1]) for source in assets.FILES}

    assert wanted == owners


def test_no_version_in_package_json_is_a_range() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]

    assert [] == [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)]


def test_no_file_names_a_registry_or_a_place_of_one_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in [*HOSTS, *PLACES] if word in text]

    assert [] == found


def test_source_maps_and_old_fonts_are_cut_out_of_what_is_copied() -> None:
    script = b"a()\n//# sourceMappingURL=x.js.map\n"
    icons = b'@font-face{src:url("./f.woff2?v1") format("woff2"),url("./f.woff?") format("woff"),url("./f.ttf?v1") format("truetype")}'

    assert b"a()\n" == assets.tidy("x.js", script)
    assert b'@font-face{src:url("./f.woff2?v1") format("woff2")}' == assets.tidy("tabler-icons.min.css", icons)
    assert script == assets.tidy("x.png", script)


def test_a_package_without_a_wanted_file_leaves_the_former_assets_alone(tmp_path: Path) -> None:
    vendor = tmp_path / "static" / "vendor"
    vendor.mkdir(parents=True)
    (vendor / "old.js").write_text("old")

    with pytest.raises(assets.AssetError, match="holds no file"):
        assets.copy(tmp_path / "node_modules", vendor)

    assert ["vendor"] == [path.name for path in (tmp_path / "static").iterdir()]
    assert (vendor / "old.js").is_file()


def test_assets_are_put_in_place_as_a_whole(tmp_path: Path) -> None:
    for source in assets.FILES:
        place = tmp_path / "node_modules" / source
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x")
    vendor = tmp_path / "static" / "vendor"
    assert not assets.complete(vendor)

    assets.copy(tmp_path / "node_modules", vendor)

    assert assets.complete(vendor)
    assert sorted(assets.FILES.values()) == sorted(p.relative_to(vendor).as_posix() for p in vendor.rglob("*") if p.is_file())
