//! What a running job serves of itself, read as Prometheus reads it.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a job may take to answer.
const PATIENCE: Duration = Duration::from_millis(500);
/// Before the name of every metric.
const PREFIX: &str = "headwater_";

/// The metrics of a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics(Vec<Metric>);

#[derive(Clone, Debug, PartialEq)]
struct Metric {
    name: String,
    labels: String,
    value: f64,
}

impl Metrics {
    /// Asks at this address.
    pub(super) fn read(address: &str) -> Option<Metrics> {
        let address = address.to_socket_addrs().ok()?.next()?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(Metrics::parse(&text))
    }

    pub(crate) fn parse(text: &str) -> Metrics {
        let metric = |line: &str| {
            let (name, rest) = line.strip_prefix(PREFIX)?.split_once('{')?;
            let (labels, value) = rest.rsplit_once("} ")?;
            Some(Metric { name: name.to_owned(), labels: labels.to_owned(), value: value.trim().parse().ok()? })
        };
        Metrics(text.lines().filter_map(metric).collect())
    }

    /// The first value of a metric, which is named without its prefix.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.all(name).next().map(|(_, value)| value)
    }

    /// Every value of a metric, each with its label `label`.
    pub fn labelled<'a>(&'a self, name: &'a str, label: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.all(name).filter_map(move |(labels, value)| {
            let after = labels.split_once(&format!("{label}=\""))?.1;
            Some((after.split_once('"')?.0, value))
        })
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.iter().filter(move |own| own.name == name).map(|own| (own.labels.as_str(), own.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name_and_label() {
        let text = "HTTP/1.0 200 OK\r\n\r\n# HELP headwater_records_total Records.\nheadwater_records_total{job=\"a\"} 12\n\
                    headwater_step_state_bytes{job=\"a\",step=\"3\",name=\"group_by\"} 640\n";
        let metrics = Metrics::parse(text);
        assert_eq!((metrics.value("records_total"), metrics.value("lag_records")), (Some(12.0), None));
        assert_eq!(metrics.labelled("step_state_bytes", "name").collect::<Vec<_>>(), [("group_by", 640.0)]);
    }
}
