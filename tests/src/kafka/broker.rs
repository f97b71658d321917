//! The broker: Apache Kafka in KRaft mode, one Java process, started once on free ports and killed with the test process.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use crate::{process, workspace};

/// `host:port` of the broker; the first call starts it and waits until it answers.
///
/// # Panics
/// When it does not start; the last lines of its log are shown.
pub fn broker() -> &'static str {
    static BROKER: OnceLock<String> = OnceLock::new();
    BROKER.get_or_init(|| {
        let libs = workspace::service("kafka", "kafka").join("libs");
        let folder = data_folder();
        let [port, controller] = free_ports();
        write_configuration(&folder, port, controller);
        format_storage(&libs, &folder);
        launch(&libs, &folder, port);
        format!("127.0.0.1:{port}")
    })
}

/// A folder for this process's broker; those of processes that have ended are removed.
fn data_folder() -> PathBuf {
    let all = workspace::target().join("tests/kafka");
    for entry in fs::read_dir(&all).into_iter().flatten().flatten() {
        let alive = Path::new("/proc").join(entry.file_name()).exists();
        if !alive {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let folder = all.join(std::process::id().to_string());
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// Two ports that were free a moment ago. The broker must advertise its port, so it cannot choose one itself.
fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("a bound listener has an address").port())
}

/// Retention is off: generated records carry times of long ago, and the broker would remove them after half a minute.
fn write_configuration(folder: &Path, port: u16, controller: u16) {
    let properties = format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.ms=-1
",
        folder.join("data").display()
    );
    let logging = r#"<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders><Console name="out"><PatternLayout pattern="%d %p %c{1}: %m%n"/></Console></Appenders>
  <Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
"#;
    fs::write(folder.join("server.properties"), properties).expect("the data folder can be written");
    fs::write(folder.join("log4j2.xml"), logging).expect("the data folder can be written");
}

fn java(libs: &Path, folder: &Path) -> std::process::Command {
    let mut command = process::bound("java");
    // Cheap to start rather than fast for days: one quick compiler, the serial collector.
    command.args(["-Xmx768m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    command.arg(format!("-Dlog4j2.configurationFile={}", folder.join("log4j2.xml").display()));
    command.arg("-cp").arg(libs.join("*")).current_dir(folder);
    command
}

fn format_storage(libs: &Path, folder: &Path) {
    let mut command = java(libs, folder);
    // Any 16 bytes in base64 are a cluster id.
    command.args(["kafka.tools.StorageTool", "format", "-t", "aGVhZHdhdGVyLXRlc3RzMA", "-c", "server.properties"]);
    let output = process::finish(command, Duration::from_secs(60));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "formatting Kafka's storage failed: {text}");
}

fn launch(libs: &Path, folder: &Path, port: u16) {
    let log = folder.join("broker.log");
    let file = fs::File::create(&log).expect("the data folder can be written");
    let mut command = java(libs, folder);
    command.args(["kafka.Kafka", "server.properties"]).stdin(Stdio::null());
    command.stdout(file.try_clone().expect("a file handle can be shared")).stderr(file);
    let mut child = process::start(command);
    process::wait_for("Apache Kafka to answer", Duration::from_secs(90), || {
        if let Ok(Some(status)) = child.try_wait() {
            let text = fs::read_to_string(&log).unwrap_or_default();
            panic!("Apache Kafka ended with {status}: {text}");
        }
        TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(())
    });
}
