//! Tables. Columns are measured in cells of a terminal: a character takes none, one or two.

use allclear_core::text;
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::{line, terminal_columns};

/// The number of blanks between columns.
const GAP: u16 = 2;

/// Prints rows under their headings, each column as wide as its widest cell. In a terminal, long
/// cells are wrapped so that the table fits. Elsewhere each row is one line.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) {
    for row in lines(headings, rows, terminal_columns(&std::io::stdout())) {
        line(&row);
    }
}

fn lines<const N: usize>(
    headings: [&str; N],
    rows: &[[String; N]],
    columns: Option<usize>,
) -> Vec<String> {
    // Hidden characters are escaped before they are measured, and line breaks belong to no cell.
    let safe = |cell: &String| text::escaped(&cell.replace(['\n', '\t'], " ")).into_owned();
    let mut table = Table::new();
    table.load_style(NOTHING);
    if let Some(columns) = columns {
        let columns = u16::try_from(columns).unwrap_or(u16::MAX);
        table.set_width(columns).set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(headings);
    table.add_rows(rows.iter().map(|row| row.each_ref().map(safe)));
    for column in table.column_iter_mut() {
        let is_last = column.index + 1 == N;
        column.set_padding((0, if is_last { 0 } else { GAP }));
    }
    table.trim_fmt().lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn shown(rows: &[[&str; 3]], columns: Option<usize>) -> String {
        let rows: Vec<[String; 3]> = rows.iter().map(|row| row.map(str::to_owned)).collect();
        lines(["MONITOR", "STATUS", "WHY"], &rows, columns).join("\n")
    }

    #[test]
    fn columns_are_aligned_in_cells_of_the_terminal() {
        let rows = [
            ["決済サービス", "✓ healthy", "-"],
            ["cafe\u{301}", "✗ unhealthy", "👍🏽 is an emoji"],
            ["store", "? unknown", ""],
        ];
        let wanted = [
            "MONITOR       STATUS       WHY",
            "決済サービス  ✓ healthy    -",
            "cafe\u{301}          ✗ unhealthy  👍🏽 is an emoji",
            "store         ? unknown",
        ];
        assert_eq!(shown(&rows, None), wanted.join("\n"));
    }

    #[test]
    fn long_cells_are_wrapped_to_the_width_of_a_terminal() {
        let rows = [
            [
                "checkout",
                "✗ unhealthy",
                "the answer is 503, and the body says that the pool is empty",
            ],
            [
                "決済",
                "~ degraded",
                "応答が遅いため、しきい値を超えました。応答が遅いため、しきい値を超えました",
            ],
            ["store", "✓ healthy", "https://store.example.com/a/very/long/path/without/any/blank"],
        ];
        assert_snapshot!(shown(&rows, Some(50)), @r#"
        MONITOR   STATUS       WHY
        checkout  ✗ unhealthy  the answer is 503, and the
                               body says that the pool is
                               empty
        決済      ~ degraded   応答が遅いため、しきい値を
                               超えました。応答が遅いため
                               、しきい値を超えました
        store     ✓ healthy    https://store.example.com/a
                               /very/long/path/without/any
                               /blank
        "#);
        for columns in [30, 50, 80] {
            let is_within = |line: &str| line.width() <= columns;
            assert!(shown(&rows, Some(columns)).lines().all(is_within), "{columns}");
        }
    }

    #[test]
    fn each_row_is_one_line_without_a_terminal() {
        let long = "word ".repeat(100);
        let rows = [["checkout", "✗ unhealthy", long.as_str()], ["a\nb\tc", "\u{202e}", "x"]];
        let shown = shown(&rows, None);
        assert_eq!(shown.lines().count(), 3);
        assert!(shown.lines().nth(1).unwrap().ends_with(long.trim_end()));
        assert!(shown.ends_with("a b c     \\u{202e}     x"), "{shown}");
    }
}
