"""Words of the command line in the language of the office, without Django.

The console speaks from the same catalogue as the pages. Typer and argparse ask Python's own gettext for their words;
this module points it to that catalogue. It must be imported before Typer.
"""

from __future__ import annotations

import gettext as standard
import os
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "web" / "locale"


def speak(language: str) -> None:
    """Choose the language of the console: ``zh-hans`` or ``en``."""
    # An inherited list would choose by the machine's habits, not by the office's.
    os.environ["LANGUAGE"] = "en" if language.lower().startswith("en") else "zh_Hans"
    standard.bindtextdomain("django", str(LOCALE))
    standard.textdomain("django")


speak(os.environ.get("LANTIAN_LANGUAGE") or "zh-hans")

gettext = standard.gettext
