//! Asking memory early for what is read next: several columns side by side are more than a processor follows by itself.

/// Bytes of a column between what is read and what is asked for.
const AHEAD: usize = 4_096;

/// Asks for what lies some way behind a row of a column, which may be past its end.
#[inline(always)]
pub(crate) fn ask<T>(column: &[T], row: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let ahead = column.as_ptr().wrapping_add(row).wrapping_byte_add(AHEAD);
        // SAFETY: this is only a hint, which may point anywhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (column, row, AHEAD);
}
