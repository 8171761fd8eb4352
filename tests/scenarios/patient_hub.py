"""A hub as it is shipped, run as `python -m tests.scenarios.patient_hub serve`, but for one limit:
on a machine that runs tests a webhook may take as long as the provider waits for its answer.

As tests/conftest.py has it for the hubs inside a test; tests of that limit set their own.
"""

from __future__ import annotations

from hub.__main__ import main
from hub.channels.phone.twilio import webhooks

webhooks._ANSWER_WITHIN_S = 15.0

if __name__ == "__main__":
    main()
