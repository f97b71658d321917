//! `headwater-kernel install`, `uninstall` and `doctor`: what they leave, and what they say of machines on which something is missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use headwater_tests::kafka::broker;
use headwater_tests::workspace;
use serde_json::Value;

/// A machine of its own for one test: what is on the PATH, a home, a folder for sessions, a place for kernelspecs.
struct Machine {
    root: PathBuf,
    kernel: PathBuf,
}

impl Machine {
    /// All that the kernel needs is there, and the kernel is installed.
    fn whole(name: &str) -> Machine {
        let root = workspace::scratch(name).canonicalize().unwrap();
        let machine = Machine { root, kernel: workspace::binary("headwater-kernel").canonicalize().unwrap() };
        for folder in ["bin", "home", "tmp", "empty"] {
            fs::create_dir_all(machine.root.join(folder)).unwrap();
        }
        for tool in ["cargo", "rustc"] {
            machine.tool(tool, &format!("exec '{}' \"$@\"", sysroot().join("bin").join(tool).display()));
        }
        machine.tool("cc", "exec /usr/bin/cc \"$@\"");
        let data = machine.root.join("prefix/share/jupyter");
        machine.tool("jupyter", &format!("echo '{{\"data\": [\"{}\"]}}'", data.display()));
        machine.installs(&["--cold"]);
        machine
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.root.join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn without(&self, tool: &str) -> &Machine {
        fs::remove_file(self.root.join("bin").join(tool)).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.kernel);
        command.args(arguments).env_clear().current_dir(&self.root);
        command.env("PATH", self.root.join("bin")).env("HOME", self.root.join("home"));
        command.env("TMPDIR", self.root.join("tmp"));
        command.output().unwrap()
    }

    fn prefix(&self) -> String {
        self.root.join("prefix").display().to_string()
    }

