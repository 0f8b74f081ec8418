//! Tags that rows give to members, by their names.
//!
//! A name that the dictionary does not have becomes a tag that is given by hand, so that what another system knew comes over as it was. A
//! tag that a rule gives cannot be given by a file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use danggol_core::decide::Actor;
use danggol_core::id::{MemberId, SegmentId};
use danggol_core::tag::Cause;
use danggol_store::StoreError;
use danggol_store::segment::{self, Basis, SegmentRecord};
use danggol_store::tag::{self, TagRecord};

use super::columns::Field;
use super::reason::Reason;
use crate::app::App;
use crate::problem::{ApiError, kinds};
use crate::segment::Segments;
use crate::tag::Hand;

/// What stands between names of tags.
const SEPARATORS: [char; 7] = [',', '，', '、', ';', '；', '|', '\n'];

/// The names in a text. One that has a separator in it stands in quotation marks, and those in it are doubled; a mark that nothing
/// closes is a letter as any other.
pub(crate) fn names_of(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, behind) = quoted(rest).unwrap_or_else(|| {
            let end = rest.find(SEPARATORS).unwrap_or(rest.len());
            (rest[..end].trim().to_owned(), &rest[end..])
        });
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
        rest = behind.trim_start_matches(|letter: char| letter.is_whitespace() || SEPARATORS.contains(&letter));
    }
    names
}

/// The name in quotation marks at the beginning of a text, and what is behind it: nothing, or a separator.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut name = String::new();
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => break,
        }
    }
    let behind = rest.trim_start();
    (behind.is_empty() || behind.starts_with(SEPARATORS)).then(|| (name.trim().to_owned(), rest))
}

/// Names of tags in one text, as [`names_of`] reads it.
pub(crate) fn text_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let written = |name: &'n str| match name.contains(SEPARATORS) || name.starts_with('"') {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    };
    names.map(written).collect::<Vec<_>>().join("; ")
}

/// The most tags that one file makes: a column of free text is no column of tags.
const MADE_MAX: usize = 100;

/// The tags that rows may name, and those that they made so far.
pub(super) struct Tags {
    /// By name; none for a tag that a rule gives.
    known: HashMap<String, Option<SegmentId>>,
    /// Made and not yet kept.
    waiting: Vec<(SegmentRecord, TagRecord)>,
    made: usize,
}

impl Tags {
    /// Reads the dictionary.
    pub fn read(app: &App) -> Result<Self, StoreError> {
        let segments = app.store.read_blocking(Segments::read)?;
        let is_tag = |record: &&SegmentRecord| record.archived_at_ms.is_none() && segments.tag(record.id).is_some();
        let tags = segments.records.iter().filter(is_tag);
        let known = tags.map(|record| (record.name.clone(), (record.basis == Basis::List).then_some(record.id))).collect();
        Ok(Tags { known, waiting: Vec::new(), made: 0 })
    }

    /// The tags of some names; those that nobody knows yet are made.
    pub fn of(&mut self, app: &App, names: &[String]) -> Result<BTreeSet<SegmentId>, Reason> {
        names.iter().map(|name| self.one(app, name)).collect()
    }

    fn one(&mut self, app: &App, name: &str) -> Result<SegmentId, Reason> {
        match self.known.get(name) {
            Some(Some(tag)) => Ok(*tag),
            Some(None) => Err(Reason::Field(ApiError::new(&kinds::RULE_GIVES_TAG).at(Field::Tags.name()))),
            None if self.made >= MADE_MAX => Err(Reason::UnknownWord { field: Field::Tags, text: name.to_owned() }),
            None => Ok(self.make(app, name)),
        }
    }

    fn make(&mut self, app: &App, name: &str) -> SegmentId {
        let (id, now_ms) = (SegmentId(app.next_id()), app.now_ms());
        let record = SegmentRecord {
            id,
            name: name.to_owned(),
            basis: Basis::List,
            draft: None,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            updated_by: None,
            archived_at_ms: None,
        };
        let tag = TagRecord { segment: id, group: None, description: String::new(), owner: None, expires_days: None, place: 0 };
        self.waiting.push((record, tag));
        self.known.insert(name.to_owned(), Some(id));
        self.made += 1;
        id
    }

    /// Gives tags to members, and keeps those that were made for it. Says who had not all of them before.
    pub fn give(
        &mut self,
        app: &App,
        actor: Actor,
        gifts: &[(MemberId, BTreeSet<SegmentId>)],
    ) -> Result<HashSet<MemberId>, StoreError> {
        let mut alike: BTreeMap<Vec<SegmentId>, BTreeSet<MemberId>> = BTreeMap::new();
        for (member, tags) in gifts.iter().filter(|(_, tags)| !tags.is_empty()) {
            alike.entry(tags.iter().copied().collect()).or_default().insert(*member);
        }
        if alike.is_empty() {
            return Ok(HashSet::new());
        }
        let is_given = |(record, _): &(SegmentRecord, TagRecord)| alike.keys().any(|tags| tags.contains(&record.id));
        let (made, waiting) = std::mem::take(&mut self.waiting).into_iter().partition::<Vec<_>, _>(is_given);
        self.waiting = waiting;
        let hand = Hand { cause: Cause::Import, actor, reason: None, now_ms: app.now_ms() };
        let (ids, now_ms) = (Arc::clone(&app.ids), hand.now_ms);
        app.store.write_blocking(move |conn| {
            for (record, tag) in &made {
                segment::insert(conn, record)?;
                tag::keep(conn, tag)?;
            }
            let segments = Segments::read(conn)?;
            let next_id = || ids.lock().unwrap_or_else(PoisonError::into_inner).next(now_ms);
            let mut changed = HashSet::new();
            for (tags, members) in &alike {
                let members: Vec<MemberId> = members.iter().copied().collect();
                let held: HashSet<(MemberId, SegmentId)> =
                    tag::given_to(conn, &members, now_ms)?.into_iter().map(|given| (given.member, given.tag)).collect();
                let lacks = |member: &&MemberId| tags.iter().any(|tag| !held.contains(&(**member, *tag)));
                changed.extend(members.iter().filter(lacks).copied());
                hand.lay(conn, &segments, (tags, &[]), &members, &next_id)?;
            }
            Ok(changed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{names_of, text_of};

    #[test]
    fn names_with_separators_stand_in_quotation_marks() {
        for (text, names) in [
            ("vip, 新客；老客|vip", &["vip", "新客", "老客"][..]),
            ("\"a, b\"; c", &["a, b", "c"]),
            (" \"say \"\"hi\"\"; you\" ,x", &["say \"hi\"; you", "x"]),
            ("\"open, c", &["\"open", "c"]),
            ("\"a\"b; c", &["\"a\"b", "c"]),
            ("5\" screen", &["5\" screen"]),
            (" ; ,\n", &[]),
            ("\"\"", &[]),
        ] {
            assert_eq!(names_of(text), names, "{text}");
            assert_eq!(names_of(&text_of(names.iter().copied())), names, "{text}, written and read again");
        }
        assert_eq!(text_of(["a", "b, c", "\"d\""].into_iter()), "a; \"b, c\"; \"\"\"d\"\"\"");
    }
}
