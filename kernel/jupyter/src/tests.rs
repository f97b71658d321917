//! A fake front end drives a kernel over real sockets: what a client sees, in the order it sees it.

use crate::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A toy language: a cell is printed back, but for a few words that fail, show, ask or interrupt.
struct Echo {
    iopub: IoPub,
    input: Input,
    interrupts: AtomicU32,
}

impl Handler for Echo {
    fn kernel_info(&self) -> KernelInfo {
        KernelInfo {
            implementation: "echo".to_owned(),
            implementation_version: "1".to_owned(),
            banner: "echo".to_owned(),
            language_info: json!({"name": "echo", "version": "1", "mimetype": "text/plain", "file_extension": ".echo"}),
            help_links: vec![],
        }
    }

    fn execute(&self, request: &ExecuteRequest, _: u32) -> ExecuteOutcome {
        match request.code.as_str() {
            "fail" => {
                let report = ErrorReport { ename: "E".into(), evalue: "told to".into(), traceback: vec!["E".into()] };
                return ExecuteOutcome::Failed(report);
            }
            "panic" => panic!("told to panic"),
            "value" => return ExecuteOutcome::Done(Some(plain("42"))),
            "display" => {
                self.iopub.display_data(plain("one"), Some("id"));
                self.iopub.update_display_data(plain("two"), "id");
            }
            "clear" => self.iopub.clear_output(true),
            "wait and fail" => {
                self.wait();
                let report = ErrorReport { ename: "E".into(), evalue: "told to".into(), traceback: vec!["E".into()] };
                return ExecuteOutcome::Failed(report);
            }
            "say, wait, say" => {
                self.iopub.stream(StreamName::Stdout, "before");
                self.wait();
                self.iopub.stream(StreamName::Stdout, "after");
            }
            "ask" | "ask secretly" => {
                let answer = self.input.ask("who? ", request.code == "ask secretly");
                self.iopub.stream(StreamName::Stdout, format!("{answer:?}"));
            }
            "pictures" => (0..20_000).for_each(|n| self.iopub.display_data(plain(&n.to_string()), None)),
            "many" => (0..10_000).for_each(|line| self.iopub.stream(StreamName::Stdout, format!("{line}\n"))),
            "wait" => self.wait(),
            code => self.iopub.stream(StreamName::Stdout, code),
        }
        ExecuteOutcome::Done(None)
    }

    fn evaluate(&self, expression: &str) -> Result<MimeBundle, ErrorReport> {
        let unknown = || ErrorReport { ename: "E".into(), evalue: "unknown".into(), traceback: vec![] };
        if expression == "unknown" { Err(unknown()) } else { Ok(plain(expression)) }
    }

    fn complete(&self, request: &CompleteRequest) -> Completion {
        let signature = Some("echo(text)".to_owned());
        let echo = Proposal { text: "echo".to_owned(), kind: "keyword".to_owned(), signature };
        Completion { matches: vec![echo], start: 0, end: request.cursor_pos }
    }

    fn inspect(&self, request: &InspectRequest) -> Inspection {
        (request.code == "known").then(|| plain("a known thing"))
    }

    fn is_complete(&self, code: &str) -> IsCompleteReply {
        if code.ends_with('(') { IsCompleteReply::incomplete("  ".into()) } else { IsCompleteReply::complete() }
    }

