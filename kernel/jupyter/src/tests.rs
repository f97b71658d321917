//! A fake front end drives a kernel over real sockets: what a client sees, in the order it sees it.

use crate::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A toy language: a cell is printed back, but for a few words that fail, show or interrupt.
struct Echo {
    iopub: IoPub,
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
            "many" => (0..10_000).for_each(|line| self.iopub.stream(StreamName::Stdout, format!("{line}\n"))),
            "wait" => {
                while self.interrupts.load(Ordering::Acquire) == 0 {
                    std::thread::yield_now();
                }
            }
            code => self.iopub.stream(StreamName::Stdout, code),
        }
        ExecuteOutcome::Done(None)
    }

    fn complete(&self, request: &CompleteRequest) -> Completion {
        Completion { matches: vec![("echo".into(), "keyword".into())], start: 0, end: request.cursor_pos }
    }

    fn inspect(&self, request: &InspectRequest) -> Inspection {
        (request.code == "known").then(|| plain("a known thing"))
    }

    fn is_complete(&self, code: &str) -> IsCompleteReply {
        if code.ends_with('(') { IsCompleteReply::incomplete("  ".into()) } else { IsCompleteReply::complete() }
    }

    fn interrupt(&self) {
        self.interrupts.fetch_add(1, Ordering::AcqRel);
    }

    fn shutdown(&self, _: bool) {
        self.interrupt();
    }
}

fn plain(text: &str) -> MimeBundle {
    MimeBundle::from_iter([("text/plain".to_owned(), json!(text))])
}

/// A client with all five sockets connected, and the kernel it talks to.
struct Frontend {
    kernel: Option<RunningKernel>,
    context: zmq::Context,
    connection: ConnectionInfo,
    session: Session,
    shell: zmq::Socket,
    control: zmq::Socket,
    iopub: zmq::Socket,
}

const KEY: &str = "a secret";

impl Frontend {
    fn start() -> Frontend {
        let connection: ConnectionInfo = serde_json::from_value(json!({
            "ip": "127.0.0.1", "transport": "tcp", "shell_port": 0, "iopub_port": 0, "stdin_port": 0,
            "control_port": 0, "hb_port": 0, "key": KEY, "signature_scheme": "hmac-sha256", "kernel_name": "echo",
        }))
        .unwrap();
        let kernel = Kernel::bind(&connection).unwrap();
        let connection = kernel.connection().clone();
        let context = zmq::Context::new();
        let iopub = subscribe(&context, &connection);
        let shell = connect(&context, zmq::DEALER, &connection.shell_url());
        let control = connect(&context, zmq::DEALER, &connection.control_url());
        let running = kernel.start(|iopub| Arc::new(Echo { iopub, interrupts: AtomicU32::new(0) })).unwrap();
        let session = Session::new(KEY);
        let frontend = Frontend { kernel: Some(running), context, connection, session, shell, control, iopub };
        let welcome = frontend.iopub();
        assert_eq!(welcome.msg_type(), "iopub_welcome", "the first thing a subscriber sees");
        assert_eq!(welcome.content, json!({"subscription": ""}));
        frontend
    }

    fn ask(&self, msg_type: &str, content: Value) {
        self.shell.send_multipart(self.session.encode(&[], msg_type, &json!({}), &content), 0).unwrap();
    }

    fn execute(&self, code: &str) {
        self.ask(
            "execute_request",
            json!({"code": code, "silent": false, "store_history": true,
            "user_expressions": {}, "allow_stdin": false, "stop_on_error": true}),
        );
    }

    fn reply(&self) -> Message {
        self.session.decode(self.shell.recv_multipart(0).expect("a reply in time")).unwrap()
    }

    fn iopub(&self) -> Message {
        let mut frames = self.iopub.recv_multipart(0).expect("an iopub message in time");
        frames.remove(0);
        self.session.decode(frames).unwrap()
    }

    /// What was published from `busy` to `idle`, as `type: gist`.
    fn published(&self) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let message = self.iopub();
            if message.msg_type() == "status" && message.content["execution_state"] == "starting" {
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
fn a_request_with_missing_fields_ends_idle() {
    let frontend = Frontend::start();
    frontend.ask("execute_request", json!({"silent": "maybe"}));
    assert_eq!(frontend.published(), ["status: busy", "status: idle"]);
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
    assert_eq!(frontend.published().last().unwrap(), "status: idle");
    frontend.execute("alive");
    assert_eq!(frontend.reply().content["status"], "ok");
}

#[test]
fn an_interrupt_reaches_a_running_cell() {
    let frontend = Frontend::start();
    frontend.execute("wait");
    let frames = frontend.session.encode(&[], "interrupt_request", &json!({}), &json!({}));
    frontend.control.send_multipart(frames, 0).unwrap();
    let reply = frontend.session.decode(frontend.control.recv_multipart(0).unwrap()).unwrap();
    assert_eq!((reply.msg_type(), &reply.content["status"]), ("interrupt_reply", &json!("ok")));
    assert_eq!(frontend.reply().content["status"], "ok");
}

#[test]
fn small_requests_are_answered() {
    let frontend = Frontend::start();
    frontend.ask("complete_request", json!({"code": "ec", "cursor_pos": 2}));
    let reply = frontend.reply();
    assert_eq!(reply.content["matches"], json!(["echo"]));
    assert_eq!(reply.content["metadata"]["_jupyter_types_experimental"][0]["type"], "keyword");
    frontend.ask("inspect_request", json!({"code": "known", "cursor_pos": 2, "detail_level": 0}));
    assert_eq!(frontend.reply().content["data"]["text/plain"], "a known thing");
    frontend.ask("inspect_request", json!({"code": "unknown", "cursor_pos": 2}));
    assert_eq!(frontend.reply().content["found"], false);
    frontend.ask("is_complete_request", json!({"code": "f("}));
    assert_eq!(frontend.reply().content, json!({"status": "incomplete", "indent": "  "}));
    frontend.ask("history_request", json!({"hist_access_type": "tail", "n": 10, "output": false, "raw": true}));
    assert_eq!(frontend.reply().content["history"], json!([]));
    frontend.ask("comm_info_request", json!({}));
    assert_eq!(frontend.reply().content["comms"], json!({}));
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
