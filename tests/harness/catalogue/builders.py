"""How `docker pull`, BuildKit's pull of a base image and its ADD end. They differ from each other.

Measured with the containerd image store, the default of new installations of Debian's Docker 28.
"""

BOTH = {"docker-pull": "whole", "buildkit": "whole"}
NEITHER = dict.fromkeys(BOTH, "refused")
BUILDKIT = BOTH | {"docker-pull": "refused"}
"""BuildKit retries and succeeds, `docker pull` fails."""
ADD_WHOLE = {"buildkit-add": "whole"}
ADD_REFUSED = {"buildkit-add": "refused"}
"""ADD never retries."""
ADD_FOOLED = {"buildkit-add": "fooled"}
"""Without --checksum, ADD accepts any body."""
