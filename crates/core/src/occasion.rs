//! Gifts on occasions: points and coupons that the brand promises for a purchase, for joining, on the day of joining each year, and on
//! birthdays in the member's own calendar. The rules stand in the programme; what they gave stands in the log, with why.

mod giving;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::{Attribute, Of};
use crate::birthday::{Birthday, LunarKind};
use crate::condition::{Condition, day_of};
use crate::coupon::CouponRefusal;
use crate::earning::{FrozenValue, MemberFactsSource, Scene};
use crate::id::{CouponId, MemberId, TemplateId};
use crate::programme::Programme;

pub(crate) use giving::{act, at_purchase, forget_old, give_coupon, points_kept, take_back};

/// The most occasions that a programme may have.
pub const MAX_OCCASIONS: usize = 100;
/// The most days before or after a birthday on which its gift is given.
pub const MAX_AROUND_DAYS: u16 = 60;

/// A rule that gives something on an occasion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// Short code, unique among the occasions and kept over versions.
    pub id: String,
    /// The brand's name for it, shown to members.
    pub name: String,
    /// A rule that is off gives nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What the occasion is.
    pub trigger: Trigger,
    /// Who gets it: over the member, and over the purchase where that is the occasion. Absent: everybody.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Points that it gives; none: no points.
    #[serde(default)]
    pub points: Option<i64>,
    /// For how many days the points live; none: as long as the programme lets points live.
    #[serde(default)]
    pub valid_days: Option<u16>,
    /// The template of the coupon that it gives; none: no coupon.
    #[serde(default)]
    pub coupon: Option<TemplateId>,
    /// How often one member gets it. Joining is once ever, birthdays and anniversaries are once a year, whatever stands here.
    #[serde(default)]
    pub caps: Caps,
    /// First business day, `YYYY-MM-DD`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last business day, `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<String>,
}

fn yes() -> bool {
    true
}

/// What an occasion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = OccasionTrigger)]
pub enum Trigger {
    /// A purchase for which the condition holds.
    Purchase,
    /// The day of joining.
    Joining,
    /// The day of joining, in each later year.
    Anniversary,
    /// The birthday, in the member's own calendar.
    Birthday {
        /// So many days before it, the gift may be given.
        #[serde(default)]
        days_before: u16,
        /// So many days after it, the gift may still be given.
        #[serde(default)]
        days_after: u16,
    },
}

impl Trigger {
    /// Which kind of occasion this is.
    pub fn kind(self) -> OccasionKind {
        match self {
            Trigger::Purchase => OccasionKind::Purchase,
            Trigger::Joining => OccasionKind::Joining,
            Trigger::Anniversary => OccasionKind::Anniversary,
            Trigger::Birthday { .. } => OccasionKind::Birthday,
        }
    }
}

/// Which kind of occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OccasionKind {
    /// A purchase.
    Purchase,
    /// Joining.
    Joining,
    /// The day of joining, a year or more later.
    Anniversary,
    /// A birthday.
    Birthday,
}

/// How often one member gets something. What is left out is not bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OccasionCaps)]
pub struct Caps {
    /// In a business day.
    #[serde(default)]
    pub per_day: Option<i64>,
    /// In a calendar year.
    #[serde(default)]
    pub per_year: Option<i64>,
    /// At all.
    #[serde(default)]
    pub ever: Option<i64>,
}

/// What an occasion gave, and why it did not give what it promises. Kept with its entry for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// The rule's place among the occasions of the programme version that the entry names.
    #[serde(rename = "r")]
    pub rule: usize,
    /// Points given.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub points: i64,
    /// UTC milliseconds at which they lapse.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
    /// The coupon given.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<GivenCoupon>,
    /// Why it was not given, or its coupon was not.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// A coupon that an occasion gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenCoupon {
    /// Which.
    #[serde(rename = "i")]
    pub coupon: CouponId,
    /// Of which template.
    #[serde(rename = "t")]
    pub template: TemplateId,
    /// What the brand calls it.
    #[serde(rename = "n")]
    pub name: String,
    /// First business day on which it is valid.
    #[serde(rename = "d")]
    pub from_day: i32,
    /// Last business day on which it is valid.
    #[serde(rename = "u")]
    pub until_day: i32,
}

/// Why an occasion did not give what it promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The member has had it as often as she may.
    Cap,
    /// As many coupons as there may be were given.
    AllGiven,
    /// No more coupons of the template are given.
    Closed,
    /// The member has had as many coupons of the template as she may.
    EnoughForMember,
    /// The template's last day is over.
    Expired,
    /// There is no such template.
    UnknownTemplate,
}

impl From<CouponRefusal> for Withheld {
    fn from(why: CouponRefusal) -> Self {
        match why {
            CouponRefusal::Closed => Withheld::Closed,
            CouponRefusal::EnoughForMember(_) => Withheld::EnoughForMember,
            CouponRefusal::Expired(_) => Withheld::Expired,
            CouponRefusal::UnknownTemplate => Withheld::UnknownTemplate,
            _ => Withheld::AllGiven,
        }
    }
}

