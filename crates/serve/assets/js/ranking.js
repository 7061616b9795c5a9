// Scores in order, so that what a threshold does is two look-ups, whatever the number of rows.
// A row is an anomaly if its score is greater than the threshold, as everywhere in oddbench.

/** Scores with labels, if known: `labels` is a text with one character a row, `1` for an outlier. */
export class Ranking {
  constructor(scores, labels = null) {
    const n = scores.length;
    this.n = n;
    this.scores = Float64Array.from(scores);
    this.labels = labels === null ? null : Uint8Array.from({ length: n }, (_, i) => (labels[i] === "1" ? 1 : 0));
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    order.sort((a, b) => this.scores[a] - this.scores[b]);
    this.sorted = Float64Array.from(order, (i) => this.scores[i]);
    // outliersFrom[i]: outliers among sorted[i..]
    this.outliersFrom = null;
    if (this.labels) {
      this.outliersFrom = new Uint32Array(n + 1);
      for (let i = n - 1; i >= 0; i -= 1) this.outliersFrom[i] = this.outliersFrom[i + 1] + this.labels[order[i]];
    }
  }

  get min() { return this.sorted[0]; }
  get max() { return this.sorted[this.n - 1]; }
  get outliers() { return this.outliersFrom ? this.outliersFrom[0] : null; }

  /** The score that a share `q` of the rows does not exceed. */
  quantile(q) {
    return this.sorted[Math.min(this.n - 1, Math.max(0, Math.ceil(q * this.n) - 1))];
  }

  /** How many scores are at most `threshold`. */
  atMost(threshold) {
    let low = 0;
    let high = this.n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle] <= threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Counts at a threshold; the four of the confusion matrix are null without labels. */
  at(threshold) {
    const first = this.atMost(threshold);
    const anomalies = this.n - first;
    if (!this.outliersFrom) return { anomalies, normal: first, tp: null, fp: null, tn: null, fn: null };
    const tp = this.outliersFrom[first];
    const fn = this.outliers - tp;
    return { anomalies, normal: first, tp, fp: anomalies - tp, tn: first - fn, fn };
  }

  /** The ROC curve from (0, 0) to (1, 1), one corner per distinct score; null without both classes. */
  roc() {
    const positives = this.outliers;
    const negatives = this.n - positives;
    if (!this.outliersFrom || positives === 0 || negatives === 0) return null;
    const x = [0];
    const y = [0];
    for (let i = this.n - 1; i >= 0; i -= 1) {
      if (i > 0 && this.sorted[i - 1] === this.sorted[i]) continue;
      const tp = this.outliersFrom[i];
      x.push((this.n - i - tp) / negatives);
      y.push(tp / positives);
    }
    return { x, y };
  }

  /** The threshold with the best F1 on these rows, which it may not be judged by. */
  bestF1() {
    let best = -1;
    let threshold = this.max;
    for (let i = 1; i <= this.n; i += 1) {
      if (i < this.n && this.sorted[i] === this.sorted[i - 1]) continue;
      const { tp, fp, fn } = this.at(this.sorted[i - 1]);
      const f1 = (2 * tp) / (2 * tp + fp + fn);
      if (f1 > best) {
        best = f1;
        threshold = this.sorted[i - 1];
      }
    }
    return threshold;
  }
}

const ratio = (a, b) => (b === 0 ? null : a / b);

const fbeta = (b) => ({ tp, fp, fn }) => ratio((1 + b * b) * tp, (1 + b * b) * tp + b * b * fn + fp);

/** 0 where every row is called alike, null without both classes. */
const mcc = ({ tp, fp, tn, fn }) => (tp + fn === 0 || tn + fp === 0 ? null
  : (tp * tn - fp * fn) / (Math.sqrt((tp + fp) * (tn + fn)) * Math.sqrt((tp + fn) * (tn + fp)) || 1));

/** The metrics that follow a threshold as it moves: key, title and value; null where undefined. */
export const METRICS = [
  ["accuracy", "accuracy", ({ tp, fp, tn, fn }) => ratio(tp + tn, tp + fp + tn + fn)],
  ["precision", "precision", ({ tp, fp }) => ratio(tp, tp + fp)],
  ["recall", "recall", ({ tp, fn }) => ratio(tp, tp + fn)],
  ["f1", "F1", fbeta(1)],
  ["f2", "F2", fbeta(2)],
  ["mcc", "MCC", mcc],
];

/** Metrics of counts by key. */
export function metrics(counts) {
  return counts.tp === null ? null : Object.fromEntries(METRICS.map(([key, , value]) => [key, value(counts)]));
}

/** Area under an ROC curve by trapezia; equal scores count half. */
export function area({ x, y }) {
  let sum = 0;
  for (let i = 1; i < x.length; i += 1) sum += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return sum;
}

/** Bins over `[low, high]`, of equal width or of equal ratio; counts of inliers and outliers (or of all). */
export function bins(ranking, number, logarithmic) {
  const [low, high] = span(ranking, logarithmic);
  const edge = (i) => (logarithmic ? low * (high / low) ** (i / number) : low + ((high - low) * i) / number);
  const edges = Array.from({ length: number + 1 }, (_, i) => edge(i));
  const inliers = new Array(number).fill(0);
  const outliers = new Array(number).fill(0);
  const scale = logarithmic ? number / Math.log(high / low) : number / (high - low);
  for (let i = 0; i < ranking.n; i += 1) {
    const place = (logarithmic ? Math.log(ranking.scores[i] / low) : ranking.scores[i] - low) * scale;
    const bin = Math.min(number - 1, Math.max(0, Math.floor(place)));
    (ranking.labels && ranking.labels[i] ? outliers : inliers)[bin] += 1;
  }
  return { edges, inliers, outliers, low, high };
}

/** The range of scores to draw; never empty. */
function span(ranking, logarithmic) {
  const { min, max } = ranking;
  // A handful of scores near zero would stretch a logarithmic axis: they share the first bin.
  if (max > min) return [logarithmic ? Math.max(min, max * 1e-8) : min, max];
  return logarithmic ? [min / 2, min * 2] : [min - 0.5, min + 0.5];
}

/** Whether scores are read better on a logarithmic axis. */
export function wantsLog(ranking) {
  return ranking.min > 0 && ranking.max / ranking.quantile(0.5) > 20;
}
