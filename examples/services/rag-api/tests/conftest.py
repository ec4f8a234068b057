"""Makes rag_api importable: it is a folder that runs from its parent, not an installed package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
