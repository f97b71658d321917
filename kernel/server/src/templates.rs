//! Where sessions keep for each other what each would compile anew.

use std::path::PathBuf;

/// In `HEADWATER_TEMPLATES`, or with the user's caches; nowhere when the variable is set and empty.
pub fn folder() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let filled = |path: &PathBuf| !path.as_os_str().is_empty();
    match of("HEADWATER_TEMPLATES") {
        Some(folder) => Some(folder).filter(filled),
        None => {
            let caches = of("XDG_CACHE_HOME").filter(filled);
            let caches = caches.or_else(|| Some(of("HOME").filter(filled)?.join(".cache")));
            Some(caches?.join("headwater/templates"))
        }
    }
}
