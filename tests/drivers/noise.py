"""What no front end would send: messages that are broken, forged, overheard, cut off, too long or no messages at all, over ZeroMQ as an attacker would."""

import collections
import json
import random
import time

import zmq
from jupyter_client.session import Session

# Longer than the kernel takes a frame to be.
TOO_LONG = (64 << 20) + 1


def forged(session, dice):
    """Whole, and signed with another key."""
    return Session(key=b"another key", session="forger").serialize(session.msg("execute_request", {"code": "must_never_run"}))


def unsigned(session, dice):
    frames = forged(session, dice)
    frames[1] = dice.choice([b"", b"0" * 64, b"zz", b"\xff\xfe"])
    return frames


def changed(session, dice):
    """Good, but for one bit that somebody turned on the way (not the one that makes a hexadecimal digit a capital)."""
    frames = list(good(session))
    part = dice.randrange(1, 6)
    spot = dice.randrange(len(frames[part]))
    frames[part] = frames[part][:spot] + bytes([frames[part][spot] ^ (1 << dice.randrange(5))]) + frames[part][spot + 1 :]
    return frames


def truncated(session, dice):
    frames = good(session)
    return frames[: dice.randrange(1, 6)]


def cut(session, dice):
    """Each frame is there, one ends too early."""
    frames = good(session)
    part = dice.randrange(1, 6)
    frames[part] = frames[part][: dice.randrange(len(frames[part]))]
    return frames


def not_text(session, dice):
    """Signed with the right key, and yet no JSON in UTF-8."""
    parts = [b"\xff\xfe\x00", b"{}", b"{}", b"\xc3\x28"]
    dice.shuffle(parts)
    return [b"<IDS|MSG>", session.sign(parts), *parts]


def not_objects(session, dice):
    """Signed with the right key: JSON, but no message."""
    parts = [dice.choice([b"[]", b"1", b'"text"', b"null", b"[" * 10_000, b"{}", b'{"msg_type": 5}']) for _ in range(4)]
    return [b"<IDS|MSG>", session.sign(parts), *parts]


def dust(session, dice):
    return [dice.randbytes(dice.randrange(40)) for _ in range(dice.randrange(1, 12))]


def many_frames(session, dice):
    return [b"<IDS|MSG>"] * dice.randrange(1, 200)


def good(session):
    return [bytes(frame) for frame in session.serialize(session.msg("execute_request", {"code": "must_never_run"}))]


KINDS = [forged, unsigned, changed, truncated, cut, not_text, not_objects, dust, many_frames]


def make(client, count):
    """Sends `count` messages, every kind to shell and to control, then one that is overheard and one too long. Counts what was answered."""
    dice = random.Random(7)
    session = client.session
    sockets = []
    for channel in ("shell", "control"):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger, socket.sndtimeo = 0, 20_000
        socket.connect(client._make_url(channel))
        sockets.append(socket)
    sent = collections.Counter()
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        sockets[number // len(KINDS) % 2].send_multipart(kind(session, dice))
        sent[kind.__name__] += 1
    # Answered once, however often it comes, on whatever channel: an observer of the wire gains nothing.
    overheard = [bytes(frame) for frame in session.serialize(session.msg("kernel_info_request", {}))]
    for number in range(100):
        sockets[number % 2].send_multipart(overheard)
        sent["overheard"] += 1
    answered = read(session, sockets)
    # The kernel ends the connection that this comes by: it is the last word.
    for socket in sockets:
        socket.send_multipart([b"<IDS|MSG>", b"x" * TOO_LONG])
        sent["too_long"] += 1
    answered += read(session, sockets)
    for socket in sockets:
        socket.close()
    return {"sent": sent, "answered": answered}


def read(session, sockets):
    """The kinds of all that comes back within a second of silence."""
    poller = zmq.Poller()
    for socket in sockets:
        poller.register(socket, zmq.POLLIN)
    kinds, quiet = [], time.monotonic()
    while time.monotonic() - quiet < 1:
        for socket, _ in poller.poll(100):
            frames = socket.recv_multipart()
            kinds.append(json.loads(frames[frames.index(b"<IDS|MSG>") + 2])["msg_type"])
            quiet = time.monotonic()
    return kinds
