"""A headless Chromium, spoken to through a pipe by the DevTools protocol: for pages that people use."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

__all__ = ["Browser", "find_chromium", "load", "saved"]


def find_chromium() -> str:
    """The program; the test is skipped where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium is installed to open the page in")


class Browser:
    """One page in one browser.

    Args:
        profile: A folder of its own, which survives the browser.
        flags: Further command line flags.
    """

    def __init__(self, profile: Path, *flags: str) -> None:
        hear, their_out = os.pipe()
        their_in, say = os.pipe()
        command = [find_chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        command += [f"--user-data-dir={profile}", "--no-first-run", *flags, "about:blank"]
        # The protocol is on the descriptors 3 and 4, whatever the pipes are here.
        shell = ["bash", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out}', "bash", *command]
        self._process = subprocess.Popen(
            shell, pass_fds=(their_in, their_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(their_in)
        os.close(their_out)
        self._say, self._hear = os.fdopen(say, "wb", buffering=0), os.fdopen(hear, "rb", buffering=0)
        self._count, self._rest = 0, b""
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM", "Log"):
            self.send(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._session = None
        self.send("Browser.close")
        self._process.wait(30)
        self._say.close()
        self._hear.close()

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Give a command and wait for its result."""
        self._count += 1
        message: dict[str, object] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._say.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, page: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.send("Page.navigate", url=page.as_uri())
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def wait(self, expression: str) -> None:
        """Wait until an expression is true, 20 s at most."""
        self.run(
            "new Promise((done, no) => { const end = Date.now() + 20000; const look = () => { "
            f"if ({expression}) done(); "
            "else if (Date.now() > end) no('waited in vain'); else setTimeout(look, 20); }; look(); })"
        )

    def run(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page gives
        """The value of an expression."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def text(self, name: str) -> str:
        """The text of the element of that id."""
        return str(self.run(f"document.getElementById('{name}').textContent"))

    def press(self, *keys: str) -> None:
        """Press keys, one after the other; a character, or a name such as "ArrowDown"."""
        for key in keys:
            text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
            self.send("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
            self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self, path: Path, width: int, height: int, *, dark: bool) -> None:
        """Take a picture of the page."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = self._hear.read(2**16)
            assert piece, "the browser is gone"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        if answer.get("method") == "Network.requestWillBeSent":
            self.requests.append(answer["params"]["request"]["url"])
        if answer.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            self.complaints.append(answer)
        return answer


def saved(page: Browser, folder: Path, name: str) -> Path:
    """The file of that name, which the key s makes in a page that people fill in."""
    folder.mkdir(exist_ok=True)
    page.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    page.press("s")
    path = folder / name
    for _ in range(400):
        # The browser first makes an empty file to hold the name.
        if path.exists() and path.stat().st_size:
            return path
        page.run("new Promise(done => setTimeout(done, 25))")
    raise AssertionError(f"no file came: {list(folder.iterdir())}")


def load(page: Browser, path: Path) -> str:
    """What a page that people fill in says when a file is loaded."""
    page.run("document.getElementById('told').textContent = ''")
    document = page.send("DOM.getDocument")["root"]["nodeId"]
    node = page.send("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    page.send("DOM.setFileInputFiles", files=[str(path)], nodeId=node)
    page.wait("document.getElementById('told').textContent !== ''")
    return page.text("told")
