//! The kernelspec: the folder by which Jupyter finds this kernel. `install` writes it, `uninstall` removes it. Of the machine it holds one
//! thing, where this program is.

mod place;

pub use place::{Where, usual_folders};

use crate::templates;
use clap::Args;
use headwater_cell::{SessionConfig, warm_up};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The name by which Jupyter knows the kernel.
pub const NAME: &str = "headwater";
const SPEC: &str = "kernel.json";
const LOGOS: [(&str, &[u8]); 3] = [
    ("logo-32x32.png", include_bytes!("logo/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("logo/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("logo/logo-svg.svg")),
];

/// Which kernelspec, and where.
#[derive(Args, Debug)]
pub struct Which {
    #[command(flatten)]
    place: Where,
    /// The name by which Jupyter knows it; another one keeps two versions side by side
    #[arg(long, value_name = "NAME", default_value = NAME)]
    name: String,
}

/// What `install` is asked for.
#[derive(Args, Debug)]
pub struct Install {
    #[command(flatten)]
    which: Which,
    /// Do not compile now what the first session then compiles
    #[arg(long)]
    cold: bool,
}

impl Which {
    fn folder(&self) -> Result<PathBuf, String> {
        let known = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if self.name.is_empty() || !self.name.chars().all(known) {
            return Err(format!(
                "`{}` cannot be the name of a kernel\nhint: use letters, digits, `.`, `-` and `_`.",
                self.name
            ));
        }
        Ok(self.place.data_folder()?.join("kernels").join(&self.name))
    }
}

/// Writes the kernelspec, compiles what every session needs, and says what comes next. A second time changes nothing.
pub fn install(asked: &Install) -> Result<(), String> {
    let kernel = own_path()?;
    let runner = runner_beside(&kernel);
    if !runner.is_file() {
        return Err(format!(
            "`{}` is missing, which runs the cells\nhint: put headwater-runtime beside headwater-kernel; a build makes both.",
            runner.display()
        ));
    }
    let Which { place, name } = &asked.which;
    let folder = asked.which.folder()?;
    write(&folder, &kernelspec(&kernel, name)).map_err(|error| {
        format!(
            "failed to write the kernelspec to `{}`: {error}\nhint: choose a folder that you may write: --user, --sys-prefix in an \
             active environment, or --prefix DIR.",
            folder.display()
        )
    })?;
    println!("Installed the kernel `{name}` {}.", place.words());
    println!("  kernelspec  {}", folder.display());
    println!("  it starts   {} (install again when that moves)", kernel.display());
    println!("  warm start  {}", if asked.cold { "left to the first session".to_owned() } else { warm(runner) });
    println!("Next: `jupyter lab` and choose {}, or `jupyter console --kernel {name}`.", display_name(name));
    println!("      `headwater-kernel doctor` looks whether all that cells need is there.");
    Ok(())
}

/// How long it took to compile what sessions begin with, or why there is nothing.
fn warm(runner: PathBuf) -> String {
    let config =
        SessionConfig { runner, working_dir: std::env::temp_dir(), files: vec![], templates: templates::folder() };
    match warm_up(config) {
        Ok(took) => format!("the crate `headwater` is compiled ({:.1} s)", took.as_secs_f64()),
        Err(reason) => format!("not compiled: {reason}; `headwater-kernel doctor` says more"),
    }
}

/// Removes the kernelspec, if it is one of this kernel's, and what was compiled for its sessions.
pub fn uninstall(which: &Which) -> Result<(), String> {
    let folder = which.folder()?;
    let Some(spec) = read(&folder) else {
        return Err(format!(
            "there is no kernel `{}` in `{}`\nhint: `jupyter kernelspec list` tells where it is; say --user, --sys-prefix or --prefix \
             as when it was installed.",
            which.name,
            folder.display()
        ));
    };
    if !started_by(&spec).is_some_and(|program| program.file_stem().is_some_and(|stem| stem == "headwater-kernel")) {
        return Err(format!(
            "`{}` is not Headwater's: it was left alone\nhint: `jupyter kernelspec remove {}` removes any kernel.",
            folder.display(),
            which.name
        ));
    }
    std::fs::remove_dir_all(&folder).map_err(|error| format!("failed to remove `{}`: {error}", folder.display()))?;
    println!("Removed the kernel `{}` from {}", which.name, folder.display());
    if let Some(templates) = templates::folder().filter(|folder| std::fs::remove_dir_all(folder).is_ok()) {
        println!("Removed what was compiled for its sessions from {}", templates.display());
    }
    Ok(())
}

/// This program.
pub fn own_path() -> Result<PathBuf, String> {
    std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .map_err(|error| format!("failed to find out where this program is: {error}"))
}

/// The program that runs cells lies beside the kernel.
pub fn runner_beside(kernel: &Path) -> PathBuf {
    kernel.with_file_name("headwater-runtime")
}

/// The kernelspec in a folder, if there is one.
pub fn read(folder: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(folder.join(SPEC)).ok()?).ok()
}

/// The program that a kernelspec starts.
pub fn started_by(spec: &Value) -> Option<PathBuf> {
    spec["argv"][0].as_str().map(PathBuf::from)
}

fn display_name(name: &str) -> String {
    if name == NAME { "Headwater".to_owned() } else { format!("Headwater ({name})") }
}

fn kernelspec(kernel: &Path, name: &str) -> Value {
    json!({
        "argv": [kernel.display().to_string(), "run", "--connection-file", "{connection_file}"],
        "display_name": display_name(name),
        "language": "rust",
        "interrupt_mode": "message",
        "kernel_protocol_version": "5.5",
        "metadata": {"debugger": false},
    })
}

fn write(folder: &Path, spec: &Value) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, bytes) in LOGOS {
        replace(&folder.join(name), bytes)?;
    }
    replace(&folder.join(SPEC), format!("{spec:#}\n").as_bytes())
}

/// A front end that reads meanwhile finds the old file or the new one.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let aside = path.with_extension(format!("new-{}", std::process::id()));
    std::fs::write(&aside, bytes)?;
    std::fs::rename(&aside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernelspec_starts_this_program() {
        let spec = kernelspec(Path::new("/bin/headwater-kernel"), NAME);
        assert_eq!(spec["argv"], json!(["/bin/headwater-kernel", "run", "--connection-file", "{connection_file}"]));
        assert_eq!(spec["interrupt_mode"], "message");
        assert_eq!(spec["language"], "rust");
        assert_eq!(started_by(&spec), Some(PathBuf::from("/bin/headwater-kernel")));
    }

    #[test]
    fn two_versions_are_told_apart() {
        assert_eq!(kernelspec(Path::new("/k"), "headwater-next")["display_name"], "Headwater (headwater-next)");
        let which = |name: &str| Which { place: Where::default(), name: name.to_owned() };
        assert!(which("a/b").folder().unwrap_err().contains("cannot be the name"));
        assert!(which("").folder().is_err());
    }
}
