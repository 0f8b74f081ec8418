//! A mapping file: which of our fields comes from which of their columns, and how its values are read.
//!
//! ```toml
//! [file]                          # all optional
//! header = false                  # whether the first row names the columns
//! columns = ["customer", "date"]  # names for the columns
//! delimiter = "whitespace"        # comma, tab, semicolon, pipe, whitespace, or the character itself
//! encoding = "GB18030"
//! sheet = "会员"
//! skip_rows = 2                   # lines above the header
//! empty = ["NULL", "-"]           # texts that mean nothing is there
//!
//! [columns]
//! name = "姓名"                                                # our field = "their column"
//! date = { column = "date", format = "%Y%m%d" }               # a format of strptime
//! at = { column = "created", zone = "UTC" }                   # times without an offset are in this zone
//! at = { column = "when", later_by_days = 3248 }              # that much later, for an old example that should end lately
//! amount = { column = "金额(分)", scale = 0.01 }                # multiplied; also decimal = "," and round = true
//! gender = { column = "性别", values = { "男" = "male", "女" = "female" }, default = "other" }
//! quantity = { column = "units", measured_above = 999 }       # more than that was measured (fuel, by the gram): one piece
//! member_external = { template = "cj-{household_id}" }        # absent when a column in it is empty
//! coupon = { sum = ["coupon_disc", "coupon_match_disc"] }       # numbers of several columns together; empty ones are nothing
//! address = { join = ["省", "市", "街道"], separator = "" }
//! channel = { constant = "online" }
//! custom.kids = "kids_count"                                  # a field of the brand's own, of members
//! consent.advertising.sms = "sms_ok"                          # what a member agreed to, by purpose and channel
//! ```

mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use danggol_core::consent::{ConsentChannel, Matter};
use danggol_core::language::Language;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::plan::{FieldFault, Plan};

use super::amount::{DecimalMark, Scale};
use super::columns::{Field, Kind, recognise};
use super::encoding;
use super::table::{Delimiter, TableOptions};

/// Why a mapping cannot be used. The text of each begins with its stable code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MappingError {
    /// The file is no TOML, or has settings that nobody knows.
    #[error("mapping_malformed: {0}")]
    Malformed(String),
    /// Rows of this kind have no such field.
    #[error("mapping_unknown_field: {field}")]
    UnknownField {
        /// The field.
        field: String,
    },
    /// A setting of the file or of a field has no meaning.
    #[error("mapping_bad_setting: {setting} of {field}")]
    BadSetting {
        /// The field, or `file`.
        field: String,
        /// The setting.
        setting: &'static str,
    },
    /// The file has no such column.
    #[error("mapping_no_such_column: {column} for {field}, of {}", .present.join(", "))]
    NoSuchColumn {
        /// The field.
        field: String,
        /// The column that it should come from.
        column: String,
        /// The columns there are.
        present: Vec<String>,
    },
}

