//! The shell channel: requests in the order they come. A cell waits for those before it; everything else is answered at once, also
//! while a cell runs.

use crate::channel::{Busy, Channel};
use crate::executor::{Cell, Ended};
use crate::handler::{Completion, ExecuteOutcome, Handler, Proposal};
use crate::history::History;
use crate::iopub::IoPub;
use crate::request::{bad, read};
use crate::wire::{Message, PROTOCOL_VERSION};
use crossbeam_channel::{Receiver, Sender};
use jupyter_protocol::{CompleteRequest, ExecuteRequest, InspectRequest, IsCompleteReplyStatus, IsCompleteRequest};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests that were sent before a cell failed may take this long to be seen: they travel on another thread.
const QUEUED_WITHIN_MS: i64 = 10;

type Reply = (&'static str, Value);

/// The way to the thread that runs cells, and back.
pub(crate) struct Cells {
    pub(crate) cells: Sender<Cell>,
    pub(crate) ended: Receiver<Ended>,
    /// Rings when a cell has ended.
    pub(crate) bell: zmq::Socket,
}

pub(crate) struct Shell<'a> {
    channel: &'a Channel,
    handler: &'a dyn Handler,
    history: History,
    executor: Cells,
    execution_count: u32,
    /// Cells that wait for their turn.
    queue: VecDeque<Message>,
    /// The cell that runs keeps the kernel busy.
    running: Option<Busy>,
}

impl<'a> Shell<'a> {
    pub(crate) fn new(channel: &'a Channel, handler: &'a dyn Handler, history: History, executor: Cells) -> Shell<'a> {
        Shell { channel, handler, history, executor, execution_count: 0, queue: VecDeque::new(), running: None }
    }

    /// Reads and answers until the kernel leaves; the cell that runs then is still waited for.
    pub(crate) fn run(mut self, stopping: &AtomicBool) {
        loop {
            if let Ok(ended) = self.executor.ended.try_recv() {
                self.end(ended);
            }
            if stopping.load(Ordering::Acquire) {
                return self.wait_for_the_last();
            }
            while self.running.is_none() && self.begin_next() {}
            self.channel.wait(&self.executor.bell);
            if let Some(request) = self.channel.next_within(0) {
                self.take(request);
            }
        }
    }

    fn wait_for_the_last(&mut self) {
        if self.running.is_some()
            && let Ok(ended) = self.executor.ended.recv()
        {
            self.end(ended);
        }
    }

    fn take(&mut self, request: Message) {
        if request.msg_type() == "execute_request" {
            self.queue.push_back(request);
        } else {
            self.channel.serve(&request, |iopub| self.answer(&request, iopub));
        }
    }

    /// Hands the next cell over, or says what is wrong with its request. Says whether there was one.
    fn begin_next(&mut self) -> bool {
        let Some(message) = self.queue.pop_front() else { return false };
        let busy = self.channel.begin(&message);
        match read::<ExecuteRequest>(&message.content) {
            Ok(request) => {
                if request.store_history && !request.silent {
                    self.execution_count += 1;
                }
                let cell = Cell { message, request, count: self.execution_count };
                // The other thread is there as long as this one.
                if self.executor.cells.send(cell).is_ok() {
                    self.running = Some(busy);
                }
            }
            Err(bad) => self.channel.reply(&message, "execute_reply", &bad),
        }
        true
    }

    /// A cell has ended: what waits behind one that failed is aborted, but for what was sent after its reply.
    fn end(&mut self, Ended { cell, outcome, expressions }: Ended) {
        let Cell { message, request, count } = cell;
        if request.store_history && !request.silent {
            self.history.push(count, &request.code, result_as_text(&outcome));
        }
        let mut doomed = VecDeque::new();
        let content = match outcome {
            ExecuteOutcome::Done(_) => {
                json!({"status": "ok", "execution_count": count, "user_expressions": expressions, "payload": []})
            }
            ExecuteOutcome::Failed(report) => {
                if request.stop_on_error {
                    // Before the reply goes out: whoever has seen it means what they send next.
                    while let Some(request) = self.channel.next_within(QUEUED_WITHIN_MS) {
                        self.take(request);
                    }
                    doomed = std::mem::take(&mut self.queue);
                }
                json!({"status": "error", "execution_count": count, "ename": report.ename, "evalue": report.evalue,
                       "traceback": report.traceback, "user_expressions": {}, "payload": []})
            }
        };
        self.channel.reply(&message, "execute_reply", &content);
        self.running = None;
        let aborted = json!({"status": "aborted", "execution_count": self.execution_count});
        for message in doomed {
            self.channel.serve(&message, |_| Some(("execute_reply", aborted.clone())));
        }
    }

    fn answer(&self, request: &Message, iopub: &IoPub) -> Option<Reply> {
        let content = &request.content;
        Some(match request.msg_type() {
            "kernel_info_request" => kernel_info(self.handler),
            "complete_request" => ("complete_reply", self.complete(content).unwrap_or_else(|bad| bad)),
            "inspect_request" => ("inspect_reply", self.inspect(content).unwrap_or_else(|bad| bad)),
            "is_complete_request" => ("is_complete_reply", self.is_complete(content).unwrap_or_else(|bad| bad)),
            "history_request" => ("history_reply", self.history(content)),
            "comm_info_request" => ("comm_info_reply", json!({"status": "ok", "comms": {}})),
            "comm_open" => {
                // No target is known here; the protocol asks that the front end be told.
                let content = json!({"comm_id": request.content["comm_id"], "data": {}});
                iopub.message_for(request.header.clone(), "comm_close", content);
                return None;
            }
            other => {
                tracing::debug!(kind = other, "Ignored a shell request.");
                return None;
            }
        })
    }

    fn history(&self, content: &Value) -> Value {
        self.history.answer(content).map_or_else(|error| bad(&error), |found| json!({"status": "ok", "history": found}))
    }

    fn complete(&self, content: &Value) -> Result<Value, Value> {
        let request: CompleteRequest = read(content)?;
        let Completion { matches, start, end } = self.handler.complete(&request);
        let typed: Vec<Value> = matches
            .iter()
            .map(|Proposal { text, kind, signature }| {
                let mut typed = json!({"text": text, "type": kind, "start": start, "end": end});
                if let Some(signature) = signature {
                    typed["signature"] = json!(signature);
                }
                typed
            })
            .collect();
        let texts: Vec<&str> = matches.iter().map(|proposal| proposal.text.as_str()).collect();
        Ok(json!({"status": "ok", "matches": texts, "cursor_start": start, "cursor_end": end,
                  "metadata": {"_jupyter_types_experimental": typed}}))
    }

    fn inspect(&self, content: &Value) -> Result<Value, Value> {
        let request: InspectRequest = read(content)?;
        let found = self.handler.inspect(&request);
        Ok(json!({"status": "ok", "found": found.is_some(), "data": found.unwrap_or_default(), "metadata": {}}))
    }

    fn is_complete(&self, content: &Value) -> Result<Value, Value> {
        let request: IsCompleteRequest = read(content)?;
        let verdict = self.handler.is_complete(&request.code);
        Ok(if verdict.status == IsCompleteReplyStatus::Incomplete {
            json!({"status": "incomplete", "indent": verdict.indent})
        } else {
            json!({"status": verdict.status})
        })
    }
}

/// What the history keeps of a result.
fn result_as_text(outcome: &ExecuteOutcome) -> Option<String> {
    match outcome {
        ExecuteOutcome::Done(Some(data)) => data.get("text/plain")?.as_str().map(str::to_owned),
        _ => None,
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
