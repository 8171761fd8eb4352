"""Jobs: what the command line changes, done here or by the hub that runs (design §5).

Where a hub holds the SQLite file, the command hands its job over on a socket in the data folder;
else it opens the store itself. Either way it is the same function.
"""

from .keeping import Keeping
from .learning import Learner, LearnImports, nightly_learning
from .nightly import NightlyBackup
from .nightly_work import nightly_tiers
from .recordings import Retention
from .socket import JobServer, carry_out
from .work import JOBS, Job, Tell, Workplace, open_workplace

__all__ = [
    "JOBS",
    "Job",
    "JobServer",
    "Keeping",
    "LearnImports",
    "Learner",
    "NightlyBackup",
    "Retention",
    "Tell",
    "Workplace",
    "carry_out",
    "nightly_learning",
    "nightly_tiers",
    "open_workplace",
]
