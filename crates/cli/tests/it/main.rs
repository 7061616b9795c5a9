//! The command as a user meets it: exit codes, messages, files, and the study on the real data.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod audit;
mod bad_rows;
mod browser;
mod compare;
mod data;
mod describe_file;
mod doctor;
mod engines;
mod errors;
mod exported;
mod external;
#[cfg(target_os = "linux")]
mod faults;
mod full_disk;
mod gate;
mod given;
mod interruption;
mod messy_files;
mod mistakes;
mod names;
mod new;
mod oddbench;
mod one_class;
mod other_formats;
mod own_sets;
mod own_tables;
mod peers;
mod protocols;
mod quickstart;
mod reproduce;
mod scoring;
mod serve;
mod shortcuts;
mod slurm;
mod spellings;
mod study;
mod suites;
mod terminal;
#[cfg(any(feature = "kernels", feature = "wgpu"))]
mod together;
mod unseen;
