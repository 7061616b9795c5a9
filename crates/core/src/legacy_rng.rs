//! NumPy's legacy `RandomState`: MT19937 and its permutation, because the published split was drawn
//! with it.
