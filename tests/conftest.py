import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from chromium import Browser
from hub_server import Hub

SHARED = Path(__file__).parents[2] / "shared" / "data"


def refused(card: str, kind: str) -> list[str]:
    """What is wrong with a card, by the rules that the package keeps before it sends one."""
    from roleinstruct.publish.card_rules import CardKind, problems_of

    return [str(problem) for problem in problems_of(card, cast("CardKind", kind))]


HUB = Hub(validate=refused)
"""The one hub that the clients of this process know: they read its address when they are imported."""

# Before any of them is imported: no test reaches a network, knows a token, or shares a cache with its user.
HOME = tempfile.mkdtemp()
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE"):
    os.environ.pop(name, None)
os.environ |= {
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_ENDPOINT": HUB.endpoint,
    "HF_HOME": HOME,
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}


@pytest.fixture(scope="session")
def release() -> Path:
    """The authors' release, read in place."""
    folder = SHARED / "rolecraft-release"
    if not folder.is_dir():
        pytest.skip("the authors' release is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def cped() -> Path:
    """The validation part of CPED, read in place."""
    file = SHARED / "cped" / "valid_split.csv"
    if not file.is_file():
        pytest.skip("CPED is not beside this checkout")
    return file


@pytest.fixture
def hf_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of `datasets` that is this test's own."""
    import datasets.config

    cache = tmp_path / "hf-cache"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache)
    return cache


@pytest.fixture(scope="module")
def browser(place: Path) -> Iterator[Browser]:
    """A browser for the pages of a test module, which lie in its own `place`."""
    with Browser(place / "profile") as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, place: Path) -> Browser:
    """The page anna.html as its person opens it for the first time."""
    browser.open(place / "anna.html")
    for _ in range(20):  # the browser may take a moment until another document sees that nothing is kept
        browser.run("localStorage.clear()")
        browser.open(place / "anna.html")
        if browser.run("now === 0 && unsaved === 0"):
            return browser
    raise AssertionError("the page remembers what was cleared")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    """The command line in this process: what it printed on stdout and on stderr, if it ended with the code."""
    from roleinstruct.cli.main import main

    def run(*words: object, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["roleinstruct", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert stop.value.code == code, said.err
        return said.out, said.err

    return run


@pytest.fixture
def talk(command: Callable[..., tuple[str, str]]) -> Callable[..., str]:
    """The same, all of it in one text, stderr first."""
    return lambda *words, code=0: "".join(reversed(command(*words, code=code)))


@pytest.fixture(scope="session")
def started_hub() -> Iterator[Hub]:
    """The hub, on its threads."""
    with HUB as hub:
        yield hub


@pytest.fixture(params=["lfs", "xet"])
def hub(request: pytest.FixtureRequest, started_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub, over each of the two ways on which large files travel."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", request.param == "lfs")
    yield started_hub
    assert not started_hub.unknown, f"requests that this hub does not know: {started_hub.unknown}"
    assert not started_hub.leaks
    started_hub.faults.clear()


@pytest.fixture
def person(request: pytest.FixtureRequest, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody who is logged in to the hub and has a namespace of their own."""
    # Letters only: eleven digits in a row can be a mobile number, which the gates rightly stop.
    name = "".join(chr(ord("a") + byte % 16) for byte in hashlib.sha256(request.node.nodeid.encode()).digest()[:12])
    monkeypatch.setenv("HF_TOKEN", hub.user(name))
    return name


@pytest.fixture(scope="session")
def glm_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GLM of two layers, to be tuned."""
    from little_training import tiny_base

    return tiny_base(tmp_path_factory.mktemp("glm") / "base")


@pytest.fixture(scope="session")
def whole_run(glm_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter folder of a training without a break, by `little_recipe`, beside its recipe."""
    from little_training import examples_and_validation, little_recipe
    from roleinstruct.training.sft import fit

    folder = tmp_path_factory.mktemp("whole")
    fit(little_recipe(folder / "recipe.yaml", glm_base), *examples_and_validation(), folder / "adapter", probe=2)
    return folder / "adapter"
