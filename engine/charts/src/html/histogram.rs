//! Small histograms: as an image of one path, and as block characters.

use crate::html::escape::html;
use base64::Engine;

const WIDTH: usize = 300;
const HEIGHT: f64 = 44.0;
const BLOCKS: [char; 9] = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The counts as bars in an image whose blue stands out on white and on black. A count that is not zero stays visible.
pub fn image(counts: &[u64], alt: &str) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    let step = (WIDTH / counts.len().max(1)).clamp(1, 24);
    let wide = step.saturating_sub(1).max(1);
    let mut path = String::new();
    for (at, own) in counts.iter().enumerate().filter(|(_, own)| **own > 0) {
        let high = (*own as f64 / most as f64 * HEIGHT).round().max(1.0);
        path.push_str(&format!("M{} {HEIGHT}v-{high}h{wide}v{high}z", at * step));
    }
    let width = step * counts.len();
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{}\"><path fill=\"#0072B2\" d=\"{path}\"/>\
         <path stroke=\"#7a7a7a\" d=\"M0 {}.5h{width}\"/></svg>",
        HEIGHT + 1.0,
        HEIGHT
    );
    let data = base64::engine::general_purpose::STANDARD.encode(svg);
    format!("<img src=\"data:image/svg+xml;base64,{data}\" alt=\"{}\" style=\"display:inline-block\">", html(alt))
}

/// The counts as block characters, the full block for `most`.
pub fn blocks(counts: &[u64], most: u64) -> String {
    let part = |own: &u64| (*own as f64 / most.max(1) as f64 * 8.0).ceil() as usize;
    counts.iter().map(|own| BLOCKS[part(own).min(8)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_stay_visible() {
        assert_eq!(blocks(&[0, 1, 500, 1_000], 1_000), "·▁▄█");
        assert_eq!(blocks(&[0], 0), "·");
        crate::html::sanitized::check(&image(&[1, 0, 1_000_000], "<b>"));
        assert_eq!(image(&[0, 0], ""), "");
        assert_eq!(image(&[], ""), "");
    }
}
