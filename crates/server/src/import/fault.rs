//! What can be wrong with a row or a value of a file. A fault is a value with a stable code, and says in the reader's
//! language what to mend; reading goes on after it.

use danggol_core::language::Language;

/// The longest cell that is read, in bytes of UTF-8.
pub const CELL_BYTES_MAX: usize = 64 * 1024;
/// The longest row that is read, in bytes of UTF-8.
pub const ROW_BYTES_MAX: usize = 1024 * 1024;

/// Why a whole row of a table cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// The row has fewer cells than the header.
    TooFewCells {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// The row has more cells than the header, and those in excess are not empty.
    TooManyCells {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// A quotation mark opens a cell and none closes it.
    UnterminatedQuote,
    /// Text follows the quotation mark that closes a cell.
    StrayQuote,
    /// Some bytes are no characters of the file's encoding.
    Undecodable,
    /// The row holds the character NUL, which no database text may.
    Nul,
    /// A cell is longer than [`CELL_BYTES_MAX`].
    CellTooLong {
        /// The cell, counted from 1 as a person does.
        cell: usize,
    },
    /// The row is longer than [`ROW_BYTES_MAX`].
    RowTooLong,
}

/// Why a value cannot be taken for what its field asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFault {
    /// The spreadsheet holds an error there, such as `#N/A`.
    SpreadsheetError,
    /// The spreadsheet holds a number of more than 15 digits, of which it keeps only 15.
    DigitsLost,
    /// The text is no number.
    NotANumber,
    /// A point or comma may stand for thousands as well as for decimals.
    AmbiguousNumber,
    /// The number has more decimals than the currency or unit.
    TooManyDecimals,
    /// The number is beyond what can be kept.
    NumberTooLarge,
    /// The text is no date or time.
    NotADate,
    /// Day and month cannot be told apart.
    AmbiguousDate,
    /// The local time does not exist in the zone of the column, or the zone's rules do not reach it.
    NoSuchTime,
}

impl RowFault {
    /// The stable code, for programs and for counting.
    pub fn code(self) -> &'static str {
        match self {
            RowFault::TooFewCells { .. } => "too_few_cells",
            RowFault::TooManyCells { .. } => "too_many_cells",
            RowFault::UnterminatedQuote => "unterminated_quote",
            RowFault::StrayQuote => "stray_quote",
            RowFault::Undecodable => "undecodable",
            RowFault::Nul => "nul",
            RowFault::CellTooLong { .. } => "cell_too_long",
            RowFault::RowTooLong => "row_too_long",
        }
    }

    /// What is wrong and what to mend, for a person.
    pub fn sentence(self, language: Language) -> String {
        match self {
            RowFault::TooFewCells { found, expected } | RowFault::TooManyCells { found, expected } => {
                count_sentence(language, found, expected)
            }
            RowFault::CellTooLong { cell } => match language {
                Language::ZhCn => format!("第 {cell} 个单元格超过 64 KiB，请缩短内容。"),
                Language::ZhTw => format!("第 {cell} 個儲存格超過 64 KiB，請縮短內容。"),
                Language::Ko => format!("{cell}번째 칸이 64 KiB보다 깁니다. 내용을 줄여 주세요."),
                Language::En => format!("Cell {cell} is longer than 64 KiB; shorten it."),
            },
            RowFault::UnterminatedQuote => language
                .pick(&[
                    "双引号没有成对：这一行打开的引号没有关闭。",
                    "雙引號沒有成對：這一列打開的引號沒有關閉。",
                    "큰따옴표가 닫히지 않았습니다. 이 행에서 연 따옴표를 닫아 주세요.",
                    "A quotation mark opens a cell in this row and none closes it.",
                ])
                .to_owned(),
            RowFault::StrayQuote => language
                .pick(&[
                    "结束引号后面还有文字：单元格内的引号要写成两个。",
                    "結束引號後面還有文字：儲存格內的引號要寫成兩個。",
                    "닫는 따옴표 뒤에 글자가 있습니다. 칸 안의 따옴표는 두 번 써 주세요.",
                    "Text follows a closing quotation mark; write a quotation mark inside a cell twice.",
                ])
                .to_owned(),
            RowFault::Undecodable => language
                .pick(&[
                    "有些字节不是该文件编码中的字符，请以 UTF-8 重新保存这一行。",
                    "有些位元組不是該檔案編碼中的字元，請以 UTF-8 重新儲存這一列。",
                    "파일의 인코딩으로 읽을 수 없는 글자가 있습니다. UTF-8로 다시 저장해 주세요.",
                    "Some bytes are no characters of the file's encoding; save the row as UTF-8.",
                ])
                .to_owned(),
            RowFault::Nul => language
                .pick(&[
                    "这一行含有空字符（NUL），请删除。",
                    "這一列含有空字元（NUL），請刪除。",
                    "이 행에 널 문자(NUL)가 있습니다. 지워 주세요.",
                    "The row holds a NUL character; remove it.",
                ])
                .to_owned(),
            RowFault::RowTooLong => language
                .pick(&[
                    "这一行超过 1 MiB，请检查换行和引号。",
                    "這一列超過 1 MiB，請檢查換行和引號。",
                    "이 행이 1 MiB보다 깁니다. 줄바꿈과 따옴표를 확인해 주세요.",
                    "The row is longer than 1 MiB; check its line breaks and quotation marks.",
                ])
                .to_owned(),
        }
    }
}

