"""Every page's code runs in an empty folder: first its commands, then its Python as one session."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OUTPUT = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
BEGIN = "roleinstruct build sample --out my-characters\n"
"""How most pages begin: it is run once for all of them, and each gets a copy."""

BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    _run(["bash", "-c", BEGIN], folder, _environment(folder))
    return folder / "my-characters"


@pytest.mark.parametrize(
    "page", [p for p in PAGES if BLOCK.search(p.read_text(encoding="utf-8"))], ids=lambda p: p.name
)
def test_the_code_of_a_page_runs(page: Path, sample_folder: Path, tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    session: list[str] = []
    for language, code in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "python":
            session.append(code)
            continue
        if code.startswith(BEGIN):
            shutil.copytree(sample_folder, tmp_path / sample_folder.name)
            code = code.removeprefix(BEGIN)
        _run(["bash", "-euo", "pipefail", "-c", code], tmp_path, environment)
    printed = _run([sys.executable, "-c", "\n".join(session)], tmp_path, environment)
    for promised in OUTPUT.findall(page.read_text(encoding="utf-8")):
        assert promised in printed


def _environment(folder: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1"}


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command[-1]}\n{ran.stderr}"
    assert "Traceback" not in ran.stderr
    return ran.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
