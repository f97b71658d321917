//! The control channel: interrupt and shutdown, answered while a cell runs.

use crate::channel::Channel;
use crate::handler::Handler;
use crate::shell;
use crate::wire::Message;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) fn run(channel: &Channel, handler: &dyn Handler, stopping: &AtomicBool) {
    while !stopping.load(Ordering::Acquire) {
        if let Some(request) = channel.next() {
            channel.serve(&request, |_| answer(&request, handler, stopping));
        }
    }
}

fn answer(request: &Message, handler: &dyn Handler, stopping: &AtomicBool) -> Option<(&'static str, Value)> {
    match request.msg_type() {
        "interrupt_request" => {
            handler.interrupt();
            Some(("interrupt_reply", json!({"status": "ok"})))
        }
        "shutdown_request" => {
            let restart = request.content["restart"].as_bool().unwrap_or(false);
            handler.shutdown(restart);
            stopping.store(true, Ordering::Release);
            Some(("shutdown_reply", json!({"status": "ok", "restart": restart})))
        }
        "kernel_info_request" => Some(shell::kernel_info(handler)),
        other => {
            tracing::debug!(kind = other, "Ignored a control request.");
            None
        }
    }
}
