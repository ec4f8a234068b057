"""A board as JUnit XML, which GitLab and most other services show beside the tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Xml

from harness.drills.board.figures import GRADES, KIT, in_words, lacking, reason

UNSPOKEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold; last words of builds have some, such as colours of a terminal."""


def junit(board: Mapping[str, Any]) -> str:
    """A suite for each contestant, in it a case for each cell.

    A case of the kit fails where it did not survive, was not right or not truthful, and is an error in an INVALID cell.
    Cases of the others pass, with their grades as properties. Cells that are not applicable are skipped cases.
    """
    root = Xml.Element("testsuites", name="fault-drill")
    for name in board["contestants"]:
        suite = Xml.SubElement(root, "testsuite", name=_text(f"{board['project']} {name}"))
        for cell in board["cells"]:
            for play in cell["plays"]:
                if play["contestant"] == name:
                    _case(suite, cell, play)
        for absent in board["absent"]:
            case = Xml.SubElement(suite, "testcase", classname=name, time="0",
                                  name=_text(f"{absent['host']} {absent['fault']}"))  # fmt: skip
            Xml.SubElement(case, "skipped", message=_text(absent["reason"]))
        for key, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(key, str(sum(1 for _ in suite.iter(tag))))
        suite.set("time", f"{sum(float(case.get('time', 0)) for case in suite):.1f}")
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, 0)) for suite in root)))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Xml.Element, cell: Mapping[str, Any], play: Mapping[str, Any]) -> None:
    case = Xml.SubElement(suite, "testcase", name=_text(cell["title"]), classname=play["contestant"],
                          time=f"{play['seconds']:.1f}")  # fmt: skip
    properties = Xml.SubElement(case, "properties")
    for name in (*GRADES, "exit", "requests", "seconds_over_healthy"):
        Xml.SubElement(properties, "property", name=name, value=_value(play[name]))
    if cell["invalid"]:
        tag = "error" if play["contestant"] == KIT else "skipped"
        Xml.SubElement(case, tag, message=_text(f"INVALID: {'; '.join(cell['invalid'])}"))
    elif play["contestant"] == KIT and lacking(play):
        failure = Xml.SubElement(case, "failure", type=f"not {', not '.join(lacking(play))}")
        failure.set("message", _text(in_words(play)))
        failure.text = _text(reason(play))
    if not play["survived"]:
        Xml.SubElement(case, "system-out").text = _text("\n".join(play["last_words"]))


def _value(found: bool | float | None) -> str:
    if found is None:
        return "not told"
    return ("no", "yes")[found] if isinstance(found, bool) else str(found)


def _text(text: str) -> str:
    return UNSPOKEN.sub("\N{REPLACEMENT CHARACTER}", text)
