//! A fixed address for the mock cluster, which listens on a port of its own choice: bytes are passed on both ways.
//!
//! Clients need it for their first request only. The metadata they get names the mock's real ports.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use crate::exit_code;
use crate::failure::Failure;

/// Listens on `listen` and passes every connection on to `to`; gives the address as clients write it.
pub(crate) fn serve(listen: &str, to: &str) -> Result<String, Failure> {
    let failed = |error: io::Error| {
        Failure::new(exit_code::EXTERNAL, format!("cannot listen on `{listen}`: {error}"))
            .hint("is a Kafka running there already? choose another address: `--listen 127.0.0.1:9192`")
    };
    let listener = TcpListener::bind(listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?.to_string();
    let to = to.to_owned();
    thread::Builder::new()
        .name("forward".into())
        .spawn(move || {
            for client in listener.incoming().flatten() {
                // A client whose connection cannot be passed on sees it closed, and tries again.
                if let Ok(broker) = TcpStream::connect(&to) {
                    let _ = pass_on(client, broker);
                }
            }
        })
        .map_err(failed)?;
    Ok(address)
}

/// Two threads, one a direction; each ends when its side closes.
fn pass_on(client: TcpStream, broker: TcpStream) -> io::Result<()> {
    let (client_out, broker_out) = (client.try_clone()?, broker.try_clone()?);
    for (mut from, mut to) in [(client, broker_out), (broker, client_out)] {
        thread::Builder::new().name("forward".into()).spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        })?;
    }
    Ok(())
}
