import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"

# Before `datasets` is imported anywhere: no test reaches a network or shares a cache with its user.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"


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
