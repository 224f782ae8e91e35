"""The wheel and the editable install, each in a virtual environment of its own, work with their assets."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from roleinstruct import assets
from roleinstruct.errors import AssetError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    # Through the sdist, as a package index would have it.
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)])
    return next(out.glob("*.whl"))


def run(command: list[str], cwd: Path | None = None) -> str:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def environment(folder: Path, *install: str) -> Path:
    """A clean virtual environment that finds our dependencies where the tests find them, and roleinstruct by itself."""
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    python = folder / "bin" / "python"
    site = Path(run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            *install,
        ]
    )
    return python


PROGRAM = (
    "import roleinstruct, roleinstruct.assets as a; from roleinstruct.pipeline.config import BuildConfig; "
    "print(roleinstruct.__file__); print(a.root()); print(*a.listing('builders')); "
    "print(BuildConfig.load('sample').source.path.is_dir()); print(a.find('dataset.md', 'model_cards').is_file())"
)


OTHER_PROJECT = """
from roleinstruct import Emotion, RoleInstruct
builder = RoleInstruct("demo", "dialogues", cache_dir="cache")
builder.download_and_prepare()
rows = builder.as_dataset(split="train")
print(len(set(rows["character"])), rows.features["turns"].feature["emotion"].int2str(0))
"""


def test_the_wheel_holds_every_asset_and_the_type_marker(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in assets.KINDS:
        for path in (assets.root() / kind).rglob("*"):
            if path.is_file():
                assert f"roleinstruct/_data/{path.relative_to(assets.root()).as_posix()}" in names
    package = ROOT / "src" / "roleinstruct"
    for path in package.rglob("*"):
        beside = path.relative_to(package)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in beside.parts)
        assert hidden or path.is_dir() or f"roleinstruct/{beside.as_posix()}" in names
    assert {"roleinstruct/py.typed", "roleinstruct/form.css", "roleinstruct/form.js"} <= names
    assert not any("__pycache__" in name or "/tests/" in name for name in names)


def test_an_installed_wheel_works_with_its_own_assets(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "a venv 环境", str(wheel))
    where, root, builders, sample, card = run([str(python), "-c", PROGRAM], cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(tmp_path)
    assert Path(root) == Path(where).parent / "_data"
    assert builders.split() == assets.listing("builders")
    assert (sample, card) == ("True", "True")
    command = str(python.parent / "roleinstruct")
    assert "builders/sample.yaml" in run([command, "assets", "list"], cwd=tmp_path).split()
    run([command, "demo", "--no-train", "--out", "demo"], cwd=tmp_path)
    assert run([str(python), "-c", OTHER_PROJECT], cwd=tmp_path).split() == ["4", "anger"]


def test_an_editable_install_reads_the_checkouts_assets(tmp_path: Path) -> None:
    python = environment(tmp_path / "venv", "--editable", str(ROOT))
    where, root, builders, sample, card = run([str(python), "-c", PROGRAM], cwd=tmp_path).splitlines()
    assert Path(where) == ROOT / "src" / "roleinstruct" / "__init__.py"
    assert Path(root) == ROOT
    assert builders.split() == assets.listing("builders")
    assert (sample, card) == ("True", "True")


def test_an_asset_is_found_by_any_of_its_names() -> None:
    path = assets.find("builders/sample.yaml")
    assert assets.find("sample") == assets.find("sample.yaml", "builders") == path
    assert assets.find("builders/sample").is_dir()


@pytest.mark.parametrize("name", ["nothing", "../pyproject", "builders/../../pyproject.toml", "/etc/passwd"])
def test_an_asset_that_is_none_is_refused_with_a_list(name: str) -> None:
    with pytest.raises(AssetError, match=r"builders/sample\.yaml"):
        assets.find(name)


def test_a_copied_asset_is_the_users_own(tmp_path: Path) -> None:
    copied = assets.copy("builders/screenplay.yaml", tmp_path)
    assert copied.read_bytes() == assets.find("screenplay").read_bytes()
    with pytest.raises(AssetError, match="exists already"):
        assets.copy("builders/screenplay.yaml", tmp_path)
    assert (assets.copy("builders/sample", tmp_path) / "raw").is_dir()
