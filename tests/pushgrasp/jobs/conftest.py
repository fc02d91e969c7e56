"""Small jobs; their module can be imported by processes that are started, too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
