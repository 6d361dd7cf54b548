"""What a run can be told: which inputs and how many."""

import os
import random

# The same seed gives the same inputs, as long as the vectors are the same.
SEED = int(os.environ.get("PORTCULLIS_SEED") or random.SystemRandom().randrange(1 << 32))
COUNT = int(os.environ.get("PORTCULLIS_DIFFERENTIAL_COUNT") or 100_000)
