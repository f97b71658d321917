//! The keys over time in plain text: a line of shades for each key.

use headwater_profile::KeyReport;

const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
const NAME: usize = 20;

/// `None` without times.
pub(crate) fn heat(report: &KeyReport, width: usize) -> Option<String> {
    let heat = report.heat.as_ref()?;
    let most =
        heat.keys.iter().flat_map(|key| key.shares.iter().flatten()).fold(0.0_f64, |most, share| most.max(*share));
    if most <= 0.0 {
        return None;
    }
    let columns = width.saturating_sub(NAME + 2).max(8);
    let shade = |share: &Option<f64>| match share {
        None => ' ',
        Some(share) => SHADES[((share / most * 4.0).round() as usize).min(4)],
    };
    let mut out = format!("{}\n", crate::svg::heat_words(heat));
    for key in &heat.keys {
        let name: String = headwater_profile::clean(&key.text, NAME);
        let wide = headwater_profile::columns(&name);
        let cells: String = key.shares.iter().take(columns).map(shade).collect();
        out.push_str(format!("{name}{} {cells}", " ".repeat(NAME.saturating_sub(wide))).trim_end());
        out.push('\n');
    }
    Some(out)
}
