"""How far two samples of the same distribution lie apart by chance, and how large a shift is found."""

import math
from collections.abc import Callable

import numpy as np  # pyright: ignore[reportMissingImports]
from scipy.spatial.distance import jensenshannon  # pyright: ignore[reportMissingImports]
from scipy.stats import gamma  # pyright: ignore[reportMissingImports]

DRAWS, TRIALS, STEPS = 2000, 400, 10
"""Pairs of samples that the limit is taken from; pairs for each size of shift that is tried; sizes that are tried."""
CAUTION = 5
"""How much more often than asked for a limit may be exceeded: the most seen in a million pairs of samples, with a
value that 1 % of 1,000 rows have and an error of 1 in 100,000."""
POWER = 0.9
"""Share of the windows with a shift in which it is to be found."""

Shares = np.ndarray


def distance(one: Shares, other: Shares) -> np.ndarray:
    """Jensen-Shannon distance of shares of bins, 0 to 0.83: the square root of the divergence in natural logarithms."""
    # scipy takes the root of a tiny negative number where both are the same.
    return np.nan_to_num(jensenshannon(one, other, axis=-1))


def limit(shares: Shares, rows: int, reference_rows: float, error: float, rng: np.random.Generator) -> float:
    """The distance that an unchanged window exceeds with a probability of `error`.

    A bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 16): pairs of samples of both sizes are
    drawn from the reference's own shares. Errors of 1 in 100,000 need more pairs than can be drawn, so the tail is that
    of a gamma distribution (Pearson's type III) with the mean, variance and skewness of the squared distances. They are
    nearly a quadratic form in normal variables: Imhof, Computing the distribution of quadratic forms in normal
    variables, Biometrika 48, 1961.

    Args:
        shares: The reference's shares of the bins.
        rows: Rows of the window.
        reference_rows: Rows that the shares were counted in.
        error: Probability, over 0 to 1.
        rng: Where chance comes from.
    """
    # What the reference does not have may still come once in more rows than it has: half a row a bin (Jeffreys).
    smooth = (shares * reference_rows + 0.5) / (reference_rows + 0.5 * len(shares))
    squares = _distances(smooth, smooth, rows, reference_rows, DRAWS, rng) ** 2
    mean, deviation = float(squares.mean()), float(squares.std())
    if not deviation:
        return math.sqrt(mean)
    # At least the skewness of a gamma distribution that begins at 0, which a sample tells better.
    skew = max(float(((squares - mean) ** 3).mean()) / deviation**3, 2 * deviation / mean)
    shape, scale = 4 / skew**2, deviation * skew / 2
    return math.sqrt(max(gamma.isf(error / CAUTION, shape, mean - shape * scale, scale), 0))


def detectable(
    shares: Shares,
    rows: int,
    reference_rows: float,
    bound: float,
    shifted: Callable[[Shares, float], Shares],
    most: float,
    seed: int,
) -> float | None:
    """Size of the shift that exceeds a bound in 90 % of the windows; none if even the largest does not.

    Args:
        shares: The reference's shares of the bins.
        rows: Rows of the window.
        reference_rows: Rows that the shares were counted in.
        bound: Distance from which a column has drifted.
        shifted: Shares after a shift of a size.
        most: The largest size.
        seed: The same samples are drawn for every size, so that a larger shift is never found less often.
    """

    def is_found(size: float) -> bool:
        rng = np.random.default_rng(seed)
        moved = np.clip(shifted(shares, size), 0, None)
        return float((_distances(moved, shares, rows, reference_rows, TRIALS, rng) > bound).mean()) >= POWER

    if not is_found(most):
        return None
    low, high = 0.0, most
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return high


def _distances(
    one: Shares, other: Shares, rows: int, other_rows: float, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Distances of pairs of samples."""
    drawn = rng.multinomial(rows, one / one.sum(), count)
    return distance(drawn, rng.multinomial(max(round(other_rows), 1), other / other.sum(), count))