    fn interrupt(&self) {
        if !self.input.cancel() {
            self.interrupts.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn shutdown(&self, _: bool) {
        self.interrupt();
    }
}

impl Echo {
    fn wait(&self) {
        while self.interrupts.load(Ordering::Acquire) == 0 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

fn plain(text: &str) -> MimeBundle {
    MimeBundle::from_iter([("text/plain".to_owned(), json!(text))])
}

/// A client with all five sockets connected, and the kernel it talks to.
pub(crate) struct Frontend {
    kernel: Option<RunningKernel>,
    context: zmq::Context,
    connection: ConnectionInfo,
    pub(crate) session: Session,
    pub(crate) shell: zmq::Socket,
    pub(crate) control: zmq::Socket,
    pub(crate) stdin: zmq::Socket,
    iopub: zmq::Socket,
}

pub(crate) const KEY: &str = "a secret";

impl Frontend {
    pub(crate) fn start() -> Frontend {
        Frontend::connected(json!({
            "ip": "127.0.0.1", "transport": "tcp", "shell_port": 0, "iopub_port": 0, "stdin_port": 0,
            "control_port": 0, "hb_port": 0, "key": KEY, "signature_scheme": "hmac-sha256", "kernel_name": "echo",
        }))
    }

    fn connected(connection: Value) -> Frontend {
        let connection: ConnectionInfo = serde_json::from_value(connection).unwrap();
        let kernel = Kernel::bind(&connection).unwrap();
        let connection = kernel.connection().clone();
        let context = zmq::Context::new();
        let iopub = subscribe(&context, &connection);
        let shell = connect(&context, zmq::DEALER, &connection.shell_url());
        let control = connect(&context, zmq::DEALER, &connection.control_url());
        let stdin = connect(&context, zmq::DEALER, &connection.stdin_url());
        let interrupts = AtomicU32::new(0);
        let running = kernel.start(|iopub, input| Arc::new(Echo { iopub, input, interrupts })).unwrap();
        let session = Session::new(KEY);
        let frontend = Frontend { kernel: Some(running), context, connection, session, shell, control, stdin, iopub };
        let welcome = frontend.iopub();
        assert_eq!(welcome.msg_type(), "iopub_welcome", "the first thing a subscriber sees");
        assert_eq!(welcome.content, json!({"subscription": ""}));
        frontend
    }

    pub(crate) fn ask(&self, msg_type: &str, content: Value) {
        self.shell.send_multipart(self.session.encode(&[], msg_type, &json!({}), &content), 0).unwrap();
    }

    pub(crate) fn execute(&self, code: &str) {
        self.execute_with(code, &json!({}));
    }

    /// A cell, some fields of whose request are others than usual.
    fn execute_with(&self, code: &str, fields: &Value) {
        let mut request = json!({"code": code, "silent": false, "store_history": true,
            "user_expressions": {}, "allow_stdin": false, "stop_on_error": true});
        request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.ask("execute_request", request);
    }

    fn interrupt(&self) {
        let frames = self.session.encode(&[], "interrupt_request", &json!({}), &json!({}));
        self.control.send_multipart(frames, 0).unwrap();
        let reply = self.session.decode(self.control.recv_multipart(0).unwrap()).unwrap();
        assert_eq!((reply.msg_type(), &reply.content["status"]), ("interrupt_reply", &json!("ok")));
    }

    pub(crate) fn reply(&self) -> Message {
        self.session.decode(self.shell.recv_multipart(0).expect("a reply in time")).unwrap()
    }

    fn iopub(&self) -> Message {
        let mut frames = self.iopub.recv_multipart(0).expect("an iopub message in time");
        frames.remove(0);
        self.session.decode(frames).unwrap()
    }

    /// A second connection to the shell channel, by another name.
    pub(crate) fn another_shell(&self, name: &[u8]) -> zmq::Socket {
        let socket = self.context.socket(zmq::DEALER).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_identity(name).unwrap();
        socket.connect(&self.connection.shell_url()).unwrap();
        socket
    }

    fn iopub_after_starting(&self) -> Message {
        let message = self.iopub();
        if message.content["execution_state"] == "starting" { self.iopub() } else { message }
    }

    /// What was published from `busy` to `idle`, as `type: gist`.
    pub(crate) fn published(&self) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let message = self.iopub();
            // A welcome of another subscriber comes to all of them.
            let is_welcome = message.msg_type() == "iopub_welcome";
            if is_welcome || message.content["execution_state"] == "starting" {
                continue;
            }
            assert!(message.parent_header["msg_id"].is_string(), "{} has no parent", message.msg_type());
            seen.push(gist(&message));
            if seen.last().is_some_and(|last| last == "status: idle") {
                return seen;
            }
        }
    }
}

impl Drop for Frontend {
    fn drop(&mut self) {
        let frames = self.session.encode(&[], "shutdown_request", &json!({}), &json!({"restart": false}));
        self.control.send_multipart(frames, 0).unwrap();
        self.kernel.take().unwrap().wait();
    }
}

fn connect(context: &zmq::Context, kind: zmq::SocketType, endpoint: &str) -> zmq::Socket {
    let socket = context.socket(kind).unwrap();
    socket.set_linger(0).unwrap();
    if kind == zmq::DEALER {
        // As Jupyter's clients do: the kernel finds who sent a cell on the stdin channel by this name.
        socket.set_identity(b"the client").unwrap();
    }
    socket.set_rcvtimeo(10_000).unwrap();
    socket.connect(endpoint).unwrap();
    socket
}

fn subscribe(context: &zmq::Context, connection: &ConnectionInfo) -> zmq::Socket {
    let socket = connect(context, zmq::SUB, &connection.iopub_url());
    socket.set_subscribe(b"").unwrap();
    socket
}

fn gist(message: &Message) -> String {
    let content = &message.content;
    let text = match message.msg_type() {
        "status" => &content["execution_state"],
        "execute_input" => &content["code"],
        "stream" => &content["text"],
        "error" => &content["evalue"],
        "clear_output" => return format!("clear_output: {}", content["wait"]),
        _ => &content["data"]["text/plain"],
    };
    format!("{}: {}", message.msg_type(), text.as_str().unwrap_or_default())
}

#[test]
fn kernel_info_names_the_language() {
    let frontend = Frontend::start();
    frontend.ask("kernel_info_request", json!({}));
    let reply = frontend.reply();
    assert_eq!(reply.msg_type(), "kernel_info_reply");
    assert_eq!(reply.content["language_info"]["name"], "echo");
    assert_eq!(reply.content["protocol_version"], "5.5");
    assert_eq!(frontend.published(), ["status: busy", "status: idle"]);
}

#[test]
fn an_execution_is_told_in_order() {
    let frontend = Frontend::start();
    frontend.execute("hello");
    assert_eq!(frontend.reply().content["status"], "ok");
    assert_eq!(frontend.published(), ["status: busy", "execute_input: hello", "stream: hello", "status: idle"]);
    frontend.execute("value");
    let reply = frontend.reply();
    assert_eq!(reply.content["execution_count"], 2);
    assert_eq!(frontend.published()[2], "execute_result: 42");
    frontend.execute("display");
    assert_eq!(frontend.published()[2..4], ["display_data: one", "update_display_data: two"]);
}

#[test]
fn many_lines_arrive_whole_in_few_messages() {
    let frontend = Frontend::start();
    frontend.execute("many");
    let published = frontend.published();
    let text: String = published.iter().filter_map(|line| line.strip_prefix("stream: ")).collect();
    let expected: String = (0..10_000).map(|line| format!("{line}\n")).collect();
    assert_eq!(text, expected);
    assert!(published.len() < 100, "{} messages", published.len());
}

#[test]
fn a_message_with_a_wrong_signature_is_ignored() {
    let frontend = Frontend::start();
    let forged = Session::new("another key").encode(&[], "kernel_info_request", &json!({}), &json!({}));
    frontend.shell.send_multipart(forged, 0).unwrap();
    frontend.shell.send_multipart([b"not", b"jup".as_slice(), b"yter"], 0).unwrap();
    frontend.execute("still here");
    assert_eq!(frontend.reply().msg_type(), "execute_reply", "the first reply answers the good message");
    assert_eq!(frontend.published()[1], "execute_input: still here");
}

#[test]
fn a_request_that_cannot_be_understood_is_an_error_reply() {
    let frontend = Frontend::start();
    frontend.ask("execute_request", json!({"silent": "maybe"}));
    assert_eq!(frontend.published(), ["status: busy", "status: idle"]);
    let reply = frontend.reply();
    assert_eq!((reply.msg_type(), &reply.content["ename"]), ("execute_reply", &json!("BadRequest")));
    frontend.ask("execute_request", json!({"code": "that is enough"}));
    assert_eq!(frontend.reply().content["execution_count"], 1);
}

#[test]
fn who_does_not_want_the_queue_to_stop_says_so() {
    let frontend = Frontend::start();
    frontend.execute_with("fail", &json!({"stop_on_error": false}));
    frontend.execute("runs");
    assert_eq!(frontend.reply().content["status"], "error");
    assert_eq!(frontend.reply().content["status"], "ok");
}

#[test]
fn what_is_queued_behind_a_failed_cell_is_aborted() {
    let frontend = Frontend::start();
    frontend.execute("fail");
    frontend.execute("never runs");
    let failed = frontend.reply();
    assert_eq!(failed.content["status"], "error");
    assert_eq!(failed.content["evalue"], "told to");
    assert_eq!(frontend.reply().content["status"], "aborted");
    assert_eq!(frontend.published(), ["status: busy", "execute_input: fail", "error: told to", "status: idle"]);
    assert_eq!(frontend.published(), ["status: busy", "status: idle"]);
    frontend.execute("runs, because it was sent after the replies");
    assert_eq!(frontend.reply().content["status"], "ok");
}

#[test]
fn a_panic_of_the_handler_is_an_error_reply() {
    let frontend = Frontend::start();
    frontend.execute("panic");
    assert_eq!(frontend.reply().content["ename"], "KernelPanic");
    let published = frontend.published();
    assert_eq!(published[2], "error: the kernel itself failed on this cell; its log says more");
    assert_eq!(published.last().unwrap(), "status: idle");
    frontend.execute("alive");
    assert_eq!(frontend.reply().content["status"], "ok");
}

#[test]
fn an_interrupt_reaches_a_running_cell() {
    let frontend = Frontend::start();
    frontend.execute("wait");
    frontend.interrupt();
    assert_eq!(frontend.reply().content["status"], "ok");
}

#[test]
fn everything_but_cells_is_answered_while_a_cell_runs() {
    let frontend = Frontend::start();
    frontend.execute("say, wait, say");
    frontend.execute("next");
    let began = std::time::Instant::now();
    for (kind, content) in [
        ("complete", json!({"code": "ec", "cursor_pos": 2})),
        ("inspect", json!({"code": "known", "cursor_pos": 2})),
        ("is_complete", json!({"code": "f("})),
        ("history", json!({"hist_access_type": "tail", "n": 3})),
        ("comm_info", json!({})),
        ("kernel_info", json!({})),
    ] {
        frontend.ask(&format!("{kind}_request"), content);
        let reply = frontend.reply();
        assert_eq!(reply.msg_type(), format!("{kind}_reply"));
        assert_ne!(reply.content["status"], "error", "{}", reply.content);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(2), "it took {:?}", began.elapsed());
    frontend.interrupt();
    let counts = [(); 2].map(|()| frontend.reply().content["execution_count"].clone());
    assert_eq!(counts, [1, 2], "cells are run in order");

    // What belongs to which request, by the order in which the requests were first seen.
    let mut seen: Vec<(String, Vec<String>)> = Vec::new();
    while seen.iter().filter(|(_, own)| own.last().is_some_and(|last| last == "status: idle")).count() < 9 {
        let message = frontend.iopub_after_starting();
        let parent = message.parent_header["msg_id"].as_str().expect("a parent").to_owned();
        match seen.iter_mut().find(|(known, _)| *known == parent) {
            Some((_, own)) => own.push(gist(&message)),
            None => seen.push((parent, vec![gist(&message)])),
        }
    }
    let of_cells: Vec<&Vec<String>> = seen.iter().map(|(_, own)| own).filter(|own| own.len() > 2).collect();
    let first = ["status: busy", "execute_input: say, wait, say", "stream: before", "stream: after", "status: idle"];
    assert_eq!(*of_cells[0], first, "the output of the cell stays the cell's");
    assert_eq!(*of_cells[1], ["status: busy", "execute_input: next", "stream: next", "status: idle"]);
    assert_eq!(seen.iter().filter(|(_, own)| *own == ["status: busy", "status: idle"]).count(), 7, "{seen:?}");
}

#[test]
fn a_failed_cell_aborts_the_cells_behind_it_and_nothing_else() {
    let frontend = Frontend::start();
    frontend.execute("wait and fail");
    let complete = || frontend.ask("complete_request", json!({"code": "ec", "cursor_pos": 2}));
    for cell in 0..20 {
        frontend.execute(&format!("never runs {cell}"));
        complete();
    }
    let completed = [(); 20].map(|()| frontend.reply().content["status"].clone());
    assert!(completed.iter().all(|status| status == "ok"), "{completed:?}");
    frontend.interrupt();
    assert_eq!(frontend.reply().content["status"], "error");
    frontend.execute("runs");
    let aborted = [(); 20].map(|()| frontend.reply().content["status"].clone());
    assert!(aborted.iter().all(|status| status == "aborted"), "{aborted:?}");
    let last = frontend.reply();
    assert_eq!((&last.content["status"], &last.content["execution_count"]), (&json!("ok"), &json!(2)));
}

#[test]
fn a_hundred_cells_and_what_is_asked_between_them_are_all_answered() {
    let frontend = Frontend::start();
    for cell in 0..100 {
        frontend.execute(&format!("cell {cell}"));
        frontend.ask("is_complete_request", json!({"code": "f("}));
    }
    let replies: Vec<Message> = (0..200).map(|_| frontend.reply()).collect();
    let cells = replies.iter().filter(|reply| reply.msg_type() == "execute_reply");
    let counts: Vec<u64> = cells.map(|reply| reply.content["execution_count"].as_u64().expect("a number")).collect();
    assert_eq!(counts, (1..=100).collect::<Vec<u64>>());
    let mut texts = Vec::new();
    for _ in 0..200 {
        texts.extend(frontend.published().into_iter().filter(|line| line.starts_with("stream: ")));
    }
    assert_eq!(texts, (0..100).map(|cell| format!("stream: cell {cell}")).collect::<Vec<_>>());
}

#[test]
fn small_requests_are_answered() {
    let frontend = Frontend::start();
    frontend.ask("complete_request", json!({"code": "ec", "cursor_pos": 2}));
    let reply = frontend.reply();
    assert_eq!(reply.content["matches"], json!(["echo"]));
    assert_eq!(
        reply.content["metadata"]["_jupyter_types_experimental"],
        json!([{"text": "echo", "type": "keyword", "signature": "echo(text)", "start": 0, "end": 2}])
    );
    frontend.ask("inspect_request", json!({"code": "known", "cursor_pos": 2, "detail_level": 0}));
    assert_eq!(frontend.reply().content["data"]["text/plain"], "a known thing");
    frontend.ask("inspect_request", json!({"code": "unknown", "cursor_pos": 2}));
    assert_eq!(frontend.reply().content["found"], false);
    frontend.ask("is_complete_request", json!({"code": "f("}));
    assert_eq!(frontend.reply().content, json!({"status": "incomplete", "indent": "  "}));
    frontend.ask("comm_info_request", json!({}));
    assert_eq!(frontend.reply().content["comms"], json!({}));
}

#[test]
fn a_comm_to_nobody_is_closed() {
    let frontend = Frontend::start();
    frontend.ask("comm_open", json!({"comm_id": "c1", "target_name": "widgets", "data": {}}));
    assert_eq!(gist(&frontend.iopub_after_starting()), "status: busy");
    let close = frontend.iopub();
    assert_eq!((close.msg_type(), &close.content["comm_id"]), ("comm_close", &json!("c1")));
    assert_eq!(gist(&frontend.iopub()), "status: idle");
    frontend.ask("comm_msg", json!({"comm_id": "c1", "data": {}}));
    assert_eq!(frontend.published(), ["status: busy", "status: idle"]);
}

#[test]
fn what_was_typed_is_remembered_with_its_result() {
    let frontend = Frontend::start();
    for (code, fields) in [
        ("value", json!({})),
        ("not stored", json!({"store_history": false})),
        ("not told", json!({"silent": true})),
        ("fail", json!({})),
    ] {
        frontend.execute_with(code, &fields);
        frontend.reply();
    }
    frontend.ask("history_request", json!({"hist_access_type": "tail", "n": 10, "output": true, "raw": true}));
    let history = frontend.reply().content["history"].clone();
    assert_eq!(history, json!([[1, 1, ["value", "42"]], [1, 2, ["fail", null]]]));
    frontend.ask("history_request", json!({"hist_access_type": "search", "pattern": "f*", "n": 1}));
    assert_eq!(frontend.reply().content["history"], json!([[1, 2, "fail"]]));
    frontend.ask("history_request", json!({"hist_access_type": "by heart"}));
    assert_eq!(frontend.reply().content["ename"], "BadRequest");
}

#[test]
fn a_silent_cell_is_not_shown_and_not_counted() {
    let frontend = Frontend::start();
    frontend.execute_with("value", &json!({"silent": true}));
    assert_eq!(frontend.reply().content["execution_count"], 0);
    assert_eq!(frontend.published(), ["status: busy", "status: idle"]);
    frontend.execute_with("value", &json!({"store_history": false}));
    assert_eq!(frontend.reply().content["execution_count"], 0);
    assert_eq!(frontend.published()[1..3], ["execute_input: value", "execute_result: 42"]);
    frontend.execute("value");
    assert_eq!(frontend.reply().content["execution_count"], 1);
}

#[test]
fn expressions_are_evaluated_for_who_asks() {
    let frontend = Frontend::start();
    let asked = json!({"user_expressions": {"a": "1 + 1", "b": "unknown"}});
    frontend.execute_with("hello", &asked);
    let reply = frontend.reply();
    let told = &reply.content["user_expressions"];
    assert_eq!(told["a"], json!({"status": "ok", "data": {"text/plain": "1 + 1"}, "metadata": {}}));
    assert_eq!((&told["b"]["status"], &told["b"]["evalue"]), (&json!("error"), &json!("unknown")));
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(frontend.published(), ["status: busy", "execute_input: hello", "stream: hello", "status: idle"]);
    frontend.execute_with("fail", &asked);
    assert_eq!(frontend.reply().content["user_expressions"], json!({}), "not after a cell that failed");
}

#[test]
fn a_cell_may_ask_the_user() {
    let frontend = Frontend::start();
    let allowed = json!({"allow_stdin": true});
    for (cell, is_password) in [("ask", false), ("ask secretly", true)] {
        // Said too early, it answers nothing.
        let answer = |value: &str| frontend.session.encode(&[], "input_reply", &json!({}), &json!({"value": value}));
        frontend.stdin.send_multipart(answer("nobody"), 0).unwrap();
        frontend.execute_with(cell, &allowed);
        let question = frontend.session.decode(frontend.stdin.recv_multipart(0).expect("a question")).unwrap();
        assert_eq!(question.msg_type(), "input_request");
        assert_eq!(question.content, json!({"prompt": "who? ", "password": is_password}));
        assert!(question.parent_header["msg_id"].is_string());
        frontend.stdin.send_multipart([b"no".as_slice(), b"sense"], 0).unwrap();
        frontend.stdin.send_multipart(answer("me"), 0).unwrap();
        assert_eq!(frontend.reply().content["status"], "ok");
        assert_eq!(frontend.published()[2], "stream: Ok(\"me\")");
    }
    frontend.execute("ask");
    assert_eq!(frontend.reply().content["status"], "ok");
    assert_eq!(frontend.published()[2], "stream: Err(Nobody)", "a front end that takes no input is not asked");
}

#[test]
fn a_question_is_interrupted() {
    let frontend = Frontend::start();
    frontend.execute_with("ask", &json!({"allow_stdin": true}));
    frontend.stdin.recv_multipart(0).expect("a question");
    frontend.interrupt();
    assert_eq!(frontend.reply().content["status"], "ok");
    // Those of the cell and those of the interrupt, in any order.
    let published = [frontend.published(), frontend.published()].concat();
    assert!(published.contains(&"stream: Err(Interrupted)".to_owned()), "{published:?}");
}

#[test]
fn output_can_be_cleared() {
    let frontend = Frontend::start();
    frontend.execute("clear");
    assert_eq!(frontend.published()[2], "clear_output: true");
}

#[test]
fn a_subscriber_that_reads_late_misses_nothing() {
    let frontend = Frontend::start();
    frontend.execute("pictures");
    // Nothing is read before all of it has been sent.
    assert_eq!(frontend.reply().content["status"], "ok");
    let published = frontend.published();
    let pictures = published.iter().filter_map(|line| line.strip_prefix("display_data: "));
    assert!(pictures.eq((0..20_000).map(|n| n.to_string())), "{} messages", published.len());
}

#[test]
fn a_subscriber_that_never_reads_holds_nobody_up() {
    let frontend = Frontend::start();
    let _deaf = subscribe(&frontend.context, &frontend.connection);
    // More than the kernel keeps for a subscriber, and than lies in the buffers between.
    for _ in 0..12 {
        frontend.execute("pictures");
        assert_eq!(frontend.reply().content["status"], "ok");
        assert_eq!(frontend.published().len(), 20_003, "who reads gets everything");
    }
}

#[test]
fn it_listens_on_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let frontend = Frontend::connected(json!({
        "ip": folder.path().join("kernel"), "transport": "ipc", "shell_port": 1, "iopub_port": 2, "stdin_port": 3,
        "control_port": 4, "hb_port": 5, "key": KEY, "signature_scheme": "hmac-sha256", "kernel_name": "echo",
    }));
    frontend.execute("hello");
    assert_eq!(frontend.reply().content["status"], "ok");
    assert_eq!(frontend.published()[2], "stream: hello");
}

#[test]
fn every_subscriber_is_welcomed_and_the_heartbeat_echoes() {
    let frontend = Frontend::start();
    let second = subscribe(&frontend.context, &frontend.connection);
    let frames = second.recv_multipart(0).expect("a welcome in time");
    assert_eq!(frontend.session.decode(frames[1..].to_vec()).unwrap().msg_type(), "iopub_welcome");
    let heartbeat = connect(&frontend.context, zmq::REQ, &frontend.connection.hb_url());
    heartbeat.send("any bytes", 0).unwrap();
    assert_eq!(heartbeat.recv_bytes(0).unwrap(), b"any bytes");
}

#[test]
fn a_port_in_use_is_named() {
    let frontend = Frontend::start();
    let error = Kernel::bind(&frontend.connection).err().expect("the port is taken").to_string();
    assert!(error.starts_with("failed to bind the shell socket to `tcp://127.0.0.1:"), "{error}");
}
