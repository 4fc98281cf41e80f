"""A real browser, driven through a pair of pipes: no package and no port is needed.

Chromium reads commands from file descriptor 3 and answers on 4, messages ended by a zero byte
(the DevTools protocol). The browser is a process group of its own and is ended with the test.
"""

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-breakpad", "--disable-crash-reporter", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--mute-audio",
)  # fmt: skip
SECONDS = 60


def found():
    """Return the path of a browser, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One page of one browser; what it logs and asks for is kept."""

    def __init__(self, folder):
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # no sandbox can be set up in a container or by root; the page is our own file
        flags = [*FLAGS, "--no-sandbox", f"--user-data-dir={folder}"]
        line = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", line, found(), *flags, "about:blank"],
            pass_fds=(to_read, to_write), start_new_session=True, env=environment | {"HOME": str(folder)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._number, self._buffer, self._answers = 0, b"", {}
        self._session = None
        self.requests, self.errors, self.events = [], [], []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.send(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self._session = None
            self.send("Browser.close")
            self._process.wait(10)
        # whatever is left of the group that this object started
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._write)
        os.close(self._read)

    def send(self, method, **parameters):
        """Send a command and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        number = self._number
        self._until(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, f"{method}: {answer.get('error')}"
        return answer["result"]

    def _until(self, done):
        """Read messages until something has arrived."""
        end = time.monotonic() + SECONDS
        while not done():
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            assert ready, "the browser does not answer"
            part = os.read(self._read, 1 << 20)
            assert part, "the browser has ended"
            self._buffer += part
            *whole, self._buffer = self._buffer.split(b"\0")
            for message in whole:
                self._take(json.loads(message))

    def _take(self, message):
        """Keep an answer, or what an event says."""
        if "id" in message:
            self._answers[message["id"]] = message
            return
        method, parameters = message["method"], message.get("params", {})
        self.events.append(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Log.entryAdded":
            self.errors.append(parameters["entry"]["text"])
        elif method in {"Runtime.exceptionThrown", "Runtime.consoleAPICalled"}:
            self.errors.append(json.dumps(parameters))

    def open(self, path, *, width=1400, scripts=True):
        """Open a file and wait until it has loaded."""
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        self._until(lambda: "Page.loadEventFired" in self.events)

    def value(self, expression):
        """Return what an expression is in the page."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key, text=None):
        """Press and release a key."""
        down = {"key": key, "code": key} | ({"text": text} if text else {})
        if key == "Tab":
            down |= {"windowsVirtualKeyCode": 9}
        self.send("Input.dispatchKeyEvent", type="keyDown", **down)
        self.send("Input.dispatchKeyEvent", type="keyUp", **down)

    def screenshot(self, *, top=0, height=None):
        """Return a picture of the page from some height down; all of it without one."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": top, "width": size["width"], "height": height or size["height"], "scale": 1}
        answer = self.send("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def pdf(self):
        """Return the page as PDF."""
        answer = self.send("Page.printToPDF", printBackground=True, generateTaggedPDF=False)
        return base64.b64decode(answer["data"])
