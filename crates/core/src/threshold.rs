//! Threshold rules: from scores (and labels, where the rule needs them) to one number, in O(n log n).
