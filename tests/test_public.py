from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import catenary
from catenary import errors

pytestmark = pytest.mark.part("1.1")


def test_every_public_name_is_there_and_listed_once() -> None:
    assert sorted(catenary.__all__) == catenary.__all__
    for name in catenary.__all__:
        assert getattr(catenary, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'strss'"):
        catenary.strss  # noqa: B018


def test_every_module_says_what_it_exports() -> None:
    for module in pkgutil.walk_packages(catenary.__path__, "catenary."):
        loaded = importlib.import_module(module.name)
        assert loaded.__doc__, module.name
        for name in getattr(loaded, "__all__", ()):
            assert hasattr(loaded, name), f"{module.name}.{name}"
            thing = getattr(loaded, name)
            if inspect.isclass(thing) or inspect.isroutine(thing):
                assert thing.__doc__, f"{module.name}.{name} has no docstring"


def test_importing_imports_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import catenary; "
        "new = {m.split('.')[0] for m in set(sys.modules) - before} - {'catenary'}; "
        "new -= set(sys.stdlib_module_names); sys.exit(str(new) if new else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.part("1.8")
def test_errors_are_drawn_as_the_tree_they_are() -> None:
    assert errors.__doc__ is not None
    for name in errors.__all__:
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, errors.CatenaryError):
            assert name in errors.__doc__ or name == "CatenaryError"
            assert kind.exit_code in (1, 2, 3, 4, 5)
            assert 400 <= kind.http_status < 600


@pytest.mark.part("1.2")
def test_the_page_of_tables_is_that_of_the_schema() -> None:
    tool = Path(__file__).resolve().parents[1] / "tools" / "tables.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], check=False)
    assert done.returncode == 0, "run `make catalogue`"