impl MappingError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            MappingError::Malformed(_) => "mapping_malformed",
            MappingError::UnknownField { .. } => "mapping_unknown_field",
            MappingError::BadSetting { .. } => "mapping_bad_setting",
            MappingError::NoSuchColumn { .. } => "mapping_no_such_column",
        }
    }

    /// What is wrong, for a person.
    pub fn sentence(&self, language: Language) -> String {
        match (self, language) {
            (MappingError::Malformed(detail), Language::ZhCn) => format!("映射文件无法读取：{detail}"),
            (MappingError::Malformed(detail), Language::ZhTw) => format!("對應設定檔無法讀取：{detail}"),
            (MappingError::Malformed(detail), Language::Ko) => format!("매핑 파일을 읽을 수 없습니다: {detail}"),
            (MappingError::Malformed(detail), Language::En) => format!("The mapping file cannot be read: {detail}"),
            (MappingError::UnknownField { field }, Language::ZhCn) => format!("没有名为“{field}”的字段。"),
            (MappingError::UnknownField { field }, Language::ZhTw) => format!("沒有名為「{field}」的欄位。"),
            (MappingError::UnknownField { field }, Language::Ko) => format!("‘{field}’라는 필드는 없습니다."),
            (MappingError::UnknownField { field }, Language::En) => format!("There is no field called {field}."),
            (MappingError::BadSetting { field, setting }, Language::ZhCn) => {
                format!("“{field}”的设置“{setting}”没有意义。")
            }
            (MappingError::BadSetting { field, setting }, Language::ZhTw) => {
                format!("「{field}」的設定「{setting}」沒有意義。")
            }
            (MappingError::BadSetting { field, setting }, Language::Ko) => {
                format!("‘{field}’의 설정 ‘{setting}’을(를) 알 수 없습니다.")
            }
            (MappingError::BadSetting { field, setting }, Language::En) => {
                format!("The setting {setting} of {field} has no meaning.")
            }
            (MappingError::NoSuchColumn { field, column, .. }, Language::ZhCn) => {
                format!("文件里没有“{column}”这一列（用于 {field}）。")
            }
            (MappingError::NoSuchColumn { field, column, .. }, Language::ZhTw) => {
                format!("檔案裡沒有「{column}」這一欄（用於 {field}）。")
            }
            (MappingError::NoSuchColumn { field, column, .. }, Language::Ko) => {
                format!("파일에 ‘{column}’ 열이 없습니다({field}에 필요).")
            }
            (MappingError::NoSuchColumn { field, column, .. }, Language::En) => {
                format!("The file has no column {column}, from which {field} should come.")
            }
        }
    }
}

/// What a value goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A field that everybody has.
    Field(Field),
    /// A field of the brand's own, by its key.
    Custom(String),
    /// What a member agreed to.
    Consent(Matter),
}

impl Target {
    /// Its name in mapping files.
    pub fn name(&self) -> String {
        match self {
            Target::Field(field) => field.name().to_owned(),
            Target::Custom(key) => format!("custom.{key}"),
            Target::Consent(matter) => format!("consent.{matter}"),
        }
    }
}

/// Where a field's text comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// One column.
    Column(String),
    /// The same text for every row.
    Constant(String),
    /// A text with columns in braces; `{{` and `}}` are braces.
    Template(String),
    /// Columns one behind the other; empty ones are left out, with their separator.
    Join {
        /// The columns.
        columns: Vec<String>,
        /// What stands between them.
        separator: String,
    },
    /// The numbers of columns added up; empty ones count as nothing.
    Sum(Vec<String>),
}

/// The most days that a mapping makes times later, or earlier: a century.
const LATER_MAX: i32 = 36_525;

/// How one field is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What the value goes to.
    pub target: Target,
    /// Where its text comes from.
    pub origin: Origin,
    /// A format of `strptime` for dates and times.
    pub format: Option<String>,
    /// The zone that times without an offset are in.
    pub zone: Option<TimeZone>,
    /// So many days are added to dates with times, so that an old example ends lately.
    pub later_by_days: i32,
    /// Quantities above it were measured and not counted: one piece each.
    pub measured_above: Option<i64>,
    /// What numbers are multiplied with.
    pub scale: Scale,
    /// What begins the decimals of numbers.
    pub decimal: Option<DecimalMark>,
    /// Whether numbers with too many decimals are rounded.
    pub round: bool,
    /// Texts that are replaced by others; the rest stay as they are.
    pub values: BTreeMap<String, String>,
    /// The text for rows that have none.
    pub default: Option<String>,
}

impl Rule {
    /// A rule that takes the text as it is.
    pub fn of(target: Target, origin: Origin) -> Self {
        Rule {
            target,
            origin,
            format: None,
            zone: None,
            later_by_days: 0,
            measured_above: None,
            scale: Scale::default(),
            decimal: None,
            round: false,
            values: BTreeMap::new(),
            default: None,
        }
    }
}

