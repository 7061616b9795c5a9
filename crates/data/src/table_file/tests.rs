//! What users rely on when they bring tables of their own.
