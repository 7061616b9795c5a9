"""The test for a trend of the false-positive rate that core::over_time::drift makes, from its formula.

Ten tenths of 200 benign rows each, with these alarms. Prints the dispersion, the statistic and the two-sided p-value
of Student's t with eight degrees of freedom.
"""

import numpy as np
from scipy import stats

alarms = np.array([3, 4, 2, 6, 5, 9, 7, 8, 12, 11], dtype=float)
rows = np.full(10, 200.0)

at = np.arange(10.0)
rate = alarms.sum() / rows.sum()
middle = np.average(at, weights=rows)
spread = (rows * (at - middle) ** 2).sum()
covariance = ((at - middle) * (alarms - rows * rate)).sum()
line = rows * (rate + covariance / spread * (at - middle))
variance = rate * (1 - rate)
dispersion = max(1.0, ((alarms - line) ** 2 / (rows * variance)).sum() / 8)
statistic = covariance / np.sqrt(dispersion * variance * spread)
print(repr(dispersion), repr(statistic), repr(2 * stats.t.sf(abs(statistic), 8)))
