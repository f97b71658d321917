//! The five sockets, bound, each with the options that keep it from hanging or losing messages; and a bell between two threads.

use crate::error::JupyterError;
use jupyter_protocol::ConnectionInfo;
use zmq::{Context, Socket, SocketType};

/// At most this long does a closed socket go on sending. ZeroMQ's default is for ever, which hangs the exit.
const LINGER_MS: i32 = 1000;
/// Messages queued for a slow subscriber before ZeroMQ drops: the default of 1000 loses bursts.
const SEND_HIGH_WATER_MARK: i32 = 100_000;
/// A longer frame, bytes, ends the connection it came by: anyone on this machine can send one, and must not fill our memory.
pub(crate) const LONGEST_FRAME: i64 = 64 << 20;

pub(crate) struct Sockets {
    pub shell: Socket,
    pub control: Socket,
    pub stdin: Socket,
    pub iopub: Socket,
    pub heartbeat: Socket,
    /// Two ends within the process: what one end sends wakes up who waits for the other and for a socket above.
    pub bell: (Socket, Socket),
}

impl Sockets {
    /// Binds all five. A port of 0 takes a free one; the returned connection says which.
    pub(crate) fn bind(asked: &ConnectionInfo) -> Result<(Sockets, ConnectionInfo), JupyterError> {
        let context = Context::new();
        let mut bound = asked.clone();
        let sockets = Sockets {
            shell: router(&context, "shell", &asked.shell_url(), &mut bound.shell_port)?,
            control: router(&context, "control", &asked.control_url(), &mut bound.control_port)?,
            stdin: router(&context, "stdin", &asked.stdin_url(), &mut bound.stdin_port)?,
            iopub: publisher(&context, &asked.iopub_url(), &mut bound.iopub_port)?,
            heartbeat: bind(context.socket(SocketType::REP)?, "heartbeat", &asked.hb_url(), &mut bound.hb_port)?,
            bell: bell(&context)?,
        };
        Ok((sockets, bound))
    }
}

fn bell(context: &Context) -> Result<(Socket, Socket), JupyterError> {
    let (rung, heard) = (context.socket(SocketType::PAIR)?, context.socket(SocketType::PAIR)?);
    heard.bind("inproc://bell")?;
    rung.connect("inproc://bell")?;
    rung.set_linger(0)?;
    heard.set_linger(0)?;
    Ok((rung, heard))
}

fn router(context: &Context, channel: &'static str, endpoint: &str, port: &mut u16) -> Result<Socket, JupyterError> {
    let socket = context.socket(SocketType::ROUTER)?;
    // A front end that reconnects under its old name must take over from its dead connection.
    socket.set_router_handover(true)?;
    bind(socket, channel, endpoint, port)
}

fn publisher(context: &Context, endpoint: &str, port: &mut u16) -> Result<Socket, JupyterError> {
    let socket = context.socket(SocketType::XPUB)?;
    // Verbose: the second subscriber of a topic is welcomed too.
    socket.set_xpub_verbose(true)?;
    socket.set_sndhwm(SEND_HIGH_WATER_MARK)?;
    bind(socket, "iopub", endpoint, port)
}

fn bind(socket: Socket, channel: &'static str, endpoint: &str, port: &mut u16) -> Result<Socket, JupyterError> {
    socket.set_linger(LINGER_MS)?;
    socket.set_maxmsgsize(LONGEST_FRAME)?;
    let wildcard = endpoint.strip_suffix(":0").map(|host| format!("{host}:*"));
    let address = wildcard.unwrap_or_else(|| endpoint.to_owned());
    socket.bind(&address).map_err(|source| JupyterError::Bind { channel, endpoint: address, source })?;
    if *port == 0
        && let Ok(Ok(actual)) = socket.get_last_endpoint()
    {
        let digits = actual.trim_end_matches('\0').rsplit(':').next().unwrap_or_default();
        *port = digits.parse().unwrap_or(0);
    }
    Ok(socket)
}