/// Something to be given on an occasion that is no purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccasionOrder {
    /// To whom.
    pub member: MemberId,
    /// Code of the rule.
    pub rule: String,
    /// The year of the occasion: of the birthday's own calendar, or of the civil one.
    pub year: i32,
    /// The civil day of the occasion, as days since 1970-01-01.
    pub day: i32,
}

/// What the log says of a gift on an occasion that is no purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OccasionDetail {
    /// Code of the rule.
    pub rule: String,
    /// Which kind of occasion.
    pub occasion: OccasionKind,
    /// Its year: of the birthday's own calendar, or of the civil one.
    pub year: i32,
    /// Its civil day, as days since 1970-01-01.
    pub day: i32,
    /// What was given.
    pub gift: Gift,
    /// What was known of the member, as far as the rule asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(Attribute, FrozenValue)>,
    /// Balance of points afterwards.
    pub balance_after: i64,
}

/// An occasion with its dates read, beside the one that the brand wrote.
#[derive(Debug, Clone)]
pub struct ReadyOccasion {
    from_day: i64,
    until_day: i64,
    when: Option<Condition>,
    /// The member attributes that it asks for.
    pub asked: Vec<Attribute>,
}

impl ReadyOccasion {
    /// Reads the dates of an occasion. A date that is none bounds nothing; a programme with such a date has a fault and is not published.
    pub fn new(occasion: &Occasion) -> Self {
        let day = |text: &Option<String>| text.as_deref().and_then(day_of);
        let mut asked: Vec<Attribute> = Vec::new();
        for test in occasion.when.iter().flat_map(|when| when.tests()) {
            if test.attribute.of() == Of::Member && !asked.contains(&test.attribute) {
                asked.push(test.attribute);
            }
        }
        Self {
            from_day: day(&occasion.from).unwrap_or(i64::MIN),
            until_day: day(&occasion.until).unwrap_or(i64::MAX),
            when: occasion.when.as_ref().map(Condition::with_days_read),
            asked,
        }
    }

    fn holds<M: MemberFactsSource>(&self, scene: &Scene<'_, M>) -> bool {
        let day = i64::from(scene.basket.moment.day);
        self.from_day <= day && day <= self.until_day && self.when.as_ref().is_none_or(|when| when.matches(scene))
    }
}

impl Programme {
    /// The occasions that purchases are, each with its place.
    pub fn purchase_occasions(&self) -> impl Iterator<Item = (usize, &Occasion)> {
        let of_purchases = |(_, occasion): &(usize, &Occasion)| occasion.enabled && occasion.trigger == Trigger::Purchase;
        self.occasions.iter().enumerate().filter(of_purchases)
    }

    /// The occasion of a code that is on, with its place.
    pub fn occasion(&self, id: &str) -> Option<(usize, &Occasion)> {
        self.occasions.iter().enumerate().find(|(_, occasion)| occasion.enabled && occasion.id == id)
    }
}

/// An occasion of a member: its year, and its civil day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The year of the birthday's own calendar, or the civil one.
    pub year: i32,
    /// The civil day.
    pub date: Date,
}

impl Trigger {
    /// The occasion of a member whose gift may be given on some day from `first` to `last`; the earliest of several. None for purchases.
    pub fn due(
        self,
        (joined, birthday): (Date, Option<&Birthday>),
        (first, last): (Date, Date),
        lunar: LunarKind,
    ) -> Option<Day> {
        match self {
            Trigger::Purchase => None,
            Trigger::Joining => {
                (first <= joined && joined <= last).then_some(Day { year: i32::from(joined.year()), date: joined })
            }
            Trigger::Anniversary => {
                let years = first.year()..=last.year();
                let in_year = |year: i16| {
                    let month = Date::new(year, joined.month(), 1).ok()?;
                    let date = month.with().day(joined.day().min(month.days_in_month())).build().ok()?;
                    Some(Day { year: i32::from(year), date })
                };
                let later = years.filter(|year| *year > joined.year());
                later.filter_map(in_year).find(|day| first <= day.date && day.date <= last)
            }
            Trigger::Birthday { days_before, days_after } => {
                let days = |count: u16| jiff::Span::new().days(i64::from(count.min(MAX_AROUND_DAYS)));
                let (first, last) = (first.saturating_sub(days(days_after)), last.saturating_add(days(days_before)));
                let birthday = birthday?;
                // A lunar year's last weeks lie in the next civil year. The day of birth itself is no birthday.
                let years = first.year().saturating_sub(1)..=last.year();
                let in_year = |year: i16| Some(Day { year: i32::from(year), date: birthday.celebrated_in(year, lunar)? });
                let later = years.filter(|year| birthday.year().is_none_or(|born| *year > born));
                later.filter_map(in_year).find(|day| first <= day.date && day.date <= last)
            }
        }
    }
}
