"""`hub doctor`: looks at every part that can be wrong, and says how to mend it.

It changes nothing and is safe beside a running hub. Each part is one module that yields findings.
"""

from hub.core.findings import Finding, Verdict

from .rounds import examine

__all__ = ["Finding", "Verdict", "examine"]
