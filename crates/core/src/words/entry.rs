//! What an entry of the log did, in words: the answer to “why did I get, or lose, points?”.

use jiff::Timestamp;

use crate::decide::{Detail, ReturnDetail};
use crate::earning::{Award, Grant};
use crate::identity::IdentityKind;
use crate::language::Language;
use crate::ledger::Asset;
use crate::merge::{self, UndoDetail};
use crate::programme::SpentPoints;
use crate::share::{ShareDetail, Side};
use crate::words::{Voice, say};

impl Voice<'_> {
    /// What a purchase gave and used, one sentence for each rule and each consequence.
    pub fn award(&self, award: &Award) -> Vec<String> {
        let grants = award.grants.iter().map(|grant| self.grant(grant));
        let mut said: Vec<String> = grants.chain(award.gifts.iter().map(|gift| self.gift(gift))).collect();
        if award.redeemed_points > 0 {
            let (units, amount) = (self.units(Asset::Points, award.redeemed_points), self.money(award.redeemed_minor));
            said.push(say!(
                self.language,
                "用 {units}抵 {amount}",
                "用 {units}折抵 {amount}",
                "{units} 사용({amount})",
                "{units} paid {amount}"
            ));
        }
        if let Some(paid) = &award.value {
            said.push(self.paid_with_value(paid));
        }
        if award.available_at_ms > 0 {
            let day = self.day_of(award.available_at_ms);
            said.push(say!(self.language, "{day}起可用", "{day}起可用", "{day}부터 사용 가능", "May be spent from {day} on"));
        }
        if let Some(expires_at_ms) = award.expires_at_ms {
            let day = self.day_of(expires_at_ms - 1);
            said.push(say!(self.language, "有效至{day}", "有效至{day}", "{day}까지 유효", "Valid until {day}"));
        }
        if award.tier_after.is_some() {
            said.push(self.tier_change(award.tier_before.as_deref(), award.tier_after.as_deref()));
        }
        said
    }

    /// What one rule gave. A rule of another version than this voice speaks of is named by its place.
    pub fn grant(&self, grant: &Grant) -> String {
        let rule = self.programme.earning.rules.get(grant.rule);
        let name = rule.map_or_else(|| format!("#{}", grant.rule + 1), |rule| rule.name.clone());
        let units = self.units(grant.asset, grant.amount);
        match grant.amount {
            0 => say!(self.language, "{name}：已达上限", "{name}：已達上限", "{name}: 한도 도달", "{name}: its cap was reached"),
            _ => say!(self.language, "{name}：+{units}", "{name}：+{units}", "{name}: +{units}", "{name}: +{units}"),
        }
    }

    /// What an entry did, one sentence for each consequence.
    pub fn detail(&self, detail: &Detail) -> Vec<String> {
        match detail {
            Detail::Return(detail) => self.returned(detail),
            Detail::Adjustment { asset, amount, reason, .. } => vec![self.adjustment(*asset, *amount, reason)],
            Detail::Review { ranked, expired, expired_bonus, tier, .. } => {
                let ranked = ranked.as_ref().map(|ranking| self.ranking(ranking));
                let units: i64 = expired.iter().map(|lot| lot.amount).sum();
                let expired = (units > 0).then(|| self.expired(units));
                let bonus: i64 = expired_bonus.iter().map(|lot| lot.amount).sum();
                let bonus = (bonus > 0).then(|| self.bonus_expired(bonus));
                expired.into_iter().chain(bonus).chain(ranked).chain(tier.as_ref().map(|tier| self.tier_review(tier))).collect()
            }
            Detail::Coupon(detail) => vec![self.coupon(detail)],
            Detail::Occasion(detail) => self.on_occasion(detail),
            Detail::Value(detail) => self.stored_value(detail),
            Detail::Gift(detail) => self.gift_taken(detail),
            Detail::Merge(detail) => {
                [self.merged(detail.side)].into_iter().chain(detail.rule.map(|kind| self.by_rule(kind))).collect()
            }
            Detail::Undo(detail) => self.parted(detail),
            Detail::Share(detail) => vec![self.shared(detail, None)],
        }
    }

    /// An adjustment by hand.
    pub fn adjustment(&self, asset: Asset, amount: i64, reason: &str) -> String {
        let (sign, units) = (if amount < 0 { "-" } else { "+" }, self.units(asset, amount.saturating_abs()));
        say!(
            self.language,
            "人工调整 {sign}{units}：{reason}",
            "人工調整 {sign}{units}：{reason}",
            "수동 조정 {sign}{units}: {reason}",
            "Adjusted by hand, {sign}{units}: {reason}",
        )
    }

    fn merged(&self, side: merge::Side) -> String {
        match side {
            merge::Side::Keeps => say!(
                self.language,
                "与另一份会员档案合并，对方的积分、批次和累计转入本档案",
                "與另一份會員檔案合併，對方的點數、批次和累計轉入本檔案",
                "다른 회원 파일과 병합되어 포인트와 적립 건, 누계를 넘겨받음",
                "Merged with another file: its points, lots and totals came here",
            ),
            merge::Side::Goes => say!(
                self.language,
                "并入另一份会员档案，积分、批次和累计已转出",
                "併入另一份會員檔案，點數、批次和累計已轉出",
                "다른 회원 파일로 병합되어 포인트와 적립 건, 누계를 넘겨줌",
                "Merged into another file: points, lots and totals went there",
            ),
        }
    }

    fn by_rule(&self, kind: IdentityKind) -> String {
        let kind = kind.words(self.language);
        say!(
            self.language,
            "按自动合并规则：双方都验证了同一个{kind}",
            "依自動合併規則：雙方都驗證了同一個{kind}",
            "자동 병합 규칙: 두 회원이 같은 {kind}을(를) 인증함",
            "By a rule: both had proved the same {kind}",
        )
    }

    fn parted(&self, detail: &UndoDetail) -> Vec<String> {
        let mut said = vec![say!(
            self.language,
            "撤销合并：两份档案各按自己的记录重新计算",
            "撤銷合併：兩份檔案各依自己的紀錄重新計算",
            "병합 취소: 두 파일을 각자의 기록으로 다시 계산함",
            "Merge undone: each file was worked out again from its own records",
        )];
        let short: i64 = detail.corrected.iter().map(|correction| correction.short).sum();
        if short > 0 {
            let units = self.units(Asset::Points, short);
            said.push(say!(
                self.language,
                "其中用掉了属于对方的 {units}，记为欠分",
                "其中用掉了屬於對方的 {units}，記為欠點",
                "그동안 상대방의 {units} 사용, 이후 적립에서 차감",
                "Of the other's, {units} had been spent: they are owed",
            ));
        }
        let differing = detail.corrected.iter().filter(|correction| correction.before != correction.after).count();
        if differing > 0 {
            said.push(say!(
                self.language,
                "合并期间有 {differing} 条记录的积分随之改变",
                "合併期間有 {differing} 筆紀錄的點數隨之改變",
                "병합 중의 기록 {differing}건의 포인트가 바뀜",
                "Records of the time between whose points changed: {differing}",
            ));
        }
        said
    }

    /// Points that another member of the household spent, or that were hers; by the other's name where it is known.
    pub fn shared(&self, detail: &ShareDetail, other: Option<&str>) -> String {
        let units = self.units(Asset::Points, detail.points());
        let name = match other {
            Some(name) if self.language == Language::Ko => format!("{name} 님"),
            Some(name) => self.spaced(name),
            None => say!(self.language, "家庭成员", "家庭成員", "다른 가구원", "a member of the household"),
        };
        let said = match detail.side {
            Side::Gives => say!(
                self.language,
                "{name}用掉了 {units}",
                "{name}用掉了 {units}",
                "{name}이 {units} 사용",
                "{units} used by {name}"
            ),
            Side::Takes => say!(
                self.language,
                "用了{name}的 {units}",
                "用了{name}的 {units}",
                "{name}의 {units} 사용",
                "{units} came from {name}"
            ),
        };
        said.trim().to_owned()
    }

    /// Points that expired.
    pub fn expired(&self, units: i64) -> String {
        let units = self.units(Asset::Points, units);
        say!(self.language, "{units}到期失效", "{units}到期失效", "{units} 소멸", "{units} expired")
    }

    fn returned(&self, detail: &ReturnDetail) -> Vec<String> {
        let points = |units: i64| self.units(Asset::Points, units);
        let mut said = Vec::new();
        if detail.points_taken > 0 {
            let units = points(detail.points_taken);
            said.push(say!(self.language, "退货收回 {units}", "退貨收回 {units}", "반품으로 {units} 회수", "{units} taken back"));
        }
        if detail.points_taken < 0 {
            let units = points(-detail.points_taken);
            said.push(say!(
                self.language,
                "按剩余商品补回 {units}",
                "依剩餘商品補回 {units}",
                "남은 품목 기준으로 {units} 재적립",
                "{units} given for what remains"
            ));
        }
        if detail.growth_taken != 0 {
            let (sign, units) =
                (if detail.growth_taken > 0 { "-" } else { "+" }, self.units(Asset::Growth, detail.growth_taken.abs()));
            said.push(format!("{sign}{units}"));
        }
        if detail.lapsed > 0 {
            let units = points(detail.lapsed);
            said.push(say!(
                self.language,
                "其中 {units}此前已到期，不再扣",
                "其中 {units}先前已到期，不再扣",
                "이 가운데 {units} 이미 소멸되어 다시 빼지 않음",
                "Of them {units} had expired and are not taken again",
            ));
        }
        said.extend(self.spent(detail));
        if detail.given_back > 0 {
            let units = points(detail.given_back);
            said.push(say!(
                self.language,
                "退还抵扣的 {units}",
                "退還折抵的 {units}",
                "사용한 {units} 반환",
                "{units} used on it given back"
            ));
        }
        if detail.principal_back > 0 || detail.bonus_back > 0 {
            said.push(self.value_back(detail.principal_back, detail.bonus_back));
        }
        if !detail.coupons.is_empty() {
            said.push(self.coupons_back(detail.coupons.len()));
        }
        said.extend(self.gifts_back(detail.gifts_taken.len(), detail.gifts_kept.len()));
        said.extend(detail.tier.as_ref().map(|tier| self.tier_review(tier)));
        said
    }

    fn spent(&self, detail: &ReturnDetail) -> Option<String> {
        if detail.spent <= 0 {
            return None;
        }
        let (units, amount) = (self.units(Asset::Points, detail.spent), self.money(detail.deducted_minor));
        Some(match detail.settled? {
            SpentPoints::Debt => say!(
                self.language,
                "其中 {units}已用掉，从其他积分扣除，不足部分记为欠分",
                "其中 {units}已用掉，從其他點數扣除，不足部分記為欠點",
                "이 가운데 {units} 이미 사용되어 다른 포인트에서 차감, 부족분은 이후 적립에서 차감",
                "Of them {units} had been spent: taken from other points, what is missing is owed",
            ),
            SpentPoints::Deduct => say!(
                self.language,
                "其中 {units}已用掉，从退款中扣 {amount}",
                "其中 {units}已用掉，從退款中扣 {amount}",
                "이 가운데 {units} 이미 사용되어 환불액에서 {amount} 차감",
                "Of them {units} had been spent: {amount} taken off the refund",
            ),
            SpentPoints::WriteOff => say!(
                self.language,
                "其中 {units}已用掉，由品牌承担",
                "其中 {units}已用掉，由品牌承擔",
                "이 가운데 {units} 이미 사용되어 브랜드가 부담",
                "Of them {units} had been spent: the brand bears them",
            ),
        })
    }

    pub(super) fn day_of(&self, at_ms: i64) -> String {
        let instant = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX);
        self.date(self.zone.to_datetime(instant).date())
    }
}