/// A mapping of one kind of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// What the rows are.
    pub kind: Kind,
    /// What the mapping says about the file.
    pub options: TableOptions,
    /// Texts that mean that nothing is there.
    pub empty: Vec<String>,
    /// How each field is read.
    pub rules: Vec<Rule>,
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    file: WrittenFile,
    #[serde(default)]
    columns: toml::Table,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenFile {
    header: Option<bool>,
    columns: Vec<String>,
    delimiter: Option<String>,
    encoding: Option<String>,
    sheet: Option<String>,
    skip_rows: u64,
    empty: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenRule {
    column: Option<String>,
    constant: Option<String>,
    template: Option<String>,
    join: Option<Vec<String>>,
    sum: Option<Vec<String>>,
    separator: Option<String>,
    format: Option<String>,
    zone: Option<String>,
    later_by_days: i32,
    measured_above: Option<i64>,
    scale: Option<toml::Value>,
    decimal: Option<String>,
    round: bool,
    values: BTreeMap<String, String>,
    default: Option<String>,
}

impl Mapping {
    /// Reads a mapping file for rows of that kind.
    pub fn parse(kind: Kind, text: &str) -> Result<Mapping, MappingError> {
        let written: Written = toml::from_str(text).map_err(|error| MappingError::Malformed(error.to_string()))?;
        let mut rules = Vec::new();
        for (name, value) in written.columns {
            match value {
                toml::Value::Table(customs) if name == "custom" && kind == Kind::Members => {
                    for (key, value) in customs {
                        let name = format!("custom.{key}");
                        rules.push(read_rule(Target::Custom(key), &name, value)?);
                    }
                }
                toml::Value::Table(purposes) if name == "consent" && kind == Kind::Members => {
                    for (purpose, value) in purposes {
                        read_consents(&purpose, value, &mut rules)?;
                    }
                }
                value => {
                    let field = kind.field(&name).ok_or(MappingError::UnknownField { field: name.clone() })?;
                    rules.push(read_rule(Target::Field(field), &name, value)?);
                }
            }
        }
        let empty = written.file.empty.clone();
        Ok(Mapping { kind, options: read_options(written.file)?, empty, rules })
    }

    /// A mapping of the columns that are recognised by their names.
    pub fn recognised(kind: Kind, header: &[String]) -> Mapping {
        let chosen: Vec<(Field, usize)> = recognise(kind, header).iter().map(|guess| (guess.field, guess.column)).collect();
        Self::from_columns(kind, header, &chosen)
    }

    /// A mapping of fields to columns as a person has chosen them. A column beyond the header is passed over.
    pub fn from_columns(kind: Kind, header: &[String], chosen: &[(Field, usize)]) -> Mapping {
        let rules = chosen
            .iter()
            .filter_map(|&(field, column)| {
                let name = header.get(column)?.clone();
                Some(Rule::of(Target::Field(field), Origin::Column(name)))
            })
            .collect();
        Mapping { kind, options: TableOptions::default(), empty: Vec::new(), rules }
    }

    /// The mapping as a file that [`Mapping::parse`] reads, for a person to keep and to change. Only fields that come from
    /// one column each are written, which is all that a mapping that was recognised or chosen has.
    pub fn to_toml(&self) -> String {
        #[derive(Serialize)]
        struct File<'a> {
            columns: BTreeMap<&'a str, &'a str>,
        }
        let columns = self.rules.iter().filter_map(|rule| match (&rule.target, &rule.origin) {
            (Target::Field(field), Origin::Column(column)) => Some((field.name(), column.as_str())),
            _ => None,
        });
        toml::to_string(&File { columns: columns.collect() }).expect("a table of texts can be written")
    }

    /// Settles the mapping against the columns that a file really has.
    pub fn plan(&self, columns: &[String]) -> Result<Plan, MappingError> {
        Plan::new(self, columns)
    }
}

/// Reads what is said about the file.
fn read_options(written: WrittenFile) -> Result<TableOptions, MappingError> {
    let bad = |setting| MappingError::BadSetting { field: "file".to_owned(), setting };
    let delimiter = match written.delimiter {
        Some(text) => Some(Delimiter::parse(&text).ok_or(bad("delimiter"))?),
        None => None,
    };
    let encoding = match written.encoding {
        Some(name) => Some(encoding::by_name(&name).ok_or(bad("encoding"))?),
        None => None,
    };
    Ok(TableOptions {
        encoding,
        delimiter,
        header: written.header,
        columns: written.columns,
        sheet: written.sheet,
        skip_rows: written.skip_rows,
    })
}

