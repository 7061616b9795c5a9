//! Every layout, every limit, every fault.
