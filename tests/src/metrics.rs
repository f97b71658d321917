//! The metrics that a running job serves.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use crate::job;

/// Where a job serves its metrics.
#[derive(Debug)]
pub struct Metrics {
    address: String,
}

impl Metrics {
    /// Lets the exported job in this folder serve its metrics, on a free port of this machine.
    ///
    /// # Panics
    /// When there is none, or the job does so already.
    pub fn of(exported: &Path) -> Metrics {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let address = free.expect("a port is free").to_string();
        job::set(exported, "# listen = \"127.0.0.1:9464\"", &format!("listen = \"{address}\""));
        Metrics { address }
    }

    /// What it serves now; nothing before it listens, and after its end.
    pub fn read(&self) -> Option<Served> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(Served { text })
    }
}

/// Metrics as they were read.
#[derive(Clone, Debug)]
pub struct Served {
    /// As Prometheus gets them.
    pub text: String,
}

impl Served {
    /// The first value of the metric of this name whose labels contain `label`.
    pub fn value(&self, name: &str, label: &str) -> Option<f64> {
        self.all(name).find(|(labels, _)| labels.contains(label)).map(|(_, value)| value)
    }

    /// The sum over all labels; 0 without any.
    pub fn sum(&self, name: &str) -> f64 {
        self.all(name).map(|(_, value)| value).sum()
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.text.lines().filter_map(move |line| {
            let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once("} ")?;
            Some((labels, value.parse().ok()?))
        })
    }
}
