//! The thread that runs cells, one after another, so that the shell channel is read while one runs.

use crate::handler::{ErrorReport, ExecuteOutcome, Handler};
use crate::iopub::IoPub;
use crate::stdin::Input;
use crate::wire::Message;
use crossbeam_channel::{Receiver, Sender};
use jupyter_protocol::ExecuteRequest;
use serde_json::{Map, Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A cell to run.
pub(crate) struct Cell {
    /// As it came.
    pub(crate) message: Message,
    /// What it asks for.
    pub(crate) request: ExecuteRequest,
    /// Its number.
    pub(crate) count: u32,
}

/// A cell that has ended; all that it printed and showed has been given to iopub.
pub(crate) struct Ended {
    pub(crate) cell: Cell,
    pub(crate) outcome: ExecuteOutcome,
    /// What came of its user expressions.
    pub(crate) expressions: Map<String, Value>,
}

/// What it takes to run them.
pub(crate) struct Executor {
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) iopub: IoPub,
    pub(crate) input: Input,
    /// Wakes up the thread that is told of the end.
    pub(crate) bell: zmq::Socket,
}

impl Executor {
    /// Runs what comes until nobody is left who could send more.
    pub(crate) fn run(&self, cells: &Receiver<Cell>, ended: &Sender<Ended>) {
        for cell in cells {
            let run = catch_unwind(AssertUnwindSafe(|| self.execute(&cell)));
            let (outcome, expressions) = run.unwrap_or_else(|_| (ExecuteOutcome::Failed(panicked()), Map::new()));
            self.input.end();
            match &outcome {
                ExecuteOutcome::Done(Some(data)) if !cell.request.silent => self.iopub.execute_result(data.clone()),
                ExecuteOutcome::Done(_) => {}
                ExecuteOutcome::Failed(report) => self.iopub.error(report),
            }
            if ended.send(Ended { cell, outcome, expressions }).is_err() {
                return;
            }
            if let Err(error) = self.bell.send("", 0) {
                tracing::warn!(%error, "Failed to wake up the shell channel; it looks by itself soon.");
            }
        }
    }

    fn execute(&self, Cell { message, request, count }: &Cell) -> (ExecuteOutcome, Map<String, Value>) {
        self.iopub.begin(message.header.clone(), *count);
        if !request.silent {
            let content = json!({"code": request.code, "execution_count": count});
            self.iopub.message_for(message.header.clone(), "execute_input", content);
        }
        self.input.begin(&message.identities, &message.header, request.allow_stdin);
        let outcome = self.handler.execute(request, *count);
        let expressions = match &outcome {
            ExecuteOutcome::Done(_) => self.user_expressions(request),
            ExecuteOutcome::Failed(_) => Map::new(),
        };
        (outcome, expressions)
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
}

fn panicked() -> ErrorReport {
    tracing::error!("The kernel itself panicked while it ran a cell.");
    let evalue = "the kernel itself failed on this cell; its log says more";
    ErrorReport {
        ename: "KernelPanic".to_owned(),
        evalue: evalue.to_owned(),
        traceback: vec![format!("KernelPanic: {evalue}")],
    }
}
