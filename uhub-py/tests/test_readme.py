"""What the documents show runs as it stands."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent


@pytest.mark.parametrize("document", [PACKAGE / "README.md", PACKAGE.parent / "README.md"], ids=["package", "project"])
def test_the_examples_of_a_document_run(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    now = datetime.now(timezone.utc)
    given = {"start": now - timedelta(days=7), "end": now + timedelta(days=30)}
    text = document.read_text(encoding="utf-8")
    examples = list(re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    assert examples
    for example in examples:
        # An error names the line of the document.
        lines = "\n" * text.count("\n", 0, example.start(1))
        exec(compile(lines + example[1], str(document), "exec"), dict(given))
    assert capsys.readouterr().out.strip()
    # The data lies where the example says, not at the root of the file system.
    assert (tmp_path / "plan.db").is_file()
