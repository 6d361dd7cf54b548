"""What the run might as well have given: its rounds, drawn with replacement, the same ones for every series.

As all contenders see the same resampled rounds, differences between their resampled figures are paired, and how often one
comes out best is how sure the run is of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from .statistics import generator

Places = npt.NDArray[np.intp]


class Resampler:
    def __init__(self, rounds: Iterable[int], count: int, seed: int) -> None:
        self._rounds = sorted(set(rounds))
        size = len(self._rounds)
        self._drawn = generator(seed, "resamplings").integers(0, max(size, 1), (count, size))

    def places(self, rounds: Sequence[int]) -> list[Places]:
        """For each resample which of a series' processes it holds, given the round of each; one drawn twice is there twice.

        Of a series that takes part in few rounds a resample may hold none: then the run's own processes stand.
        """
        of_round = np.asarray(rounds)
        members = [np.flatnonzero(of_round == round_) for round_ in self._rounds]
        held = [np.concatenate([members[drawn] for drawn in draw]) for draw in self._drawn]
        return [places if len(places) else np.arange(len(rounds)) for places in held]
