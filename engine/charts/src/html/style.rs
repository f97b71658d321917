//! The few inline styles of all HTML output. Only what the sanitizer of notebooks lets through: no style element, no class of
//! our own, no custom property, and no `inherit` (text has the page's colour because nothing sets another).

/// Around every output: the page's colours, a size that fits the notebook.
pub const PANEL: &str = "font-size:13px;line-height:1.45;background:transparent";
/// A line of less weight: notes, types, sample.
pub const NOTE: &str = "opacity:0.72;font-size:12px";
/// A table.
pub const TABLE: &str = "border-collapse:collapse;margin:6px 0;background:transparent;font-size:12px";
/// A head cell of a column of text.
pub const HEAD: &str = "text-align:left;padding:2px 10px 3px 4px;border-bottom:1px solid rgba(127,127,127,0.6);font-weight:600;white-space:nowrap;vertical-align:bottom";
/// A head cell of a column of numbers.
pub const HEAD_RIGHT: &str = "text-align:right;padding:2px 10px 3px 4px;border-bottom:1px solid rgba(127,127,127,0.6);font-weight:600;white-space:nowrap;vertical-align:bottom";
/// The type under a column's name.
pub const TYPE: &str = "font-weight:400;font-size:10px;opacity:0.65";
/// A row; the line under it is the row's and not each cell's, which would make long tables heavy.
pub const ROW: &str = "background:transparent;border-bottom:1px solid rgba(127,127,127,0.18)";
/// A cell of text.
pub const CELL: &str = "text-align:left;padding:1px 10px 1px 4px;white-space:nowrap;vertical-align:top";
/// A cell of words, which may take several lines.
pub const CELL_WORDS: &str = "text-align:left;padding:1px 10px 1px 4px;white-space:normal;vertical-align:top";
/// A cell of a number.
pub const CELL_RIGHT: &str =
    "text-align:right;padding:1px 10px 1px 4px;white-space:nowrap;vertical-align:top;font-family:monospace";
/// What stands for null and for an empty string.
pub const ABSENT: &str = "opacity:0.45;font-style:italic";
/// A sentence that comes before everything else.
pub const VERDICT: &str = "font-weight:600;margin:2px 0 6px 0;font-size:13px";
/// A sentence of warning: the bar at its left is seen on light and on dark.
pub const ALERT: &str = "border-left:3px solid #D55E00;padding:1px 0 1px 8px;margin:3px 0";
/// A sentence to note.
pub const INFO: &str = "border-left:3px solid #0072B2;padding:1px 0 1px 8px;margin:3px 0";
/// Bytes, paths, code.
pub const CODE: &str = "font-family:monospace;font-size:12px;white-space:pre-wrap;background:transparent";

/// `<tag style="…">content</tag>`; `content` is HTML already.
pub fn tag(name: &str, style: &str, content: &str) -> String {
    format!("<{name} style=\"{style}\">{content}</{name}>")
}

/// Something folded away under `summary`; both are HTML already.
pub fn details(summary: &str, content: &str) -> String {
    format!("<details><summary style=\"cursor:pointer\">{summary}</summary>{content}</details>")
}
