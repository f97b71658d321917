//! Jupyter, and whether it finds this kernel.

use crate::kernelspec::{self, NAME, usual_folders};
use headwater_cell::Finding;
use std::path::{Path, PathBuf};
use std::process::Command;

const INSTALL: &str = "`headwater-kernel install` (also --sys-prefix, --prefix DIR).";

/// Whether there is a Jupyter, and what it would start as Headwater.
pub fn check(kernel: &Path) -> [Finding; 2] {
    let asked = folders_of_jupyter();
    let jupyter = match &asked {
        Ok(_) => Finding::ok("Jupyter", "found on the PATH"),
        Err(why) => Finding::warning(
            "Jupyter",
            why.clone(),
            "`pip install jupyterlab`. An editor that brings its own needs nothing, nor does a `jupyter` in an environment of its own.",
        ),
    };
    [jupyter, installed(&asked.unwrap_or_else(|_| usual_folders(kernel)), kernel)]
}

/// The data folders that `jupyter` itself says it looks into.
fn folders_of_jupyter() -> Result<Vec<PathBuf>, String> {
    let output = Command::new("jupyter").args(["--paths", "--json"]).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no `jupyter` on the PATH".to_owned(),
        _ => format!("`jupyter` does not start: {error}"),
    })?;
    let paths: Option<serde_json::Value> =
        serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success());
    let data = paths.as_ref().and_then(|paths| paths["data"].as_array());
    let data = data.ok_or("`jupyter --paths --json` does not say where Jupyter looks for kernels")?;
    Ok(data.iter().filter_map(|folder| folder.as_str().map(PathBuf::from)).collect())
}

/// The first kernelspec of this name is the one that Jupyter takes.
fn installed(folders: &[PathBuf], kernel: &Path) -> Finding {
    let subject = "kernelspec";
    let specs = folders.iter().map(|folder| folder.join("kernels").join(NAME));
    let Some((folder, spec)) = specs.filter_map(|folder| kernelspec::read(&folder).map(|spec| (folder, spec))).next()
    else {
        return Finding::broken(subject, format!("Jupyter knows no kernel `{NAME}`"), INSTALL);
    };
    let place = folder.display();
    let Some(program) = kernelspec::started_by(&spec) else {
        return Finding::broken(subject, format!("{place} names no program"), INSTALL);
    };
    // A wheel's kernelspec says where the program is from where it is itself.
    let program = PathBuf::from(program.display().to_string().replace("{resource_dir}", &folder.display().to_string()));
    match program.canonicalize() {
        Ok(program) if program == kernel => Finding::ok(subject, place.to_string()),
        Ok(program) => {
            let found = format!("{place} starts another one: {}", program.display());
            Finding::warning(
                subject,
                found,
                format!("run that one's `doctor`, or let Jupyter start this one: {INSTALL}"),
            )
        }
        Err(_) => {
            Finding::broken(subject, format!("{place} starts `{}`, which is not there", program.display()), INSTALL)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_cell::Verdict;

    #[test]
    fn the_first_kernelspec_counts_and_must_start_this_program() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let write = |data: &str, program: &str| {
            let place = root.join(data).join("kernels/headwater");
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("kernel.json"), format!("{{\"argv\": [{program:?}, \"run\"]}}")).unwrap();
            root.join(data)
        };
        let (kernel, other) = (root.join("headwater-kernel"), root.join("other"));
        std::fs::write(&kernel, "").unwrap();
        std::fs::write(&other, "").unwrap();
        let own = write("own", &kernel.display().to_string());
        let wheel = write("wheel", "{resource_dir}/../../../headwater-kernel");
        let others = write("others", &other.display().to_string());
        let gone = write("gone", "/no/such/program");
        let verdict =
            |folders: &[&PathBuf]| installed(&folders.iter().copied().cloned().collect::<Vec<_>>(), &kernel).verdict;
        assert_eq!(verdict(&[&own, &gone]), Verdict::Ok);
        assert_eq!(verdict(&[&wheel]), Verdict::Ok);
        assert_eq!(verdict(&[&others, &own]), Verdict::Warning);
        assert_eq!(verdict(&[&gone, &own]), Verdict::Broken);
        assert_eq!(verdict(&[&root]), Verdict::Broken);
    }
}
