//! A roster as a file, so that a server need not read the whole database to have it again.
//!
//! Columns stand one after the other as they are in memory, each behind its length, numbers with the lowest byte first; before them what the
//! file is and of which state of which database, after them a checksum over everything. A file that is not whole, or of another version of
//! this form, is refused.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use danggol_core::birthday::{Birthday, Calendar};
use jiff::tz::TimeZone;

use crate::column::{Instants, Narrow, Texts, Words};
use crate::members::{Coded, Members, Several};
use crate::roster::{Lines, Parts, Purchases, Roster};

/// What each file begins with.
const MAGIC: [u8; 8] = *b"danggolR";
/// The version of the form: it grows with every change of the columns or of what they mean.
const VERSION: u32 = 4;
/// Values that are turned into bytes, or back, at once.
const BLOCK: usize = 8_192;

/// Of which state of which database a roster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The number of the last commit of each writer that it has.
    pub heads: BTreeMap<i64, i64>,
    /// What only the database with these commits can say.
    pub witness: u64,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is none, or of another version of this form.
    #[error("not a roster of this version")]
    Foreign,
    /// It is not as it was written.
    #[error("the file is damaged")]
    Damaged,
    /// The time zone has no name by which it is found again.
    #[error("the time zone has no name")]
    Zone,
}

/// A checksum over bytes in words of 64 bits (FNV-1a, Fowler, Noll and Vo, by words instead of bytes), however they are cut.
#[derive(Debug, Clone)]
pub struct Checksum {
    state: u64,
    waiting: [u8; 8],
    held: usize,
}

impl Default for Checksum {
    fn default() -> Self {
        Checksum { state: 0xcbf2_9ce4_8422_2325, waiting: [0; 8], held: 0 }
    }
}

impl Checksum {
    fn word(&mut self, word: u64) {
        self.state = (self.state ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        // The product moves nothing downwards.
        self.state ^= self.state >> 32;
    }

    /// Takes bytes.
    pub fn add(&mut self, mut bytes: &[u8]) {
        while self.held > 0 && !bytes.is_empty() {
            self.waiting[self.held] = bytes[0];
            bytes = &bytes[1..];
            self.held = (self.held + 1) % 8;
            if self.held == 0 {
                self.word(u64::from_le_bytes(self.waiting));
            }
        }
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let mut whole = [0; 8];
            whole.copy_from_slice(word);
            self.word(u64::from_le_bytes(whole));
        }
        let rest = words.remainder();
        self.waiting[..rest.len()].copy_from_slice(rest);
        self.held += rest.len();
    }

    /// The checksum of everything that was taken.
    pub fn value(&self) -> u64 {
        let mut last = self.clone();
        last.waiting[self.held..].fill(0);
        last.word(u64::from_le_bytes(last.waiting));
        last.word(self.held as u64);
        last.state
    }
}

/// Where bytes go.
struct Out<W> {
    to: W,
    sum: Checksum,
}

impl<W: Write> Out<W> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.sum.add(bytes);
        Ok(self.to.write_all(bytes)?)
    }
}

/// Where bytes come from.
struct In<R> {
    from: R,
    sum: Checksum,
}

impl<R: Read> In<R> {
    fn take(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotError> {
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => SnapshotError::Damaged,
            _ => error.into(),
        })?;
        self.sum.add(bytes);
        Ok(())
    }
}

/// What stands in the file.
trait Stored: Sized {
    fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError>;
    fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError>;
}

/// A value of a fixed number of bytes.
trait Plain: Copy + Default {
    const BYTES: usize;
    fn write(self, to: &mut [u8]);
    fn read(from: &[u8]) -> Self;
}

macro_rules! plain {
    ($($kind:ty),*) => {
        $(impl Plain for $kind {
            const BYTES: usize = size_of::<$kind>();
            fn write(self, to: &mut [u8]) {
                to.copy_from_slice(&self.to_le_bytes());
            }
            fn read(from: &[u8]) -> Self {
                let mut bytes = [0; size_of::<$kind>()];
                bytes.copy_from_slice(from);
                <$kind>::from_le_bytes(bytes)
            }
        })*
    };
}

plain!(u8, u16, u32, u64, i16, i32, i64);

impl Plain for bool {
    const BYTES: usize = 1;
    fn write(self, to: &mut [u8]) {
        to[0] = self.into();
    }
    fn read(from: &[u8]) -> Self {
        from[0] != 0
    }
}

