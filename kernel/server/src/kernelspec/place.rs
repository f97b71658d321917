//! Where kernelspecs lie: for the user, in a Python environment, below a folder, or for everybody.

use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;

/// For the user, unless told otherwise.
#[derive(Args, Debug, Default)]
#[group(multiple = false)]
pub struct Where {
    /// For this user (the default)
    #[arg(long)]
    user: bool,
    /// In the active Python environment (a virtual environment or conda)
    #[arg(long)]
    sys_prefix: bool,
    /// Below this folder, in `share/jupyter/kernels`
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
}

impl Where {
    /// The folder Jupyter calls its data path.
    pub fn data_folder(&self) -> Result<PathBuf, String> {
        match &self.prefix {
            Some(prefix) => Ok(prefix.join("share/jupyter")),
            None if self.sys_prefix => Ok(sys_prefix()?.join("share/jupyter")),
            None => user_folder(),
        }
    }

    /// The place in words.
    pub fn words(&self) -> String {
        match &self.prefix {
            Some(prefix) => format!("below {}", prefix.display()),
            None if self.sys_prefix => "in the active Python environment".to_owned(),
            None => "for this user".to_owned(),
        }
    }
}

/// The data paths that a Jupyter looks into, those it looks into first before the others; also one in the environment that `kernel` is
/// installed in.
pub fn usual_folders(kernel: &Path) -> Vec<PathBuf> {
    let listed = std::env::var_os("JUPYTER_PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> =
        std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty()).collect();
    let own = kernel.parent().filter(|folder| folder.ends_with("bin")).and_then(Path::parent);
    folders.extend(own.map(|prefix| prefix.join("share/jupyter")));
    folders.extend(user_folder());
    folders.extend(active_environment().map(|prefix| prefix.join("share/jupyter")));
    folders.extend(["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from));
    folders
}

fn user_folder() -> Result<PathBuf, String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let no_home = || "there is no home folder to install into\nhint: name a folder with --prefix.".to_owned();
    if let Some(folder) = set("JUPYTER_DATA_DIR") {
        return Ok(folder);
    }
    if cfg!(target_os = "macos") {
        return std::env::home_dir().map(|home| home.join("Library/Jupyter")).ok_or_else(no_home);
    }
    let share = set("XDG_DATA_HOME").or_else(|| std::env::home_dir().map(|home| home.join(".local/share")));
    share.map(|share| share.join("jupyter")).ok_or_else(no_home)
}

fn active_environment() -> Option<PathBuf> {
    let named = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().find_map(std::env::var_os);
    named.filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// What Python calls `sys.prefix`.
fn sys_prefix() -> Result<PathBuf, String> {
    if let Some(folder) = active_environment() {
        return Ok(folder);
    }
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.prefix)"]).output();
    let prefix = asked.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    let prefix = prefix.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    prefix
        .map(PathBuf::from)
        .ok_or_else(|| "no Python environment is active\nhint: activate one, or use --user or --prefix.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_gets_the_kernelspec_where_jupyter_looks() {
        let place = Where { prefix: Some(PathBuf::from("/opt/env")), ..Where::default() };
        assert_eq!(place.data_folder().unwrap(), Path::new("/opt/env/share/jupyter"));
        assert_eq!(place.words(), "below /opt/env");
    }

    #[test]
    fn a_kernel_in_an_environment_is_looked_for_there() {
        let own = PathBuf::from("/opt/env/share/jupyter");
        assert!(usual_folders(Path::new("/opt/env/bin/headwater-kernel")).contains(&own));
        assert!(!usual_folders(Path::new("/opt/env/target/headwater-kernel")).contains(&own));
    }
}
