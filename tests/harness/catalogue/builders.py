"""How the clients of an engine end: `docker pull` and BuildKit, which know different things to do about one fault.

They hold for the containerd image store, which Docker 28 of Debian has where it is new.
"""

BOTH = {"docker-pull": "whole", "buildkit": "whole"}
NEITHER = dict.fromkeys(BOTH, "refused")
BUILDKIT = BOTH | {"docker-pull": "refused"}
"""BuildKit asks again and gets it, `docker pull` gives up."""
