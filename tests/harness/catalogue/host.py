"""C and R: a machine with a wrong clock, or without space, files or descriptors."""

from __future__ import annotations

from collections.abc import Sequence

from harness.catalogue.case import Case

FAR = "Fri, 01 Jan 2038 00:00:00 GMT"
BEFORE_IT = ("sh", "-c", '{} && exec "$@"', "under")
"""A command that changes its own mount namespace, then runs the client."""


def _after(what: str) -> tuple[str, ...]:
    return tuple(word.replace("{}", what) for word in BEFORE_IT)


def _disk(options: str) -> tuple[str, ...]:
    """The client's folder is on a disk of its own."""
    return _after(f'mount -t tmpfs -o {options} lab "$PWD" && cd "$PWD"')


def _traced(what: str) -> tuple[str, ...]:
    """Corrupts each write of the client's result (in strace's syntax), as a faulty disk would."""
    traced = f'strace -f -qq -o /dev/null -P "$PWD/got" -e trace=write -e inject=write:{what}'
    return ("sh", "-c", f'exec {traced} "$@"', "under")


def _scarce(id_: str, says: str, under: tuple[str, ...], words: str, clients: Sequence[str]) -> Case:
    expect = dict.fromkeys(clients, "refused")
    return Case(id_, says, "ok", "refused", expect, under=under, naive="curl-careless", last_words=words)


def _dated(id_: str, says: str, shift: str, words: str) -> Case:
    return Case(id_, says, "ok", "refused", {"apt-get": "refused"}, under=("faketime", "-f", shift), vouched=False,
                naive="apt-get-any-date", last_words=words)  # fmt: skip


NO_SPACE = "[Nn]o space left on device|[Ff]ail(ure|ed) writing|writing output"
NO_PROCESS = "Resource temporarily unavailable|Cannot fork|can't start new thread|newosproc"
NO_DESCRIPTOR = "[Tt]oo many open files|Error 24|error while loading shared libraries"

CASES = (
    _dated("C1", "the clock is three days behind", "-3d", "not valid yet"),
    _dated("C2", "the clock is a month ahead", "+30d", "expired"),
    Case("C6", "429 and a Retry-After date that is years away", f"429(retry-after={FAR})x*", "whole",
         {"curl-mirror": "whole"}, naive="curl-waits"),
    _scarce("R1", "the disk is full", _disk("size=8k"), NO_SPACE, ("curl", "pip", "go")),
    _scarce("R2", "no inode is left", _disk("nr_inodes=1"), NO_SPACE, ("curl", "pip", "go")),
    _scarce("R4", "no process can be begun", ("setpriv", "--reuid", "65534", "--clear-groups", "prlimit", "--nproc=0"),
            NO_PROCESS, ("go", "apt-get")),
    _scarce("R5", "no descriptor is left", ("prlimit", "--nofile=3"), NO_DESCRIPTOR, ("curl", "pip", "go")),
    Case("R7", "the disk takes most of a second for each write", "ok", "whole", {"curl": "whole"}, naive="curl-waits",
         under=_traced("delay_exit=700ms")),
    Case("R7", "the disk loses a byte and says that it has it", "ok", "refused",
         {"curl": "fooled", "curl-digest": "refused", "wget": "fooled"}, naive="curl",
         under=_traced("retval=1:when=1")),
    Case("R8", "the cache is read-only", "ok", "whole", {"pip-cache": "whole"}, naive="curl-cache",
         under=_after("mkdir cache && mount -t tmpfs -o ro lab cache")),
)  # fmt: skip
