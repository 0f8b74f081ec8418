//! Tables as they come: every kind of file, every kind of bad row.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::data_type::{ByteArray, DoubleType, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use encoding_rs::{BIG5, EUC_KR, GB18030};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};

use super::*;
use crate::import::fault::RowFault;

/// A file that goes away with the test.
struct TestFile(PathBuf);

impl TestFile {
    fn path(extension: &str) -> TestFile {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        TestFile(std::env::temp_dir().join(format!("danggol-table-{}-{number}.{extension}", std::process::id())))
    }

    fn text(bytes: impl AsRef<[u8]>) -> TestFile {
        let file = Self::path("csv");
        std::fs::write(&file.0, bytes).expect("the temporary folder is writable");
        file
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The whole table in one text: the columns, then each row as `number: cell | cell`, or `number! code`.
fn told(file: &TestFile, options: &TableOptions) -> String {
    let mut table = match Table::open(&file.0, options) {
        Ok(table) => table,
        Err(error) => return error.code().to_owned(),
    };
    let mut lines = vec![table.columns().join("|")];
    lines.extend(rest(&mut table));
    lines.join("\n")
}

fn rest(table: &mut Table) -> Vec<String> {
    let mut lines = Vec::new();
    let mut row = Row::default();
    while table.next(&mut row).expect("the test file reads") {
        lines.push(match row.fault() {
            Some(fault) => format!("{}! {}", row.number(), fault.code()),
            None => format!("{}: {}", row.number(), row.cells().collect::<Vec<_>>().join("|")),
        });
    }
    lines
}

#[test]
fn text_is_cut_as_people_write_it() {
    let cases: &[(&str, &str, &str)] = &[
        ("comma", "a,b\n1,2\n3,4", "a|b\n2: 1|2\n3: 3|4"),
        ("crlf and mark", "\u{FEFF}a,b\r\n1,2\r\n", "a|b\n2: 1|2"),
        ("old mac", "a,b\r1,2\r3,4\r", "a|b\n2: 1|2\n3: 3|4"),
        ("tab", "a\tb\n1,5\t2\n", "a|b\n2: 1,5|2"),
        ("semicolon with decimal commas", "n;a\n1,50;2,30\n1,60;2,40\n", "n|a\n2: 1,50|2,30\n3: 1,60|2,40"),
        ("pipe", "a|b|c\n1|2|3\n", "a|b|c\n2: 1|2|3"),
        ("excel tells", "sep=;\na;b,c\n1;2\n", "a|b,c\n3: 1|2"),
        ("aligned", " id  date       q   amount\n 001 19970101  1   11.77\n", "id|date|q|amount\n2: 001|19970101|1|11.77"),
        (
            "aligned, no header",
            " 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n",
            "1|2|3|4\n1: 00001|19970101|1|11.77\n2: 00002|19970112|1|12.00",
        ),
        ("one column of words", "full name\nAnn Lee\nBob Ray\n", "full name\n2: Ann Lee\n3: Bob Ray"),
        ("quotes", "a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "a|b\n2: 1,5|say \"hi\""),
        ("lines in a cell", "a,b\n\"x\ny\",2\n3,4\n", "a|b\n2: x\ny|2\n4: 3|4"),
        ("crlf in a cell", "a,b\r\n\"x\r\ny\",2\r\n", "a|b\n2: x\r\ny|2"),
        ("quote in a bare cell", "a,b\n12\" pan,2\n\"x\",12\" pan\r\n", "a|b\n2: 12\" pan|2\n3: x|12\" pan"),
        ("quoted at the end", "a,b\n1,\"\"", "a|b\n2: 1|"),
        ("blank lines and rows", "a,b\n\n1,2\n,\n \n3,4\n\u{1A}", "a|b\n3: 1|2\n6: 3|4"),
        ("empty cells beyond the header", "a,b,,\n1,2,,,,\n", "a|b\n2: 1|2"),
        ("names that repeat or lack", "a,,a\n1,2,3\n", "a|2|a (3)\n2: 1|2|3"),
        ("header alone", "a,b\n", "a|b"),
        ("blank above the header", "\n\na,b\n1,2\n", "a|b\n4: 1|2"),
        ("cjk", "姓名，甲,이름\n张伟,김철수\n", "姓名，甲|이름\n2: 张伟|김철수"),
        ("nothing", "", "empty_file"),
        ("only blanks", "\n \n", "empty_file"),
        ("bytes of something else", "\u{89}PNG\0\0\0\0\0\0\0\0\0\0", "not_a_table"),
    ];
    for (what, text, expected) in cases {
        assert_eq!(told(&TestFile::text(text), &TableOptions::default()), *expected, "{what}");
    }
}

#[test]
fn options_say_what_cannot_be_recognised() {
    let file = TestFile::text("清单,2024\n\n1;甲\n2;乙\n");
    let cases = [
        (TableOptions { skip_rows: 2, ..Default::default() }, "1|2\n3: 1|甲\n4: 2|乙"),
        (
            TableOptions { skip_rows: 2, header: Some(false), columns: vec!["n".into(), "x".into()], ..Default::default() },
            "n|x\n3: 1|甲\n4: 2|乙",
        ),
        (TableOptions { skip_rows: 2, header: Some(true), ..Default::default() }, "1|甲\n4: 2|乙"),
        (
            TableOptions { delimiter: Some(Delimiter::Byte(b',')), header: Some(true), ..Default::default() },
            "清单|2024\n3! too_few_cells\n4! too_few_cells",
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(told(&file, &options), expected, "{options:?}");
    }
}

#[test]
fn a_bad_row_is_a_fault_of_its_own() {
    let long_cell = format!("{},2", "x".repeat(64 * 1024 + 1));
    let long_row = format!("{},2", "y".repeat(1024 * 1024 + 7));
    let cases: &[(&str, &[u8], &str)] = &[
        ("too few", b"1", "2! too_few_cells"),
        ("too many", b"1,2,3", "2! too_many_cells"),
        ("unterminated", b"1,\"2", "2! unterminated_quote"),
        ("unterminated before quoted cells", b"1,\"2\n\"3\",4", "2! unterminated_quote\n3: 3|4"),
        ("stray", b"1,\"2\"x", "2! stray_quote"),
        ("undecodable", b"1,\xFF2", "2! undecodable"),
        ("undecodable in quotes", b"\"\xC3\",2", "2! undecodable"),
        ("character lost before", "1,张\u{FFFD}".as_bytes(), "2! undecodable"),
        ("nul", b"1,\0", "2! nul"),
        ("long cell", long_cell.as_bytes(), "2! cell_too_long"),
        ("long row", long_row.as_bytes(), "2! row_too_long"),
    ];
    for (what, bad, expected) in cases {
        let next = 2 + expected.lines().count();
        let bytes = ["姓名,b\n".as_bytes(), bad, b"\n5,6\n7,8\n"].concat();
        let expected = format!("姓名|b\n{expected}\n{next}: 5|6\n{}: 7|8", next + 1);
        assert_eq!(told(&TestFile::text(bytes), &TableOptions::default()), expected, "{what}");
    }
}

#[test]
fn bad_rows_by_the_thousand_leave_the_good_ones() {
    let kinds: [(&[u8], &str); 8] = [
        (b"1", "too_few_cells"),
        (b"1,2,3,4", "too_many_cells"),
        (b"1,\"2,3", "unterminated_quote"),
        (b"1,\"2\"2,3", "stray_quote"),
        (b"1,\xFE\xFE,3", "undecodable"),
        (b"\0,2,3", "nul"),
        (b"1,\"2\xFF\",3", "undecodable"),
        (b"\"1", "unterminated_quote"),
    ];
    let mut bytes = b"a,b,c\n".to_vec();
    for _ in 0..500 {
        for (bad, _) in kinds {
            bytes.extend_from_slice(bad);
            bytes.extend_from_slice("\n甲,\"乙\",丙\n".as_bytes());
        }
    }
    let mut table = Table::open(&TestFile::text(bytes).0, &TableOptions::default()).expect("opens");
    let mut row = Row::default();
    for _ in 0..500 {
        for (bad, code) in kinds {
            assert!(table.next(&mut row).expect("reads"));
            assert_eq!(row.fault().map(RowFault::code), Some(code), "{bad:?} in line {}", row.number());
            assert!(table.next(&mut row).expect("reads"));
            assert_eq!((row.fault(), row.cell(2)), (None, "丙"), "line {}", row.number());
        }
    }
    assert!(!table.next(&mut row).expect("reads"));
}

#[test]
fn every_encoding_of_the_trade_reads_the_same() {
    let cases = [
        (GB18030, "姓名,手机号\n张伟,1\n欧阳,2\n", "姓名|手机号\n2: 张伟|1\n3: 欧阳|2"),
        (BIG5, "姓名\t手機\n陳怡君\t1\n許功蓋\t2\n", "姓名|手機\n2: 陳怡君|1\n3: 許功蓋|2"),
        (EUC_KR, "이름;휴대폰\n김철수;1\n똠방각하;2\n", "이름|휴대폰\n2: 김철수|1\n3: 똠방각하|2"),
    ];
    for (encoding, text, expected) in cases {
        let file = TestFile::text(encoding.encode(text).0);
        assert_eq!(told(&file, &TableOptions::default()), expected);
        let forced = TableOptions { encoding: Some(encoding), ..Default::default() };
        assert_eq!(told(&file, &forced), expected);
    }
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("姓名\t电话\n张\t1\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(told(&TestFile::text(utf16), &TableOptions::default()), "姓名|电话\n2: 张|1");
    let broken =
        [GB18030.encode("姓名,手机号,门店\n张伟,1,上海\n").0.as_ref(), b"\xFF,2,x\n", &GB18030.encode("王芳,3,北京\n").0]
            .concat();
    assert_eq!(
        told(&TestFile::text(broken), &TableOptions::default()),
        "姓名|手机号|门店\n2: 张伟|1|上海\n3! undecodable\n4: 王芳|3|北京"
    );
}

#[test]
fn an_interrupted_reading_goes_on_at_its_row() {
    let text: String = (0..50_000).map(|n| format!("{n},x{n}\n")).collect();
    let file = TestFile::text(format!("a,b\n{text}"));
    let mut table = Table::open(&file.0, &TableOptions::default()).expect("opens");
    table.skip_to(40_001).expect("skips");
    let mut row = Row::default();
    assert!(table.next(&mut row).expect("reads"));
    assert_eq!((row.number(), row.cell(0)), (40_001, "39999"));
    let behind = "a,b\n".len() + (0..40_000).map(|n| format!("{n},x{n}\n").len()).sum::<usize>();
    assert_eq!((table.position(), table.total()), (behind as u64, Some(text.len() as u64 + 4)));
    while table.next(&mut row).expect("reads") {}
    assert_eq!((table.position(), row.number()), (text.len() as u64 + 4, 50_001));
}

#[test]
fn a_preview_shows_the_first_rows_and_what_was_recognised() {
    let file = TestFile::text(GB18030.encode("姓名;手机号\n张伟;1\n王芳\n李娜;3\n").0);
    let preview = preview(&file.0, &TableOptions::default(), 2).expect("opens");
    assert_eq!(preview.format, Format::Text { encoding: GB18030, delimiter: Delimiter::Byte(b';') });
    assert_eq!(preview.columns, ["姓名", "手机号"]);
    assert_eq!(preview.rows.len(), 2);
    assert_eq!(preview.rows[0].cells().collect::<Vec<_>>(), ["张伟", "1"]);
    assert_eq!(preview.rows[1].fault(), Some(RowFault::TooFewCells { found: 1, expected: 2 }));
}

/// A workbook with a hidden sheet first, a title, and cells of every kind.
fn workbook() -> TestFile {
    let file = TestFile::path("xlsx");
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("参数").expect("name").set_hidden(true).write(0, 0, "x").expect("cell");
    let date = CellFormat::new().set_num_format("yyyy-mm-dd");
    let moment = CellFormat::new().set_num_format("yyyy/m/d h:mm:ss");
    let time = CellFormat::new().set_num_format("h:mm");
    let sheet = workbook.add_worksheet().set_name("会员").expect("name").set_active(true);
    sheet.write(0, 0, "会员名单").expect("cell");
    for (column, name) in ["姓名", "手机", "金额", "生日", "时间", "点", "备注"].iter().enumerate() {
        sheet.write(2, column as u16, *name).expect("cell");
    }
    sheet.write(3, 0, "张伟").expect("cell");
    sheet.write(3, 1, 13_000_000_001_f64).expect("cell");
    sheet.write(3, 2, 0.1 + 0.2).expect("cell");
    sheet.write_with_format(3, 3, ExcelDateTime::from_ymd(1990, 5, 3).expect("date"), &date).expect("cell");
    let at = ExcelDateTime::from_ymd(2024, 1, 5).expect("date").and_hms(13, 5, 9).expect("time");
    sheet.write_with_format(3, 4, &at, &moment).expect("cell");
    sheet.write_with_format(3, 5, ExcelDateTime::from_hms(9, 30, 0).expect("time"), &time).expect("cell");
    sheet.write(5, 0, "王芳").expect("cell");
    sheet.write(5, 1, 6_222_000_000_000_000_123_f64).expect("cell");
    sheet.write(5, 2, -1250).expect("cell");
    sheet.write_formula(5, 3, Formula::new("=NA()").set_result("#N/A")).expect("cell");
    sheet.write(5, 6, true).expect("cell");
    sheet.write(6, 0, "李娜").expect("cell");
    sheet.write(6, 8, "多余").expect("cell");
    workbook.save(&file.0).expect("the temporary folder is writable");
    file
}

#[test]
fn a_sheet_reads_as_text() {
    let file = workbook();
    let options = TableOptions { skip_rows: 2, ..Default::default() };
    assert_eq!(
        told(&file, &options),
        "姓名|手机|金额|生日|时间|点|备注\n\
         4: 张伟|13000000001|0.30000000000000004|1990-05-03|2024-01-05T13:05:09|09:30:00|\n\
         6: 王芳|6222000000000000000|-1250|#N/A|||true\n\
         7! too_many_cells"
    );
    let preview = preview(&file.0, &options, 2).expect("opens");
    assert_eq!(preview.format, Format::Workbook { sheet: "会员".to_owned(), sheets: vec!["参数".to_owned(), "会员".to_owned()] });
    let kinds: Vec<CellKind> = (1..4).map(|index| preview.rows[0].kind(index)).collect();
    assert_eq!(kinds, [CellKind::Exact, CellKind::Floating, CellKind::Exact]);
    use crate::import::fault::ValueFault::{DigitsLost, SpreadsheetError};
    let kinds: Vec<CellKind> = (1..4).map(|index| preview.rows[1].kind(index)).collect();
    assert_eq!(kinds, [CellKind::Faulty(DigitsLost), CellKind::Exact, CellKind::Faulty(SpreadsheetError)]);
}

#[test]
fn sheets_are_chosen_by_name_and_damage_is_told() {
    let file = workbook();
    let sheet = |name: &str| TableOptions { sheet: Some(name.to_owned()), ..Default::default() };
    assert_eq!(told(&file, &sheet("参数")), "x");
    assert_eq!(told(&file, &sheet("Sheet9")), "no_such_sheet");
    let bytes = std::fs::read(&file.0).expect("reads");
    assert_eq!(told(&TestFile::text(&bytes[..bytes.len() / 2]), &TableOptions::default()), "workbook_unreadable");
    assert_eq!(told(&TestFile::text(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), &TableOptions::default()), "workbook_unreadable");
}

#[test]
fn a_sheet_longer_than_the_queue_streams_and_can_be_left() {
    let file = TestFile::path("xlsx");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "n").expect("cell");
    for row in 1..=5_000_u32 {
        sheet.write(row, 0, row).expect("cell");
    }
    book.save(&file.0).expect("the temporary folder is writable");
    let mut table = Table::open(&file.0, &TableOptions::default()).expect("opens");
    table.skip_to(4_000).expect("skips");
    assert_eq!(rest(&mut table).len(), 1_002);
    assert_eq!((table.position(), table.total()), (5_001, Some(5_001)));
    let mut left = Table::open(&file.0, &TableOptions::default()).expect("opens");
    assert!(left.next(&mut Row::default()).expect("reads"));
}

/// The columns of the Parquet test file: a name, and how its values are kept.
fn parquet_schema() -> Type {
    let leaf = |name: &str, physical: Physical, repetition: Repetition, logical: Option<LogicalType>| {
        let length = if logical == Some(LogicalType::Uuid) { 16 } else { -1 };
        Arc::new(
            Type::primitive_type_builder(name, physical)
                .with_repetition(repetition)
                .with_logical_type(logical)
                .with_length(length)
                .with_precision(if name == "d" { 9 } else { -1 })
                .with_scale(if name == "d" { 2 } else { -1 })
                .build()
                .expect("a leaf"),
        )
    };
    Type::group_type_builder("schema")
        .with_fields(vec![
            leaf("i", Physical::INT64, Repetition::OPTIONAL, None),
            leaf("f", Physical::DOUBLE, Repetition::OPTIONAL, None),
            leaf("s", Physical::BYTE_ARRAY, Repetition::OPTIONAL, Some(LogicalType::String)),
            leaf("utc", Physical::INT64, Repetition::REQUIRED, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
            leaf("local", Physical::INT64, Repetition::REQUIRED, Some(LogicalType::timestamp(false, TimeUnit::MILLIS))),
            leaf("d", Physical::INT64, Repetition::REQUIRED, Some(LogicalType::decimal(2, 9))),
        ])
        .build()
        .expect("a schema")
}

fn parquet_file(groups: usize, rows: usize) -> TestFile {
    let file = TestFile::path("parquet");
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).set_data_page_row_count_limit(500).build();
    let output = File::create(&file.0).expect("the temporary folder is writable");
    let mut writer = SerializedFileWriter::new(output, Arc::new(parquet_schema()), Arc::new(properties)).expect("a writer");
    for group in 0..groups {
        let ids: Vec<i64> = (0..rows).map(|row| (group * rows + row) as i64).collect();
        let mut levels = vec![1; rows];
        levels[0] = 0;
        let present = &ids[1..];
        let mut row_group = writer.next_row_group().expect("a group");
        let mut index = 0;
        while let Some(mut column) = row_group.next_column().expect("a column") {
            match index {
                0 => column.typed::<Int64Type>().write_batch(present, Some(&levels), None),
                1 => {
                    let doubles: Vec<f64> = present.iter().map(|&id| id as f64 + 0.39).collect();
                    column.typed::<DoubleType>().write_batch(&doubles, Some(&levels), None)
                }
                2 => {
                    let texts: Vec<ByteArray> = present.iter().map(|id| ByteArray::from(format!("名{id}").as_str())).collect();
                    column.typed::<::parquet::data_type::ByteArrayType>().write_batch(&texts, Some(&levels), None)
                }
                3 => {
                    let times: Vec<i64> = ids.iter().map(|id| 1_483_271_606_000_000 + id * 500_000).collect();
                    column.typed::<Int64Type>().write_batch(&times, None, None)
                }
                4 => {
                    let times: Vec<i64> = ids.iter().map(|id| 1_483_271_606_000 - id * 1_000_000_000).collect();
                    column.typed::<Int64Type>().write_batch(&times, None, None)
                }
                _ => column.typed::<Int64Type>().write_batch(&ids.iter().map(|id| id - 2).collect::<Vec<_>>(), None, None),
            }
            .expect("values");
            column.close().expect("a column");
            index += 1;
        }
        row_group.close().expect("a group");
    }
    writer.close().expect("a file");
    file
}

#[test]
fn parquet_prints_its_types() {
    assert_eq!(
        told(&parquet_file(1, 4), &TableOptions::default()),
        "i|f|s|utc|local|d\n\
         1: |||2017-01-01T11:53:26Z|2017-01-01T11:53:26|-0.02\n\
         2: 1|1.3900000000000001|名1|2017-01-01T11:53:26.5Z|2016-12-20T22:06:46|-0.01\n\
         3: 2|2.39|名2|2017-01-01T11:53:27Z|2016-12-09T08:20:06|0.00\n\
         4: 3|3.39|名3|2017-01-01T11:53:27.5Z|2016-11-27T18:33:26|0.01"
    );
    let preview = preview(&parquet_file(1, 2).0, &TableOptions::default(), 9).expect("opens");
    assert_eq!((preview.rows[1].kind(0), preview.rows[1].kind(1)), (CellKind::Exact, CellKind::Floating));
}

#[test]
fn parquet_streams_over_groups_and_skips() {
    let file = parquet_file(3, 5_000);
    let mut table = Table::open(&file.0, &TableOptions::default()).expect("opens");
    assert_eq!(rest(&mut table).len(), 15_000);
    for (number, expected) in [
        (1, "||"),
        (2, "1|1.3900000000000001|名1"),
        (4_500, "4499|4499.39|名4499"),
        (5_001, "||"),
        (14_999, "14998|14998.39|名14998"),
    ] {
        let mut table = Table::open(&file.0, &TableOptions::default()).expect("opens");
        let mut row = Row::default();
        if number > 4_400 {
            assert!(table.next(&mut row).expect("reads"));
        }
        table.skip_to(number).expect("skips");
        assert!(table.next(&mut row).expect("reads"));
        assert_eq!((row.number(), row.cells().take(3).collect::<Vec<_>>().join("|").as_str()), (number, expected));
        assert_eq!((table.position(), table.total()), (number, Some(15_000)));
        assert_eq!(rest(&mut table).len() as u64, 15_000 - number);
    }
    let mut table = Table::open(&file.0, &TableOptions::default()).expect("opens");
    table.skip_to(15_001).expect("skips");
    assert!(!table.next(&mut Row::default()).expect("reads"));
}

#[test]
fn damaged_parquet_is_told() {
    let bytes = std::fs::read(&parquet_file(1, 10).0).expect("reads");
    assert_eq!(told(&TestFile::text(&bytes[..bytes.len() - 6]), &TableOptions::default()), "parquet_unreadable");
    let panicking = guarded(TableError::Parquet, || -> Result<(), TableError> { panic!("as a library does at a damaged file") });
    assert_eq!(panicking.map_err(|error| error.code()), Err("parquet_unreadable"));
}
