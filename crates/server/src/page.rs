//! A list is given page by page, the newest first: what is asked for, how much is read for it, and where the next page begins.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::{ApiError, ApiResult, kinds};

/// How many are on a page where nobody says.
const LIMIT: usize = 50;

/// The most that are on a page.
const LIMIT_MAX: usize = 200;

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many, 1–200; 50 when it is left out.
    #[serde(default = "usual_limit")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: usize,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

fn usual_limit() -> usize {
    LIMIT
}

impl PageQuery {
    /// The page that was asked for, of things with an id made by `id`; an error where nobody may ask for so many, or the cursor is none of theirs.
    pub fn page<I: FromStr>(self, id: impl Fn(i64) -> I) -> ApiResult<Page<I>> {
        Page::asked(Some(self.limit), self.cursor.as_deref(), id)
    }
}

/// The newest `limit` things whose ids, which grow with time, are less than `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<I> {
    /// Ids on the page are less than this.
    pub before: I,
    limit: usize,
}

impl<I: FromStr> Page<I> {
    /// As [`PageQuery::page`], of what a query with more in it says.
    pub fn asked(limit: Option<usize>, cursor: Option<&str>, id: impl Fn(i64) -> I) -> ApiResult<Page<I>> {
        let limit = limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("limit"));
        }
        let before = cursor.map(str::parse::<I>).transpose();
        let before = before.map_err(|_| ApiError::new(&kinds::INVALID_CURSOR).at("cursor"))?;
        Ok(Page { before: before.unwrap_or_else(|| id(i64::MAX)), limit })
    }
}

impl<I: Display> Page<I> {
    /// How many are to be read for it: one more than are on it, so that it is known whether there is more.
    pub fn to_read(&self) -> usize {
        self.limit + 1
    }

    /// Leaves of what was read what is on the page; the cursor of the next page is the id of the last, and none where nothing follows.
    pub fn cut<T>(&self, read: &mut Vec<T>, id: impl Fn(&T) -> I) -> Option<String> {
        let more = read.len() > self.limit;
        read.truncate(self.limit);
        read.last().filter(|_| more).map(|last| id(last).to_string())
    }
}

#[cfg(test)]
mod tests {
    use danggol_core::id::EntryId;

    use super::*;

    fn asked(limit: Option<usize>, cursor: Option<&str>) -> Result<Page<EntryId>, &'static str> {
        Page::asked(limit, cursor, EntryId).map_err(|error| error.code())
    }

    #[test]
    fn a_page_has_bounds() {
        let newest = |limit| Ok(Page { before: EntryId(i64::MAX), limit });
        let seventh = EntryId(7);
        let after = seventh.to_string();
        let cases = [
            (None, None, newest(50)),
            (Some(1), None, newest(1)),
            (Some(200), Some(after.as_str()), Ok(Page { before: seventh, limit: 200 })),
            (Some(0), None, Err("out_of_range")),
            (Some(201), None, Err("out_of_range")),
            (None, Some("mem_0"), Err("invalid_cursor")),
            (None, Some(""), Err("invalid_cursor")),
        ];
        for (limit, cursor, expected) in cases {
            assert_eq!(asked(limit, cursor), expected, "{limit:?} {cursor:?}");
        }
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        for things in 0..8_i64 {
            for limit in 1..5 {
                let (mut seen, mut cursor) = (Vec::new(), None);
                loop {
                    let page = asked(Some(limit), cursor.as_deref()).expect("a page");
                    let below = (1..=things).rev().filter(|id| *id < page.before.0);
                    let mut read: Vec<i64> = below.take(page.to_read()).collect();
                    cursor = page.cut(&mut read, |id| EntryId(*id));
                    assert!(read.len() == limit || cursor.is_none(), "{things} things by {limit}: a page short of some");
                    seen.extend(read);
                    if cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, (1..=things).rev().collect::<Vec<_>>(), "by {limit}");
            }
        }
    }
}