/// The sentence on a wrong number of cells.
fn count_sentence(language: Language, found: usize, expected: usize) -> String {
    match language {
        Language::ZhCn => format!("这一行有 {found} 个单元格，表头有 {expected} 个；请检查分隔符和引号。"),
        Language::ZhTw => format!("這一列有 {found} 個儲存格，標題有 {expected} 個；請檢查分隔符號和引號。"),
        Language::Ko => format!("이 행은 {found}칸인데 머리글은 {expected}칸입니다. 구분자와 따옴표를 확인해 주세요."),
        Language::En => {
            format!("The row has {found} cells where the header has {expected}; check delimiters and quotation marks.")
        }
    }
}

impl ValueFault {
    /// The stable code, for programs and for counting.
    pub fn code(self) -> &'static str {
        match self {
            ValueFault::SpreadsheetError => "spreadsheet_error",
            ValueFault::DigitsLost => "digits_lost",
            ValueFault::NotANumber => "not_a_number",
            ValueFault::AmbiguousNumber => "ambiguous_number",
            ValueFault::TooManyDecimals => "too_many_decimals",
            ValueFault::NumberTooLarge => "number_too_large",
            ValueFault::NotADate => "not_a_date",
            ValueFault::AmbiguousDate => "ambiguous_date",
            ValueFault::NoSuchTime => "no_such_time",
        }
    }

    /// What is wrong and what to mend, for a person.
    pub fn sentence(self, language: Language) -> &'static str {
        language.pick(match self {
            ValueFault::SpreadsheetError => &[
                "单元格是公式错误（如 #N/A），请改正公式。",
                "儲存格是公式錯誤（如 #N/A），請改正公式。",
                "칸에 수식 오류(#N/A 등)가 있습니다. 수식을 고쳐 주세요.",
                "The cell holds a formula error such as #N/A; correct the formula.",
            ],
            ValueFault::DigitsLost => &[
                "电子表格只保留数字的前 15 位，后面的已经丢失；请把这一列设为文本后重新填写。",
                "試算表只保留數字的前 15 位，後面的已經遺失；請把這一欄設為文字後重新填寫。",
                "스프레드시트는 숫자를 15자리까지만 보관하여 뒷자리가 사라졌습니다. 열을 텍스트로 바꾸고 다시 입력해 주세요.",
                "A spreadsheet keeps only 15 digits of a number and the rest is lost; make the column text and enter it again.",
            ],
            ValueFault::NotANumber => &["不是数字。", "不是數字。", "숫자가 아닙니다.", "This is no number."],
            ValueFault::AmbiguousNumber => &[
                "无法判断句点或逗号是千分位还是小数点；请在映射中写明 decimal。",
                "無法判斷句點或逗號是千分位還是小數點；請在對應設定中寫明 decimal。",
                "점이나 쉼표가 천 단위인지 소수점인지 알 수 없습니다. 매핑에 decimal을 적어 주세요.",
                "The point or comma may group thousands or begin decimals; say `decimal` in the mapping.",
            ],
            ValueFault::TooManyDecimals => &[
                "小数位比币种（或单位）允许的多；请更正，或在映射中写 round = true。",
                "小數位比幣別（或單位）允許的多；請更正，或在對應設定中寫 round = true。",
                "소수 자릿수가 통화(또는 단위)보다 많습니다. 고치거나 매핑에 round = true를 적어 주세요.",
                "There are more decimals than the currency or unit has; correct it or say round = true in the mapping.",
            ],
            ValueFault::NumberTooLarge => &["数字过大。", "數字過大。", "숫자가 너무 큽니다.", "The number is too large."],
            ValueFault::NotADate => {
                &["不是日期或时间。", "不是日期或時間。", "날짜나 시각이 아닙니다.", "This is no date or time."]
            }
            ValueFault::AmbiguousDate => &[
                "无法区分日和月；请在映射中写明 format，例如 %d/%m/%Y。",
                "無法區分日和月；請在對應設定中寫明 format，例如 %d/%m/%Y。",
                "일과 월을 구별할 수 없습니다. 매핑에 format을 적어 주세요(예: %d/%m/%Y).",
                "Day and month cannot be told apart; say `format` in the mapping, for example %d/%m/%Y.",
            ],
            ValueFault::NoSuchTime => &[
                "该时区没有这个时间。",
                "該時區沒有這個時間。",
                "그 시간대에는 없는 시각입니다.",
                "There is no such time in that time zone.",
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_speaks_four_languages_in_its_own_words() {
        let rows = [
            RowFault::TooFewCells { found: 2, expected: 3 },
            RowFault::UnterminatedQuote,
            RowFault::StrayQuote,
            RowFault::Undecodable,
            RowFault::Nul,
            RowFault::CellTooLong { cell: 4 },
            RowFault::RowTooLong,
        ];
        let values = [
            ValueFault::SpreadsheetError,
            ValueFault::DigitsLost,
            ValueFault::NotANumber,
            ValueFault::AmbiguousNumber,
            ValueFault::TooManyDecimals,
            ValueFault::NumberTooLarge,
            ValueFault::NotADate,
            ValueFault::AmbiguousDate,
            ValueFault::NoSuchTime,
        ];
        let mut said = std::collections::HashSet::new();
        for language in Language::ALL {
            for fault in rows {
                assert!(said.insert(fault.sentence(language)), "{} {}", fault.code(), language.tag());
            }
            for fault in values {
                assert!(said.insert(fault.sentence(language).to_owned()), "{} {}", fault.code(), language.tag());
            }
        }
    }
}
