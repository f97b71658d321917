//! One ROUTER socket with its requests. Here, and only here, a request is surrounded by `busy` and `idle`.

use crate::heartbeat::STOP_LOOK_MS;
use crate::iopub::IoPub;
use crate::wire::{Message, Session};
use serde_json::{Value, json};

pub(crate) struct Channel {
    name: &'static str,
    socket: zmq::Socket,
    session: Session,
    iopub: IoPub,
}

impl Channel {
    pub(crate) fn new(name: &'static str, socket: zmq::Socket, session: Session, iopub: IoPub) -> Channel {
        Channel { name, socket, session, iopub }
    }

    /// The next request, if one comes while the caller should not look at something else.
    pub(crate) fn next(&self) -> Option<Message> {
        self.next_within(STOP_LOOK_MS)
    }

    /// The next request within this time.
    pub(crate) fn next_within(&self, millis: i64) -> Option<Message> {
        if !matches!(self.socket.poll(zmq::POLLIN, millis), Ok(ready) if ready > 0) {
            return None;
        }
        self.session.accept(self.name, self.socket.recv_multipart(0).ok()?)
    }

    /// Waits until a request comes, `bell` rings, or the caller should look at something else.
    pub(crate) fn wait(&self, bell: &zmq::Socket) {
        let both = &mut [self.socket.as_poll_item(zmq::POLLIN), bell.as_poll_item(zmq::POLLIN)];
        if zmq::poll(both, STOP_LOOK_MS).is_ok() && both[1].is_readable() {
            while bell.recv_bytes(zmq::DONTWAIT).is_ok() {}
        }
    }

    /// A request begins to be answered; when what this gives is dropped, it has been.
    pub(crate) fn begin(&self, request: &Message) -> Busy {
        Busy::begin(&self.iopub, &request.header)
    }

    /// Answers a request: `busy`, whatever `answer` sends, the reply it returns, `idle`. The `idle` goes out even when
    /// `answer` panics, because a front end that never sees it waits for ever.
    pub(crate) fn serve(&self, request: &Message, answer: impl FnOnce(&IoPub) -> Option<(&'static str, Value)>) {
        let _busy = self.begin(request);
        let reply = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| answer(&self.iopub)));
        match reply {
            Ok(Some((msg_type, content))) => self.reply(request, msg_type, &content),
            Ok(None) => {}
            Err(_) => self.reply_to_panic(request),
        }
    }

    /// Sends the reply to a request, after all that was shown before it.
    pub(crate) fn reply(&self, request: &Message, msg_type: &str, content: &Value) {
        // All that was shown must be on its way before the reply: clients stop reading soon after it.
        self.iopub.flush();
        let frames = self.session.encode(&request.identities, msg_type, &request.header, content);
        if let Err(error) = self.socket.send_multipart(frames, 0) {
            tracing::warn!(channel = self.name, %error, "Failed to send a reply.");
        }
    }

    fn reply_to_panic(&self, request: &Message) {
        let msg_type = request.msg_type().replace("_request", "_reply");
        tracing::error!(%msg_type, "The kernel itself panicked while answering a request.");
        self.reply(request, &msg_type, &failure("KernelPanic", "the kernel itself failed; its log says more"));
    }
}

/// The content of a reply to a request that failed outside of any cell.
pub(crate) fn failure(ename: &str, evalue: &str) -> Value {
    json!({"status": "error", "ename": ename, "evalue": evalue, "traceback": [format!("{ename}: {evalue}")]})
}

/// A request that is being answered: `busy` when it begins, `idle` when this is dropped.
pub(crate) struct Busy {
    iopub: IoPub,
    parent: Value,
}

impl Busy {
    fn begin(iopub: &IoPub, parent: &Value) -> Busy {
        iopub.message_for(parent.clone(), "status", json!({"execution_state": "busy"}));
        Busy { iopub: iopub.clone(), parent: parent.clone() }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.iopub.message_for(self.parent.clone(), "status", json!({"execution_state": "idle"}));
        self.iopub.flush();
    }
}
