from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Final

import hypothesis.strategies as st
import pytest
from hypothesis import given

import catenary
from catenary.languages import (
    Named,
    clauses,
    in_language,
    joined,
    language,
    recognised,
    say,
    speaking,
    wanted,
)
from catenary.languages.messages import catalogue_of
from catenary.testing import two_regions

ROOT: Final = Path(__file__).resolve().parents[2]
HAN: Final = re.compile(r"[\u4e00-\u9fff]")

pytestmark = pytest.mark.part("3.4")


def test_no_message_lacks_its_chinese() -> None:
    tool = ROOT / "tools" / "messages.py"
    done = subprocess.run(
        [sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_finds_what_is_missing_fuzzy_or_has_other_gaps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    messages = import_module("messages")
    text = messages.CATALOGUE.read_text(encoding="utf-8")
    broken = tmp_path / "catenary.po"
    monkeypatch.setattr(messages, "CATALOGUE", broken)
    assert '"产能损失"' in text
    for old, new, told in (
        ('msgstr "产能损失"', 'msgstr ""', "'capacity lost' has no Chinese"),
        ('msgid "capacity lost"', '#, fuzzy\nmsgid "capacity lost"', "marked fuzzy"),
        ('msgstr "缺少{input}"', 'msgstr "缺少{inputs}"', "the gaps of its Chinese differ"),
        ('msgid "capacity lost"', 'msgid "capacity gone"', "nobody says it"),
    ):
        broken.write_text(text.replace(old, new), encoding="utf-8")
        assert any(told in problem for problem in messages.problems()), told
    broken.write_text(text, encoding="utf-8")
    assert messages.problems() == []


def test_chinese_messages_are_chinese() -> None:
    assert len(catalogue_of("zh")) > 300
    for english, chinese in catalogue_of("zh").items():
        words = re.sub(r"\{.*?\}", "", english)
        if re.search(r"[A-Za-z]{2,}", words) and english != "In Python":
            assert HAN.search(re.sub(r"\{.*?\}", "", chinese)) or "{world}" in english, english


def test_a_message_is_its_english_text_and_says_itself_in_chinese() -> None:
    told = say("lacking {input}", input=say("Silicon wafers"))
    assert told == "lacking Silicon wafers"
    assert told.in_("en") == told
    assert told.in_("zh") == "缺少硅片"
    both = joined([told, say("capacity lost")], say(", "))
    assert both == "lacking Silicon wafers, capacity lost"
    assert both.in_("zh") == "缺少硅片、产能损失"
    assert clauses([told, say("capacity lost")]).in_("zh") == "缺少硅片，产能损失"
    assert in_language("plain", "zh") == "plain"


@pytest.mark.parametrize(
    "told",
    [
        say("from day {day:g}", day=5),
        joined([say("none"), "x"], ", "),
        Named({"en": "Japan", "zh": "日本"}),
        recognised("capacity lost"),
    ],
)
def test_messages_survive_copies_and_other_processes(told: str) -> None:
    for again in (copy.deepcopy(told), pickle.loads(pickle.dumps(told))):  # noqa: S301  our own
        assert again == told
        assert in_language(again, "zh") == in_language(told, "zh") != told


@given(
    share=st.floats(0, 2, allow_nan=False),
    day=st.integers(0, 10**6),
    product=st.from_regex(r"[a-z]{1,9}\.[a-z_]{1,9}", fullmatch=True),
)
def test_a_sentence_read_from_a_file_is_known_again(share: float, day: int, product: str) -> None:
    told = say(
        "{deepest:.1%} below normal on day {day}; {cause}",
        deepest=share,
        day=day,
        cause=say("lacking {input}", input=product),
    )
    assert recognised(str(told)).in_("zh") == told.in_("zh")
    assert recognised(str(told)) == told


@given(st.text() | st.sampled_from(sorted(catalogue_of("zh"))))
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert recognised(text) == text
    assert isinstance(recognised(text).in_("zh"), str)


def test_the_environment_says_which_language() -> None:
    for given_, environment, expected in (
        (None, {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_GB.UTF-8"}, "zh"),
        (None, {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "zh-Hans"}, "zh"),
        (None, {}, "en"),
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
    ):
        assert wanted(given_, environment) == expected


def test_speaking_lasts_until_it_is_taken_back() -> None:
    speaking("zh")
    assert language() == "zh"
    speaking(None)
    assert language() == wanted()


def test_english_reads_no_catalogue() -> None:
    code = (
        "import sys, catenary\nfrom catenary.testing import two_regions\n"
        "catenary.footprint(two_regions()).summary()\n"
        "sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_is_quick_and_its_panels_speak_chinese() -> None:
    command = [str(Path(sys.executable).with_name("catenary")), "--lang", "zh", "--help"]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert time.perf_counter() - began < 2.0  # 0.2 s on an idle machine
    assert "谁依赖谁" in done.stdout
    assert "压力测试" in done.stdout


def test_summaries_of_results_speak_chinese() -> None:
    result = catenary.footprint(two_regions())
    told = in_language(result.summary(), "zh")
    assert HAN.search(told)
    assert "4.8" in told or "7.2" in told
    same = catenary.compare(result, result)
    assert in_language(same.summary(), "zh") == "两个结果相同。"
