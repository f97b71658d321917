//! Writes the kernelspec: the small file by which Jupyter finds this kernel.

use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const NAME: &str = "headwater";

/// Where the kernelspec goes: for the user, unless told otherwise.
#[derive(Args, Debug, Default)]
#[group(multiple = false)]
pub struct Where {
    /// For this user (the default)
    #[arg(long)]
    user: bool,
    /// Into the active Python environment (a virtual environment or conda)
    #[arg(long)]
    sys_prefix: bool,
    /// Below this folder, in `share/jupyter/kernels`
    #[arg(long, value_name = "FOLDER")]
    prefix: Option<PathBuf>,
}

/// Writes the kernelspec and says in which folder it is.
pub fn install(place: &Where) -> Result<PathBuf, String> {
    let kernel = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .map_err(|error| format!("failed to find out where this program is: {error}"))?;
    let runner = runner_beside(&kernel);
    if !runner.is_file() {
        return Err(format!(
            "`{}` is missing, which runs the cells\nhint: put headwater-runtime beside headwater-kernel; a build makes both.",
            runner.display()
        ));
    }
    let folder = data_folder(place)?.join("kernels").join(NAME);
    write(&folder, &kernelspec(&kernel))
        .map_err(|error| format!("failed to write the kernelspec to `{}`: {error}", folder.display()))?;
    Ok(folder)
}

/// The program that runs cells lies beside the kernel.
pub fn runner_beside(kernel: &Path) -> PathBuf {
    kernel.with_file_name("headwater-runtime")
}

fn kernelspec(kernel: &Path) -> Value {
    json!({
        "argv": [kernel.display().to_string(), "run", "--connection-file", "{connection_file}"],
        "display_name": "Headwater",
        "language": "rust",
        "interrupt_mode": "message",
        "kernel_protocol_version": "5.5",
        "metadata": {"debugger": false},
    })
}

fn write(folder: &Path, spec: &Value) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("kernel.json"), format!("{spec:#}\n"))
}

/// The folder Jupyter calls its data path.
fn data_folder(place: &Where) -> Result<PathBuf, String> {
    match &place.prefix {
        Some(prefix) => Ok(prefix.join("share/jupyter")),
        None if place.sys_prefix => Ok(sys_prefix()?.join("share/jupyter")),
        None => user_folder(),
    }
}

fn user_folder() -> Result<PathBuf, String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set("JUPYTER_DATA_DIR") {
        return Ok(folder);
    }
    if cfg!(target_os = "macos") {
        return std::env::home_dir().map(|home| home.join("Library/Jupyter")).ok_or_else(no_home);
    }
    let share = set("XDG_DATA_HOME").or_else(|| std::env::home_dir().map(|home| home.join(".local/share")));
    share.map(|share| share.join("jupyter")).ok_or_else(no_home)
}

fn no_home() -> String {
    "there is no home folder to install into\nhint: name one with --prefix.".to_owned()
}

/// What Python calls `sys.prefix`.
fn sys_prefix() -> Result<PathBuf, String> {
    let environment = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().find_map(std::env::var_os);
    if let Some(folder) = environment.filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
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
        assert_eq!(data_folder(&place).unwrap(), Path::new("/opt/env/share/jupyter"));
    }

    #[test]
    fn the_kernelspec_starts_this_program() {
        let spec = kernelspec(Path::new("/bin/headwater-kernel"));
        assert_eq!(spec["argv"], json!(["/bin/headwater-kernel", "run", "--connection-file", "{connection_file}"]));
        assert_eq!(spec["interrupt_mode"], "message");
        assert_eq!(spec["language"], "rust");
    }
}