    fn installs(&self, more: &[&str]) -> String {
        let prefix = self.prefix();
        let done = self.run(&[&["install", "--prefix", prefix.as_str()], more].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        self.shown(&done.stdout)
    }

    fn kernelspec(&self) -> PathBuf {
        self.root.join("prefix/share/jupyter/kernels/headwater")
    }

    /// What the doctor says, and the exit code; without what differs from machine to machine.
    fn doctor(&self) -> String {
        let done = self.run(&["doctor"]);
        format!("{}exit code {}\n", self.shown(&done.stdout), done.status.code().unwrap())
    }

    fn shown(&self, text: &[u8]) -> String {
        let target = self.kernel.parent().unwrap().display().to_string();
        let text = String::from_utf8_lossy(text).replace(&self.root.display().to_string(), "[machine]");
        let built = workspace::binary("headwater-kernel").canonicalize().unwrap();
        let text = text.replace(&built.parent().unwrap().display().to_string(), "[target]");
        let text = text.replace(&target, "[target]").replace(env!("CARGO_PKG_VERSION"), "[version]");
        let lines = text.lines().map(|line| match line.split_once(" free") {
            Some((before, after)) => format!("{}, […] free{after}", before.rsplit_once(", ").unwrap().0),
            None => without_hash(line),
        });
        lines.map(|line| line + "\n").collect()
    }
}

/// `rustc 1.95.0 (59807616e 2026-04-14)` without what is in the parentheses.
fn without_hash(line: &str) -> String {
    match (line.contains("cargo 1.") || line.contains("rustc 1.")).then(|| line.split_once(" (")).flatten() {
        Some((before, after)) => format!("{before}{}", after.split_once(')').map_or("", |(_, rest)| rest)),
        None => line.to_owned(),
    }
}

fn sysroot() -> PathBuf {
    let asked = Command::new("rustc").args(["--print", "sysroot"]).current_dir(workspace::root()).output().unwrap();
    PathBuf::from(String::from_utf8(asked.stdout).unwrap().trim())
}

#[test]
fn the_kernelspec_has_logos_and_starts_this_very_kernel() {
    let machine = Machine::whole("install");
    let read = || {
        let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(machine.kernelspec())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let files = read();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);
    for (at, side) in [(1, 32), (2, 64)] {
        let png = &files[at].1;
        assert_eq!((&png[..8], &png[12..16]), (&b"\x89PNG\r\n\x1a\n"[..], &b"IHDR"[..]));
        assert_eq!(png[16..24], [0, 0, 0, side, 0, 0, 0, side]);
    }
    let spec: Value = serde_json::from_slice(&files[0].1).unwrap();
    assert_eq!(spec["argv"][0].as_str().map(Path::new), Some(machine.kernel.as_path()));

    insta::assert_snapshot!(machine.installs(&["--cold"]));
    assert_eq!(read(), files, "a second time changes nothing");

    let prefix = machine.prefix();
    let removed = machine.run(&["uninstall", "--prefix", &prefix]);
    assert!(removed.status.success() && !machine.kernelspec().exists());
    let again = machine.run(&["uninstall", "--prefix", &prefix]);
    assert_eq!(again.status.code(), Some(1));
    fs::create_dir_all(machine.kernelspec()).unwrap();
    fs::write(machine.kernelspec().join("kernel.json"), "{\"argv\": [\"/usr/bin/python3\"]}").unwrap();
    let not_ours = machine.run(&["uninstall", "--prefix", &prefix]);
    assert!(machine.kernelspec().exists());
    fs::write(machine.root.join("file"), "").unwrap();
    let no_folder = machine.run(&["install", "--prefix", &machine.root.join("file").display().to_string()]);
    let said = [removed.stdout, again.stderr, not_ours.stderr, no_folder.stderr];
    insta::assert_snapshot!(said.map(|text| machine.shown(&text)).join("\n"));
}

#[test]
fn an_installation_compiles_what_sessions_begin_with() {
    let machine = Machine::whole("install-warm");
    let said = machine.installs(&[]);
    assert!(said.contains("the crate `headwater` is compiled"), "{said}");
    let templates = machine.root.join("home/.cache/headwater/templates");
    assert_eq!(fs::read_dir(&templates).unwrap().count(), 1);
    assert_eq!(fs::read_dir(machine.root.join("tmp")).unwrap().count(), 0, "the session left nothing");
    let removed = machine.run(&["uninstall", "--prefix", &machine.prefix()]);
    assert!(removed.status.success() && !templates.exists());

    let said = machine.without("rustc").installs(&[]);
    assert!(said.contains("not compiled: ToolchainError: cargo and rustc were not found"), "{said}");
}

#[test]
fn the_doctor_names_what_is_missing_and_how_to_mend_it() {
    let mut said = String::new();
    let mut tell = |what: &str, machine: &Machine| said.push_str(&format!("# {what}\n{}\n", machine.doctor()));
    let whole = Machine::whole("doctor");
    tell("A machine on which all is well", &whole);
    tell("No Rust", Machine::whole("doctor-no-rust").without("cargo").without("rustc"));
    tell("No linker", Machine::whole("doctor-no-linker").without("cc"));
    tell("No Jupyter on the PATH", Machine::whole("doctor-no-jupyter").without("jupyter"));

    let real = sysroot().join("bin/rustc");
    let says = |version: &str| {
        format!("[ \"$1\" = --version ] && echo 'rustc {version} (abc 2024-01-01)' || exec '{}' \"$@\"", real.display())
    };
    let machine = Machine::whole("doctor-other-rust");
    machine.tool("rustc", &says("1.80.0"));
    tell("An old compiler", &machine);
    machine.tool("rustc", &says("1.999.0"));
    tell("A compiler of another generation", &machine);

    let machine = Machine::whole("doctor-distribution");
    let empty = machine.root.join("empty");
    let answers = format!(
        "case \"$2\" in sysroot|target-libdir) echo '{}';; *) exec '{}' \"$@\";; esac",
        empty.display(),
        real.display()
    );
    machine.tool("rustc", &answers);
    tell("A compiler as distributions pack it", &machine);
    machine.tool("rustup", "echo rustup 1.28");
    tell("The same, with rustup", &machine);

    let machine = Machine::whole("doctor-no-room");
    fs::remove_dir_all(machine.root.join("tmp")).unwrap();
    fs::write(machine.root.join("tmp"), "").unwrap();
    tell("No folder for sessions", &machine);

    let mut machine = Machine::whole("doctor-alone");
    let alone = machine.root.join("empty/headwater-kernel");
    fs::hard_link(&machine.kernel, &alone).unwrap();
    machine.kernel = alone;
    tell("The kernel without its runner, and the kernelspec of another kernel", &machine);
    fs::write(machine.kernelspec().join("kernel.json"), "{\"argv\": [\"/opt/gone/headwater-kernel\"]}").unwrap();
    tell("A kernelspec of a kernel that is gone", &machine);
    fs::remove_dir_all(machine.kernelspec()).unwrap();
    tell("No kernelspec", &machine);
    insta::assert_snapshot!(said);
}

#[test]
fn the_doctor_asks_brokers_and_speaks_json() {
    let machine = Machine::whole("doctor-brokers");
    let done = machine.run(&["doctor", "--json", "--brokers", broker(), "--brokers", "127.0.0.1:1"]);
    assert_eq!(done.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told["ok"], false);
    let findings = told["findings"].as_array().unwrap();
    let brokers: Vec<&Value> = findings.iter().filter(|finding| finding["subject"] == "brokers").collect();
    assert_eq!((&brokers[0]["verdict"], &brokers[1]["verdict"]), (&"ok".into(), &"broken".into()));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert!(text(&brokers[0]["found"]).starts_with(&format!("{} answer after", broker())), "{told}");
    assert!(text(&brokers[1]["found"]).contains("127.0.0.1:1"), "{told}");
    assert!(text(&brokers[1]["mend"]).contains("Kafka"), "{told}");
    assert_eq!(findings.iter().filter(|finding| finding["verdict"] != "ok").count(), 1, "{told}");
}
