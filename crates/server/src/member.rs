//! A member's file on the wire.

mod draft;

use std::collections::BTreeMap;

use danggol_core::birthday::BirthdayWire;
use danggol_core::decide::Rules;
use danggol_core::holder::HolderState;
use danggol_core::id::{IdentityId, MemberId};
use danggol_core::identity::IdentityKind;
use danggol_core::language::Language;
use danggol_core::member::{Gender, MemberStatus};
use danggol_core::time::rfc3339;
use danggol_store::identity::IdentityRecord;
use danggol_store::member::{self, MemberRecord};
use danggol_store::seal::Keyring;
use danggol_store::search::ListedMember;
use danggol_store::{Conn, StoreError, holder, sharing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::view::{Standing, tier_name};

pub use draft::{IDENTITIES_MAX, MemberDraft, MemberPatch, NewIdentity, ReadPatch, SourceDraft};

/// By which way somebody became a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// At the counter.
    Counter,
    /// By herself, online.
    Online,
    /// By a QR code.
    Qr,
    /// In a file.
    Import,
    /// By a first purchase.
    Purchase,
    /// Brought by a member or an employee.
    Referral,
    /// By a program.
    Api,
}

impl SourceKind {
    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            SourceKind::Counter => "counter",
            SourceKind::Online => "online",
            SourceKind::Qr => "qr",
            SourceKind::Import => "import",
            SourceKind::Purchase => "purchase",
            SourceKind::Referral => "referral",
            SourceKind::Api => "api",
        }
    }
}

/// Where somebody became a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Source {
    /// By which way: `counter`, `online`, `qr`, `import`, `purchase`, `referral` or `api`.
    #[schema(value_type = SourceKind)]
    pub kind: String,
    /// Which counter, code or campaign.
    pub code: Option<String>,
}

/// Something by which a member is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityView {
    /// Its id.
    pub id: IdentityId,
    /// What kind.
    pub kind: IdentityKind,
    /// Who gave it, for the kinds where that matters.
    pub issuer: Option<String>,
    /// Its value for eyes that may not see it whole.
    pub masked: String,
    /// When it was added.
    pub added_at: String,
    /// When the member proved that it is hers.
    pub verified_at: Option<String>,
}

impl From<&IdentityRecord> for IdentityView {
    fn from(record: &IdentityRecord) -> Self {
        IdentityView {
            id: record.id,
            kind: record.identity.kind,
            issuer: record.identity.issuer.clone(),
            masked: record.masked.clone(),
            added_at: rfc3339(record.added_at_ms),
            verified_at: record.verified_at_ms.map(rfc3339),
        }
    }
}

/// A member's file and where she stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Member {
    /// Her id.
    pub id: MemberId,
    /// Her name.
    pub name: Option<String>,
    /// Gender as she states it.
    pub gender: Option<Gender>,
    /// Her birthday, in her own calendar.
    pub birthday: Option<BirthdayWire>,
    /// Her language.
    pub language: Option<Language>,
    /// Where her file stands.
    pub status: MemberStatus,
    /// The number of her newest card.
    pub card_no: Option<String>,
    /// What she does for a living.
    pub occupation: Option<String>,
    /// Where she lives.
    pub residence: Option<String>,
    /// A band of income, in the brand's words.
    pub income_band: Option<String>,
    /// Persons in her household.
    pub household_size: Option<i64>,
    /// What she likes.
    pub preferences: Option<String>,
    /// A standing remark.
    pub note: Option<String>,
    /// The brand's own fields.
    pub custom: BTreeMap<String, String>,
    /// By what she is recognised, the oldest first.
    pub identities: Vec<IdentityView>,
    /// Where she became a member.
    pub source: Source,
    /// Code of the store that she belongs to.
    pub store: Option<String>,
    /// The member into whom this file was merged: what she has stands there.
    pub merged_into: Option<MemberId>,
    /// When she joined.
    pub joined_at: String,
    /// When her file was last changed.
    pub updated_at: String,
    /// Tier, points and counters.
    pub standing: Standing,
    /// Points that the others of her household would add to what she may spend; none where they are not shared.
    pub household_points: Option<i64>,
}

