//! Columns: plain values of one kind, one a row, each as narrow as what it holds.

use std::collections::HashMap;
use std::ops::Range;

use crate::build::Fault;

impl<T: Low> FromIterator<i64> for Narrow<T> {
    fn from_iter<I: IntoIterator<Item = i64>>(values: I) -> Self {
        let mut narrow = Narrow { low: Vec::new(), rest: Vec::new() };
        values.into_iter().for_each(|value| narrow.push(value));
        narrow
    }
}

/// A narrow whole number.
pub trait Low: Copy + Default {
    /// The nearest that fits.
    fn nearest(value: i64) -> Self;
    /// Its value.
    fn wide(self) -> i64;
}

impl Low for i16 {
    fn nearest(value: i64) -> Self {
        value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
    }

    fn wide(self) -> i64 {
        self.into()
    }
}

impl Low for i32 {
    fn nearest(value: i64) -> Self {
        value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }

    fn wide(self) -> i64 {
        self.into()
    }
}

/// Whole numbers of which nearly all are small: the nearest that fits, and beside it what is missing from the few that do not fit. A
/// sum is thus the sum of the narrow column and of the rests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow<T> {
    pub(crate) low: Vec<T>,
    /// Rows with what is missing from them, by row.
    pub(crate) rest: Vec<(u32, i64)>,
}

impl<T: Low> Narrow<T> {
    /// Adds a row.
    pub fn push(&mut self, value: i64) {
        let low = T::nearest(value);
        // Values lie far within what a difference of two can hold: MAX_AMOUNT_MINOR times lines.
        let rest = value.saturating_sub(low.wide());
        if rest != 0 {
            self.rest.push((self.low.len() as u32, rest));
        }
        self.low.push(low);
    }

    /// Adds some rows of another column.
    pub(crate) fn extend(&mut self, other: &Self, rows: Range<usize>) {
        let first = other.rest.partition_point(|(row, _)| (*row as usize) < rows.start);
        let rest = other.rest[first..].iter().take_while(|(row, _)| (*row as usize) < rows.end);
        let (from, to) = (rows.start as u32, self.low.len() as u32);
        self.rest.extend(rest.map(|(row, rest)| (row - from + to, *rest)));
        self.low.extend_from_slice(&other.low[rows]);
    }

    /// The value of a row.
    pub fn get(&self, row: usize) -> i64 {
        let low = self.low[row].wide();
        if self.rest.is_empty() {
            return low;
        }
        let rest = self.rest.binary_search_by_key(&(row as u32), |(at, _)| *at);
        low + rest.map_or(0, |found| self.rest[found].1)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.low.as_slice()) + size_of_val(self.rest.as_slice())
    }

    /// The rows in another order.
    pub(crate) fn in_order(self, order: &[u32]) -> Self {
        let low = in_order(self.low, order);
        let mut rest = Vec::with_capacity(self.rest.len());
        if !self.rest.is_empty() {
            for (row, from) in order.iter().enumerate() {
                if let Ok(found) = self.rest.binary_search_by_key(from, |(at, _)| *at) {
                    rest.push((row as u32, self.rest[found].1));
                }
            }
        }
        Narrow { low, rest }
    }
}

/// The values of a column in another order.
pub(crate) fn in_order<T: Copy>(values: Vec<T>, order: &[u32]) -> Vec<T> {
    order.iter().map(|&row| values[row as usize]).collect()
}

/// Instants in UTC milliseconds within six bytes: enough until the year 10889.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instants {
    /// Units of 65,536 milliseconds.
    pub(crate) high: Vec<u32>,
    /// Milliseconds within the unit.
    pub(crate) low: Vec<u16>,
}

impl Instants {
    pub(crate) fn push(&mut self, at_ms: i64) {
        let at_ms = at_ms.max(0) as u64;
        self.high.push(u32::try_from(at_ms >> 16).unwrap_or(u32::MAX));
        self.low.push(at_ms as u16);
    }

    /// Adds some rows of another column.
    pub(crate) fn extend(&mut self, other: &Self, rows: Range<usize>) {
        self.high.extend_from_slice(&other.high[rows.clone()]);
        self.low.extend_from_slice(&other.low[rows]);
    }

    /// UTC milliseconds of a row.
    pub fn get(&self, row: usize) -> i64 {
        i64::from(self.high[row]) << 16 | i64::from(self.low[row])
    }

    pub(crate) fn in_order(self, order: &[u32]) -> Self {
        Instants { high: in_order(self.high, order), low: in_order(self.low, order) }
    }
}

/// The words behind a column of codes, in the order of their bytes: the lower code is the earlier word. Code 0 says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub(crate) words: Vec<String>,
}

impl Default for Words {
    fn default() -> Self {
        Words { words: vec![String::new()] }
    }
}

impl Words {
    /// How many codes there are, the one that says nothing included.
    pub fn codes(&self) -> usize {
        self.words.len()
    }

    /// The word of a code; none for code 0.
    pub fn word(&self, code: u32) -> Option<&str> {
        self.words.get(code as usize).filter(|_| code > 0).map(String::as_str)
    }

