//! The shell channel: requests in the order they come, one at a time.

use crate::channel::Channel;
use crate::handler::{Completion, ExecuteOutcome, Handler};
use crate::iopub::IoPub;
use crate::wire::{Message, PROTOCOL_VERSION};
use jupyter_protocol::{CompleteRequest, ExecuteRequest, InspectRequest, IsCompleteReplyStatus, IsCompleteRequest};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests that were sent before a cell failed may take this long to be seen: they travel on another thread.
const QUEUED_WITHIN_MS: i64 = 10;

type Reply = (&'static str, Value);

pub(crate) struct Shell<'a> {
    channel: &'a Channel,
    handler: &'a dyn Handler,
    execution_count: u32,
    /// What was queued behind a cell that failed, and must not run.
    doomed: VecDeque<Message>,
}

impl<'a> Shell<'a> {
    pub(crate) fn new(channel: &'a Channel, handler: &'a dyn Handler) -> Shell<'a> {
        Shell { channel, handler, execution_count: 0, doomed: VecDeque::new() }
    }

    pub(crate) fn run(mut self, stopping: &AtomicBool) {
        while !stopping.load(Ordering::Acquire) {
            if let Some(request) = self.doomed.pop_front() {
                self.channel.serve(&request, |iopub| self.answer_doomed(&request, iopub));
            } else if let Some(request) = self.channel.next() {
                self.channel.serve(&request, |iopub| self.answer(&request, iopub));
            }
        }
    }

    /// Cells are not run; anything else is answered as ever.
    fn answer_doomed(&mut self, request: &Message, iopub: &IoPub) -> Option<Reply> {
        if request.msg_type() != "execute_request" {
            return self.answer(request, iopub);
        }
        Some(("execute_reply", json!({"status": "aborted", "execution_count": self.execution_count})))
    }

    fn answer(&mut self, request: &Message, iopub: &IoPub) -> Option<Reply> {
        match request.msg_type() {
            "kernel_info_request" => Some(kernel_info(self.handler)),
            "execute_request" => self.execute(request, iopub),
            "complete_request" => self.complete(request),
            "inspect_request" => self.inspect(request),
            "is_complete_request" => self.is_complete(request),
            "history_request" => Some(("history_reply", json!({"status": "ok", "history": []}))),
            "comm_info_request" => Some(("comm_info_reply", json!({"status": "ok", "comms": {}}))),
            "comm_open" => {
                // No target is known here; the protocol asks that the front end be told.
                let content = json!({"comm_id": request.content["comm_id"], "data": {}});
                iopub.message_for(request.header.clone(), "comm_close", content);
                None
            }
            other => {
                tracing::debug!(kind = other, "Ignored a shell request.");
                None
            }
        }
    }

    fn execute(&mut self, message: &Message, iopub: &IoPub) -> Option<Reply> {
        let request: ExecuteRequest = self.channel.content(message)?;
        if request.store_history && !request.silent {
            self.execution_count += 1;
        }
        let count = self.execution_count;
        iopub.begin(message.header.clone(), count);
        if !request.silent {
            let content = json!({"code": request.code, "execution_count": count});
            iopub.message_for(message.header.clone(), "execute_input", content);
        }
        let reply = match self.handler.execute(&request, count) {
            ExecuteOutcome::Done(result) => {
                result.filter(|_| !request.silent).into_iter().for_each(|data| iopub.execute_result(data));
                json!({"status": "ok", "execution_count": count, "user_expressions": {}, "payload": []})
            }
            ExecuteOutcome::Failed(report) => {
                iopub.error(&report);
                if request.stop_on_error {
                    // Before the reply goes out: whoever has seen it means what they send next.
                    self.doomed.extend(std::iter::from_fn(|| self.channel.next_within(QUEUED_WITHIN_MS)));
                }
                json!({"status": "error", "execution_count": count, "ename": report.ename, "evalue": report.evalue,
                       "traceback": report.traceback, "user_expressions": {}, "payload": []})
            }
        };
        Some(("execute_reply", reply))
    }

    fn complete(&self, message: &Message) -> Option<Reply> {
        let request: CompleteRequest = self.channel.content(message)?;
        let Completion { matches, start, end } = self.handler.complete(&request);
        let typed: Vec<Value> = matches
            .iter()
            .map(|(text, kind)| json!({"text": text, "type": kind, "start": start, "end": end}))
            .collect();
        let texts: Vec<&str> = matches.iter().map(|(text, _)| text.as_str()).collect();
        let content = json!({"status": "ok", "matches": texts, "cursor_start": start, "cursor_end": end,
                             "metadata": {"_jupyter_types_experimental": typed}});
        Some(("complete_reply", content))
    }

    fn inspect(&self, message: &Message) -> Option<Reply> {
        let request: InspectRequest = self.channel.content(message)?;
        let found = self.handler.inspect(&request);
        let content = json!({"status": "ok", "found": found.is_some(), "data": found.unwrap_or_default(),
                             "metadata": {}});
        Some(("inspect_reply", content))
    }

    fn is_complete(&self, message: &Message) -> Option<Reply> {
        let request: IsCompleteRequest = self.channel.content(message)?;
        let verdict = self.handler.is_complete(&request.code);
        let content = if verdict.status == IsCompleteReplyStatus::Incomplete {
            json!({"status": "incomplete", "indent": verdict.indent})
        } else {
            json!({"status": verdict.status})
        };
        Some(("is_complete_reply", content))
    }
}

pub(crate) fn kernel_info(handler: &dyn Handler) -> Reply {
    let info = handler.kernel_info();
    let links: Vec<Value> = info.help_links.iter().map(|(text, url)| json!({"text": text, "url": url})).collect();
    let content = json!({
        "status": "ok",
        "protocol_version": PROTOCOL_VERSION,
        "implementation": info.implementation,
        "implementation_version": info.implementation_version,
        "banner": info.banner,
        "language_info": info.language_info,
        "help_links": links,
        "supported_features": [],
        "debugger": false,
    });
    ("kernel_info_reply", content)
}
