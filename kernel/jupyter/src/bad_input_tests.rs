//! What no front end would send: broken, forged, overheard and huge messages. The kernel answers none of them and lives.

use crate::tests::{Frontend, KEY};
use crate::*;
use serde_json::{Value, json};

/// A generator of its own, so that every run sends the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap()
    }
}

/// A good message spoiled in one of the ways a message can be bad.
fn spoiled(session: &Session, dice: &mut Dice) -> Vec<Vec<u8>> {
    let forger = Session::new("another key");
    let good = session.encode(&[], "execute_request", &json!({}), &json!({"code": "must never run"}));
    let mut frames = good;
    match dice.below(6) {
        0 => frames = forger.encode(&[], "shutdown_request", &json!({}), &json!({"restart": false})),
        1 => frames.truncate(dice.below(6)),
        2 => frames[1] = Vec::new(),
        3 => {
            let part = 1 + dice.below(5);
            let at = dice.below(frames[part].len());
            frames[part][at] ^= 1 << dice.below(7);
        }
        4 => {
            frames = (0..dice.below(9)).map(|_| (0..dice.below(50)).map(|_| dice.below(256) as u8).collect()).collect()
        }
        _ => {
            let part = 1 + dice.below(5);
            frames[part].extend(b"\0{}\xff");
        }
    }
    if frames.is_empty() { vec![b"?".to_vec()] } else { frames }
}

#[test]
fn a_thousand_bad_messages_are_ignored() {
    let frontend = Frontend::start();
    let mut dice = Dice(7);
    frontend.execute("first");
    assert_eq!(frontend.reply().content["status"], "ok");
    for _ in 0..1_000 {
        let frames = spoiled(&frontend.session, &mut dice);
        let channel = [&frontend.shell, &frontend.control, &frontend.stdin][dice.below(3)];
        channel.send_multipart(frames, 0).unwrap();
    }
    frontend.execute("still here");
    let reply = frontend.reply();
    assert_eq!((&reply.content["status"], &reply.content["execution_count"]), (&json!("ok"), &json!(2)), "nothing ran");
}

#[test]
fn what_was_overheard_counts_once() {
    let frontend = Frontend::start();
    let sent = frontend.session.encode(&[], "execute_request", &json!({}), &json!({"code": "once"}));
    for _ in 0..100 {
        frontend.shell.send_multipart(sent.clone(), 0).unwrap();
    }
    frontend.execute("twice");
    let counts = [(); 2].map(|()| frontend.reply().content["execution_count"].clone());
    assert_eq!(counts, [1, 2]);
}

/// Well signed, of a kind that is known, and yet nonsense inside.
#[test]
fn nonsense_is_an_error_reply_whatever_the_request() {
    let frontend = Frontend::start();
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let contents = [
        json!({}),
        json!({"code": null}),
        json!({"code": {"a": 1}, "cursor_pos": -1}),
        json!({"code": "x", "cursor_pos": "far"}),
        json!({"code": "x", "user_expressions": [1]}),
        json!({"hist_access_type": "range", "session": 1e300}),
        json!({"comm_id": deep}),
    ];
    let kinds = ["execute", "complete", "inspect", "is_complete", "history", "comm_info", "kernel_info", "unheard_of"];
    for kind in kinds {
        for content in &contents {
            frontend.ask(&format!("{kind}_request"), content.clone());
            if kind != "unheard_of" {
                assert_eq!(frontend.reply().msg_type(), format!("{kind}_reply"), "{content}");
            }
            let published = frontend.published();
            assert_eq!(published.last().unwrap(), "status: idle", "{kind} {content}");
        }
    }
    let odd = ["\u{0}", "\u{202e}\u{feff}", &"(".repeat(100_000), "\"\\"];
    for code in odd {
        frontend.ask("is_complete_request", json!({"code": code}));
        frontend.ask("complete_request", json!({"code": code, "cursor_pos": u32::MAX}));
        assert_eq!(frontend.reply().msg_type(), "is_complete_reply");
        assert_eq!(frontend.reply().msg_type(), "complete_reply");
    }
}

#[test]
fn a_frame_too_long_ends_its_connection_only() {
    let frontend = Frontend::start();
    let long = "x".repeat(65 << 20);
    let stranger = frontend.another_shell(b"a stranger");
    stranger.send(&long, 0).unwrap();
    frontend.execute("still here");
    assert_eq!(frontend.reply().content["status"], "ok");
    let kind = Session::new(KEY).encode(&[], "kernel_info_request", &json!({}), &Value::Object(Default::default()));
    frontend.shell.send_multipart(kind, 0).unwrap();
    assert_eq!(frontend.reply().msg_type(), "kernel_info_reply");
}
