//! Tags as the server keeps them: rules followed as members change and time goes on, and tags given by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use danggol_core::condition::Condition;
use danggol_core::decide::{Actor, ActorKind, Rules};
use danggol_core::id::{MemberId, SegmentId, TagEntryId};
use danggol_core::person::KeptPerson;
use danggol_core::tag::Cause;
use danggol_core::time::DAY_MS;
use danggol_store::follow::Addressed;
use danggol_store::segment::Basis;
use danggol_store::tag::{self, GivenTag, TagEntry, Touched};
use danggol_store::{Conn, StoreError, event, person, segment, setting};

use crate::app::App;
use crate::problem::ApiResult;
use crate::segment::{Segments, now};

/// The most characters of the name of a tag or of a group.
pub const NAME_CHARACTERS_MAX: usize = 40;
/// The setting under which stands how far the commits have been followed.
const CURSOR: &str = "cursor_tag";
/// The setting under which stands the business day on which all rules were last looked at.
const SWEPT: &str = "tag_swept";
/// The most commits of a writer that are followed at once.
const COMMITS_MAX: i64 = 200;
/// The most members that are looked at, or written, at once.
const MEMBERS_MAX: usize = 500;

/// The system by itself.
const SYSTEM: Actor = Actor { kind: ActorKind::System, id: 0 };

/// Which members have which tags by their rules.
type Standing = BTreeMap<MemberId, BTreeSet<SegmentId>>;

/// What rules give these members now.
fn standing(
    conn: &mut Conn,
    segments: &Segments,
    members: &[MemberId],
    rules: &Rules,
    now_ms: i64,
) -> Result<Standing, StoreError> {
    let ruled: Vec<SegmentId> = segments.ruled_tags().collect();
    let now = now(rules, now_ms);
    let people = person::find(conn, members, now)?;
    let of = |kept: &KeptPerson| {
        let memberships = kept.memberships(&segments.rules);
        let person = kept.at(&memberships, now);
        let has = |tag: &SegmentId| person.fits(&Condition::Segment { segment: *tag });
        (kept.file.facts.member, ruled.iter().copied().filter(has).collect())
    };
    Ok(people.iter().map(of).collect())
}

/// Keeps where what members have by rules differs from what was known, and says how many tags came or went.
async fn keep_differences(
    app: &Arc<App>,
    standing: Standing,
    of: BTreeSet<SegmentId>,
    cause: Cause,
    purchases: Touched,
) -> ApiResult<usize> {
    let (writer, now_ms) = (Arc::clone(app), app.now_ms());
    let kept = app.store.write(move |conn| {
        let members: Vec<MemberId> = standing.keys().copied().collect();
        let held = tag::held_by(conn, &members)?;
        let entry = |member: MemberId, tag: SegmentId, added: bool| TagEntry {
            id: TagEntryId(writer.next_id()),
            member,
            tag,
            at_ms: now_ms,
            added,
            cause,
            purchase: purchases.get(&member).copied().flatten(),
            actor: SYSTEM,
            reason: None,
        };
        let mut entries: Vec<TagEntry> = Vec::new();
        for (member, stands) in &standing {
            let came = stands.iter().filter(|tag| !held.contains_key(&(*member, **tag)));
            entries.extend(came.map(|tag| entry(*member, *tag, true)));
        }
        let went = held.keys().filter(|(member, tag)| of.contains(tag) && !standing[member].contains(tag));
        entries.extend(went.map(|(member, tag)| entry(*member, *tag, false)));
        tag::follow(conn, &entries)?;
        Ok(entries.len())
    });
    Ok(kept.await?)
}

/// Looks at what rules say of some members, and keeps what came and went. Says how many tags did.
pub async fn follow_members(app: &Arc<App>, members: Touched, cause: Cause) -> ApiResult<usize> {
    let mut changed = 0;
    let ids: Vec<MemberId> = members.keys().copied().collect();
    for part in ids.chunks(MEMBERS_MAX) {
        let (part, rules, now_ms) = (part.to_vec(), app.rules(), app.now_ms());
        let looked = app.store.read(move |conn| {
            let segments = Segments::read(conn)?;
            let of: BTreeSet<SegmentId> = segments.ruled_tags().collect();
            let held = tag::held_by(conn, &part)?;
            if of.is_empty() && held.is_empty() {
                return Ok(None);
            }
            let stands = standing(conn, &segments, &part, &rules, now_ms)?;
            let of = of.into_iter().chain(held.keys().map(|(_, tag)| *tag)).collect();
            let known = |(member, tags): (&MemberId, &BTreeSet<SegmentId>)| {
                let holds = held.range((*member, SegmentId(0))..=(*member, SegmentId(i64::MAX)));
                holds.map(|((_, tag), _)| *tag).eq(tags.iter().copied())
            };
            Ok((!stands.iter().all(known)).then_some((stands, of)))
        });
        if let Some((stands, of)) = looked.await? {
            changed += keep_differences(app, stands, of, cause, members.clone()).await?;
        }
    }
    Ok(changed)
}

