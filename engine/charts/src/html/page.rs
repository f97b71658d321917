//! A whole page around fragments: for a file that is sent to someone, light or dark as their browser is.

use crate::html::escape::html;

const STYLE: &str = ":root{color-scheme:light dark}\
body{font-family:system-ui,sans-serif;max-width:1180px;margin:24px auto;padding:0 16px;background:Canvas;color:CanvasText}\
section{margin:0 0 28px 0}img{max-width:100%}";

/// A self-contained page with `fragments` below each other. `title` is text, the fragments are HTML already.
pub fn page(title: &str, fragments: &[String]) -> String {
    let title = html(title);
    let body: String = fragments.iter().map(|fragment| format!("<section>{fragment}</section>\n")).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        let page = page("Keys of <orders>", &["<div>1</div>".to_owned(), "<div>2</div>".to_owned()]);
        assert!(page.contains("<title>Keys of &lt;orders&gt;</title>") && page.matches("<section>").count() == 2);
        assert!(!page.contains("http") && !page.contains("<script"), "{page}");
    }
}