impl Member {
    /// A member from what is kept of her.
    pub fn new(record: &MemberRecord, state: &HolderState, rules: &Rules, now_ms: i64) -> Self {
        let (fields, profile) = (&record.fields, &record.fields.profile);
        Member {
            id: record.id,
            name: fields.name.clone(),
            gender: fields.gender,
            birthday: fields.birthday.map(BirthdayWire::from),
            language: fields.language.as_deref().and_then(Language::from_tag),
            status: fields.status,
            card_no: card_no(record).map(str::to_owned),
            occupation: profile.occupation.clone(),
            residence: profile.residence.clone(),
            income_band: profile.income_band.clone(),
            household_size: profile.household_size,
            preferences: profile.preferences.clone(),
            note: profile.note.clone(),
            custom: profile.custom.clone(),
            identities: record.identities.iter().map(IdentityView::from).collect(),
            source: Source { kind: record.source_kind.clone(), code: record.source_code.clone() },
            store: fields.store.clone(),
            merged_into: record.merged_into,
            joined_at: rfc3339(record.joined_at_ms),
            updated_at: rfc3339(record.updated_at_ms),
            standing: Standing::new(rules, state, now_ms),
            household_points: None,
        }
    }

    /// Reads a member; none when there is nobody of that id.
    pub fn read(
        conn: &mut Conn,
        keyring: &Keyring,
        rules: &Rules,
        id: MemberId,
        now_ms: i64,
    ) -> Result<Option<Self>, StoreError> {
        let Some(record) = member::find_one(conn, keyring, id)? else { return Ok(None) };
        let state = holder::find(conn, &[record.holder])?.remove(&record.holder).unwrap_or_default();
        let household_points = sharing::points_of_others(conn, id, now_ms)?;
        Ok(Some(Member { household_points, ..Member::new(&record, &state, rules, now_ms) }))
    }
}

/// The number of a member's newest card.
pub fn card_no(record: &MemberRecord) -> Option<&str> {
    let mut cards = record.identities.iter().filter(|record| record.identity.kind == IdentityKind::Card);
    cards.next_back().map(|record| record.identity.value.as_str())
}

/// The tier of a member in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TierName {
    /// Its code.
    pub code: String,
    /// The brand's name for it.
    pub name: String,
}

/// A member in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberRow {
    /// Her id.
    pub id: MemberId,
    /// Her name.
    pub name: Option<String>,
    /// Her oldest phone number for eyes that may not see it whole.
    pub masked_phone: Option<String>,
    /// The number of her newest card.
    pub card_no: Option<String>,
    /// What tells her from others where she has no name: her phone number masked, her card, the number that another system of the brand gave her,
    /// or whatever else she is recognised by, masked.
    pub known_by: Option<String>,
    /// Gender as she states it.
    pub gender: Option<Gender>,
    /// Where her file stands.
    pub status: MemberStatus,
    /// Her tier.
    pub tier: Option<TierName>,
    /// Her balance of points.
    pub points: i64,
    /// Code of the store that she belongs to.
    pub store: Option<String>,
    /// When she joined.
    pub joined_at: String,
    /// When she bought last.
    pub last_purchase_at: Option<String>,
    /// Spending ever less returns, in minor units.
    pub total_minor: i64,
}

impl MemberRow {
    /// A row from what lists read of a member.
    pub fn new(listed: ListedMember, rules: &Rules) -> Self {
        let state = &listed.state;
        let tier = state.tier.as_ref().map(|held| TierName { code: held.code.clone(), name: tier_name(rules, &held.code) });
        MemberRow {
            tier,
            points: state.points.balance(),
            last_purchase_at: (state.last_purchase_ms > 0).then(|| rfc3339(state.last_purchase_ms)),
            total_minor: state.total_minor,
            id: listed.id,
            name: listed.name,
            masked_phone: listed.masked_phone,
            card_no: listed.card_no,
            known_by: listed.known_by,
            gender: listed.gender,
            status: listed.status,
            store: listed.store,
            joined_at: rfc3339(listed.joined_at_ms),
        }
    }
}