impl<A: Plain, B: Plain> Plain for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;
    fn write(self, to: &mut [u8]) {
        self.0.write(&mut to[..A::BYTES]);
        self.1.write(&mut to[A::BYTES..]);
    }
    fn read(from: &[u8]) -> Self {
        (A::read(&from[..A::BYTES]), B::read(&from[A::BYTES..]))
    }
}

impl<T: Plain> Stored for Vec<T> {
    fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError> {
        out.put(&(self.len() as u64).to_le_bytes())?;
        let mut bytes = vec![0; BLOCK * T::BYTES];
        for block in self.chunks(BLOCK) {
            let bytes = &mut bytes[..block.len() * T::BYTES];
            bytes.chunks_exact_mut(T::BYTES).zip(block).for_each(|(to, value)| value.write(to));
            out.put(bytes)?;
        }
        Ok(())
    }

    fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
        let mut left = u64::take_one(from)?;
        // A damaged length must not take all memory: the vector grows with what is there.
        let mut values = Vec::new();
        let mut bytes = vec![0; BLOCK * T::BYTES];
        while left > 0 {
            let count = left.min(BLOCK as u64) as usize;
            let bytes = &mut bytes[..count * T::BYTES];
            from.take(bytes)?;
            values.extend(bytes.chunks_exact(T::BYTES).map(T::read));
            left -= count as u64;
        }
        Ok(values)
    }
}

trait One: Plain {
    fn take_one<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
        let mut bytes = [0; 16];
        from.take(&mut bytes[..Self::BYTES])?;
        Ok(Self::read(&bytes[..Self::BYTES]))
    }
}

impl One for u64 {}
impl One for u32 {}
impl One for i32 {}

impl Stored for i32 {
    fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError> {
        out.put(&self.to_le_bytes())
    }

    fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
        i32::take_one(from)
    }
}

impl Stored for String {
    fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError> {
        out.put(&(self.len() as u64).to_le_bytes())?;
        out.put(self.as_bytes())
    }

    fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
        String::from_utf8(Vec::<u8>::take(from)?).map_err(|_| SnapshotError::Damaged)
    }
}

impl Stored for Words {
    fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError> {
        let lengths: Vec<u32> = self.words.iter().map(|word| word.len() as u32).collect();
        lengths.put(out)?;
        self.words.concat().put(out)
    }

    fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
        let (lengths, text) = (Vec::<u32>::take(from)?, String::take(from)?);
        let mut start = 0;
        let words = lengths.into_iter().map(|length| {
            let end = start + length as usize;
            let word = text.get(start..end).ok_or(SnapshotError::Damaged)?.to_owned();
            start = end;
            Ok(word)
        });
        Ok(Words { words: words.collect::<Result<_, SnapshotError>>()? })
    }
}

/// A birthday: whether it is lunar, the year or the least number, month, day, and whether the month is a leap month.
type BirthdayRow = ((u8, i16), (u8, (u8, bool)));

impl Stored for Vec<Option<Birthday>> {
    fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError> {
        let rows: Vec<BirthdayRow> = self
            .iter()
            .flatten()
            .map(|birthday| {
                let is_lunar = u8::from(birthday.calendar() == Calendar::Lunar);
                let year = birthday.year().unwrap_or(i16::MIN);
                ((is_lunar, year), (birthday.month(), (birthday.day(), birthday.is_leap_month())))
            })
            .collect();
        rows.put(out)
    }

    fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
        let rows = Vec::<BirthdayRow>::take(from)?;
        let birthday = |((is_lunar, year), (month, (day, is_leap)))| {
            let calendar = if is_lunar == 1 { Calendar::Lunar } else { Calendar::Solar };
            let year = Some(year).filter(|year| *year != i16::MIN);
            Birthday::new(calendar, year, month, day, is_leap).map(Some).map_err(|_| SnapshotError::Damaged)
        };
        std::iter::once(Ok(None)).chain(rows.into_iter().map(birthday)).collect()
    }
}

impl Stored for BTreeMap<i64, i64> {
    fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError> {
        self.iter().map(|(key, value)| (*key, *value)).collect::<Vec<(i64, i64)>>().put(out)
    }

    fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
        Ok(Vec::<(i64, i64)>::take(from)?.into_iter().collect())
    }
}

/// Fields in their order.
macro_rules! stored {
    ($($kind:ty { $($field:ident),* })*) => {
        $(impl Stored for $kind {
            fn put<W: Write>(&self, out: &mut Out<W>) -> Result<(), SnapshotError> {
                $(self.$field.put(out)?;)*
                Ok(())
            }

            fn take<R: Read>(from: &mut In<R>) -> Result<Self, SnapshotError> {
                Ok(Self { $($field: Stored::take(from)?),* })
            }
        })*
    };
}

