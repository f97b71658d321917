//! The shell channel: requests in the order they come, one at a time.

use crate::channel::Channel;
use crate::handler::{Completion, ErrorReport, ExecuteOutcome, Handler};
use crate::history::History;
use crate::iopub::IoPub;
use crate::request::{bad, read};
use crate::stdin::Input;
use crate::wire::{Message, PROTOCOL_VERSION};
use jupyter_protocol::{CompleteRequest, ExecuteRequest, InspectRequest, IsCompleteReplyStatus, IsCompleteRequest};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests that were sent before a cell failed may take this long to be seen: they travel on another thread.
const QUEUED_WITHIN_MS: i64 = 10;

type Reply = (&'static str, Value);

pub(crate) struct Shell<'a> {
    channel: &'a Channel,
    handler: &'a dyn Handler,
    input: Input,
    history: History,
    execution_count: u32,
    /// What was queued behind a cell that failed, and must not run.
    doomed: VecDeque<Message>,
}

impl<'a> Shell<'a> {
    pub(crate) fn new(channel: &'a Channel, handler: &'a dyn Handler, input: Input, history: History) -> Shell<'a> {
        Shell { channel, handler, input, history, execution_count: 0, doomed: VecDeque::new() }
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
        let content = &request.content;
        Some(match request.msg_type() {
            "kernel_info_request" => kernel_info(self.handler),
            "execute_request" => ("execute_reply", self.execute(request, iopub).unwrap_or_else(|bad| bad)),
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

    fn execute(&mut self, message: &Message, iopub: &IoPub) -> Result<Value, Value> {
        let request: ExecuteRequest = read(&message.content)?;
        let stored = request.store_history && !request.silent;
        if stored {
            self.execution_count += 1;
        }
        let count = self.execution_count;
        iopub.begin(message.header.clone(), count);
        if !request.silent {
            let content = json!({"code": request.code, "execution_count": count});
            iopub.message_for(message.header.clone(), "execute_input", content);
        }
        self.input.begin(&message.identities, &message.header, request.allow_stdin);
        let outcome = self.handler.execute(&request, count);
        let expressions = match &outcome {
            ExecuteOutcome::Done(_) => self.user_expressions(&request),
            ExecuteOutcome::Failed(_) => Map::new(),
        };
        self.input.end();
        if stored {
            self.history.push(count, &request.code, result_as_text(&outcome));
        }
        Ok(match outcome {
            ExecuteOutcome::Done(result) => {
                result.filter(|_| !request.silent).into_iter().for_each(|data| iopub.execute_result(data));
                json!({"status": "ok", "execution_count": count, "user_expressions": expressions, "payload": []})
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
        })
    }

    /// Each expression in the order of its name; one that fails does not make the cell fail.
    fn user_expressions(&self, request: &ExecuteRequest) -> Map<String, Value> {
        let mut asked: Vec<(&String, &String)> = request.user_expressions.iter().flatten().collect();
        asked.sort();
        let evaluated = |(name, expression): (&String, &String)| {
            let value = match self.handler.evaluate(expression) {
                Ok(data) => json!({"status": "ok", "data": data, "metadata": {}}),
                Err(ErrorReport { ename, evalue, traceback }) => {
                    json!({"status": "error", "ename": ename, "evalue": evalue, "traceback": traceback})
                }
            };
            (name.clone(), value)
        };
        asked.into_iter().map(evaluated).collect()
    }

    fn history(&self, content: &Value) -> Value {
        self.history.answer(content).map_or_else(|error| bad(&error), |found| json!({"status": "ok", "history": found}))
    }

    fn complete(&self, content: &Value) -> Result<Value, Value> {
        let request: CompleteRequest = read(content)?;
        let Completion { matches, start, end } = self.handler.complete(&request);
        let typed: Vec<Value> = matches
            .iter()
            .map(|(text, kind)| json!({"text": text, "type": kind, "start": start, "end": end}))
            .collect();
        let texts: Vec<&str> = matches.iter().map(|(text, _)| text.as_str()).collect();
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
