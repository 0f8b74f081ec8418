//! Marks of 32 rows at once, for processors with AVX2.
//!
//! A compiler left alone widens the marks to the values. Here the comparisons are narrowed to the marks, which is less work.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_cmpeq_epi16, _mm256_cmpeq_epi32, _mm256_loadu_si256, _mm256_min_epu8,
    _mm256_min_epu16, _mm256_min_epu32, _mm256_packs_epi16, _mm256_packs_epi32, _mm256_permute4x64_epi64,
    _mm256_permutevar8x32_epi32, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setr_epi32, _mm256_storeu_si256,
    _mm256_sub_epi8, _mm256_sub_epi16, _mm256_sub_epi32,
};

use crate::ahead;

/// Rows looked at together.
const ROWS: usize = 32;
/// Bytes in a register.
const WIDTH: usize = size_of::<__m256i>();

/// One register of a column; the one that is read some time later is asked for.
#[inline]
#[target_feature(enable = "avx2")]
fn load<T>(values: &[T; ROWS], part: usize) -> __m256i {
    assert!((part + 1) * WIDTH <= size_of_val(values));
    ahead::ask(values, part * WIDTH / size_of::<T>());
    // SAFETY: the register lies within the array.
    unsafe { _mm256_loadu_si256(values.as_ptr().byte_add(part * WIDTH).cast()) }
}

/// Takes the mark off the rows that do not pass, as far as there are 32 together; gives how many were looked at.
#[inline]
#[target_feature(enable = "avx2")]
fn keep<T>(values: &[T], marks: &mut [u8], passing: impl Fn(&[T; ROWS]) -> __m256i) -> usize {
    let (marks, values) = (marks.as_chunks_mut::<ROWS>().0, values.as_chunks::<ROWS>().0);
    for (marks, values) in marks.iter_mut().zip(values) {
        let passing = passing(values);
        let marks: *mut __m256i = marks.as_mut_ptr().cast();
        // SAFETY: the array of marks is as long as a register.
        unsafe { _mm256_storeu_si256(marks, _mm256_and_si256(_mm256_loadu_si256(marks), passing)) };
    }
    marks.len().min(values.len()) * ROWS
}

/// Keeps the marks of rows whose 8 bits are at most `span` above `least`.
#[target_feature(enable = "avx2")]
pub(super) fn keep_8(values: &[u8], least: u8, span: u8, marks: &mut [u8]) -> usize {
    let (least, span) = (_mm256_set1_epi8(least.cast_signed()), _mm256_set1_epi8(span.cast_signed()));
    keep(values, marks, |values| {
        let distance = _mm256_sub_epi8(load(values, 0), least);
        _mm256_cmpeq_epi8(_mm256_min_epu8(distance, span), distance)
    })
}

/// Keeps the marks of rows whose 16 bits are at most `span` above `least`.
#[target_feature(enable = "avx2")]
pub(super) fn keep_16<T: Copy>(values: &[T], least: u16, span: u16, marks: &mut [u8]) -> usize {
    let (least, span) = (_mm256_set1_epi16(least.cast_signed()), _mm256_set1_epi16(span.cast_signed()));
    keep(values, marks, |values| {
        let part = |part| {
            let distance = _mm256_sub_epi16(load(values, part), least);
            _mm256_cmpeq_epi16(_mm256_min_epu16(distance, span), distance)
        };
        // Packing works in each half of a register: its quarters are put in order afterwards.
        _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi16(part(0), part(1)))
    })
}

/// Keeps the marks of rows whose 32 bits are at most `span` above `least`.
#[target_feature(enable = "avx2")]
pub(super) fn keep_32<T: Copy>(values: &[T], least: u32, span: u32, marks: &mut [u8]) -> usize {
    let (least, span) = (_mm256_set1_epi32(least.cast_signed()), _mm256_set1_epi32(span.cast_signed()));
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    keep(values, marks, |values| {
        let part = |part| {
            let distance = _mm256_sub_epi32(load(values, part), least);
            _mm256_cmpeq_epi32(_mm256_min_epu32(distance, span), distance)
        };
        let halves = (_mm256_packs_epi32(part(0), part(1)), _mm256_packs_epi32(part(2), part(3)));
        _mm256_permutevar8x32_epi32(_mm256_packs_epi16(halves.0, halves.1), order)
    })
}