stored! {
    Narrow<i16> { low, rest }
    Narrow<i32> { low, rest }
    Instants { high, low }
    Texts { text, ends }
    Coded { codes, words }
    Several<i32> { starts, rows }
    Several<(i64, i64)> { starts, rows }
    Several<(u32, u32)> { starts, rows }
    Several<(u32, i64)> { starts, rows }
    Members {
        id, held_by, joined_at_ms, joined_day, status, gender, source, source_kind, income, language, store, tier, name, birthday, birthdays,
        points, growth, counted, keep_until, lots, custom, custom_fields, custom_values, consents, matters, given_back, purchases, parts, lines
    }
    Purchases {
        first_day, day, at, hour, weekday, amount, quantity, discount, with_coupon, came_back, store, channel, staff, parts, lines
    }
    Parts { category }
    Lines { product, category, amount, quantity }
}

/// Writes a roster.
pub fn write(roster: &Roster, origin: &Origin, to: impl Write) -> Result<(), SnapshotError> {
    let mut out = Out { to, sum: Checksum::default() };
    out.put(&MAGIC)?;
    out.put(&VERSION.to_le_bytes())?;
    origin.heads.put(&mut out)?;
    out.put(&origin.witness.to_le_bytes())?;
    roster.zone.iana_name().ok_or(SnapshotError::Zone)?.to_owned().put(&mut out)?;
    roster.members.put(&mut out)?;
    roster.purchases.put(&mut out)?;
    roster.parts.put(&mut out)?;
    roster.lines.put(&mut out)?;
    for words in [&roster.stores, &roster.channels, &roster.staff, &roster.categories, &roster.products] {
        words.put(&mut out)?;
    }
    let sum = out.sum.value();
    out.to.write_all(&sum.to_le_bytes())?;
    Ok(out.to.flush()?)
}

/// Reads a roster as [`write()`] wrote it, and of what it is.
pub fn read(from: impl Read) -> Result<(Roster, Origin), SnapshotError> {
    let mut from = In { from, sum: Checksum::default() };
    let mut magic = [0; 8];
    from.take(&mut magic).map_err(|_| SnapshotError::Foreign)?;
    if magic != MAGIC || u32::take_one(&mut from)? != VERSION {
        return Err(SnapshotError::Foreign);
    }
    let origin = Origin { heads: Stored::take(&mut from)?, witness: u64::take_one(&mut from)? };
    let zone = TimeZone::get(&String::take(&mut from)?).map_err(|_| SnapshotError::Zone)?;
    let (members, purchases) = (Stored::take(&mut from)?, Stored::take(&mut from)?);
    let (parts, lines) = (Stored::take(&mut from)?, Stored::take(&mut from)?);
    let [stores, channels, staff, categories, products] = [
        Words::take(&mut from)?,
        Words::take(&mut from)?,
        Words::take(&mut from)?,
        Words::take(&mut from)?,
        Words::take(&mut from)?,
    ];
    let sum = from.sum.value();
    let mut kept = [0; 8];
    from.from.read_exact(&mut kept).map_err(|_| SnapshotError::Damaged)?;
    if u64::from_le_bytes(kept) != sum {
        return Err(SnapshotError::Damaged);
    }
    Ok((Roster { zone, members, purchases, parts, lines, stores, channels, staff, categories, products }, origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_the_same_however_bytes_are_cut() {
        let bytes: Vec<u8> = (0..100).map(|number| (number * 37 % 251) as u8).collect();
        let sum = |cuts: &[usize]| {
            let mut sum = Checksum::default();
            let mut from = 0;
            for cut in cuts.iter().copied().chain([bytes.len()]) {
                sum.add(&bytes[from..cut]);
                from = cut;
            }
            sum.value()
        };
        for cuts in [vec![], vec![1], vec![7, 8, 9], vec![3, 5, 50, 51, 99], vec![8, 16, 24]] {
            assert_eq!(sum(&cuts), sum(&[40]), "{cuts:?}");
        }
        let of = |bytes: &[u8]| {
            let mut sum = Checksum::default();
            sum.add(bytes);
            sum.value()
        };
        assert_eq!(
            BTreeMap::from([b"", &b"\0"[..], b"\0\0", b"\0\0\0\0\0\0\0\0", b"\x01"].map(|bytes| (of(bytes), bytes))).len(),
            5
        );
    }
}
