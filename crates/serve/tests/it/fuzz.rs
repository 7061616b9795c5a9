//! A thousand malformed requests, drawn from a seed.
