//! Gives memory back to the system when an upload is forgotten.
//!
//! The allocator of glibc gives a freed block back at once only if the block is larger than a threshold. It keeps smaller
//! blocks in its heap. The threshold grows to 32 MiB with the blocks that a program frees, and the columns of an upload are
//! blocks of that size: a server that read and forgot two uploads of 300,000 rows of 20 columns had 202 MiB in memory, and
//! 16 MiB after its start. So the threshold is fixed here (measured 2026-11-29 and 2026-11-30, `scripts/detect_load.py`).
//!
//! At 128 KiB, 34 MiB stay. But then the scores of each trial are such blocks, too, and the system clears every page of them
//! anew: the first view of an experiment of 85 trials took 0.88 s of processor time. At 1 MiB it takes 0.61 s. What the heaps
//! keep of smaller tables is given back when an upload is forgotten.

/// Blocks from this size on are given back when they are freed: the columns of a large upload, and not the scores of a
/// trial.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 1 << 20;

/// So much free memory stays at the end of a heap.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 4 << 20;

/// Gives large blocks back to the system as soon as they are freed. It does nothing if the allocator is not that of glibc.
pub(crate) fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (option, bytes) in [(libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, KEPT)] {
        #[expect(unsafe_code, reason = "the thresholds can be set in no other way")]
        // SAFETY: mallopt takes two numbers, may be called at any time, and reports what it does not know.
        let is_set = unsafe { libc::mallopt(option, bytes) };
        // Refused, the memory stays with the process, and all else works.
        let _ = is_set;
    }
}

/// Gives back what the heaps hold and nobody uses. It takes some milliseconds.
pub(crate) fn give_back_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "there is no other way to ask for it")]
        // SAFETY: malloc_trim takes a number, may be called at any time by any thread, and moves no block in use.
        let is_less = unsafe { libc::malloc_trim(0) };
        // 0 says that there was nothing to give back.
        let _ = is_less;
    }
}