/// What is known of a member's tags, brought to what her rules say now.
pub async fn follow_one(app: &Arc<App>, member: MemberId) -> ApiResult<()> {
    follow_due(app).await?;
    follow_members(app, BTreeMap::from([(member, None)]), Cause::Time).await.map(drop)
}

/// Follows the commits since the last time: looks at the members to whom something happened. Says how many tags came or went. Nothing is
/// followed where the brand has no tags.
pub async fn follow_due(app: &Arc<App>) -> ApiResult<usize> {
    let (has_tags, has_cursor) =
        app.store.read(|conn| Ok((!tag::all(conn)?.is_empty(), setting::find(conn, CURSOR)?.is_some()))).await?;
    if !has_tags {
        if has_cursor {
            app.store.write(|conn| setting::remove(conn, CURSOR)).await?;
        }
        return Ok(0);
    }
    let mut changed = 0;
    loop {
        let (members, before, after) = app
            .store
            .read(|conn| {
                let Some(cursor) = setting::find(conn, CURSOR)?.and_then(|text| serde_json::from_str(&text).ok()) else {
                    return Ok((BTreeMap::new(), None, event::heads(conn)?));
                };
                let (members, after) = tag::happened_after(conn, &cursor, COMMITS_MAX)?;
                Ok((members, Some(cursor), after))
            })
            .await?;
        if before.as_ref() == Some(&after) {
            return Ok(changed);
        }
        changed += follow_members(app, members, Cause::Happened).await?;
        let cursor = serde_json::to_string(&after).unwrap_or_default();
        app.store.write(move |conn| setting::put(conn, CURSOR, &cursor)).await?;
    }
}

/// Looks at everybody by the rule of one tag, and keeps who came and went. Says how many did.
pub async fn sweep(app: &Arc<App>, of: SegmentId, cause: Cause) -> ApiResult<usize> {
    follow_due(app).await?;
    let (rules, roster, now_ms) = (app.rules(), app.roster.clone(), app.now_ms());
    let (stand, held) = app
        .store
        .read(move |conn| {
            let segments = Segments::read(conn)?;
            let itself = Condition::Segment { segment: of };
            let stand: BTreeSet<MemberId> = match segments.ruled_tags().any(|tag| tag == of) {
                true => segments.fitting((conn, &roster), &itself, &rules, now_ms)?.members(conn)?.into_iter().collect(),
                false => BTreeSet::new(),
            };
            Ok((stand, tag::holders(conn, of)?))
        })
        .await?;
    let came = stand.difference(&held).map(|member| (*member, true));
    let differing: Vec<(MemberId, bool)> = came.chain(held.difference(&stand).map(|member| (*member, false))).collect();
    for part in differing.chunks(MEMBERS_MAX * 10) {
        let (part, writer) = (part.to_vec(), Arc::clone(app));
        app.store
            .write(move |conn| {
                let entry = |(member, added): &(MemberId, bool)| TagEntry {
                    id: TagEntryId(writer.next_id()),
                    member: *member,
                    tag: of,
                    at_ms: now_ms,
                    added: *added,
                    cause,
                    purchase: None,
                    actor: SYSTEM,
                    reason: None,
                };
                tag::follow(conn, &part.iter().map(entry).collect::<Vec<_>>())
            })
            .await?;
    }
    Ok(differing.len())
}

/// Looks at everybody by every rule, once each business day: windows slide although nothing happens. Takes back what was given for so long
/// and no longer. Says how many tags came or went.
pub async fn sweeps_due(app: &Arc<App>) -> ApiResult<usize> {
    let mut changed = expire(app).await?;
    let today = app.rules().moment(app.now_ms()).day.to_string();
    let (swept, tags) =
        app.store.read(|conn| Ok((setting::find(conn, SWEPT)?, Segments::read(conn)?.ruled_tags().collect::<Vec<_>>()))).await?;
    if swept.as_deref() == Some(today.as_str()) {
        return Ok(changed);
    }
    for tag in tags {
        changed += sweep(app, tag, Cause::Time).await?;
    }
    app.store.write(move |conn| setting::put(conn, SWEPT, &today)).await?;
    Ok(changed)
}

async fn expire(app: &Arc<App>) -> ApiResult<usize> {
    let now_ms = app.now_ms();
    let mut changed = 0;
    loop {
        let writer = Arc::clone(app);
        let expired = app.store.write(move |conn| {
            let expired = tag::expired(conn, now_ms, MEMBERS_MAX as i64)?;
            let mut by_tag: BTreeMap<SegmentId, BTreeSet<MemberId>> = BTreeMap::new();
            for (tag, member) in &expired {
                by_tag.entry(*tag).or_default().insert(*member);
            }
            for (tag, members) in &by_tag {
                segment::lapse(conn, *tag, members)?;
            }
            let hand = Hand { cause: Cause::Expiry, actor: SYSTEM, reason: None, now_ms };
            let entries: Vec<TagEntry> =
                expired.iter().map(|(tag, member)| hand.entry(TagEntryId(writer.next_id()), *member, *tag, false)).collect();
            tag::log(conn, &entries)?;
            Ok(entries.len())
        });
        let expired = expired.await?;
        changed += expired;
        if expired < MEMBERS_MAX {
            return Ok(changed);
        }
    }
}