/// Reads the rules of a purpose: of each of its channels, or its own where it has none.
fn read_consents(purpose: &str, value: toml::Value, rules: &mut Vec<Rule>) -> Result<(), MappingError> {
    let mut read = |name: String, value: toml::Value| {
        let field = format!("consent.{name}");
        let matter = Matter::parse(&name).ok_or(MappingError::UnknownField { field: field.clone() })?;
        rules.push(read_rule(Target::Consent(matter), &field, value)?);
        Ok(())
    };
    match value {
        toml::Value::Table(channels) if channels.keys().any(|word| ConsentChannel::from_word(word).is_some()) => {
            channels.into_iter().try_for_each(|(channel, value)| read(format!("{purpose}.{channel}"), value))
        }
        value => read(purpose.to_owned(), value),
    }
}

/// Reads one field's rule: the name of a column, or a table of settings.
fn read_rule(target: Target, name: &str, value: toml::Value) -> Result<Rule, MappingError> {
    let written: WrittenRule = match value {
        toml::Value::String(column) => return Ok(Rule::of(target, Origin::Column(column))),
        toml::Value::Table(table) => {
            table.try_into().map_err(|error: toml::de::Error| MappingError::Malformed(format!("{name}: {}", error.message())))?
        }
        _ => return Err(MappingError::BadSetting { field: name.to_owned(), setting: "column" }),
    };
    let bad = |setting| MappingError::BadSetting { field: name.to_owned(), setting };
    let separator = written.separator;
    let origin = match (written.column, written.constant, written.template, written.join, written.sum) {
        (Some(column), None, None, None, None) => Origin::Column(column),
        (None, Some(constant), None, None, None) => Origin::Constant(constant),
        (None, None, Some(template), None, None) => Origin::Template(template),
        (None, None, None, Some(columns), None) => {
            Origin::Join { columns, separator: separator.clone().unwrap_or_else(|| " ".to_owned()) }
        }
        (None, None, None, None, Some(columns)) => Origin::Sum(columns),
        _ => return Err(bad("column")),
    };
    let is_number = matches!(
        target,
        Target::Field(Field::Amount | Field::UnitPrice | Field::Total | Field::Discount | Field::Coupon | Field::Quantity)
    );
    if matches!(origin, Origin::Sum(_)) && (!is_number || !written.values.is_empty() || written.default.is_some()) {
        return Err(bad("sum"));
    }
    if separator.is_some() && !matches!(origin, Origin::Join { .. }) {
        return Err(bad("separator"));
    }
    let scale = match written.scale {
        None => Scale::default(),
        Some(toml::Value::Integer(number)) => Scale::parse(&number.to_string()).ok_or(bad("scale"))?,
        Some(toml::Value::Float(number)) => Scale::parse(&number.to_string()).ok_or(bad("scale"))?,
        Some(_) => return Err(bad("scale")),
    };
    let zone = match written.zone {
        Some(zone) => Some(TimeZone::get(&zone).map_err(|_| bad("zone"))?),
        None => None,
    };
    if !(-LATER_MAX..=LATER_MAX).contains(&written.later_by_days) {
        return Err(bad("later_by_days"));
    }
    if written.measured_above.is_some_and(|above| above < 1 || !matches!(target, Target::Field(Field::Quantity))) {
        return Err(bad("measured_above"));
    }
    let decimal = match written.decimal.as_deref() {
        None => None,
        Some(".") => Some(DecimalMark::Point),
        Some(",") => Some(DecimalMark::Comma),
        Some(_) => return Err(bad("decimal")),
    };
    Ok(Rule {
        target,
        origin,
        format: written.format,
        zone,
        later_by_days: written.later_by_days,
        measured_above: written.measured_above,
        scale,
        decimal,
        round: written.round,
        values: written.values,
        default: written.default,
    })
}
