"""Sets the clock of every Python process ahead by the days of `CLOCK_AHEAD_DAYS`, if this folder is on its path.

So a test that depends on the day fails today: one whose fixed date has passed, or whose certificate expires.
"""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(days=int(os.environ["CLOCK_AHEAD_DAYS"])), tick=True).start()