/// Who gives tags or takes them away, and why.
#[derive(Debug, Clone)]
pub struct Hand {
    /// By what way.
    pub cause: Cause,
    /// Who.
    pub actor: Actor,
    /// What whoever does it says.
    pub reason: Option<String>,
    /// UTC milliseconds.
    pub now_ms: i64,
}

impl Hand {
    fn entry(&self, id: TagEntryId, member: MemberId, tag: SegmentId, added: bool) -> TagEntry {
        let Hand { cause, actor, ref reason, now_ms } = *self;
        TagEntry { id, member, tag, at_ms: now_ms, added, cause, purchase: None, actor, reason: reason.clone() }
    }

    /// Gives tags to members and takes others from them; whoever went into another has what the one who keeps has. Of a group of which a
    /// member has one at most, the others go. Says how many came and how many went.
    pub fn lay(
        &self,
        conn: &mut Conn,
        segments: &Segments,
        (add, remove): (&[SegmentId], &[SegmentId]),
        members: &[MemberId],
        next_id: &dyn Fn() -> i64,
    ) -> Result<(u64, u64), StoreError> {
        let addressed = Addressed::read(conn, members.iter().copied())?;
        let homes: Vec<MemberId> = members.iter().map(|member| addressed.home(*member)).collect();
        let held = tag::given_to(conn, &homes, self.now_ms)?;
        let held: BTreeSet<(MemberId, SegmentId)> = held.iter().map(|given| (given.member, given.tag)).collect();
        let has = |member: MemberId, tag: SegmentId| held.contains(&(addressed.home(member), tag));
        let (mut given, mut entries, mut gone): (Vec<GivenTag>, Vec<TagEntry>, BTreeMap<SegmentId, BTreeSet<MemberId>>) =
            Default::default();
        for tag in add {
            let expires_at_ms = segments.tag(*tag).and_then(|tag| tag.expires_days).map(|days| self.now_ms + days * DAY_MS);
            let rivals = segments.rivals(*tag);
            for member in members {
                given.push(GivenTag { member: *member, tag: *tag, since_ms: self.now_ms, expires_at_ms });
                if !has(*member, *tag) {
                    entries.push(self.entry(TagEntryId(next_id()), *member, *tag, true));
                }
                // Who is one with another may not show a tag that is hers by herself.
                for rival in rivals.iter().filter(|_| addressed.is_one(*member)) {
                    gone.entry(*rival).or_default().insert(*member);
                }
                for rival in rivals.iter().filter(|rival| has(*member, **rival)) {
                    gone.entry(*rival).or_default().insert(*member);
                    let by_group = Hand { cause: Cause::Group, ..self.clone() };
                    entries.push(by_group.entry(TagEntryId(next_id()), *member, *rival, false));
                }
            }
        }
        for tag in remove {
            for member in members {
                gone.entry(*tag).or_default().insert(*member);
                if has(*member, *tag) {
                    entries.push(self.entry(TagEntryId(next_id()), *member, *tag, false));
                }
            }
        }
        tag::give(conn, &given)?;
        for (tag, members) in &gone {
            segment::unlist(conn, *tag, members)?;
        }
        tag::log(conn, &entries)?;
        let came = entries.iter().filter(|entry| entry.added).count() as u64;
        Ok((came, entries.len() as u64 - came))
    }
}

impl Segments {
    /// The tags that rules give.
    pub fn ruled_tags(&self) -> impl Iterator<Item = SegmentId> {
        let is_ruled = |record: &&danggol_store::segment::SegmentRecord| {
            record.archived_at_ms.is_none() && matches!(record.basis, Basis::Rule(_)) && self.tag(record.id).is_some()
        };
        self.records.iter().filter(is_ruled).map(|record| record.id)
    }

    /// What a tag has beside its segment; none where the segment is no tag.
    pub fn tag(&self, id: SegmentId) -> Option<&tag::TagRecord> {
        self.tags.iter().find(|tag| tag.segment == id)
    }

    /// The other tags of a group of which a member has one at most.
    fn rivals(&self, id: SegmentId) -> Vec<SegmentId> {
        let group = self.tag(id).and_then(|tag| tag.group);
        let is_exclusive = self.groups.iter().any(|one| Some(one.id) == group && one.exclusive);
        let rival = |tag: &&tag::TagRecord| is_exclusive && tag.group == group && tag.segment != id;
        self.tags.iter().filter(rival).map(|tag| tag.segment).collect()
    }
}
