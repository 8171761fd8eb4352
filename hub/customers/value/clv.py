"""What a customer will bring: BG/NBD for how often, Gamma-Gamma for how much. Needs the extra clv.

BG/NBD: Fader, Hardie & Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005);
Gamma-Gamma: Fader & Hardie, The Gamma-Gamma Model of Monetary Value (2013). Customers buy at a rate
of their own while they are with us and may leave after any purchase; what they spend varies about a
mean of their own. A first purchase starts the clock: `x` counts those after it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from .model import UNKNOWN, Bought, Window

WEEK_US = 7 * 86_400_000_000
MOST_FITTED = 50_000  # customers: more say nothing new, and take longer
_LEAST_FITTED = 50
_LEAST_REPEATED = 20
_TOO_ALIKE = 10_000.0
_MOST_RATE = 60.0  # the exponent of parameters on their way: e^60 is beyond any

# numpy and scipy are there only with the extra, so their types are not.
Column = Any


class Frequency(NamedTuple):
    """The four parameters of BG/NBD; times in weeks."""

    r: float
    alpha: float
    a: float
    b: float


class Spending(NamedTuple):
    """The three parameters of Gamma-Gamma; amounts as they were fitted."""

    p: float
    q: float
    gamma: float


@dataclass(frozen=True, slots=True)
class History:
    """Of each customer: `x` repeat purchases, the last at `tx`, seen for `t` weeks; `m` their mean
    value.
    """

    x: Column
    tx: Column
    t: Column
    m: Column


def is_installed() -> bool:
    """Whether the extra is there: pip install contact-hub[clv]."""
    return find_spec("numpy") is not None and find_spec("scipy") is not None


def log_likelihood(found: Frequency, history: History, weights: Column = 1.0) -> float:
    """Return how likely these histories are (equation 6 of 2005); `weights`: how many are alike."""
    np, special = _numpy(), _special()
    r, alpha, a, b = found
    x, tx, t = history.x, history.tx, history.t
    gammaln = special.gammaln
    begins = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + t)
    repeated = x > 0
    left = np.where(
        repeated,
        np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + tx),
        -np.inf,
    )
    return float((weights * (begins + stays + np.logaddexp(alive, left))).sum())


def fit_frequency(history: History) -> Frequency | None:
    """Return the parameters that make these histories likeliest; None: too few bought again, or all
    alike.
    """
    np = _numpy()
    if len(history.x) < _LEAST_FITTED or int((history.x > 0).sum()) < _LEAST_REPEATED:
        return None
    rows, counts = np.unique(
        np.column_stack([history.x, history.tx, history.t]), axis=0, return_counts=True
    )
    alike = History(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 0])
    found = _minimise(
        lambda logs: -log_likelihood(Frequency(*np.exp(logs)), alike, counts),
        [0.0, float(np.log(max(1e-3, history.t.mean() / 4))), 0.0, 0.0],
    )
    if found is None or max(found[:2]) > _TOO_ALIKE:
        return None  # everybody buys like a clock: no mixture of rates fits them
    return Frequency(*found)


def fit_spending(history: History) -> Spending | None:
    """Return the parameters of what customers who bought again spend; None: too few did."""
    np, special = _numpy(), _special()
    known = (history.x > 0) & (history.m > 0)
    if int(known.sum()) < _LEAST_REPEATED:
        return None
    x, m = history.x[known], history.m[known]
    scale = float(m.mean())
    m = m / scale
    gammaln = special.gammaln

    def unlikely(logs: Column) -> float:
        p, q, gamma = np.exp(logs)
        each = (
            gammaln(p * x + q)
            - gammaln(p * x)
            - gammaln(q)
            + q * np.log(gamma)
            + (p * x - 1) * np.log(m)
            + p * x * np.log(x)
            - (p * x + q) * np.log(gamma + m * x)
        )
        return -float(each.sum())

    found = _minimise(unlikely, [1.0, 1.0, 0.0])
    if found is None or found[1] <= 1:
        return None  # no mean of means
    return Spending(found[0], found[1], found[2] * scale)


def expected_purchases(found: Frequency, history: History, weeks: float) -> Column:
    """Return how often each will buy in the next weeks (equation 10 of 2005)."""
    np, special = _numpy(), _special()
    r, alpha, a, b = found
    x, tx, t = history.x, history.tx, history.t
    ahead = (alpha + t) / (alpha + t + weeks)
    shape = special.hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + t + weeks))
    bought = (a + b + x - 1) / (a - 1) * (1 - ahead ** (r + x) * shape)
    left = a / (b + np.maximum(x, 1) - 1) * ((alpha + t) / (alpha + tx)) ** (r + x)
    return bought / (1 + np.where(x > 0, left, 0.0))


def expected_value(found: Spending, history: History) -> Column:
    """Return what each will spend at a time: theirs, drawn to everybody's mean by how little is
    known (Fader & Hardie 2013, equation 5).
    """
    p, q, gamma = found
    return p * (gamma + history.m * history.x) / (p * history.x + q - 1)


def lifetime_values(bought: Bought, window: Window, days: int) -> array[int] | None:
    """Return what each customer will bring in the next days (minor units of margin), UNKNOWN where
    nothing can be said; None: too few bought again for a model.
    """
    np = _numpy()
    history, some = _history(bought, window)
    frequency = fit_frequency(some)
    spending = fit_spending(some)
    if frequency is None or spending is None:
        return None
    purchases = expected_purchases(frequency, history, days / 7)
    worth = purchases * expected_value(spending, history) * _margins(bought)
    worth = np.where(np.isfinite(worth) & (history.t > 0), np.clip(worth, 0, 2**53), UNKNOWN)
    return array("q", np.rint(worth).astype(np.int64).tolist())


def _history(bought: Bought, window: Window) -> tuple[History, History]:
    """Return everybody's history, and that of those to fit: every n-th, in the order of ids."""
    np = _numpy()
    first, last = np.asarray(bought.first_us), np.asarray(bought.last_us)
    ever = np.asarray(bought.ever)
    x = np.maximum(ever - 1, 0).astype(float)
    weeks = (window.until_us - first) / WEEK_US
    mean = np.asarray(bought.ever_minor) / np.maximum(ever, 1)
    tx = np.where(x > 0, (last - first) / WEEK_US, 0.0)
    whole = History(x, np.round(tx, 2), np.round(weeks, 2), np.maximum(mean, 0.0))
    step = max(1, len(x) // MOST_FITTED)
    known = np.flatnonzero(ever > 0)[::step]
    return whole, History(x[known], whole.tx[known], whole.t[known], whole.m[known])


def _margins(bought: Bought) -> Column:
    """Return each customer's margin of what they spend; everybody's where nothing is known."""
    np = _numpy()
    revenue, margin = np.asarray(bought.revenue, float), np.asarray(bought.margin, float)
    usual = margin.sum() / revenue.sum() if revenue.sum() > 0 else 1.0
    own = np.divide(margin, revenue, out=np.full(len(revenue), usual), where=revenue > 0)
    return np.clip(own, 0.0, 1.0)


def _minimise(function: Any, start: list[float]) -> list[float] | None:
    """Return the parameters (their logarithms are searched) where `function` is least."""
    np = _numpy()

    def within(logs: Column) -> float:
        if np.abs(logs).max() > _MOST_RATE:
            return float("inf")
        value = function(logs)
        return value if np.isfinite(value) else float("inf")

    with np.errstate(all="ignore"):
        found = import_module("scipy.optimize").minimize(
            within,
            np.asarray(start),
            method="Nelder-Mead",
            options={"maxiter": 2_000, "xatol": 1e-5, "fatol": 1e-4},
        )
    return [float(one) for one in np.exp(found.x)] if np.isfinite(found.fun) else None


def _numpy() -> Any:
    return import_module("numpy")


def _special() -> Any:
    return import_module("scipy.special")