    /// The code of a word, where a row has it.
    pub fn code(&self, word: &str) -> Option<u32> {
        let found = self.words[1..].binary_search_by(|known| known.as_str().cmp(word));
        found.ok().map(|at| at as u32 + 1)
    }
}

/// Words in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Coming {
    codes: HashMap<String, u32>,
}

impl Coming {
    /// Words that have codes already, and keep them until all are finished.
    pub fn of(words: &Words) -> Self {
        Coming { codes: words.words.iter().zip(0..).skip(1).map(|(word, code)| (word.clone(), code)).collect() }
    }

    /// The code of a word, which it gets when it comes first.
    pub fn code(&mut self, word: Option<&str>) -> Result<u32, Fault> {
        let Some(word) = word else { return Ok(0) };
        if let Some(code) = self.codes.get(word) {
            return Ok(*code);
        }
        let code = u32_of(self.codes.len() + 1, "words")?;
        self.codes.insert(word.to_owned(), code);
        Ok(code)
    }

    /// The code of a word in a column of 16 bits.
    pub fn short(&mut self, word: Option<&str>, what: &'static str) -> Result<u16, Fault> {
        u16::try_from(self.code(word)?).map_err(|_| Fault::TooMany(what))
    }

    /// The words in order, and for each code so far the one that it becomes.
    pub fn finish(self) -> (Words, Vec<u32>) {
        let mut sorted: Vec<(String, u32)> = self.codes.into_iter().collect();
        sorted.sort_unstable();
        let mut new = vec![0; sorted.len() + 1];
        for ((_, code), position) in sorted.iter().zip(1..) {
            new[*code as usize] = position;
        }
        (Words { words: std::iter::once(String::new()).chain(sorted.into_iter().map(|(word, _)| word)).collect() }, new)
    }

    /// The words in order, and a column of 16 bits brought to it.
    pub fn finish_short(self, codes: &mut [u16]) -> Words {
        let (words, new) = self.finish();
        codes.iter_mut().for_each(|code| *code = new[usize::from(*code)] as u16);
        words
    }
}

/// Texts that hardly ever repeat, one after the other; each that is there begins with a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    pub text: String,
    pub ends: Vec<u32>,
}

/// What stands before a text that is there.
const MARK: char = '.';

impl Texts {
    /// Adds a row.
    pub fn push(&mut self, text: Option<&str>) -> Result<(), Fault> {
        if let Some(text) = text {
            self.text.push(MARK);
            self.text.push_str(text);
        }
        self.ends.push(u32_of(self.text.len(), "bytes of names")?);
        Ok(())
    }

    /// Adds some rows of another column.
    pub fn extend(&mut self, other: &Self, rows: Range<usize>) -> Result<(), Fault> {
        let end = |row: usize| row.checked_sub(1).map_or(0, |before| other.ends[before] as usize);
        let (from, to) = (end(rows.start), self.text.len());
        self.text.push_str(&other.text[from..end(rows.end)]);
        u32_of(self.text.len(), "bytes of names")?;
        self.ends.extend(other.ends[rows].iter().map(|end| (*end as usize - from + to) as u32));
        Ok(())
    }

    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text[start as usize..self.ends[row] as usize].strip_prefix(MARK)
    }

    pub fn bytes(&self) -> usize {
        self.text.len() + size_of_val(self.ends.as_slice())
    }
}

/// A length that 32 bits hold.
pub(crate) fn u32_of(length: usize, what: &'static str) -> Result<u32, Fault> {
    u32::try_from(length).map_err(|_| Fault::TooLong(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_kept_beside() {
        let mut amounts = Narrow::<i32>::default();
        let values = [5, -7, 1_000_000_000_000_000, i64::from(i32::MIN) - 1, 2];
        values.iter().for_each(|value| amounts.push(*value));
        assert_eq!((amounts.len(), amounts.is_empty(), amounts.rest.len()), (5, false, 2));
        for (row, value) in values.iter().enumerate() {
            assert_eq!(amounts.get(row), *value);
        }
        let turned = amounts.in_order(&[2, 0, 3, 1, 4]);
        assert_eq!((0..5).map(|row| turned.get(row)).collect::<Vec<_>>(), [values[2], 5, values[3], -7, 2]);
    }

    #[test]
    fn instants_keep_their_milliseconds() {
        let mut instants = Instants::default();
        for at_ms in [0, 65_535, 65_536, 1_795_305_600_123, 7_258_118_399_999] {
            instants.push(at_ms);
            assert_eq!(instants.get(instants.low.len() - 1), at_ms);
        }
    }

    #[test]
    fn words_are_found_by_code_and_codes_by_word() {
        let words = Words { words: ["", "a", "b"].map(str::to_owned).to_vec() };
        assert_eq!((words.code("b"), words.code("c"), words.code("")), (Some(2), None, None));
        assert_eq!((words.word(1), words.word(0), words.word(3)), (Some("a"), None, None));
    }

    #[test]
    fn texts_that_say_nothing_differ_from_those_that_are_not_there() {
        let mut texts = Texts::default();
        let rows = [Some("김"), None, Some(""), Some(".x"), None];
        rows.iter().for_each(|row| texts.push(*row).unwrap());
        assert_eq!((0..5).map(|row| texts.get(row)).collect::<Vec<_>>(), rows);
    }
}
