"""How the clients of an engine end: `docker pull`, BuildKit's pull of a base and its ADD, each in a way of its own.

They hold for the containerd image store, which Docker 28 of Debian has where it is new.
"""

BOTH = {"docker-pull": "whole", "buildkit": "whole"}
NEITHER = dict.fromkeys(BOTH, "refused")
BUILDKIT = BOTH | {"docker-pull": "refused"}
"""BuildKit asks again and gets it, `docker pull` gives up."""
ADD_WHOLE = {"buildkit-add": "whole"}
ADD_REFUSED = {"buildkit-add": "refused"}
"""ADD asks once, whatever the answer."""
ADD_FOOLED = {"buildkit-add": "fooled"}
"""Without --checksum it takes what comes."""
